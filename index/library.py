"""A library: the articles of one owner and everything derived from them."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from index.answering.grouping import groups_of
from index.answering.intent import is_about_the_articles
from index.answering.pipeline import Pipeline
from index.answering.question import checked, scope_of
from index.answering.ranker import Ranker
from index.answering.reranker import CrossEncoderReranker
from index.answering.tuning import DEFAULT_THRESHOLD, Tuning
from index.conditions import check_sources, left_out, without
from index.encoding.encoder import Encoder
from index.encoding.sentence_transformer import SentenceTransformerEncoder
from index.errors import ArticleError, ModelMismatch, Remedy
from index.passages import CUTTING, PASSAGE_TOKENS, Prepared, prepare
from index.storage.embedded import EmbeddedStorage
from index.storage.seam import Records, Storage, Update
from index.storage.types import Examination, Manifest, content_hash
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
    UpdateReport,
)
from index.update import make_plan, withdraw, write_articles


class Library:
    """Articles that answer questions. Safe to ask from many threads, also while it is being updated."""

    def __init__(
        self,
        storage: Storage,
        load_encoder: Callable[[], Encoder],
        load_reranker: Callable[[], CrossEncoderReranker] | None,
        patience: float,
        threshold: float,
        learned_ranking: bool,
        tuning: Tuning,
    ) -> None:
        self._storage = storage
        self._load_encoder = load_encoder
        self._load_reranker = load_reranker
        self._patience = patience
        self._threshold = threshold
        self._learned_ranking = learned_ranking
        self._tuning = tuning
        self._encoder: Encoder | None = None
        self._reranker: CrossEncoderReranker | None = None
        self._lock = threading.Lock()

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
        storage = EmbeddedStorage(Path(folder).absolute())
        return cls(storage, load_encoder, load_reranker, patience, threshold, learned_ranking, tuning)

    def close(self) -> None:
        """Close the library's files."""
        self._storage.close()

    def rest(self) -> None:
        """Give back the open files and what is kept in memory; the next use takes them again.

        May be called at any time: who is reading or updating goes on, and the files are closed after that.
        """
        self._storage.rest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where the library is."""
        return Path(self._storage.place)

    def read_generation(self) -> int:
        """How many updates have changed the library's articles; 0 for a new one."""
        with self._storage.reading() as snapshot:
            return snapshot.read_generation()

    def articles(self) -> list[Article]:
        """All articles, newest first, those without a date last."""
        with self._storage.reading() as snapshot:
            return snapshot.articles()

    def article(self, article_id: str) -> Article:
        """The article of that id. Raises ArticleError when there is none."""
        with self._storage.reading() as snapshot:
            article = snapshot.article(article_id)
        if article is None:
            raise _unknown(article_id)
        return article

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """The sentences of that article that may be quoted, in order. Raises ArticleError when there is none."""
        with self._storage.reading() as snapshot:
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
    ) -> Answer:
        """Answer `question` with at most `limit` quotes, or say that the articles do not.

        `article_id` asks one article alone; `since` and `until` (a day counts whole) those published then, newer ones
        first where several answer about equally well. `beside` names further libraries of the same model, whose
        articles are ranked with this one's as if they were one. `follows` is the answer in the light of which the
        question is read where it does not stand on its own ("and what did Xi say?"). `threshold` is the confidence from
        which on this question is answered, by default the library's own.
        Raises QuestionError for what cannot be asked, ArticleError where no library has that article, LibraryError.
        """
        text, scope = checked(question, limit), scope_of(article_id, since, until)
        with contextlib.ExitStack() as stack:
            libraries = (self, *beside)
            snapshots = [stack.enter_context(library._storage.reading()) for library in libraries]
            if article_id is not None and not any(snapshot.article(article_id) for snapshot in snapshots):
                raise _unknown(article_id)
            held = [snapshot for snapshot in snapshots if snapshot.passage_total()]
            if not held or not is_about_the_articles(text):
                return Answer(text, answered=False, confidence=0.0)
            encoder = self._loaded_encoder()
            for library, snapshot in zip(libraries, snapshots, strict=True):
                library._check_made_with(snapshot, encoder)
            pipeline = Pipeline(encoder, self._loaded_reranker(), self._learned_ranking, self._tuning)
            least = self._threshold if threshold is None else threshold
            return pipeline.answer(text, held, scope, limit=limit, threshold=least, follows=follows)

    def groups_of(self, questions: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """The numbers of those questions in groups that ask the same, the largest group first.

        Of each group the most typical wording is first. Needs no articles. A thousand different questions take a few
        seconds, and memory grows with their square. Raises ModelError.
        """
        return groups_of(questions, self._loaded_encoder()) if questions else ()

    def warm(self) -> None:
        """Load the model and the vectors, so that the first question need not wait for them. Raises PullquoteError."""
        encoder = self._loaded_encoder()
        with self._storage.reading() as snapshot:
            self._check_made_with(snapshot, encoder)
        self._storage.warm()
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
        with self._storage.reading() as snapshot:
            return make_plan(snapshot, articles, remove, rebuild=rebuild, conditions=conditions).report

    def size(self) -> Size:
        """How much the library holds."""
        with self._storage.reading() as snapshot:
            sizes = snapshot.text_sizes()
        return Size(len(sizes), sum(sizes.values()))

    def content_hashes(self) -> dict[str, bytes]:
        """What tells apart the states of each article, by id: SHA-256 over everything that it says of itself."""
        with self._storage.reading() as snapshot:
            return snapshot.content_hashes()

    def remove(self, article_id: str) -> UpdateReport:
        """Take one article out, so that no source brings it back. Raises ArticleError when it is not there."""
        self.article(article_id)
        return self.update([], remove=[article_id], source_update=self.withdrawal(article_id))

    def withdrawal(self, article_id: str) -> SourceUpdate:
        """What to remember when that article is taken out by hand: to leave it out, and to ask no page for it."""
        with self._storage.reading() as snapshot:
            return withdraw(article_id, snapshot.sources(), snapshot.source_pages())

    def excluded(self) -> list[str]:
        """The ids of the articles that were taken out by hand and that no source brings back, sorted."""
        with self._storage.reading() as snapshot:
            return snapshot.excluded()

    def sources(self) -> list[Source]:
        """The sources that are remembered, in the order in which they were added."""
        with self._storage.reading() as snapshot:
            return snapshot.sources()

    def source_pages(self) -> list[SourcePage]:
        """The addresses that the sources led to."""
        with self._storage.reading() as snapshot:
            return snapshot.source_pages()

    def check(self) -> tuple[Fault, ...]:
        """What is wrong with the library's files, read whole; empty when all is as it was written. Changes nothing."""
        return self._storage.examine().faults

    def mend(self) -> tuple[str, ...]:
        """Put right what `check` finds mendable: a sentence for each thing that was done.

        Passages whose vectors are damaged are embedded again, no others; the passage index is rebuilt from the stored
        vectors. Raises LibraryBusy, ModelMismatch or another PullquoteError.
        """
        return self._storage.mend(self._patience, self._derive_anew)

    def _derive_anew(self, update: Update, found: Examination) -> list[str]:
        """Cut and embed the articles again of which something derived is wrong; the ids of those that could be."""
        if not found.misread:
            return []
        encoder = self._loaded_encoder()
        self._check_made_with(update, encoder)
        prepared: list[Prepared] = []
        for article in filter(None, map(update.article, found.misread)):
            with contextlib.suppress(ArticleError):  # what present rules refuse stays as it is, and a fault
                prepared.append(prepare(article))
        update.forget_encodings(found.damaged)
        write_articles(update, prepared, encoder, lambda _: None)
        return [each.article.id for each in prepared]

    def check_current(self) -> None:
        """Raise ModelMismatch where the library was made with another model or by other rules than the present."""
        with self._storage.reading() as snapshot:
            self._check_made_with(snapshot, self._loaded_encoder())

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
        with self._storage.reading() as snapshot:
            stored = snapshot.content_hashes()
        if rebuild or any(stored.get(article.id) != content_hash(article) for article in articles):
            self._loaded_encoder()  # before the lock: others need not wait while a model loads
        with self._storage.writing(self._patience) as transaction:
            excluded = () if source_update is None else left_out(transaction.excluded(), source_update)
            kept = [article for article in articles if article.id not in excluded]
            plan = make_plan(transaction, kept, remove, rebuild=rebuild, conditions=conditions)
            if source_update is None:
                transaction.include(article.id for article in articles)
            else:
                check_sources(transaction.sources(), source_update, conditions.quota)
                transaction.remember(without(source_update, plan.set_aside))
            embedded = 0
            if plan.write:
                encoder = self._loaded_encoder()
                if rebuild:
                    transaction.forget_encodings()
                self._claim(transaction, encoder, anew=rebuild)
                embedded = write_articles(transaction, plan.write, encoder, on_progress or (lambda _: None))
            for article_id in plan.report.removed:  # last: what is put may be what moved away from here
                transaction.delete(article_id)
        return replace(plan.report, passages_embedded=embedded)

    def _claim(self, update: Update, encoder: Encoder, *, anew: bool) -> None:
        """Write down what the library is made with; raise ModelMismatch where that was something else."""
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
        with self._lock:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def _loaded_reranker(self) -> CrossEncoderReranker | None:
        with self._lock:
            if self._reranker is None and self._load_reranker is not None:
                self._reranker = self._load_reranker()
            return self._reranker


def _unknown(article_id: str) -> ArticleError:
    return ArticleError(f"There is no article {article_id!r} here; look for its id in the list of articles.")
