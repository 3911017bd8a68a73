"""What one hostile article costs the questions that come after it, with the real model."""

from pathlib import Path

import pytest

from index import Article, Library, SentenceTransformerEncoder
from index.passages import MAX_SENTENCES
from tests.cost import seconds
from tests.e2e.test_loop import WORDS, many_articles

AT_MOST = 3.0
"""How many times as long as before a question may take."""

QUESTIONS = (
    "Who reported on the council?",
    "What did the mayor ask the school for after the storm?",
    "a b c d e f g h",
    " ".join(WORDS * 10)[:990],
    "the " * 240,
)
HOSTILE = {
    "sentences of one word": "\x0b".join(WORDS[n % 14] for n in range(MAX_SENTENCES)),
    "one paragraph of what somebody said": " ".join(f"“The {WORDS[n % 14]} holds, {n}." for n in range(5_000)),
    "sentences as long as they may be": "\n\n".join(f"{' '.join(WORDS * 400)}"[: 19_000 - n] for n in range(20)),
    "words as long as a sentence may be": " ".join(f"{WORDS[n % 14]} {'x' * 15_000}." for n in range(50)),
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_article_makes_no_question_take_three_times_as_long(
    tmp_path: Path, real_encoder: SentenceTransformerEncoder, text: str
) -> None:
    with Library.open(tmp_path / "library", load_encoder=lambda: real_encoder, threshold=0.0) as library:

        def ask() -> None:
            for question in QUESTIONS:
                library.ask(question)

        library.update(many_articles(80))
        before = seconds(ask, 5)
        assert library.update([Article("hostile", "The council", text)]).added == ("hostile",)
        after = seconds(ask, 5)
        assert after < AT_MOST * before
        print(f"a question: {before / 5 * 1000:.0f} ms before, {after / 5 * 1000:.0f} ms after")  # noqa: T201
