"""Texts and what is asked of them, for tests of what the readers are trained on."""

from index.text import split_sentences
from index.train.data import AskedQuestion, SourceText
from index.train.reading import Chances
from index.types import Span

NEVER = Chances(
    narrow=0, cut_out=0, somebody_else=0, pronoun=0, fewer_words=0, otherwise=0, without_mark=0,
    others=0, absent=0, elsewhere=0
)  # fmt: skip
"""A question is read as it stands, with the text around its answer."""


def source_of(text: str, *questions: tuple[str, str], corpus: str = "c", group: str = "g") -> SourceText:
    """A text, and questions about it, each with what answers it; "" if nothing does."""
    asked = tuple(
        AskedQuestion(question, (Span(text.index(answer), text.index(answer) + len(answer)),) if answer else ())
        for question, answer in questions
    )
    return SourceText(corpus, group, text, split_sentences(text), asked)
