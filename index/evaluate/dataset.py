"""Reads evaluation sets from files: articles, and questions about them whose answers are known."""

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.errors import SourceError
from index.evaluate.records import Record, lines_of, read_record
from index.types import Article, Span

ARTICLES, QUESTIONS = "articles.jsonl", "questions.jsonl"
PARAGRAPH_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question about an article, and the spans of the article's text that answer it; none for an absent question."""

    id: str
    text: str
    article_id: str
    answers: tuple[Span, ...] = ()

    @property
    def absent(self) -> bool:
        """Whether no article of the library answers it."""
        return not self.answers

    def is_hit(self, article_id: str, start: int, end: int) -> bool:
        """Whether the characters `[start, end)` of an article overlap an answer."""
        return article_id == self.article_id and any(start < a.end and a.start < end for a in self.answers)


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """The articles of a library, and the questions that it is asked.

    `left_out` counts questions that were left out: they have no answer in one part of their article, and nobody checked
    the rest of it.
    """

    articles: tuple[Article, ...]
    questions: tuple[KnownQuestion, ...]
    left_out: int = 0


def load(
    path: Path,
    *,
    split: str | None = None,
    absent_split: str | None = None,
    specific: bool = False,
    limit: int | None = None,
    seed: int = 0,
) -> EvaluationSet:
    """Read articles.jsonl and questions.jsonl of a folder, or SQuAD 1.1 or 2.0: a .json file, or a folder of them.

    `split` keeps the questions of that split. The articles of `absent_split` stay out, so that its questions are
    absent. In SQuAD, which knows no splits, each file is one, of the file's name without `.json`. `specific` keeps the
    questions marked so. Of all these, `limit` are drawn with `seed`.

    A question marked as unanswerable was checked only against its scope. The scope is the paragraph in SQuAD; in
    questions.jsonl it is `scope`, or the whole article without one. If the scope is the whole article, the question
    counts as absent. Otherwise it is left out and counted, because the rest of the article may answer it.

    Raises SourceError, which names the file and the place in it that must be corrected.
    """
    articles, marked = _read(path)
    out = {a.article.id for a in articles if a.split == absent_split}
    out |= {m.question.article_id for m in marked if m.split == absent_split}
    kept = [m for m in marked if m.specific or not specific]
    absent = [m for m in kept if m.split == absent_split]
    present = [m for m in kept if (m.split != absent_split if split is None else m.split == split)]
    if stray := next((m for m in present if m.question.article_id in out), None):
        raise SourceError(
            f"{stray.place} asks about the article {stray.question.article_id!r}, which stays out of the library with "
            f"the split {absent_split!r}; choose another split, or mend the file."
        )
    if not any(m.question.answers for m in present):
        raise SourceError(f"No question with an answer is left of {_summary(path, marked)}; choose others.")
    if absent_split is not None and not absent:
        raise SourceError(
            f"No question of the split {absent_split!r} is left of {_summary(path, marked)}; choose others."
        )
    questions = [m.question for m in present if m.decided] + [replace(m.question, answers=()) for m in absent]
    return EvaluationSet(
        tuple(a.article for a in articles if a.article.id not in out),
        tuple(_sample(questions, limit, seed)),
        left_out=sum(not m.decided for m in present),
    )


@dataclass(frozen=True, slots=True)
class _MarkedArticle:
    """An article, and the split to which it belongs, or ""."""

    article: Article
    split: str


@dataclass(frozen=True, slots=True)
class _MarkedQuestion:
    """A question, its marks, and its place in the file.

    `decided` is False if one part of its article has no answer and nobody checked the rest.
    """

    question: KnownQuestion
    split: str
    specific: bool
    decided: bool
    place: str


_Marked = tuple[list[_MarkedArticle], list[_MarkedQuestion]]


def _summary(path: Path, marked: Sequence[_MarkedQuestion]) -> str:
    """A description of the questions to choose from, for messages."""
    splits = sorted({m.split for m in marked if m.split})
    return (
        f"the {len(marked):,} in {path} ({sum(m.specific for m in marked):,} marked specific; "
        f"{'splits: ' + ', '.join(splits) if splits else 'no splits'})"
    )


def _sample(questions: Sequence[KnownQuestion], limit: int | None, seed: int) -> Sequence[KnownQuestion]:
    """Draw `limit` of the questions; they stay in their order."""
    if limit is None or limit >= len(questions):
        return questions
    drawn = np.random.default_rng(seed).choice(len(questions), limit, replace=False)
    return [questions[number] for number in sorted(drawn)]


def _read(path: Path) -> _Marked:
    if path.is_file() and path.suffix == ".json":
        return _read_squad([path])
    if not path.is_dir():
        raise SourceError(
            f"There is no folder {path}; name one with {ARTICLES} and {QUESTIONS}, or a .json file of SQuAD."
        )
    if (path / ARTICLES).exists() or (path / QUESTIONS).exists():
        return _read_lines(path)
    if files := sorted(path.glob("*.json")):
        return _read_squad(files)
    raise SourceError(f"{path} holds neither {ARTICLES} and {QUESTIONS} nor .json files of SQuAD; name another folder.")


def _read_lines(folder: Path) -> _Marked:
    articles: dict[str, _MarkedArticle] = {}
    for record in lines_of(folder / ARTICLES):
        article = Article(record.get("id", str), record.get("title", str, ""), record.get("text", str))
        if article.id in articles:
            raise record.fault(f"has the id {article.id!r}, as an article before it; give each an id of its own")
        articles[article.id] = _MarkedArticle(article, record.get("split", str, ""))
    questions: dict[str, _MarkedQuestion] = {}
    for record in lines_of(folder / QUESTIONS):
        article_id = record.get("article_id", str)
        if article_id not in articles:
            raise record.fault(f"asks about the article {article_id!r}, which is not in {ARTICLES}; add it there")
        article = articles[article_id].article
        question = _question(
            record,
            record.get("question", str),
            article,
            _answers(record, article, "start", offset=0),
            answerable=record.get("answerable", bool, True),
            scope=record.span("scope", Span(0, len(article.text))),
            split=record.get("split", str, ""),
            specific=record.get("specific", bool, False),
        )
        if question.question.id in questions:
            raise record.fault(
                f"has the id {question.question.id!r}, as a question before it; give each one of its own"
            )
        questions[question.question.id] = question
    return list(articles.values()), list(questions.values())


def _read_squad(paths: Iterable[Path]) -> _Marked:
    """SQuAD (Rajpurkar et al., 2016 and 2018): articles of paragraphs, each with the questions asked about it alone."""
    articles, questions = [], []
    for path in paths:
        for number, entry in enumerate(read_record(path).records("data"), start=1):
            paragraphs = entry.records("paragraphs")
            contexts = [paragraph.get("context", str) for paragraph in paragraphs]
            article = Article(f"{path.stem}-{number}", entry.get("title", str, ""), PARAGRAPH_BREAK.join(contexts))
            articles.append(_MarkedArticle(article, path.stem))
            start = 0
            for paragraph, context in zip(paragraphs, contexts, strict=True):
                scope = Span(start, start + len(context))
                for record in paragraph.records("qas"):
                    question = _question(
                        record,
                        record.get("question", str),
                        article,
                        _answers(record, article, "answer_start", offset=start),
                        answerable=not record.get("is_impossible", bool, False),
                        scope=scope,
                        split=path.stem,
                        specific=False,
                    )
                    questions.append(question)
                start = scope.end + len(PARAGRAPH_BREAK)
    return articles, questions


def _question(
    record: Record,
    text: str,
    article: Article,
    answers: tuple[Span, ...],
    *,
    answerable: bool,
    scope: Span,
    split: str,
    specific: bool,
) -> _MarkedQuestion:
    if answerable and not answers:
        raise record.fault("has no answer; give one, or mark the question as one without")
    whole = not (article.text[: scope.start].strip() or article.text[scope.end :].strip())
    question = KnownQuestion(record.get("id", str), text, article.id, answers if answerable else ())
    return _MarkedQuestion(question, split, specific, decided=answerable or whole, place=record.place)


def _answers(record: Record, article: Article, name: str, offset: int) -> tuple[Span, ...]:
    """The spans of the record's answers; each starts `offset` characters after the number under `name`."""
    spans = []
    for answer in record.records("answers"):
        text, start = answer.get("text", str), offset + answer.get(name, int)
        span = Span(start, start + len(text))
        found = article.text[max(span.start, 0) : max(span.end, 0)]
        if not text or found != text:
            raise answer.fault(f"says {reprlib.repr(text)} where the article says {reprlib.repr(found)}; mend {name!r}")
        spans.append(span)
    return tuple(dict.fromkeys(spans))
