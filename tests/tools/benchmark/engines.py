"""The same questions to the same articles in both engines: whether their answers are the same, and how long they take.

Both libraries get the very same encodings, so what differs is what the engines find.
"""

import contextlib
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import Answer, Article, EmbeddedEngine, Library, SentenceTransformerEncoder, open_engine
from index.encoding.encoder import Encoder, PassageEncoding, PassageText, QuestionEncoding
from index.evaluate import EvaluationSet, KnownQuestion
from index.types import Span
from tests.postgres import server
from tests.tools.benchmark.measuring import machine

SHOWN = 3
"""How many of the best quotes are looked at."""


class Remembering:
    """An encoder that reads each passage once, whichever library it is put into."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._read: dict[PassageText, PassageEncoding] = {}
        self.name, self.fingerprint, self.window = encoder.name, encoder.fingerprint, encoder.window
        self.dimension, self.token_dimension = encoder.dimension, encoder.token_dimension

    def tokenize(self, text: str) -> list[Span]:
        """The spans of the tokens of a text."""
        return self._encoder.tokenize(text)

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question."""
        return self._encoder.encode_question(question)

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode questions together."""
        return self._encoder.encode_questions(questions)

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Encode passages, those that were read before from memory."""
        new = [number for number, passage in enumerate(passages) if passage not in self._read]
        for place, encoding in self._encoder.encode_passages([passages[number] for number in new]):
            self._read[passages[new[place]]] = encoding
        for number, passage in enumerate(passages):
            yield number, self._read[passage]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question: its quotes, where the first right one is, and the seconds that it took."""

    answered: bool
    quotes: tuple[tuple[str, int, int], ...]
    confidence: float
    rank: int | None
    seconds: float


def main(known: EvaluationSet, asked: int, url: str | None, keep: Path | None, reading: Encoder | None = None) -> None:
    """Index the articles in both engines, and ask `asked` of the questions of each; with `reading`, by that encoder."""
    drawn = np.random.default_rng(14).permutation(len(known.questions))[:asked]
    questions = [known.questions[number] for number in drawn]
    encoder = Remembering(reading or SentenceTransformerEncoder())
    print(f"{machine()}; {len(known.articles)} articles, {len(questions)} questions")
    with contextlib.ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        name = f"servers/{secrets.randbelow(10**15)}"
        database = open_engine(url or stack.enter_context(server()))
        stack.callback(database.close)
        stack.callback(database.delete, name)
        embedded = stack.enter_context(Library.open_in(EmbeddedEngine(folder), "base", load_encoder=lambda: encoder))
        postgres = stack.enter_context(Library.open_in(database, name, load_encoder=lambda: encoder))
        for label, library in (("embedded", embedded), ("postgres", postgres)):
            print(f"{label}: {_filled(library, known.articles):.1f} s to index")
        report(*_ask((embedded, postgres), questions))


def _filled(library: Library, articles: Sequence[Article]) -> float:
    library.warm()
    start = time.perf_counter()
    library.update(articles)
    return time.perf_counter() - start


def _ask(libraries: Sequence[Library], questions: Sequence[KnownQuestion]) -> list[list[Asked]]:
    """Ask each question of each library, in turn first of the one and of the other, and once before to warm up."""
    found: list[list[Asked]] = [[] for _ in libraries]
    for library in libraries:
        library.ask(questions[0].text)
    for number, question in enumerate(questions):
        for place in sorted(range(len(libraries)), reverse=bool(number % 2)):
            start = time.perf_counter()
            answer = libraries[place].ask(question.text, limit=SHOWN)
            found[place].append(_asked(answer, question, time.perf_counter() - start))
    return found


def _asked(answer: Answer, question: KnownQuestion, seconds: float) -> Asked:
    quotes = tuple((quote.article.id, quote.start, quote.end) for quote in answer.closest[:SHOWN])
    rank = next((place for place, quote in enumerate(quotes, start=1) if question.is_hit(*quote)), None)
    return Asked(answer.answered, quotes, answer.confidence, rank, seconds)


def report(embedded: Sequence[Asked], postgres: Sequence[Asked]) -> None:
    """Print how far the answers of both engines are the same, and how right and how fast each is."""
    pairs = list(zip(embedded, postgres, strict=True))
    print("engine     H@1    H@3    answered   p50 ms   p95 ms")
    for label, answers in (("embedded", embedded), ("postgres", postgres)):
        first, shown = (_share([one.rank is not None and one.rank <= most for one in answers]) for most in (1, SHOWN))
        times = sorted(1000 * one.seconds for one in answers)
        print(
            f"{label:8} {first:6.4f} {shown:6.4f} {_share([one.answered for one in answers]):8.4f}"
            f" {statistics.median(times):8.1f} {times[int(0.95 * (len(times) - 1))]:8.1f}"
        )
    print(f"the first quote is the same in {_share([one.quotes[:1] == other.quotes[:1] for one, other in pairs]):.2%}")
    print(f"the first {SHOWN} are the same in {_share([one.quotes == other.quotes for one, other in pairs]):.2%}")
    print(f"answered or not: the same in {_share([one.answered == other.answered for one, other in pairs]):.2%}")
    print(f"confidences differ by {max(abs(one.confidence - other.confidence) for one, other in pairs):.1e} at most")


def _share(those: Sequence[bool]) -> float:
    return sum(those) / max(len(those), 1)
