"""Where articles come from. Every source ends in Articles, and names what it could not take in and why."""

from index.sources.document import DEFAULT_MAX_BYTES, read_document
from index.sources.folder import Reading, read_folder, read_paths
from index.sources.refresh import Known, Refreshed, SourceResult, fetch_article, find_source, refresh
from index.sources.sample import SAMPLE, sample_articles
from index.sources.web import Web

__all__ = [
    "DEFAULT_MAX_BYTES",
    "SAMPLE",
    "Known",
    "Reading",
    "Refreshed",
    "SourceResult",
    "Web",
    "fetch_article",
    "find_source",
    "read_document",
    "read_folder",
    "read_paths",
    "refresh",
    "sample_articles",
]
