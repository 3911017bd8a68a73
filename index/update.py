"""An update of a library: compare the articles with those stored, embed new passages, and write them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.answering.cues import cues_of, pack_cues
from index.conditions import Room, conflict, is_another
from index.encoding.encoder import Encoder, PassageEncoding
from index.errors import ArticleError, Conflict, NoRoom
from index.languages import ENGLISH, tell_language
from index.passages import CutArticle, Prepared, cut, key_of, prepare
from index.revising import revision_of
from index.storage.seam import Records, Update
from index.storage.types import NewPassage, content_hash
from index.types import (
    UNCONDITIONAL,
    Article,
    Conditions,
    OnProgress,
    Passage,
    Progress,
    Refusal,
    Revision,
    Sentence,
    Source,
    SourcePage,
    SourceUpdate,
    UpdateReport,
    Withdrawal,
)
from index.words import terms

CHUNK_PASSAGES = 256
"""How many passages are embedded before they are written: enough to sort them into batches of similar length."""

TOLD_AT_ONCE = 500
"""Of how many articles of an earlier version one update tells the language. It takes about 4 ms for each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update will do, and the articles it will write.

    `set_aside` has the ids of articles that were refused because somebody else has changed them, or because they do not
    fit into the quota.
    """

    report: UpdateReport
    write: tuple[Prepared, ...]
    set_aside: frozenset[str] = frozenset()


def make_plan(
    records: Records,
    articles: Iterable[Article],
    remove: Iterable[str],
    *,
    rebuild: bool = False,
    conditions: Conditions = UNCONDITIONAL,
) -> Plan:
    """Compare `articles` with those stored, and decide what to write and what to remove.

    If two articles have the same id, the first one counts. If an article is refused, the stored one with its id stays.
    A rebuild writes all stored articles again; one that the present rules refuse is removed and named in the report.
    Articles that are already stored are counted first, so new ones get the rest of the quota, in their order. If the
    update must be applied whole, the first refusal is raised as an ArticleError.
    """
    articles, remove = list(articles), list(remove)
    planning = _Planning(records, conditions)
    planning.compare_with_stored({*remove, *(article.id for article in articles)})
    planning.remove(remove)
    planning.take_in(articles, anew=rebuild)
    planning.keep_what_is_written()
    if rebuild:
        planning.take_in_the_rest(records.articles())
    return planning.plan()


class _Planning:
    """Collects the decisions of one plan, step by step."""

    def __init__(self, records: Records, conditions: Conditions) -> None:
        self._records = records
        self._conditions = conditions
        self._stored: dict[str, bytes] = {}
        self._added: list[str] = []
        self._changed: list[str] = []
        self._unchanged: list[str] = []
        self._removed: dict[str, None] = {}
        self._refused: list[Refusal] = []
        self._set_aside: set[str] = set()
        self._write: dict[str, Prepared] = {}

    def compare_with_stored(self, article_ids: Iterable[str]) -> None:
        """Read the content hashes of the stored articles with those ids, which the next steps compare."""
        self._stored = self._records.content_hashes(article_ids)

    def remove(self, article_ids: Iterable[str]) -> None:
        """Remove the articles that are there and have not changed since the update was prepared."""
        for article_id in dict.fromkeys(article_ids):
            if article_id not in self._stored:
                continue
            if is_another(self._stored[article_id], article_id, self._conditions):
                self._refuse(article_id, conflict(self._records, article_id))
            else:
                self._removed[article_id] = None

    def take_in(self, articles: Iterable[Article], *, anew: bool) -> None:
        """Write new and changed articles, as far as the quota allows; with `anew` also the unchanged ones."""
        quota = self._conditions.quota
        sizes = self._records.text_sizes(self._stored) if quota else {}
        room = Room(self._records.size(), sizes, self._removed, quota) if quota else None
        met: set[str] = set()
        for article in sorted(articles, key=lambda article: article.id not in self._stored):
            if article.id in met:
                error = ArticleError("Another article has the same id; give each an id of its own.")
                self._refuse(article.id, error)
                continue
            met.add(article.id)
            try:
                self._compare(article, room, anew=anew)
            except ArticleError as error:
                self._refuse(article.id, error)

    def _compare(self, article: Article, room: Room | None, *, anew: bool) -> None:
        """Compare one article with the stored one of the same id. Raises ArticleError if it cannot be added."""
        now, new = self._stored.get(article.id), content_hash(article)
        known = now is not None and article.id not in self._removed
        same = known and now == new
        if now != new and is_another(now, article.id, self._conditions):
            if new == self._conditions.seen[article.id] and not self._conditions.whole:
                return  # the source has nothing new, so the version that somebody else stored stays
            raise conflict(self._records, article.id)
        if room and not same:
            room.check(article)
        if not same or anew:
            self._write[article.id] = prepare(article)
        (self._unchanged if same else self._changed if known else self._added).append(article.id)
        if room:
            room.take(article)

    def keep_what_is_written(self) -> None:
        """Do not remove what the same update writes."""
        self._removed = dict.fromkeys(article_id for article_id in self._removed if article_id not in self._write)

    def take_in_the_rest(self, articles: Iterable[Article]) -> None:
        """Write every other stored article again; remove, and report, those that the present rules refuse."""
        for article in articles:
            if article.id in self._write or article.id in self._removed:
                continue
            try:
                self._write[article.id] = prepare(article)
            except ArticleError as error:
                self._refused.append(Refusal.of(article.id, error))
                self._removed[article.id] = None
            else:
                self._unchanged.append(article.id)

    def _refuse(self, article_id: str, error: ArticleError) -> None:
        if self._conditions.whole:
            raise error
        self._refused.append(Refusal.of(article_id, error))
        if isinstance(error, Conflict | NoRoom):
            self._set_aside.add(article_id)

    def plan(self) -> Plan:
        """The plan with everything that was decided."""
        report = UpdateReport(
            tuple(self._added),
            tuple(self._changed),
            tuple(self._unchanged),
            tuple(self._removed),
            tuple(self._refused),
        )
        return Plan(report, tuple(self._write.values()), frozenset(self._set_aside))


def with_losses(records: Records, plan: Plan) -> UpdateReport:
    """The report of a plan with what it takes away: sentences, and whole articles. Call it before it is carried out."""
    changed, removed = set(plan.report.changed), plan.report.removed
    former, revised = records.content_hashes([*changed, *removed]), list[Revision]()
    for prepared in plan.write:
        new = prepared.article
        if new.id in changed:
            old, sentences = records.with_sentences(new.id)
            if found := revision_of(old, sentences, new, prepared.sentences, former[new.id]):
                revised.append(found)
    gone = ((records.headline(article_id), former.get(article_id)) for article_id in removed)
    withdrawn = tuple(Withdrawal(headline, digest) for headline, digest in gone if headline and digest)
    return replace(plan.report, revised=tuple(revised), withdrawn=withdrawn)


def withdraw(article_id: str, sources: Sequence[Source], pages: Sequence[SourcePage]) -> SourceUpdate:
    """What to remember when an article is removed by hand: its id, and to forget page sources that gave only it."""
    single = {source.address for source in sources if source.kind == "page"}
    alone = tuple(page.source for page in pages if page.source in single and page.article_id == article_id)
    return SourceUpdate(forget=alone, exclude=(article_id,))


class Shelf(Protocol):
    """Where articles are put, and the encodings that are there already: an update, or what stands for one."""

    def has_encoding(self, key: bytes) -> bool:
        """Whether an undamaged encoding is there for that key."""

    def encoding(self, key: bytes) -> PassageEncoding:
        """The encoding that is there for that key. It must exist."""

    def put(self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage]) -> None:
        """Add an article with its passages, or replace the one with the same id."""


def write_articles(update: Shelf, articles: Sequence[Prepared], encoder: Encoder, on_progress: OnProgress) -> int:
    """Embed and store `articles`. Returns the number of passages that the model had to read.

    If the library already has a passage with the same text, in any article, its encoding is reused.
    """
    pieces = [cut(prepared, encoder) for prepared in articles]
    missing = {key for article in pieces for key in article.keys if not update.has_encoding(key)}
    done, total = 0, len(missing)
    for chunk in _chunks(pieces):
        texts = {key: text for article in chunk for key, text in zip(article.keys, article.texts, strict=True)}
        to_read = {key: text for key, text in texts.items() if key in missing}
        fresh: dict[bytes, PassageEncoding] = {}
        keys = list(to_read)
        for number, encoding in encoder.encode_passages(list(to_read.values())):
            fresh[keys[number]] = encoding
            on_progress(Progress(done + len(fresh), total))
        done += len(fresh)
        missing -= fresh.keys()
        encodings = fresh | {key: update.encoding(key) for key in texts if key not in fresh}
        for article in chunk:
            new = _new_passages(article.prepared, article.passages, article.keys, encodings)
            update.put(article.prepared.article, article.prepared.sentences, new)
    return total


def tell_languages(update: Update, most: int = TOLD_AT_ONCE) -> None:
    """Tell the language of articles that were stored before there were languages: of at most `most`.

    Of those that are not English, terms and cues are made again, in their language. Their sentences stay as they were
    cut, so nothing is embedded again.
    """
    for article_id in update.untold(most):
        article, sentences = update.with_sentences(article_id)
        language = tell_language(article.text)
        passages = update.passages_of(article_id)
        keys = [key_of(article, sentences, passage) for passage in passages]
        if language == ENGLISH or not all(map(update.has_encoding, keys)):
            update.tell(article_id, language)
        else:
            encodings = {key: update.encoding(key) for key in keys}
            told = replace(article, language=language)
            update.put(told, sentences, _new_passages(Prepared(told, sentences), passages, keys, encodings))


def _new_passages(
    prepared: Prepared,
    passages: Sequence[Passage],
    keys: Sequence[bytes],
    encodings: Mapping[bytes, PassageEncoding],
) -> Iterator[NewPassage]:
    article, sentences, language = prepared.article, prepared.sentences, prepared.article.language or ENGLISH
    title_terms = tuple(terms(article.title, language))
    cues = [cues_of(article.text[sentence.start : sentence.end], language) for sentence in sentences]
    for passage, key in zip(passages, keys, strict=True):
        inside = sentences[passage.first : passage.last + 1]
        sentence_terms = tuple(tuple(terms(_part(article.text, each, passage), language)) for each in inside)
        packed = pack_cues(cues[passage.first : passage.last + 1], len(sentences))
        yield NewPassage(passage, key, sentence_terms, title_terms, encodings[key], packed)


def _part(text: str, sentence: Sentence, passage: Passage) -> str:
    """The text of a sentence, as far as it is in the passage."""
    return text[max(sentence.start, passage.start) : min(sentence.end, passage.end)]


def _chunks(articles: Sequence[CutArticle]) -> Iterator[list[CutArticle]]:
    """Split the articles into runs of about CHUNK_PASSAGES passages."""
    chunk: list[CutArticle] = []
    size = 0
    for article in articles:
        chunk.append(article)
        size += len(article.passages)
        if size >= CHUNK_PASSAGES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
