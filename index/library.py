"""A library: the articles of one owner and everything derived from them, in one folder."""

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from index.answering.answer import compose
from index.answering.followup import read, weigh
from index.answering.grouping import groups_of
from index.answering.intent import is_about_the_articles, unknown_names, wanted_counts
from index.answering.ranker import Ranker, rerank
from index.answering.recency import asks_for_newest, newest_first, without_newest
from index.answering.reranker import CrossEncoderReranker
from index.answering.search import (
    DEFAULT_THRESHOLD,
    Question,
    Ranking,
    Rarity,
    Tuning,
    View,
    find_passages,
    rank_sentences,
    with_confidence,
)
from index.conditions import check_sources, left_out, without
from index.encoding.encoder import Encoder, SentenceTransformerEncoder
from index.errors import ArticleError, ModelMismatch, QuestionError
from index.storage.faults import Examination, examine
from index.storage.store import Manifest, Reader, Scope, Store, Writer, content_hash
from index.storage.vectors import FILE, PassageIndex, UnusableIndex, sweep
from index.types import (
    UNCONDITIONAL,
    Answer,
    Article,
    Conditions,
    Fault,
    OnProgress,
    Sentence,
    Size,
    Source,
    SourcePage,
    SourceUpdate,
    Timing,
    UpdateReport,
    as_utc,
)
from index.update import CUTTING, PASSAGE_TOKENS, Prepared, make_plan, prepare, withdraw, write_articles
from index.words import words

MAX_QUESTION_CHARACTERS = 1000
"""About what the default model reads at once, so that nothing of a question is left out unseen."""

logger = logging.getLogger(__name__)


class Library:
    """Articles that answer questions. Safe to ask from many threads, also while it is being updated."""

    def __init__(
        self,
        store: Store,
        load_encoder: Callable[[], Encoder],
        load_reranker: Callable[[], CrossEncoderReranker] | None,
        patience: float,
        threshold: float,
        learned_ranking: bool,
        tuning: Tuning,
    ) -> None:
        self._store = store
        self._load_encoder = load_encoder
        self._load_reranker = load_reranker
        self._patience = patience
        self._threshold = threshold
        self._learned_ranking = learned_ranking
        self._tuning = tuning
        self._encoder: Encoder | None = None
        self._reranker: CrossEncoderReranker | None = None
        self._lock = threading.Lock()
        self._kept: dict[int, _Derived] = {}

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        load_encoder: Callable[[], Encoder] = SentenceTransformerEncoder,
        load_reranker: Callable[[], CrossEncoderReranker] | None = None,
        threshold: float = DEFAULT_THRESHOLD,
        learned_ranking: bool = True,
        patience: float = 10.0,
        tuning: Tuning = Tuning(),  # noqa: B008 - frozen
    ) -> Self:
        """Open the library in `folder`, or create it there.

        `load_encoder` is called when text is first to be embedded, so opening needs no model. `threshold` is the
        confidence from which on questions are answered. `learned_ranking` lets the ranker order the sentences that was
        fitted to the default model; with another one it takes no part. What `load_reranker` gives, if anything, has the
        last word on the order of the best. An update waits `patience` seconds for another process's.
        Raises LibraryError, naming what is wrong.
        """
        store = Store(Path(folder).absolute())
        sweep(store.folder)
        return cls(store, load_encoder, load_reranker, patience, threshold, learned_ranking, tuning)

    def close(self) -> None:
        """Close the library's files."""
        self._store.close()

    def rest(self) -> None:
        """Give back the open files and what is kept in memory; the next use takes them again.

        May be called at any time: who is reading or updating goes on, and the files are closed after that.
        """
        self._kept = {}
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where the library is."""
        return self._store.folder

    @property
    def generation(self) -> int:
        """How many updates have changed the library; 0 for a new one."""
        with self._store.reading() as reader:
            return reader.generation

    def articles(self) -> list[Article]:
        """All articles, newest first, those without a date last."""
        with self._store.reading() as reader:
            return reader.articles()

    def article(self, article_id: str) -> Article:
        """The article of that id. Raises ArticleError when there is none."""
        with self._store.reading() as reader:
            article = reader.article(article_id)
        if article is None:
            raise _unknown(article_id)
        return article

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """The sentences of that article that may be quoted, in order. Raises ArticleError when there is none."""
        with self._store.reading() as reader:
            if reader.article(article_id) is None:
                raise _unknown(article_id)
            return reader.with_sentences(article_id)[1]

    def ask(
        self,
        question: str,
        *,
        limit: int = 3,
        article_id: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        beside: Sequence["Library"] = (),
        follows: Answer | None = None,
        threshold: float | None = None,
    ) -> Answer:
        """Answer `question` with at most `limit` quotes, or say that the articles do not.

        `article_id` asks one article alone; `since` and `until` (a day counts whole) those published then, newer ones
        first where several answer about equally well. `beside` names further libraries of the same model, whose
        articles are ranked with this one's as if they were one. `follows` is the answer in the light of which the
        question is read where it does not stand on its own ("and what did Xi say?"). `threshold` is the confidence from
        which on this question is answered, by default the library's own.
        Raises QuestionError for what cannot be asked, ArticleError where no library has that article, LibraryError.
        """
        text = _checked(question, limit)
        scope = _scope(article_id, since, until)
        with contextlib.ExitStack() as stack:
            views = [stack.enter_context(library._view()) for library in (self, *beside)]
            if article_id is not None and not any(view.reader.article(article_id) for view in views):
                raise _unknown(article_id)
            if not any(len(view.index) for view in views) or not is_about_the_articles(text):
                return Answer(text, answered=False, confidence=0.0)
            encoder = self._loaded_encoder()
            for library, view in zip((self, *beside), views, strict=True):
                library._check_made_with(view.reader, encoder)
            views = [view for view in views if len(view.index)]
            clock = _Clock()
            reading = read(without_newest(text), follows)
            texts = dict.fromkeys(part.text for part in reading.searches)
            asked = {each: Question.of(each, encoder.encode_question(each)) for each in texts}
            clock.count("encode")
            rankings = [
                self._rank(asked[part.text], _narrowed(scope, part.article_id), views, encoder, clock)
                for part in reading.searches
            ]
            ranking = weigh(rankings, reading, self._tuning)
            if reranker := self._loaded_reranker():
                ranking = replace(ranking, sentences=reranker.order(ranking.sentences, reading.whole))
            if asks_for_newest(text) or scope.since or scope.until:
                ranking = newest_first(ranking, self._tuning)
            unknown = unknown_names(text, _counts(views, wanted_counts(text)))
            answer = compose(
                text,
                replace(ranking, confidence=ranking.confidence * (1 - unknown)),
                limit,
                self._threshold if threshold is None else threshold,
                self._tuning,
            )
            clock.count("rerank")
        return replace(answer, timing=clock.timing)

    def _rank(self, asked: Question, scope: Scope, views: Sequence[View], encoder: Encoder, clock: "_Clock") -> Ranking:
        """The sentences that one search finds, best first."""
        rarity = Rarity(views, asked.terms, self._tuning)
        candidates = find_passages(views, asked, rarity, scope, self._tuning)
        clock.count("search")
        ranked = rank_sentences(candidates, asked, rarity, self._tuning)
        ranker = Ranker.load() if self._learned_ranking else None
        if ranker and ranker.fingerprint == encoder.fingerprint:
            ranking = rerank(ranked, asked, rarity, ranker)
        else:
            ranking = with_confidence(ranked, self._tuning)
        clock.count("rerank")
        return ranking

    def groups_of(self, questions: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """The numbers of those questions in groups that ask the same, the largest group first.

        Of each group the most typical wording is first. Needs no articles. A thousand different questions take a few
        seconds, and memory grows with their square. Raises ModelError.
        """
        return groups_of(questions, self._loaded_encoder()) if questions else ()

    def warm(self) -> None:
        """Load the model and the vectors, so that the first question need not wait for them. Raises PullquoteError."""
        encoder = self._loaded_encoder()
        with self._view() as view:
            self._check_made_with(view.reader, encoder)
        encoder.encode_question("What is warm is quick?")
        Ranker.load()
        self._loaded_reranker()

    def update(
        self,
        articles: Iterable[Article],
        *,
        remove: Iterable[str] = (),
        on_progress: OnProgress | None = None,
        source_update: SourceUpdate | None = None,
        conditions: Conditions = UNCONDITIONAL,
    ) -> UpdateReport:
        """Add articles or replace them by id, and take those named in `remove` out: all of it, or nothing.

        Text that is already in the library is not embedded again. Articles that cannot be taken in are left out and
        named in the report. `source_update` is what is now known of the sources, and lands with the articles;
        articles that were taken out by hand stay out unless it includes them again. Without it all are included. What
        does not meet the `conditions` is left out and named too. Raises LibraryBusy, ModelMismatch or another
        PullquoteError, with the library unchanged: also what is refused of an update that is to land whole, and
        SourceError for more sources than the quota has.
        """
        return self._write(articles, remove, on_progress, source_update, conditions, rebuild=False)

    def rebuild(
        self,
        articles: Iterable[Article] = (),
        *,
        remove: Iterable[str] = (),
        on_progress: OnProgress | None = None,
        source_update: SourceUpdate | None = None,
        conditions: Conditions = UNCONDITIONAL,
    ) -> UpdateReport:
        """Update, and embed every article afresh; the way on for a library that was made with another model."""
        return self._write(articles, remove, on_progress, source_update, conditions, rebuild=True)

    def plan(
        self,
        articles: Iterable[Article],
        *,
        remove: Iterable[str] = (),
        rebuild: bool = False,
        conditions: Conditions = UNCONDITIONAL,
    ) -> UpdateReport:
        """What `update`, or `rebuild`, would do, without doing it."""
        with self._store.reading() as reader:
            return make_plan(reader, articles, remove, rebuild=rebuild, conditions=conditions).report

    def size(self) -> Size:
        """How much the library holds."""
        with self._store.reading() as reader:
            sizes = reader.text_sizes()
        return Size(len(sizes), sum(sizes.values()))

    def content_hashes(self) -> dict[str, bytes]:
        """What tells apart the states of each article, by id: SHA-256 over everything that it says of itself."""
        with self._store.reading() as reader:
            return reader.content_hashes()

    def remove(self, article_id: str) -> UpdateReport:
        """Take one article out, so that no source brings it back. Raises ArticleError when it is not there."""
        self.article(article_id)
        return self.update([], remove=[article_id], source_update=self.withdrawal(article_id))

    def withdrawal(self, article_id: str) -> SourceUpdate:
        """What to remember when that article is taken out by hand: to leave it out, and to ask no page for it."""
        with self._store.reading() as reader:
            return withdraw(article_id, reader.sources(), reader.source_pages())

    def excluded(self) -> list[str]:
        """The ids of the articles that were taken out by hand and that no source brings back, sorted."""
        with self._store.reading() as reader:
            return reader.excluded()

    def sources(self) -> list[Source]:
        """The sources that are remembered, in the order in which they were added."""
        with self._store.reading() as reader:
            return reader.sources()

    def source_pages(self) -> list[SourcePage]:
        """The addresses that the sources led to."""
        with self._store.reading() as reader:
            return reader.source_pages()

    def check(self) -> tuple[Fault, ...]:
        """What is wrong with the library's files, read whole; empty when all is as it was written. Changes nothing."""
        with self._store.reading() as reader:
            return examine(reader, self.folder).faults

    def mend(self) -> tuple[str, ...]:
        """Put right what `check` finds mendable: a sentence for each thing that was done.

        Passages whose vectors are damaged are embedded again, no others; the passage index is rebuilt from the stored
        vectors. Raises LibraryBusy, ModelMismatch or another PullquoteError.
        """
        with self._store.writing(self._patience) as writer:
            found = examine(writer, self.folder)
            derived_anew = self._derive_anew(writer, found)
            generation = writer.complete_generation() if derived_anew else writer.generation
            derived = _Derived.of(writer) if derived_anew or found.index_fault else None
        done = [f"the passages of “{article_id}” were made again from its text" for article_id in derived_anew]
        if derived and self._publish(derived, generation):
            done.append(f"{FILE} was rebuilt from the stored vectors")
        sweep(self.folder)
        done += [f"{file.name} was deleted" for file in found.leftovers if not file.exists()]
        return tuple(done)

    def _derive_anew(self, writer: Writer, found: Examination) -> list[str]:
        """Cut and embed the articles again of which something derived is wrong; the ids of those that could be."""
        if not found.misread:
            return []
        encoder = self._loaded_encoder()
        self._check_made_with(writer, encoder)
        prepared: list[Prepared] = []
        for article in filter(None, map(writer.article, found.misread)):
            with contextlib.suppress(ArticleError):  # what present rules refuse stays as it is, and a fault
                prepared.append(prepare(article))
        writer.forget_encodings(found.damaged)
        write_articles(writer, prepared, encoder, lambda _: None)
        return [each.article.id for each in prepared]

    def check_current(self) -> None:
        """Raise ModelMismatch where the library was made with another model or by other rules than the present."""
        with self._store.reading() as reader:
            self._check_made_with(reader, self._loaded_encoder())

    def is_current(self) -> bool:
        """Whether the library was made with the present model and rules; else it can only be rebuilt."""
        try:
            self.check_current()
        except ModelMismatch:
            return False
        return True

    def _write(
        self,
        articles: Iterable[Article],
        remove: Iterable[str],
        on_progress: OnProgress | None,
        source_update: SourceUpdate | None,
        conditions: Conditions,
        *,
        rebuild: bool,
    ) -> UpdateReport:
        articles = list(articles)
        with self._store.reading() as reader:
            stored = reader.content_hashes()
        if rebuild or any(stored.get(article.id) != content_hash(article) for article in articles):
            self._loaded_encoder()  # before the lock: others need not wait while a model loads
        with self._store.writing(self._patience) as writer:
            excluded = () if source_update is None else left_out(writer.excluded(), source_update)
            kept = [article for article in articles if article.id not in excluded]
            plan = make_plan(writer, kept, remove, rebuild=rebuild, conditions=conditions)
            if source_update is None:
                writer.include(article.id for article in articles)
            else:
                check_sources(writer.sources(), source_update, conditions.quota)
                writer.remember(without(source_update, plan.set_aside))
            if not plan.write and not plan.report.removed:
                return plan.report
            embedded = 0
            if plan.write:
                encoder = self._loaded_encoder()
                if rebuild:
                    writer.forget_encodings()
                self._claim(writer, encoder, anew=rebuild)
                embedded = write_articles(writer, plan.write, encoder, on_progress or (lambda _: None))
            for article_id in plan.report.removed:  # last: what is put may be what moved away from here
                writer.delete(article_id)
            generation = writer.complete_generation()
            derived = _Derived.of(writer)
        self._publish(derived, generation)
        return replace(plan.report, passages_embedded=embedded)

    def _claim(self, writer: Writer, encoder: Encoder, *, anew: bool) -> None:
        """Write down what the library is made with; raise ModelMismatch where that was something else."""
        if anew or writer.manifest() is None:
            writer.set_manifest(Manifest.of(encoder, PASSAGE_TOKENS, CUTTING))
        self._check_made_with(writer, encoder)

    def _check_made_with(self, reader: Reader, encoder: Encoder) -> None:
        made_with, present = reader.manifest(), Manifest.of(encoder, PASSAGE_TOKENS, CUTTING)
        if made_with is None or replace(made_with, model=present.model) == present:
            return
        if made_with.model != present.model:
            difference = f"was made with the model {made_with.model}, and EMBEDDING_MODEL is now {present.model}"
        else:
            difference = f"was made with another version of {present.model} or of Pullquote"
        raise ModelMismatch(
            f"The library in {self.folder} {difference}; run `pullquote reindex --full` to rebuild it, or set the "
            "model back."
        )

    def _loaded_encoder(self) -> Encoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def _loaded_reranker(self) -> CrossEncoderReranker | None:
        with self._lock:
            if self._reranker is None and self._load_reranker is not None:
                self._reranker = self._load_reranker()
            return self._reranker

    @contextlib.contextmanager
    def _view(self) -> Iterator[View]:
        """The last complete generation, with its index."""
        with self._store.reading() as reader:
            derived = self._derived(reader)
            yield View(reader, derived.index, derived.term_total)

    def _derived(self, reader: Reader) -> "_Derived":
        """What is derived from the reader's generation: kept from before, read from disk, or rebuilt."""
        generation = reader.generation
        if kept := self._kept.get(generation):
            return kept
        with self._lock:
            if kept := self._kept.get(generation):
                return kept
            try:
                derived = _Derived(PassageIndex.load(self.folder, generation), reader.term_total())
            except UnusableIndex as reason:
                derived = _Derived.of(reader)
                if generation:
                    logger.warning("%s %s; rebuilt from the stored vectors.", self.folder / FILE, reason)
                    self._save(derived, generation)
            self._keep(derived, generation)
            return derived

    def _publish(self, derived: "_Derived", generation: int) -> bool:
        """Make the index of a generation the one that questions use, and save it; whether that was possible."""
        with self._lock:
            self._keep(derived, generation)
            return self._save(derived, generation)

    def _keep(self, derived: "_Derived", generation: int) -> None:
        """Keep it beside that of the generation before, from which some may still be reading."""
        self._kept = {number: kept for number, kept in self._kept.items() if number == generation - 1}
        self._kept[generation] = derived

    def _save(self, derived: "_Derived", generation: int) -> bool:
        try:
            derived.index.save(self.folder, generation)
        except OSError as error:
            logger.warning("%s could not be written (%s); it will be rebuilt.", self.folder / FILE, error.strerror)
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Derived:
    """What is computed from one generation of a store and kept in memory."""

    index: PassageIndex
    term_total: int

    @classmethod
    def of(cls, reader: Reader) -> "_Derived":
        return cls(PassageIndex.build(*reader.passage_vectors()), reader.term_total())


def check_question(
    question: str, *, since: datetime | date | str | None = None, until: datetime | date | str | None = None
) -> None:
    """Raise QuestionError for what `Library.ask` would not read at all: for use before anything is begun."""
    _checked(question, limit=1)
    _scope(None, since, until)


def _checked(question: str, limit: int) -> str:
    """The question without white space around it. Raises QuestionError for what cannot be asked."""
    text = question.strip()
    if not text:
        raise QuestionError("The question is empty; ask something about the articles.")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question has {len(text):,} characters, and at most {MAX_QUESTION_CHARACTERS:,} are read; "
            "ask it in fewer words."
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QuestionError("The question holds bytes that are no text; write it in UTF-8.")
    if not words(text):
        raise QuestionError("The question holds no words; ask something about the articles.")
    if limit < 1:
        raise QuestionError(f"The limit is {limit}; ask for at least one quote.")
    return text


def _narrowed(scope: Scope, article_id: str | None) -> Scope:
    """The scope, and within it that article alone, where one is named and the question was not of one already."""
    return scope if article_id is None or scope.article_id is not None else replace(scope, article_id=article_id)


def _counts(views: Sequence[View], terms: Iterable[str]) -> Counter[str]:
    """In how many passages of all views each of the terms stands."""
    counts: Counter[str] = Counter()
    for view in views:
        counts.update(view.reader.passage_counts(terms))
    return counts


def _unknown(article_id: str) -> ArticleError:
    return ArticleError(f"There is no article {article_id!r} here; look for its id in the list of articles.")


def _scope(article_id: str | None, since: datetime | date | str | None, until: datetime | date | str | None) -> Scope:
    """Which articles are asked. Raises QuestionError for dates that are none, or out of order."""
    scope = Scope(article_id, _moment("since", since), _moment("until", until))
    if scope.since and scope.until and scope.since >= scope.until:
        raise QuestionError(f"No article can be published since {since} and until {until}; swap the two.")
    return scope


def _moment(name: str, moment: datetime | date | str | None) -> datetime | None:
    """The instant that `moment` stands for; for `until`, which a whole day belongs to, the end of that day."""
    has_time = isinstance(moment, datetime) or (isinstance(moment, str) and len(moment.strip()) > len("2026-01-31"))
    try:
        instant = as_utc(moment)
        return instant + timedelta(days=1) if instant and name == "until" and not has_time else instant
    except (ValueError, OverflowError):
        raise QuestionError(f"{moment!r} is no date for {name!r}; write it as 2026-01-31.") from None


class _Clock:
    """Counts milliseconds towards the parts of an answer."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._spent = {"encode": 0.0, "search": 0.0, "rerank": 0.0}

    def count(self, part: str) -> None:
        """Put down what passed since the last count to that part."""
        last, self._last = self._last, time.perf_counter()
        self._spent[part] += (self._last - last) * 1000

    @property
    def timing(self) -> Timing:
        """What was counted."""
        return Timing(**self._spent, total=sum(self._spent.values()))
