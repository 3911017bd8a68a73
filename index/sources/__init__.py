"""Where articles come from. Every source ends in Articles, and names what it could not take in and why."""

from index.sources.document import DEFAULT_MAX_BYTES, read_document
from index.sources.folder import Reading, read_folder, read_paths
from index.sources.sample import SAMPLE, sample_articles

__all__ = [
    "DEFAULT_MAX_BYTES",
    "SAMPLE",
    "Reading",
    "read_document",
    "read_folder",
    "read_paths",
    "sample_articles",
]
