"""From an article to the passages that are embedded: which sentences may be quoted, and what the model reads.

The results depend only on the article and on the encoder's tokenizer.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.asides import TOP, after_dateline, without_asides
from index.boilerplate import find_boilerplate
from index.captions import Paragraph, without_captions
from index.encoding.encoder import Encoder, PassageText
from index.errors import ArticleError
from index.languages import tell_language
from index.naming import named
from index.text import find_headings, iter_blocks, make_passages, sentences_in
from index.types import Article, Passage, Sentence, Span
from index.words import terms

PASSAGE_TOKENS = 160
"""The target length of a passage. On newsqa-dev the first quote was right equally often with 96, 160 and 240; one of
the first three was right more often with 160 and more. Longer passages are slower to embed."""

CUTTING = 3
"""The version of the rules by which texts are cut into quotable sentences. A library that was cut by an earlier version
must be rebuilt. Since version 2, headings are left out; since version 3, datelines, notes, links and captions."""

MAX_CHARACTERS = 1_000_000
"""Of an article's text: as much as two novels. Later steps go through the whole text several times."""

MAX_LINES = 50_000
"""Of an article's text, as `str.splitlines` counts them. A million characters of wrapped prose have 15,000."""

MAX_SENTENCES = 20_000
"""Of an article: a million characters of prose have half as many."""

MAX_SENTENCE_CHARACTERS = 20_000
"""Nobody could quote a longer "sentence"; the text must be broken."""

MAX_FIELDS = {"id": 2_500, "title": 1_000, "author": 1_000, "section": 1_000, "url": 2_500, "source": 5_000}
"""The most characters of each field. Ids and sources are made of addresses and paths, which may be long."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that passed all checks and whose language is told, with its quotable sentences."""

    article: Article
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class CutArticle:
    """An article cut into passages, with the text that the model reads for each, and its key."""

    prepared: Prepared
    passages: tuple[Passage, ...]
    texts: tuple[PassageText, ...]
    keys: tuple[bytes, ...]


def prepare(article: Article) -> Prepared:
    """Check an article, tell its language, and find its quotable sentences. Raises ArticleError if it cannot be added.

    Every article passes through here, so all later code can rely on the limits above.
    """
    name = named(article.id.strip() or article.title)
    _check_lengths(article, name)
    if not article.id.strip():
        raise ArticleError(f"The article {name!r} has no id; give it one.")
    if any("\x00" in field for field in _strings(article) if field):
        raise ArticleError(f"{name} holds null characters, so it is not text; export it again as text.")
    try:
        "".join(field for field in _strings(article) if field).encode()
    except UnicodeEncodeError:
        raise ArticleError(f"{name} holds broken characters (lone surrogates); save it again as UTF-8.") from None
    if not article.text.strip():
        raise ArticleError(f"{name} is empty; there is nothing in it to quote.")
    language = tell_language(article.text)
    sentences = tuple(_quotable(article.text, language, name))
    if not any(terms(article.text[s.start : s.end], language) for s in sentences):
        raise ArticleError(
            f"{name} holds nothing but boilerplate and headings, nothing to quote; check that it is the whole story."
        )
    return Prepared(replace(article, language=language), sentences)


def _check_lengths(article: Article, name: str) -> None:
    for field, most in MAX_FIELDS.items():
        length = len(getattr(article, field) or "")
        if length > most:
            raise ArticleError(
                f"The {field} of {name} has {length:,} characters (at most {most:,} are kept); shorten it."
            )
    length = len(article.text)
    if length > MAX_CHARACTERS:
        raise ArticleError(f"{name} has {length:,} characters (at most {MAX_CHARACTERS:,} can be read); split it up.")
    lines = len(article.text.splitlines())
    if lines > MAX_LINES:
        raise ArticleError(
            f"{name} has {lines:,} lines (at most {MAX_LINES:,} can be read); check that it is the text of an article, "
            "or split it up."
        )


def _quotable(text: str, language: str, name: str) -> Iterator[Sentence]:
    """The sentences of the story, without all that stands around it and in it. Raises ArticleError."""
    boilerplate = find_boilerplate(text).spans
    left_out = sorted((*boilerplate, *find_headings(text, boilerplate)), key=lambda span: span.start)
    starts = [span.start for span in left_out]

    def is_left_out(sentence: Sentence) -> bool:
        before = bisect_left(starts, sentence.end) - 1  # the spans in `left_out` do not overlap
        return before >= 0 and sentence.start < left_out[before].end

    story: list[Paragraph] = []
    count = 0
    for block in iter_blocks(text):
        start = after_dateline(text, block, is_top=len(story) < TOP)
        found: list[Sentence] = []
        for sentence in sentences_in(text, Span(start, block.end), language) if start < block.end else ():
            count += 1
            if not is_left_out(sentence):
                _check_sentence(sentence, count, name)
                found.append(sentence)
        if kept := tuple(without_asides(text, found)):
            story.append(Paragraph(kept, dated=start > block.start))
    return without_captions(text, story)


def _check_sentence(sentence: Sentence, count: int, name: str) -> None:
    """Raise ArticleError if a sentence is too long, or one too many; it is number `count`."""
    length = sentence.end - sentence.start
    if length > MAX_SENTENCE_CHARACTERS:
        raise ArticleError(
            f"{name} runs on for {length:,} characters without the end of a sentence (at most "
            f"{MAX_SENTENCE_CHARACTERS:,} can be read); check that it is the text of an article."
        )
    if count > MAX_SENTENCES:
        raise ArticleError(
            f"{name} has more than {MAX_SENTENCES:,} sentences, too many for an article; check that it is the text "
            "of one, or split it up."
        )


def _strings(article: Article) -> tuple[str | None, ...]:
    return (
        article.id, article.title, article.text, article.author, article.section, article.url, article.source,
    )  # fmt: skip


def cut(prepared: Prepared, encoder: Encoder) -> CutArticle:
    """Cut an article into passages that fit into the encoder's window."""
    article, sentences = prepared.article, prepared.sentences
    passages = tuple(fitting_passages(article.text, sentences, encoder))
    texts = tuple(_passage_text(article, sentences, passage) for passage in passages)
    return CutArticle(prepared, passages, texts, tuple(key_of_text(text) for text in texts))


def fitting_passages(text: str, sentences: Sequence[Sentence], encoder: Encoder) -> Iterator[Passage]:
    """Passages that fit into the model's window and have at least one token.

    Tokenized alone, a passage may have a few more tokens than the same part of the article has, because a word that is
    cut in the middle is tokenized differently. So the window is made smaller until every passage fits.
    """
    tokens, window, excess = encoder.tokenize(text), encoder.window, 0
    while True:
        passages = make_passages(text, sentences, tokens, window=window - excess, target=PASSAGE_TOKENS)
        sizes = [len(encoder.tokenize(text[passage.start : passage.end])) for passage in passages]
        if max(sizes) <= window:
            return (passage for passage, size in zip(passages, sizes, strict=True) if size)
        excess += max(sizes) - window


def _passage_text(article: Article, sentences: Sequence[Sentence], passage: Passage) -> PassageText:
    """What the model reads for a passage: its text, and the spans of its sentences, clipped to the passage."""
    inside = sentences[passage.first : passage.last + 1]
    spans = tuple(
        Span(max(s.start, passage.start) - passage.start, min(s.end, passage.end) - passage.start) for s in inside
    )
    return PassageText(article.text[passage.start : passage.end], spans)


def key_of(article: Article, sentences: Sequence[Sentence], passage: Passage) -> bytes:
    """The key of a passage of `article`; `sentences` are all the article's quotable sentences."""
    return key_of_text(_passage_text(article, sentences, passage))


def key_of_text(text: PassageText) -> bytes:
    """SHA-256 of what the model reads. Passages with the same key have the same encoding."""
    spans = ",".join(f"{span.start}-{span.end}" for span in text.sentences)
    return hashlib.sha256(f"{spans}\n{text.text}".encode()).digest()
