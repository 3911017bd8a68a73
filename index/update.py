"""What an update does: compare articles with the store, cut what is new into passages, embed and write them."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.boilerplate import find_boilerplate
from index.conditions import Room, conflict, is_another
from index.encoding.encoder import Encoder, PassageEncoding, PassageText
from index.errors import ArticleError, Conflict, NoRoom
from index.naming import named
from index.storage.store import NewPassage, Reader, Writer, content_hash
from index.text import find_headings, iter_sentences, make_passages
from index.types import (
    UNCONDITIONAL,
    Article,
    Conditions,
    OnProgress,
    Passage,
    Progress,
    Refusal,
    Sentence,
    Source,
    SourcePage,
    SourceUpdate,
    Span,
    UpdateReport,
)
from index.words import terms

PASSAGE_TOKENS = 160
"""About how long passages are. On newsqa-dev 96, 160 and 240 found the first quote equally often, 160 and more the
first three more often; longer ones are slower to embed."""

CUTTING = 2
"""Counts the rules by which texts are cut into what may be quoted. A library cut by earlier ones says so and offers
`pullquote reindex --full`. Since 2, headings are left out."""

MAX_CHARACTERS = 1_000_000
"""Of an article's text: two novels. What comes later goes through all of it, several times."""

MAX_LINES = 50_000
"""Of an article's text, a line ending at whatever ends one: a million characters of wrapped prose have 15,000."""

MAX_SENTENCES = 20_000
"""Of an article: a million characters of prose have half as many."""

MAX_SENTENCE_CHARACTERS = 20_000
"""A longer "sentence" is none that anyone could quote: the text is broken."""

MAX_FIELDS = {"id": 2_500, "title": 1_000, "author": 1_000, "section": 1_000, "url": 2_500, "source": 5_000}
"""Characters of what an article says of itself. Ids and sources are made of addresses and paths, which may be long."""

CHUNK_PASSAGES = 256
"""How many passages are embedded before they are written: enough to sort into batches of like length."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that can be taken in, with the sentences that may be quoted."""

    article: Article
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update will do, and the articles it will write.

    `set_aside` holds the ids of those that somebody else has changed since, or for which there is no room.
    """

    report: UpdateReport
    write: tuple[Prepared, ...]
    set_aside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Cut:
    """An article cut into passages, and what the model is to read for each."""

    prepared: Prepared
    passages: tuple[Passage, ...]
    texts: tuple[PassageText, ...]
    keys: tuple[bytes, ...]


def make_plan(
    reader: Reader,
    articles: Iterable[Article],
    remove: Iterable[str],
    *,
    rebuild: bool = False,
    conditions: Conditions = UNCONDITIONAL,
) -> Plan:
    """Compare `articles` with what is stored. Of two with one id the first counts. A rebuild writes all there is.

    What stands under the id of a refused article stays. What a rebuild can no longer take in, it removes and names.
    Articles that are there come first: what they leave of the quota goes to new ones, in their order. Raises
    ArticleError where one is refused of an update that is to land whole.
    """
    stored = reader.content_hashes()
    refused: list[Refusal] = []
    set_aside: set[str] = set()

    def refuse(article_id: str, error: ArticleError) -> None:
        if conditions.whole:
            raise error
        refused.append(Refusal(article_id, str(error)))
        if isinstance(error, Conflict | NoRoom):
            set_aside.add(article_id)

    removed: tuple[str, ...] = ()
    for article_id in dict.fromkeys(remove):
        if article_id not in stored:
            continue
        if is_another(stored[article_id], article_id, conditions):
            refuse(article_id, conflict(reader, article_id))
        else:
            removed += (article_id,)
    room = Room(reader.text_sizes(), removed, conditions.quota) if conditions.quota else None
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    write: list[Prepared] = []
    met: set[str] = set()
    for article in sorted(articles, key=lambda article: article.id not in stored):
        if article.id in met:
            refuse(article.id, ArticleError("Another article has the same id; give each an id of its own."))
            continue
        met.add(article.id)
        now, new = stored.get(article.id), content_hash(article)
        known = now is not None and article.id not in removed
        same = known and now == new
        another = now != new and is_another(now, article.id, conditions)
        if another and new == conditions.seen[article.id] and not conditions.whole:
            continue  # it brings nothing new, so what somebody else has made of it stands
        try:
            if another:
                raise conflict(reader, article.id)
            if room and not same:
                room.check(article)
            if not same or rebuild:
                write.append(prepare(article))
        except ArticleError as error:
            refuse(article.id, error)
        else:
            (unchanged if same else changed if known else added).append(article.id)
            if room:
                room.take(article)
    written = {prepared.article.id for prepared in write}
    removed = tuple(article_id for article_id in removed if article_id not in written)
    if rebuild:
        for article in reader.articles():
            if article.id in written or article.id in removed:
                continue
            try:
                write.append(prepare(article))
            except ArticleError as error:
                refused.append(Refusal(article.id, str(error)))
                removed += (article.id,)
            else:
                unchanged.append(article.id)
    report = UpdateReport(tuple(added), tuple(changed), tuple(unchanged), removed, tuple(refused))
    return Plan(report, tuple(write), frozenset(set_aside))


def withdraw(article_id: str, sources: Sequence[Source], pages: Sequence[SourcePage]) -> SourceUpdate:
    """What to remember of an article that is taken out by hand; a page that is a source for it alone is one no more."""
    single = {source.address for source in sources if source.kind == "page"}
    alone = tuple(page.source for page in pages if page.source in single and page.article_id == article_id)
    return SourceUpdate(forget=alone, exclude=(article_id,))


def prepare(article: Article) -> Prepared:
    """Find the sentences of an article that may be quoted. Raises ArticleError where it cannot be taken in.

    This is the gate that every article passes: behind it, nothing of one is longer than the limits above.
    """
    name = named(article.id.strip() or article.title)
    _check_lengths(article, name)
    if not article.id.strip():
        raise ArticleError(f"The article {name!r} has no id; give it one.")
    if "\x00" in article.text + article.title:
        raise ArticleError(f"{name} holds null characters, so it is not text; export it again as text.")
    try:
        "".join(field for field in _strings(article) if field).encode()
    except UnicodeEncodeError:
        raise ArticleError(f"{name} holds broken characters (lone surrogates); save it again as UTF-8.") from None
    if not article.text.strip():
        raise ArticleError(f"{name} is empty; there is nothing in it to quote.")
    sentences = tuple(_quotable(article.text, name))
    if not any(terms(article.text[s.start : s.end]) for s in sentences):
        raise ArticleError(
            f"{name} holds nothing but boilerplate and headings, nothing to quote; check that it is the whole story."
        )
    return Prepared(article, sentences)


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


def _quotable(text: str, name: str) -> Iterator[Sentence]:
    """The sentences of the story itself. Raises ArticleError at the first that is too long, or one too many."""
    boilerplate = find_boilerplate(text).spans
    left_out = sorted((*boilerplate, *find_headings(text, boilerplate)), key=lambda span: span.start)
    starts = [span.start for span in left_out]
    for number, sentence in enumerate(iter_sentences(text)):
        before = bisect_left(starts, sentence.end) - 1  # none of them overlaps another
        if before >= 0 and sentence.start < left_out[before].end:
            continue
        length = sentence.end - sentence.start
        if length > MAX_SENTENCE_CHARACTERS:
            raise ArticleError(
                f"{name} runs on for {length:,} characters without the end of a sentence (at most "
                f"{MAX_SENTENCE_CHARACTERS:,} can be read); check that it is the text of an article."
            )
        if number >= MAX_SENTENCES:
            raise ArticleError(
                f"{name} has more than {MAX_SENTENCES:,} sentences, too many for an article; check that it is the text "
                "of one, or split it up."
            )
        yield sentence


def _strings(article: Article) -> tuple[str | None, ...]:
    return (
        article.id, article.title, article.text, article.author, article.section, article.url, article.source,
    )  # fmt: skip


def write_articles(writer: Writer, articles: Sequence[Prepared], encoder: Encoder, on_progress: OnProgress) -> int:
    """Embed and store `articles`; the number of passages that the model had to read.

    A passage whose very text is in the library already, in whichever article, keeps its encoding.
    """
    cut = [_cut(prepared, encoder) for prepared in articles]
    missing = {key for article in cut for key in article.keys if not writer.has_encoding(key)}
    done, total = 0, len(missing)
    for chunk in _chunks(cut):
        texts = {key: text for article in chunk for key, text in zip(article.keys, article.texts, strict=True)}
        to_read = {key: text for key, text in texts.items() if key in missing}
        fresh: dict[bytes, PassageEncoding] = {}
        keys = list(to_read)
        for number, encoding in encoder.encode_passages(list(to_read.values())):
            fresh[keys[number]] = encoding
            on_progress(Progress(done + len(fresh), total))
        done += len(fresh)
        missing -= fresh.keys()
        encodings = fresh | {key: writer.encoding(key) for key in texts if key not in fresh}
        for article in chunk:
            writer.put(article.prepared.article, article.prepared.sentences, _new_passages(article, encodings))
    return total


def _cut(prepared: Prepared, encoder: Encoder) -> _Cut:
    article, sentences = prepared.article, prepared.sentences
    passages = tuple(_fitting_passages(article.text, sentences, encoder))
    texts = tuple(_passage_text(article, sentences, passage) for passage in passages)
    return _Cut(prepared, passages, texts, tuple(_key(text) for text in texts))


def _fitting_passages(text: str, sentences: Sequence[Sentence], encoder: Encoder) -> Iterator[Passage]:
    """Passages that the model reads whole, and reads something in.

    A passage may have some tokens more than the same stretch of the article: cut in mid-word, a word falls into others.
    """
    tokens, window, excess = encoder.tokenize(text), encoder.window, 0
    while True:
        passages = make_passages(text, sentences, tokens, window=window - excess, target=PASSAGE_TOKENS)
        sizes = [len(encoder.tokenize(text[passage.start : passage.end])) for passage in passages]
        if max(sizes) <= window:
            return (passage for passage, size in zip(passages, sizes, strict=True) if size)
        excess += max(sizes) - window


def _passage_text(article: Article, sentences: Sequence[Sentence], passage: Passage) -> PassageText:
    """What the model reads for a passage, its sentences clipped to it."""
    inside = sentences[passage.first : passage.last + 1]
    spans = tuple(
        Span(max(s.start, passage.start) - passage.start, min(s.end, passage.end) - passage.start) for s in inside
    )
    return PassageText(article.text[passage.start : passage.end], spans)


def key_of(article: Article, sentences: Sequence[Sentence], passage: Passage) -> bytes:
    """The key of a passage of `article`, which has those sentences."""
    return _key(_passage_text(article, sentences, passage))


def _key(text: PassageText) -> bytes:
    """The same for what encodes the same."""
    spans = ",".join(f"{span.start}-{span.end}" for span in text.sentences)
    return hashlib.sha256(f"{spans}\n{text.text}".encode()).digest()


def _new_passages(article: _Cut, encodings: dict[bytes, PassageEncoding]) -> Iterator[NewPassage]:
    title_terms = tuple(terms(article.prepared.article.title))
    for passage, text, key in zip(article.passages, article.texts, article.keys, strict=True):
        sentence_terms = tuple(tuple(terms(text.text[span.start : span.end])) for span in text.sentences)
        yield NewPassage(passage, key, sentence_terms, title_terms, encodings[key])


def _chunks(articles: Sequence[_Cut]) -> Iterator[list[_Cut]]:
    """The articles in runs of about CHUNK_PASSAGES passages."""
    chunk: list[_Cut] = []
    size = 0
    for article in articles:
        chunk.append(article)
        size += len(article.passages)
        if size >= CHUNK_PASSAGES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
