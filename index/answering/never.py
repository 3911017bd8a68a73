"""Sentences that are never to be quoted: whatever they answer, the next best takes their place."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.answering.search import RankedSentence
from index.storage.seam import Snapshot
from index.types import Quote, Sentence, SentenceKey, Span


@dataclass(frozen=True, slots=True)
class Never:
    """The sentences that are never quoted: the digests of their words, by the ids of their articles."""

    digests: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Iterable[SentenceKey]) -> "Never":
        """Those with these keys."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for key in keys:
            found[key.article_id].add(key.digest)
        return cls({article_id: frozenset(digests) for article_id, digests in found.items()})

    def has(self, article_id: str, text: str) -> bool:
        """Whether that sentence of that article is one of them."""
        return article_id in self.digests and SentenceKey.of(article_id, text).digest in self.digests[article_id]

    def parted(self, ranked: Sequence[RankedSentence]) -> tuple[list[RankedSentence], list[RankedSentence]]:
        """The sentences that may be quoted, and those that may not, each in their order."""
        if not self.digests:
            return list(ranked), []
        kept: list[RankedSentence] = []
        left_out: list[RankedSentence] = []
        for sentence in ranked:
            is_banned = sentence.article_id in self.digests and self.has(sentence.article_id, sentence.read_text())
            (left_out if is_banned else kept).append(sentence)
        return kept, left_out

    def touches(self, quote: Quote, sentences: Sequence[Sentence]) -> bool:
        """Whether one of these sentences of its article that the quote has a part of is never to be quoted."""
        return quote.article.id in self.digests and any(
            one.start < quote.end and quote.start < one.end
            and self.has(quote.article.id, quote.article.text[one.start : one.end])
            for one in sentences
        )  # fmt: skip

    def touches_in(self, quote: Quote, snapshots: Sequence[Snapshot]) -> bool:
        """The same, with the sentences of the library that the quote is from; False if it is from none, as a title."""
        return quote.article.id in self.digests and self.touches(quote, _sentences_around(quote, snapshots))

    def narrowed_in(self, quote: Quote, snapshots: Sequence[Snapshot]) -> Quote:
        """`narrowed` with the sentences of the library that the quote is from."""
        if quote.article.id not in self.digests:
            return quote
        return self.narrowed(quote, _sentences_around(quote, snapshots))

    def narrowed(self, quote: Quote, sentences: Sequence[Sentence]) -> Quote:
        """The quote with a context that ends before the next of these sentences on either side."""
        if quote.article.id not in self.digests:
            return quote
        start, end = quote.context.start, quote.context.end
        for sentence in sentences:
            if sentence.end <= start or sentence.start >= end:
                continue
            if self.has(quote.article.id, quote.article.text[sentence.start : sentence.end]):
                if sentence.end <= quote.start:
                    start = next(one.start for one in sentences if one.start >= sentence.end)
                elif sentence.start >= quote.end:
                    end = max(one.end for one in sentences if one.end <= sentence.start)
        return replace(quote, context=Span(start, end))


def _sentences_around(quote: Quote, snapshots: Sequence[Snapshot]) -> Sequence[Sentence]:
    """The sentences of the article that the quote is from, in the library that has it so; none if there is none."""
    own = next((one for one in snapshots if one.article(quote.article.id) == quote.article), None)
    return own.with_sentences(quote.article.id)[1] if own else ()
