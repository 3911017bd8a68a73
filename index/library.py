"""A library: the articles of one owner and everything derived from them."""

import contextlib
import copy
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from index.answering.choices import quote_of
from index.answering.explaining import Explanation, explain
from index.answering.grouping import groups_of
from index.answering.intent import is_about_the_articles, without_talk
from index.answering.learned import Learned
from index.answering.never import Never
from index.answering.newcomers import AwaitedQuestion, awaited, floor_of, nearness
from index.answering.pipeline import Pipeline
from index.answering.question import checked, scope_of
from index.answering.reranker import CrossEncoderReranker
from index.answering.tuning import DEFAULT_THRESHOLD, Tuning
from index.conditions import check_sources, kept_private, left_out, without
from index.encoding.encoder import Encoder
from index.encoding.sentence_transformer import SentenceTransformerEncoder
from index.errors import ArticleError, LibraryError, ModelMismatch, Remedy
from index.freshness import freshness_of
from index.keeping import drop_expired, keep_former, newest_expired
from index.languages import ENGLISH
from index.opinion import marked
from index.passages import CUTTING, PASSAGE_TOKENS, Prepared, prepare
from index.rebuilding import bring_up, fill
from index.storage.again import again
from index.storage.engine import BASE, EmbeddedEngine, Engine
from index.storage.seam import Editions, Records, Snapshot, Storage, Update
from index.storage.types import Examination, Manifest, Scope, StoredPassage, content_hash
from index.types import (
    UNCONDITIONAL,
    Answer,
    Article,
    Conditions,
    Edition,
    Fault,
    Floats,
    Freshness,
    Headline,
    KeptGeneration,
    Limits,
    NewPassages,
    OnProgress,
    Pin,
    Quote,
    Sentence,
    SentenceKey,
    Size,
    Source,
    SourcePage,
    SourceUpdate,
    UpdateReport,
    as_utc,
)
from index.update import Plan, make_plan, tell_languages, with_losses, withdraw, write_articles
from index.verifying.checking import check_pasted, verify
from index.verifying.types import Earlier, Verification


class Library:
    """A store of articles that answers questions. Many threads may ask it at once, also during an update."""

    def __init__(
        self,
        storage: Storage,
        load_encoder: Callable[[], Encoder],
        load_reranker: Callable[[], CrossEncoderReranker] | None,
        patience: float,
        threshold: float,
        learned_ranking: bool,
        learned_reading: bool,
        tuning: Tuning,
        clock: Callable[[], datetime],
        opinion_sections: Collection[str] = (),
    ) -> None:
        self._storage = storage
        self._patience = patience
        self._threshold = threshold
        self._tuning = tuning
        self._clock = clock
        self.opinion_sections = opinion_sections
        self._models = _Models(load_encoder, load_reranker, learned_ranking, learned_reading)
        self._is_for_readers = False
        self._readers_view: Self | None = None

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        load_encoder: Callable[[], Encoder] = SentenceTransformerEncoder,
        load_reranker: Callable[[], CrossEncoderReranker] | None = None,
        threshold: float = DEFAULT_THRESHOLD,
        learned_ranking: bool = True,
        learned_reading: bool = True,
        patience: float = 10.0,
        tuning: Tuning = Tuning(),  # noqa: B008 - frozen
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        opinion_sections: Collection[str] = (),
    ) -> Self:
        """Open the library in `folder`, or create one there.

        `load_encoder` is called when the first text is embedded, so opening a library loads no model. `threshold` is
        the lowest confidence at which a question is answered. With `learned_ranking` the learned ranker orders the
        sentences, if there is one for that model (`index/known.py`). With `learned_reading` as well, the reader, if
        there is one, reads the best of them together with the question: more answers are right, and each takes longer.
        The reranker that `load_reranker` gives, if any, orders the best sentences at the end. An update waits up to
        `patience` seconds while another process updates the library. `clock` tells the time at which readers ask, in
        UTC: an article that is held until then is no longer hidden from them. `opinion_sections` are names of sections
        of opinion, beyond the usual ones. Raises LibraryError.
        """
        return cls.open_in(
            EmbeddedEngine(folder),
            BASE,
            load_encoder=load_encoder,
            load_reranker=load_reranker,
            threshold=threshold,
            learned_ranking=learned_ranking,
            learned_reading=learned_reading,
            patience=patience,
            tuning=tuning,
            clock=clock,
            opinion_sections=opinion_sections,
        )

    @classmethod
    def open_in(
        cls,
        engine: Engine,
        name: str,
        *,
        load_encoder: Callable[[], Encoder] = SentenceTransformerEncoder,
        load_reranker: Callable[[], CrossEncoderReranker] | None = None,
        threshold: float = DEFAULT_THRESHOLD,
        learned_ranking: bool = True,
        learned_reading: bool = True,
        patience: float = 10.0,
        tuning: Tuning = Tuning(),  # noqa: B008 - frozen
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        opinion_sections: Collection[str] = (),
    ) -> Self:
        """Open the library of that name in an engine (`open_engine`), or create one there; the rest is as in `open`.

        The engine must stay open for as long as the library does. Raises LibraryError.
        """
        learned = learned_ranking, learned_reading
        shared = load_encoder, load_reranker, patience, threshold, *learned, tuning, clock, opinion_sections
        return cls(engine.open(name, clock), *shared)

    def now(self) -> datetime:
        """The time by the library's clock, in UTC."""
        return self._clock()

    def for_readers(self) -> Self:
        """The library as its readers see it: without private articles, and without those that are held until later.

        Whatever is asked of it, hidden articles are in no list and no count, as if they were not there. It shares
        everything with this library; close only one of them. Changes are made to the whole.
        """
        if self._is_for_readers:
            return self
        if self._readers_view is None:
            view = copy.copy(self)
            view._is_for_readers = True
            self._readers_view = view
        return self._readers_view

    def encoding_with(self, wrap: Callable[[Encoder], Encoder]) -> Self:
        """The library with another encoder around its own, for updates. It shares all else; close only one of them."""
        view = copy.copy(self)
        view._models = _Models(lambda: wrap(self._loaded_encoder()), None, False, False)
        view._readers_view = None
        return view

    def _reading(self) -> contextlib.AbstractContextManager[Snapshot]:
        """What the methods read that show articles: the whole, or what readers see of it."""
        return self._storage.reading(whole=not self._is_for_readers)

    def read_edition(self) -> Edition:
        """What readers see now, to tell whether that may have changed: after an update, or as a moment has come."""
        with self._storage.reading() as snapshot:
            assert snapshot.edition is not None
            return snapshot.edition

    def next_open(self, after: datetime | None = None) -> datetime | None:
        """The next moment, after now or `after`, at which what readers see may change without an update; or None.

        Then an article is no longer held, or comes to the first of its two times.
        """
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.next_open(as_utc(after) or self._clock())

    def opened_since(self, moment: datetime) -> list[Headline]:
        """The articles that were held at that moment and that readers see now, in the order in which they opened."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.opened_between(as_utc(moment) or moment, self._clock())

    def close(self) -> None:
        """Close the library's files."""
        self._storage.close()

    def rest(self) -> None:
        """Close the files and free the memory; the next use opens and loads them again.

        It may be called at any time. Reads and updates that are running finish first; then the files are closed.
        """
        self._storage.rest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where the library is stored, for messages: its folder, or its name in a database; never with a password."""
        return self._storage.place

    @property
    def folder(self) -> Path:
        """The folder of a library that is in one."""
        return Path(self._storage.place)

    def read_generation(self) -> int:
        """How many updates have changed the library's articles; 0 for a new one."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.read_generation()

    def articles(self) -> list[Article]:
        """All articles: the newest first, those without a date last."""
        with self._reading() as snapshot:
            return snapshot.articles()

    def headlines(self, titled: str = "", limit: int | None = None) -> list[Headline]:
        """The articles whose titles have every word of `titled`, without their texts; at most `limit`.

        Those whose titles begin with it come first, then the newest, and those without a date last. An article without
        a title is looked for by its id. It takes milliseconds, but reads files.
        """
        with self._reading() as snapshot:
            return snapshot.headlines(titled, limit)

    def headline(self, id_or_key: str) -> Headline | None:
        """The article with that id, or with that key of its id (`Headline.key`), without its text; None if none has."""
        with self._reading() as snapshot:
            return snapshot.headline_by_key(id_or_key) or snapshot.headline(id_or_key)

    def hidden(self, article_id: str) -> Headline | None:
        """The article of that id without its text, if there is one that readers do not see now; for its editors."""
        if self.for_readers().headline(article_id):
            return None
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.headline(article_id)

    def published_between(self) -> tuple[datetime, datetime] | None:
        """When the first and the last of the articles that have a date were published; None if none has."""
        with self._reading() as snapshot:
            return snapshot.published_between()

    def article(self, article_id: str) -> Article:
        """The article with that id. Raises ArticleError if there is none."""
        with self._reading() as snapshot:
            article = snapshot.article(article_id)
        if article is None:
            raise _unknown(article_id)
        return article

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """The quotable sentences of that article, in order. Raises ArticleError if there is no such article."""
        with self._reading() as snapshot:
            if snapshot.article(article_id) is None:
                raise _unknown(article_id)
            return snapshot.with_sentences(article_id)[1]

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
        never: Iterable[SentenceKey] = (),
        pinned: Sequence[Pin] = (),
        opinion_sections: Iterable[str] = (),
    ) -> Answer:
        """Answer `question` with at most `limit` quotes, or say that the articles do not answer it.

        `article_id` limits the search to one article. `since` and `until` limit it to articles published in that time
        (a date includes its whole day), and of several about equally good sentences the newer come first. `beside` has
        further libraries of the same model; all articles are ranked together, as if they were in one library. `follows`
        is the previous answer: a question that does not stand on its own ("and what did Xi say?") is read as a follow-
        up to it. Greetings, thanks and links around the question are not searched for. `threshold` is the lowest
        confidence at which this question is answered; the default is the library's own. What is `never` to be quoted
        is neither quoted nor close; the next best takes its place. Of the `pinned` the first that asks the same, and
        whose sentence stands word for word, has that sentence come first (`Answer.chosen`), however unsure the rest is.
        Quotes from opinion are marked; `opinion_sections` are the names of its sections beyond the library's own.
        A question during which a server is lost is asked once more, from the beginning. Raises QuestionError for a
        question that cannot be asked, ArticleError if no library has the article `article_id`, and LibraryError.
        """
        text, scope = checked(question, limit), scope_of(article_id, since, until)
        opinions, left_out = (*self.opinion_sections, *opinion_sections), Never.of(never)
        before = follows and replace(follows, question=without_talk(follows.question))

        def answer() -> Answer:
            with self._asked(text, scope, beside) as (pipeline, held, limits):
                if pipeline is None:
                    return Answer(text, answered=False, confidence=0.0, limits=limits)
                steps = pipeline.answer(
                    without_talk(text),
                    held,
                    scope,
                    limit=limit,
                    threshold=self._threshold if threshold is None else threshold,
                    follows=before,
                    never=left_out,
                    pinned=pinned,
                    opinions=opinions,
                )
                return marked(replace(steps.answer, question=text, limits=limits), opinions)

        return again(answer)

    def explain(
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
        never: Iterable[SentenceKey] = (),
        pinned: Sequence[Pin] = (),
        opinion_sections: Iterable[str] = (),
    ) -> Explanation:
        """Answer `question` as `ask` does, and say why: what was looked at in what is quoted and in what nearly was.

        It takes up to twice as long. Raises as `ask` does.
        """
        text, scope = checked(question, limit), scope_of(article_id, since, until)
        opinions, left_out = (*self.opinion_sections, *opinion_sections), Never.of(never)
        least = self._threshold if threshold is None else threshold
        before = follows and replace(follows, question=without_talk(follows.question))

        def explanation() -> Explanation:
            with self._asked(text, scope, beside) as (pipeline, held, limits):
                if pipeline is None:
                    return Explanation(Answer(text, answered=False, confidence=0.0, limits=limits), least)
                steps = pipeline.answer(
                    without_talk(text),
                    held,
                    scope,
                    limit=limit,
                    threshold=least,
                    follows=before,
                    never=left_out,
                    pinned=pinned,
                    opinions=opinions,
                )
                explained = explain(steps, pipeline.learned.reading, least)
                return replace(explained, answer=marked(replace(steps.answer, question=text, limits=limits), opinions))

        return again(explanation)

    @contextlib.contextmanager
    def _asked(
        self, text: str, scope: Scope, beside: Sequence["Library"]
    ) -> Iterator[tuple[Pipeline | None, list[Snapshot], Limits]]:
        """What a question goes through, the snapshots that it is asked of, and what it is limited to.

        There is no pipeline for what is not about the articles, or where there are none.
        """
        with contextlib.ExitStack() as stack:
            libraries = (self, *beside)
            snapshots = [stack.enter_context(library._storage.reading()) for library in libraries]
            limits = _limits(scope, snapshots)
            held = [snapshot for snapshot in snapshots if snapshot.passage_total()]
            if not held or not is_about_the_articles(text):
                yield None, held, limits
                return
            encoder = self._loaded_encoder()
            for library, snapshot in zip(libraries, snapshots, strict=True):
                library._check_made_with(snapshot, encoder)
            yield (
                Pipeline(encoder, self._models.learned_for(encoder), self._models.reranker(), self._tuning),
                held,
                limits,
            )

    def sentence(self, key: SentenceKey) -> Quote | None:
        """The sentence of that key, where it stands now, with its context; None if it no longer stands."""
        with self._storage.reading() as snapshot:
            return quote_of(key, [snapshot])

    def verify(
        self,
        text: str,
        *,
        beside: Sequence["Library"] = (),
        earlier: Sequence[Earlier] = (),
        never: Iterable[SentenceKey] = (),
    ) -> Verification:
        """Say whether a text that somebody pasted is from the articles: word for word, altered, or not.

        It may have several sentences, in any language, and titles. White space, quotation marks, dashes, ellipses and
        capitals do not count. `beside` has further libraries, whose articles count as well. What is `never` to be
        quoted is compared like all else, and marked, so that the caller need not show it. Earlier versions that a
        library keeps, and `earlier` words that others remember, tell whether a sentence was corrected or withdrawn
        since. Nothing is kept of the text. Raises QuestionError for a text that cannot be verified, and LibraryError.
        """
        check_pasted(text)
        libraries, marked = (self, *beside), Never.of(never)

        def verified() -> Verification:
            with contextlib.ExitStack() as stack:
                snapshots = [stack.enter_context(library._storage.reading()) for library in libraries]

                def load_encoder() -> Encoder:
                    encoder = self._loaded_encoder()
                    for library, snapshot in zip(libraries, snapshots, strict=True):
                        library._check_made_with(snapshot, encoder)
                    return encoder

                return verify(text, snapshots, load_encoder, [*map(_still_kept, snapshots)], earlier, marked)

        return again(verified)

    def groups_of(self, questions: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Group the questions that ask the same: the indexes of the questions in each group, the largest group first.

        In each group the most typical wording is first. It needs no articles. A thousand different questions take a few
        seconds, and memory grows with the square of their number. Raises ModelError.
        """
        return groups_of(questions, self._loaded_encoder()) if questions else ()

    def awaited(self, questions: Sequence[str]) -> list[AwaitedQuestion]:
        """Prepare questions that wait for an answer for `nearest_new`. It needs no articles.

        A thousand questions take a few seconds. Raises ModelError and LibraryError.
        """
        with self._storage.reading() as snapshot:
            languages = snapshot.languages() or (ENGLISH,)
        return awaited([without_talk(question) for question in questions], self._loaded_encoder(), languages)

    def newest_passage(self) -> int:
        """A number that grows with every passage that is stored, for `nearest_new`; 0 if none is stored."""
        with self._storage.reading() as snapshot:
            return snapshot.newest_passage()

    def nearest_new(self, questions: Sequence[AwaitedQuestion], after: int, *, limit: int = 1000) -> NewPassages:
        """How near the passages come to questions that were stored after `newest_passage()` was `after`.

        It reads at most `limit` passages, the oldest of the new ones; `NewPassages.newest` is the `after` for the rest.
        A question whose nearness is less than NEAR is hardly ever answered by them. Raises ModelMismatch where the
        library was made with another model, and LibraryError.
        """
        with self._storage.reading() as snapshot:
            passages = snapshot.passages_after(after, limit)
            newest = passages[-1].id if passages else after
            near = self._nearness(snapshot, questions, passages)
            return NewPassages(newest, near, more=newest < snapshot.newest_passage())

    def nearest_in(self, questions: Sequence[AwaitedQuestion], article_ids: Iterable[str]) -> Floats:
        """How near those articles come to questions, if readers see them: for such as were held until now.

        float32 (n,), as in `NewPassages.nearness`. Raises as `nearest_new` does.
        """
        with self._storage.reading() as snapshot:
            return self._nearness(snapshot, questions, snapshot.passages_in(article_ids))

    def _nearness(
        self, snapshot: Snapshot, questions: Sequence[AwaitedQuestion], passages: Sequence[StoredPassage]
    ) -> Floats:
        floor = 0.0
        if passages:
            encoder = self._loaded_encoder()
            self._check_made_with(snapshot, encoder)
            floor = self._models.floor()
        return nearness(questions, passages, floor, snapshot.passage_counts, snapshot.passage_total())

    def warm(self) -> None:
        """Load the model and the index, so that the first question does not wait for them. Raises PullquoteError."""
        encoder = self._loaded_encoder()
        with self._storage.reading(whole=True) as snapshot:
            self._check_made_with(snapshot, encoder)
        self._storage.warm()
        encoder.encode_question("What is warm is quick?")
        self._models.learned_for(encoder)
        self._models.reranker()

    def update(
        self,
        articles: Iterable[Article],
        *,
        remove: Iterable[str] = (),
        on_progress: OnProgress | None = None,
        source_update: SourceUpdate | None = None,
        conditions: Conditions = UNCONDITIONAL,
        keep_for: timedelta | None = None,
    ) -> UpdateReport:
        """Add articles, replace those with the same id, and remove those in `remove`, in one transaction.

        Text that is already in the library is not embedded again. Articles that cannot be added, and those that do not
        meet the `conditions`, are left out; the report names them. `source_update` is what is now known about the
        sources; it is stored in the same transaction. With it, articles that somebody removed by hand stay out unless
        `source_update.include` has them. Without it, all `articles` may come in, and sources may bring them again. What
        the update replaces and removes is kept for `keep_for`, so that `roll_back` can undo it; without that, it is
        erased, and so is all that was kept of these articles before.

        Raises LibraryBusy, ModelMismatch or another PullquoteError; the library is then unchanged. If the update must
        be applied whole (`conditions.whole`), an article that is refused raises its ArticleError. More sources than
        the quota allows raise SourceError.
        """
        return self._write(articles, remove, on_progress, source_update, conditions, keep_for, rebuild=False)

    def rebuild(
        self,
        articles: Iterable[Article] = (),
        *,
        remove: Iterable[str] = (),
        on_progress: OnProgress | None = None,
        source_update: SourceUpdate | None = None,
        conditions: Conditions = UNCONDITIONAL,
        keep_for: timedelta | None = None,
    ) -> UpdateReport:
        """Update, and embed every article again. A library that was made with another model needs this.

        In an engine with editions nobody waits for it, and what was embedded stays if it is interrupted.
        """
        change = articles, remove, on_progress, source_update, conditions, keep_for
        if self._storage.editions is None:
            return self._write(*change, rebuild=True)
        return self._rebuild_beside(self._storage.editions, *change)

    def plan(
        self,
        articles: Iterable[Article],
        *,
        remove: Iterable[str] = (),
        rebuild: bool = False,
        conditions: Conditions = UNCONDITIONAL,
    ) -> UpdateReport:
        """Say what `update` or `rebuild` would do, without doing it."""
        with self._storage.reading(whole=True) as snapshot:
            return make_plan(snapshot, articles, remove, rebuild=rebuild, conditions=conditions).report

    def kept_generations(self) -> list[KeptGeneration]:
        """The updates that `roll_back` can undo, the last one first."""
        with self._storage.reading(whole=True) as snapshot:
            return _still_kept(snapshot)

    def plan_back(self) -> UpdateReport:
        """Say what `roll_back` would do, without doing it. Raises as it does."""
        with self._storage.reading(whole=True) as snapshot:
            return self._way_back(snapshot)[1].report

    def roll_back(self, *, on_progress: OnProgress | None = None) -> UpdateReport:
        """Undo the last update that is kept, in one transaction: the articles are again what they were before it.

        What the library knows about its sources stays, so what a source has not changed since is not read again. What
        the update had brought is erased. Raises LibraryError if no update is kept, and else as `update` does.
        """
        self._loaded_encoder()  # before the write lock, so that no other writer waits for it
        with self._storage.writing(self._patience) as transaction:
            kept, plan = self._way_back(transaction)
            transaction.drop_generation(kept.generation)
            return self._carry_out(transaction, plan, on_progress)

    def _way_back(self, records: Records) -> tuple[KeptGeneration, Plan]:
        """The last update that is kept, and the plan that undoes it."""
        kept = next(iter(_still_kept(records)), None)
        if kept is None:
            raise LibraryError(f"No update of the library in {self._storage.place} is kept, so none can be undone.")
        former = records.kept_articles(kept.generation)
        articles = [article for article in former.values() if article is not None]
        added = [article_id for article_id, article in former.items() if article is None]
        return kept, make_plan(records, articles, added, conditions=Conditions(whole=True))

    def drop_kept(self) -> None:
        """Erase what is kept of earlier updates; then none of them can be undone. Raises LibraryBusy, LibraryError."""
        with self._storage.writing(self._patience) as transaction:
            for kept in transaction.kept_generations():
                transaction.drop_generation(kept.generation)

    def size(self) -> Size:
        """How much the library holds."""
        with self._reading() as snapshot:
            return snapshot.size()

    def articles_by_language(self) -> dict[str, int]:
        """How many articles are in each language, by its ISO 639 code, most first; those not told yet are left out."""
        with self._reading() as snapshot:
            return snapshot.articles_by_language()

    def content_hashes(self, article_ids: Iterable[str] | None = None) -> dict[str, bytes]:
        """The content hash of each article, or of those with these ids, by id: SHA-256 over all of its fields.

        It changes when the article does.
        """
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.content_hashes(article_ids)

    def remove(self, article_id: str) -> UpdateReport:
        """Remove one article, and let no source add it again. Raises ArticleError if it is not there."""
        self.article(article_id)
        return self.update([], remove=[article_id], source_update=self.withdrawal(article_id))

    def withdrawal(self, article_id: str) -> SourceUpdate:
        """What to remember when somebody removes that article by hand.

        Sources must not add it again, and a page source that gave only this article is forgotten.
        """
        with self._storage.reading(whole=True) as snapshot:
            return withdraw(article_id, snapshot.sources(), snapshot.source_pages())

    def excluded(self) -> list[str]:
        """The ids of the articles that were removed by hand and that no source may add again, sorted."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.excluded()

    def sources(self) -> list[Source]:
        """The sources of the library, in the order in which they were added."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.sources()

    def freshness(self, article_ids: Collection[str] = ()) -> Freshness:
        """From when the library is, and which of these articles no source brings up to date any more.

        It takes a millisecond, but reads files.
        """
        with self._storage.reading(whole=True) as snapshot:
            return freshness_of(snapshot, article_ids)

    def read_well(self) -> dict[str, datetime]:
        """When each source was last read without a problem, by its address, as far as that is known."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.read_well()

    def failing_since(self) -> dict[str, datetime]:
        """Since when each source that fails does, by its address: when the first reading failed of those in a row."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.failing_since()

    def source_pages(self) -> list[SourcePage]:
        """The addresses that were found through the sources."""
        with self._storage.reading(whole=True) as snapshot:
            return snapshot.source_pages()

    def check(self) -> tuple[Fault, ...]:
        """Read all of the library's files and return what is wrong; empty if all is sound. Changes nothing."""
        return self._storage.examine().faults

    def mend(self) -> tuple[str, ...]:
        """Repair the faults that `check` calls mendable. Returns a sentence for each repair.

        Only passages whose vectors are damaged are embedded again; the passage index is rebuilt from the stored
        vectors. Raises LibraryBusy, ModelMismatch or another PullquoteError.
        """
        return self._storage.mend(self._patience, self._derive_anew)

    def tidy(self) -> None:
        """Erase what was kept for its time, and the last traces of removed text, where updates have put that off.

        An update that removes or replaces articles overwrites their rows. Copies of their text may stay in unused parts
        of the database's file. In a library of up to 16 MB of text, the update erases these, too; in a larger one that
        would take long, so it is done here, as is what an update did not come to that was killed at its end. Call it
        daily: it takes milliseconds if nothing was put off. Raises LibraryBusy or another LibraryError.
        """
        now = datetime.now(UTC)
        with self._storage.reading(whole=True) as snapshot:
            is_due = newest_expired(snapshot, now) is not None
        if is_due:
            with self._storage.writing(self._patience) as transaction:
                drop_expired(transaction, now)
        self._storage.tidy(self._patience)

    def back_up(self, folder: str | Path) -> Path:
        """Write a copy of the library into another folder, where `Library.open` finds it. Returns the file.

        It is the last complete generation, even while others update the library. It holds neither what is kept for
        `roll_back` nor anything that was removed. Raises PullquoteError.
        """
        return self._storage.back_up(Path(folder))

    def _derive_anew(self, update: Update, found: Examination) -> list[str]:
        """Cut and embed again the articles whose derived data is wrong. Returns the ids of those that were repaired."""
        if not found.misread:
            return []
        encoder = self._loaded_encoder()
        self._check_made_with(update, encoder)
        prepared: list[Prepared] = []
        for article in filter(None, map(update.article, found.misread)):
            with contextlib.suppress(ArticleError):  # if the present rules refuse it, it stays, and stays a fault
                prepared.append(prepare(article))
        update.forget_encodings(found.damaged)
        write_articles(update, prepared, encoder, lambda _: None)
        return [each.article.id for each in prepared]

    def check_current(self) -> None:
        """Raise ModelMismatch if the library was made with another model, or cut by other rules, than now."""
        with self._storage.reading(whole=True) as snapshot:
            self._check_made_with(snapshot, self._loaded_encoder())

    def is_current(self) -> bool:
        """Whether the library was made with the present model and rules. If not, it can only be rebuilt."""
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
        keep_for: timedelta | None,
        *,
        rebuild: bool,
    ) -> UpdateReport:
        articles = list(articles)
        with self._storage.reading(whole=True) as snapshot:
            stored = snapshot.content_hashes(article.id for article in articles)
        if rebuild or any(stored.get(article.id) != content_hash(article) for article in articles):
            self._loaded_encoder()  # load the model before the write lock, so that no other writer waits for it
        with self._storage.writing(self._patience) as transaction:
            return self._apply(
                transaction, articles, remove, on_progress, source_update, conditions, keep_for, rebuild=rebuild
            )

    def _rebuild_beside(
        self,
        editions: Editions,
        articles: Iterable[Article],
        remove: Iterable[str],
        on_progress: OnProgress | None,
        source_update: SourceUpdate | None,
        conditions: Conditions,
        keep_for: timedelta | None,
    ) -> UpdateReport:
        """Make the next edition of the whole library, and then apply the change to it and publish it."""
        encoder, tell = self._loaded_encoder(), on_progress or (lambda _: None)
        embedded = fill(self._storage, editions, encoder, self._patience, tell)
        with editions.publishing(self._patience) as (current, update):
            renewed = bring_up(current, update, encoder)
            stored = [headline.id for headline in current.headlines()]
            report = self._apply(
                update, list(articles), remove, on_progress, source_update, conditions, keep_for, rebuild=False
            )
        return renewed.told(report, stored, embedded)

    def _apply(
        self,
        transaction: Update,
        articles: Sequence[Article],
        remove: Iterable[str],
        on_progress: OnProgress | None,
        source_update: SourceUpdate | None,
        conditions: Conditions,
        keep_for: timedelta | None,
        *,
        rebuild: bool,
    ) -> UpdateReport:
        """Apply a change in a transaction."""
        excluded = () if source_update is None else left_out(transaction.excluded(), source_update)
        kept = [article for article in articles if article.id not in excluded]
        if source_update is not None:
            kept = kept_private(transaction, kept, source_update)
        plan = make_plan(transaction, kept, remove, rebuild=rebuild, conditions=conditions)
        if articles:
            transaction.bring_in(self._clock())
        keep_former(transaction, plan.report, keep_for, datetime.now(UTC))
        if source_update is None:
            transaction.include(article.id for article in articles)
        else:
            check_sources(transaction.sources(), source_update, conditions.quota)
            transaction.remember(without(source_update, plan.set_aside))
        return self._carry_out(transaction, plan, on_progress, rebuild=rebuild)

    def _carry_out(
        self, update: Update, plan: Plan, on_progress: OnProgress | None, *, rebuild: bool = False
    ) -> UpdateReport:
        """Write and remove what a plan says."""
        embedded, plan = 0, replace(plan, report=with_losses(update, plan))
        if plan.write:
            encoder = self._loaded_encoder()
            if rebuild:
                update.forget_encodings()
            self._claim(update, encoder, anew=rebuild)
            embedded = write_articles(update, plan.write, encoder, on_progress or (lambda _: None))
        for article_id in plan.report.removed:  # last: an article with a new id can reuse the encodings of the old
            update.delete(article_id)
        tell_languages(update)
        return replace(plan.report, passages_embedded=embedded)

    def _claim(self, update: Update, encoder: Encoder, *, anew: bool) -> None:
        """Store what the library is made with, if it is empty or rebuilt. Raises ModelMismatch if it differs."""
        if anew or update.manifest() is None:
            update.set_manifest(Manifest.of(encoder, PASSAGE_TOKENS, CUTTING))
        self._check_made_with(update, encoder)

    def _check_made_with(self, records: Records, encoder: Encoder) -> None:
        made_with, present = records.manifest(), Manifest.of(encoder, PASSAGE_TOKENS, CUTTING)
        if made_with is None or replace(made_with, model=present.model) == present:
            return
        cause = f"The library in {self._storage.place} was made with"
        if made_with.model != present.model:
            cause += f" the model {made_with.model}"
            raise ModelMismatch(cause, Remedy.REBUILD_FOR_THE_MODEL, model=present.model)
        cause += f" another version of {present.model} or of Pullquote"
        raise ModelMismatch(cause, Remedy.REBUILD_FOR_THE_VERSION)

    def _loaded_encoder(self) -> Encoder:
        return self._models.encoder()


class _Models:
    """The models of a library, each loaded when it is first used. Many threads may use them at once."""

    def __init__(
        self,
        load_encoder: Callable[[], Encoder],
        load_reranker: Callable[[], CrossEncoderReranker] | None,
        learned_ranking: bool,
        learned_reading: bool,
    ) -> None:
        self._load_encoder = load_encoder
        self._load_reranker = load_reranker
        self._learned_ranking = learned_ranking
        self._learned_reading = learned_reading
        self._encoder: Encoder | None = None
        self._reranker: CrossEncoderReranker | None = None
        self._floor: float | None = None
        self._lock = threading.Lock()

    def encoder(self) -> Encoder:
        """The encoder. Raises ModelError."""
        with self._lock:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def floor(self) -> float:
        """The mean cosine of texts that are not alike. Raises ModelError."""
        if self._floor is None:
            self._floor = floor_of(self.encoder())
        return self._floor

    def learned_for(self, encoder: Encoder) -> Learned:
        """What was learned for that encoder, as far as it is wanted. Raises ModelError."""
        with self._lock:
            return Learned.of(encoder, ranking=self._learned_ranking, reading=self._learned_reading)

    def reranker(self) -> CrossEncoderReranker | None:
        """The reranker, if there is one. Raises ModelError."""
        with self._lock:
            if self._reranker is None and self._load_reranker is not None:
                self._reranker = self._load_reranker()
            return self._reranker


def _still_kept(records: Records) -> list[KeptGeneration]:
    """The updates that can be undone, without those whose time is over, the last one first."""
    kept, last = records.kept_generations(), newest_expired(records, datetime.now(UTC))
    return [one for one in kept if last is None or one.generation > last]


def _limits(scope: Scope, snapshots: Sequence[Snapshot]) -> Limits:
    """What a question is limited to. Raises ArticleError if that is an article that no snapshot has."""
    article = None
    if scope.article_id is not None:
        article = next(filter(None, (snapshot.article(scope.article_id) for snapshot in snapshots)), None)
        if article is None:
            raise _unknown(scope.article_id)
    in_period = article is None and not scope.everything
    undated = sum(snapshot.undated_total() for snapshot in snapshots) if in_period else 0
    return Limits(article, scope.since, scope.until, undated)


def _unknown(article_id: str) -> ArticleError:
    return ArticleError(f"There is no article {article_id!r} here; look for its id in the list of articles.")
