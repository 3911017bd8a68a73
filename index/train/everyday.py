"""News stories of our own, in the folder `everyday`, with questions in the words of people who have not read them.

Open data asks as somebody asks who has the passage in view, with its words. Here the lead has the question's words, and
the answer stands elsewhere in others. The stories are invented. A file holds some of them:

    # The title
    [1] A sentence.
    [2] Another one.
    ? a question | 2
    ? a question that either of two sentences answers | 1, 2
    ! a question on the topic that the story does not answer

The stories of files whose names begin with `held` are held out of training, for what is fitted on top of it.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.text import split_sentences
from index.train.data import AskedQuestion, SourceText
from index.types import Span

CORPUS = "everyday"

FOLDER = Path(__file__).parent / CORPUS

PARAGRAPH = 2
"""How many sentences a paragraph has."""

HELD = f"{CORPUS}/held"
"""What the groups of the stories begin with that are held out."""

_SENTENCE = re.compile(r"\[(\d+)\] (.+)")
_QUESTION = re.compile(r"\? (.+?) \| (\d+(?:, ?\d+)*)")


def read_stories(folder: Path = FOLDER) -> list[SourceText]:
    """The stories of all files in `folder`, in the order of their names. Raises ValueError, naming the line."""
    return [story for file in sorted(folder.glob("*.txt")) for story in _read(file)]


def _read(file: Path) -> Iterator[SourceText]:
    stories = re.split(r"(?m)^# ", file.read_text(encoding="utf-8"))[1:]
    for number, story in enumerate(stories, 1):
        try:
            yield _story(f"{CORPUS}/{file.stem}-{number}", story.splitlines()[1:])
        except ValueError as error:
            raise ValueError(f"{file.name}, story {number}: {error}") from error


def _story(group: str, lines: Sequence[str]) -> SourceText:
    sentences: list[str] = []
    asked: list[tuple[str, tuple[int, ...]]] = []
    for line in filter(None, map(str.strip, lines)):
        if found := _SENTENCE.fullmatch(line):
            if int(found[1]) != len(sentences) + 1:
                raise ValueError(f"sentence {found[1]} is out of order")
            sentences.append(found[2])
        elif found := _QUESTION.fullmatch(line):
            asked.append((found[1], tuple(map(int, found[2].split(",")))))
        elif line.startswith("! "):
            asked.append((line[2:], ()))
        else:
            raise ValueError(f"this cannot be read: {line}")
    text, spans = "", []
    for number, sentence in enumerate(sentences):
        text += "" if not number else " " if number % PARAGRAPH else "\n\n"
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence
    if any(number > len(spans) for _, numbers in asked for number in numbers):
        raise ValueError("a question names a sentence that is not there")
    questions = tuple(AskedQuestion(words, tuple(spans[n - 1] for n in numbers)) for words, numbers in asked)
    return SourceText(CORPUS, group, text, split_sentences(text), questions)
