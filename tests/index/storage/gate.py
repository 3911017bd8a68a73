"""An article of one sentence, put into a store by hand."""

from datetime import UTC, datetime

from index import Article, Passage, Sentence
from index.encoding.encoder import PassageEncoding, PassageText
from index.storage.store import Store
from index.storage.types import NewPassage
from index.types import Span
from index.words import terms
from tests.encoder import WordEncoder


def text_encoding(text: str) -> PassageEncoding:
    passage = PassageText(text, (Span(0, len(text)),))
    return next(iter(WordEncoder(window=10_000).encode_passages([passage])))[1]


def put(store: Store, article: Article, key: bytes = b"key") -> int:
    """Store an article of one sentence; the new generation."""
    span, found = Sentence(0, len(article.text)), tuple(terms(article.text))
    new = NewPassage(
        Passage(span.start, span.end, 0, 0), key, (found,), tuple(terms(article.title)), text_encoding(article.text)
    )
    with store.writing(1) as writer:
        writer.put(article, (span,), [new])
        return writer.complete_generation()


GATE = Article("gate", "The gate", "The gate is shut.")
MOMENT = datetime(2026, 2, 3, 10, tzinfo=UTC)
