"""Pullquote's library: answers questions about articles by quoting the sentences that answer them, word for word.

It knows nothing of Discord. Importing it loads no model and needs no settings.
"""

from index.embedding import DEFAULT_MODEL, DEFAULT_MODEL_SHA256, Encoder, SentenceTransformerEncoder
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
from index.types import Answer, Article, Passage, Progress, Quote, Refusal, Sentence, Span, Timing, UpdateReport

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_MODEL_SHA256",
    "Answer",
    "Article",
    "ArticleError",
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
    "Refusal",
    "Sentence",
    "SentenceTransformerEncoder",
    "SourceError",
    "Span",
    "Timing",
    "UpdateReport",
]
