"""Where articles come from. Every source ends in Articles, and names what it could not take in and why."""

from index.sources.document import DEFAULT_MAX_BYTES, RAISE_LIMIT, read_document, read_text
from index.sources.duplicates import find_twins, resemblance
from index.sources.folder import Reading, read_folder, read_paths
from index.sources.parser import Parser
from index.sources.refresh import (
    Known,
    Refreshed,
    SourceResult,
    articles_of,
    explore,
    explore_folder,
    refresh,
    rests_until,
)
from index.sources.sample import SAMPLE, sample_articles
from index.sources.web import Web

__all__ = [
    "DEFAULT_MAX_BYTES",
    "RAISE_LIMIT",
    "SAMPLE",
    "Known",
    "Parser",
    "Reading",
    "Refreshed",
    "SourceResult",
    "Web",
    "articles_of",
    "explore",
    "explore_folder",
    "find_twins",
    "read_document",
    "read_folder",
    "read_paths",
    "read_text",
    "refresh",
    "resemblance",
    "rests_until",
    "sample_articles",
]
