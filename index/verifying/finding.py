"""Finds where in the articles a sentence may come from, through the storage seam alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np

from index.answering.question import Spoken, variants
from index.answering.rarity import count_passages
from index.encoding.encoder import Encoder
from index.storage.seam import Snapshot
from index.storage.types import Scope
from index.types import Article, Headline, Sentence, Span
from index.verifying.alignment import GAP, Ids
from index.verifying.tokens import Token, bare, tokens_of
from index.words import words

BY_WORDS, BY_VECTORS = 12, 8
"""How many passages of each library are looked at for one sentence."""

RAREST = 16
"""How many of a sentence's terms are looked for: the rarest. More would add hardly a passage, and read long lists."""

MARGIN = 600
"""How many characters before and after a passage are looked at, at least."""

MARGIN_OF_GAPS = 6_000
"""The same where the sentence has an ellipsis, at which much may be left out."""


TITLES, LONGEST_TITLE = 20, 40
"""How many titles of each library are looked at that have the words of a sentence, and of how many tokens at most."""


class Numbering:
    """Gives each form of a token a number, the same in all texts. Without `accents`, they count no more."""

    def __init__(self, *, accents: bool) -> None:
        self._accents = accents
        self._numbers: dict[str, int] = {}

    def of(self, tokens: Sequence[Token]) -> Ids:
        """The numbers of tokens (n,); GAP for an ellipsis."""
        forms = (one.norm if self._accents else bare(one.norm) for one in tokens)
        numbers = self._numbers
        return np.array(
            [numbers.setdefault(form, len(numbers)) if form else GAP for form in forms],
            dtype=np.int64,
        )


@dataclass(eq=False)
class Window:
    """A stretch of an article that a sentence is compared with; `snapshot` is the library that it is from.

    With `is_title` it is the title of the article, which `article` then has in place of its text.
    """

    snapshot: Snapshot
    article: Article
    sentences: tuple[Sentence, ...]
    span: Span
    numbering: Numbering = field(repr=False)
    is_title: bool = False

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Its tokens. An ellipsis in the article is none."""
        found = tokens_of(self.article.text, self.span.start, self.span.end)
        return tuple(token for token in found if not token.gap)

    @cached_property
    def ids(self) -> Ids:
        """Their numbers."""
        return self.numbering.of(self.tokens)

    def number_of(self, token: Token) -> int | None:
        """The number of the quotable sentence that a token is in; None between them, as in a heading or a link."""
        found = (number for number, one in enumerate(self.sentences) if one.start <= token.start < one.end)
        return next(found, None)


class Finder:
    """Finds windows for the sentences of one text in the libraries of `snapshots`. It is for one thread."""

    def __init__(
        self, snapshots: Sequence[Snapshot], load_encoder: Callable[[], Encoder], numbering: Numbering
    ) -> None:
        self._snapshots = snapshots
        self._load_encoder = load_encoder
        self._numbering = numbering
        self._windows: dict[tuple[int, str, Span | None], Window] = {}

    def by_words(self, text: str, *, has_gaps: bool = False) -> list[Window]:
        """The windows around the passages that have the most of the rarest words of a sentence."""
        terms = self._terms(text)
        found = ((snapshot, snapshot.best_by_words(terms, BY_WORDS, Scope())) for snapshot in self._snapshots if terms)
        return list(self._around(found, len(text), has_gaps=has_gaps))

    def by_vectors(self, text: str, *, has_gaps: bool = False) -> list[Window]:
        """The windows around the passages whose vectors are nearest to a sentence. It takes the model."""
        vector = self._load_encoder().encode_question(text).vector
        found = ((snapshot, snapshot.nearest(vector, BY_VECTORS, Scope())) for snapshot in self._snapshots)
        return list(self._around(found, len(text), has_gaps=has_gaps))

    def by_titles(self, tokens: Sequence[str], near: Iterable[Window]) -> list[Window]:
        """The titles that have all these words, or else one half of them, and those of the articles that are `near`.

        So a title is found also if it was changed in one place.
        """
        if not 0 < len(tokens) <= LONGEST_TITLE:
            return []
        found = [self._title(window.snapshot, window.article) for window in near]
        half = len(tokens) // 2
        for snapshot in self._snapshots:
            headlines = snapshot.headlines(" ".join(tokens), TITLES)
            if not headlines and half:
                halves = tokens[:half], tokens[half:]
                headlines = [one for words in halves for one in snapshot.headlines(" ".join(words), TITLES)]
            found += [self._title(snapshot, _without_text(one)) for one in headlines]
        return list({id(window): window for window in found if window.tokens}.values())

    def _title(self, snapshot: Snapshot, article: Article) -> Window:
        key = id(snapshot), article.id, None
        if key not in self._windows:
            whole, title = Sentence(0, len(article.title)), replace(article, text=article.title)
            self._windows[key] = Window(snapshot, title, (whole,), whole, self._numbering, is_title=True)
        return self._windows[key]

    def _terms(self, text: str) -> list[str]:
        spoken = Spoken.of(text, self._snapshots)
        found = dict.fromkeys(
            term for word in words(text, spoken.language) for term in variants(word, spoken.language, spoken.others)
        )
        counts = count_passages(self._snapshots, found)
        return sorted((term for term in found if counts[term]), key=counts.__getitem__)[:RAREST]

    def _around(self, found: Iterable[tuple[Snapshot, list[int]]], length: int, *, has_gaps: bool) -> Iterator[Window]:
        margin = max(MARGIN_OF_GAPS if has_gaps else MARGIN, 2 * length)
        for snapshot, ids in found:
            spans: dict[str, list[Span]] = {}
            for stored in snapshot.passages(ids):
                span = Span(max(0, stored.passage.start - margin), stored.passage.end + margin)
                spans.setdefault(stored.article_id, []).append(span)
            for article_id, of_article in spans.items():
                article, sentences = snapshot.with_sentences(article_id)
                for span in _merged(of_article):
                    yield self._window(snapshot, article, sentences, Span(span.start, min(span.end, len(article.text))))

    def _window(self, snapshot: Snapshot, article: Article, sentences: tuple[Sentence, ...], span: Span) -> Window:
        key = id(snapshot), article.id, span
        if key not in self._windows:
            near = tuple(one for one in sentences if one.start < span.end and span.start < one.end)
            start = min((one.start for one in near), default=span.start)
            end = max((one.end for one in near), default=span.end)
            whole = Span(min(start, span.start), max(end, span.end))
            self._windows[key] = Window(snapshot, article, near, whole, self._numbering)
        return self._windows[key]


def _without_text(headline: Headline) -> Article:
    """The article of a headline, with no text."""
    return Article(text="", **{each.name: getattr(headline, each.name) for each in fields(headline)})


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    """The spans in order, those that touch as one."""
    one: Span | None = None
    for span in sorted(spans, key=lambda each: each.start):
        if one and span.start <= one.end:
            one = Span(one.start, max(one.end, span.end))
        else:
            if one:
                yield one
            one = span
    if one:
        yield one
