"""Questions in one language on articles in others: how often the first quotes are right, and how sure they are.

The sets are parallel: the same questions, in the same order, about the same articles, each in another language. The
articles of all the sets named are one library, and a quote that answers in any of the languages is right. Then every
fourth article is removed in all languages, and the questions about them are asked again: these are the absent ones.
"""

import tempfile
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from index import Article, Library, SentenceTransformerEncoder, Span
from index.evaluate import EvaluationSet, KnownQuestion, load
from index.evaluate.measures import auroc
from index.train.data import read
from tests.tools.benchmark.measuring import machine

SHOWN = 3
"""How many of the best quotes are looked at."""

ABSENT = 4
"""One of so many articles is removed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question: whether the first quote is right, or one of the first SHOWN, and the article is."""

    first: bool
    shown: bool
    article: bool
    own_language: bool
    answered: bool
    confidence: float


def read_set(path: Path) -> EvaluationSet:
    """An evaluation set, or one in a file as `index.train` reads, whose paragraphs are joined to articles."""
    if path.suffix != ".jsonl":
        return load(path)
    texts: dict[str, str] = {}
    questions = []
    for source in read(path.parent, [path.stem]):
        before = f"{texts[source.group]}\n\n" if source.group in texts else ""
        texts[source.group] = before + source.text
        for asked in source.questions:
            answers = tuple(Span(len(before) + span.start, len(before) + span.end) for span in asked.answers)
            questions.append(KnownQuestion(str(len(questions)), asked.text, source.group, answers))
    return EvaluationSet(tuple(Article(group, group, text) for group, text in texts.items()), tuple(questions))


def ask(library: Library, question: str, known: Sequence[KnownQuestion]) -> Asked:
    """Ask one question; `known` has it in each of the languages of the articles."""
    answer = library.ask(question, limit=SHOWN)
    quotes = answer.closest[:SHOWN]
    right = [any(one.is_hit(quote.article.id, quote.start, quote.end) for one in known) for quote in quotes]
    return Asked(
        right[:1] == [True],
        any(right),
        bool(quotes) and quotes[0].article.id in {one.article_id for one in known},
        bool(quotes) and quotes[0].article.language == answer.language,
        answer.answered,
        answer.confidence,
    )


def measure(library: Library, asking: EvaluationSet, held: Sequence[EvaluationSet], limit: int | None) -> str:
    """Fill the library, ask, remove articles, ask again; and say it in a line."""
    library.warm()
    library.update([article for known in held for article in known.articles])
    order = np.random.default_rng(0).permutation(len(asking.questions))[:limit]
    of = [[known.questions[at] for known in held] for at in order]
    texts = [asking.questions[at].text for at in order]
    got = [ask(library, text, known) for text, known in zip(texts, of, strict=True)]

    removed: Set[str] = {article.id for known in held for article in known.articles[::ABSENT]}
    library.update([], remove=removed)
    is_absent = [known[0].article_id in removed for known in of]
    gone = [ask(library, text, known) for text, known, out in zip(texts, of, is_absent, strict=True) if out]
    here = np.array([one.confidence for one, out in zip(got, is_absent, strict=True) if not out], dtype=np.float64)
    absent = np.array([one.confidence for one in gone], dtype=np.float64)

    def share(name: str, of: Sequence[Asked] = got) -> str:
        return f"{np.mean([getattr(one, name) for one in of]):.3f}"

    return (
        f"{len(got)} questions: H@1 {share('first')}, H@{SHOWN} {share('shown')}, article@1 {share('article')}, "
        f"first in the question's language {share('own_language')}; answered {share('answered')}; "
        f"of {len(gone)} absent ones answered {share('answered', gone)}, AUROC {auroc(here, absent):.3f}"
    )


def main(questions: Path, articles: Sequence[Path], model: str, limit: int | None) -> None:
    """Ask the questions of one set about the articles of others, and print the figures."""
    asking, held = read_set(questions), [read_set(path) for path in articles]
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        load_encoder = partial(SentenceTransformerEncoder, model)
        with Library.open(folder, load_encoder=load_encoder) as library:
            print(measure(library, asking, held, limit))
