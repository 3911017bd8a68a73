"""Pullquote's library: answers questions about articles by quoting the sentences that answer them, word for word.

It knows nothing of Discord. Importing it loads no model and needs no settings.
"""

from index import evaluate
from index.embedding import (
    DEFAULT_MODEL,
    DEFAULT_MODEL_SHA256,
    Encoder,
    SentenceTransformerEncoder,
    bundled_model_folder,
    sha256_of,
)
from index.errors import (
    ArticleError,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    ModelError,
    ModelMismatch,
    PullquoteError,
    QuestionError,
    SourceError,
)
from index.library import Library
from index.reranker import CrossEncoderReranker
from index.search import DEFAULT_THRESHOLD
from index.sources import DEFAULT_MAX_BYTES, SAMPLE, Reading, read_document, read_folder, read_paths, sample_articles
from index.types import Answer, Article, Passage, Progress, Quote, Refusal, Sentence, Span, Timing, UpdateReport

__all__ = [
    "DEFAULT_MAX_BYTES",
    "DEFAULT_MODEL",
    "DEFAULT_MODEL_SHA256",
    "DEFAULT_THRESHOLD",
    "SAMPLE",
    "Answer",
    "Article",
    "ArticleError",
    "CrossEncoderReranker",
    "Encoder",
    "Library",
    "LibraryBusy",
    "LibraryDamaged",
    "LibraryError",
    "ModelError",
    "ModelMismatch",
    "Passage",
    "Progress",
    "PullquoteError",
    "QuestionError",
    "Quote",
    "Reading",
    "Refusal",
    "Sentence",
    "SentenceTransformerEncoder",
    "SourceError",
    "Span",
    "Timing",
    "UpdateReport",
    "bundled_model_folder",
    "evaluate",
    "read_document",
    "read_folder",
    "read_paths",
    "sample_articles",
    "sha256_of",
]
