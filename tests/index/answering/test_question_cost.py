"""A question costs the same, or little more, whatever article stands beside the others."""

import random
import time
from pathlib import Path
from statistics import median

import pytest

from index import Article, Encoder, Library, SentenceTransformerEncoder
from tests.index.town import ARTICLES

NASTY = {
    "one letter a sentence": "A. " * 19_999,
    "one letter a line": "a\n" * 19_999,
    "the question's words again and again": "The engineers found cables? " * 19_000,
    "quotations that never end": '"The engineers found. ' * 19_000,
    "sentences as long as they may be": f"{'engineers found cables ' * 860}. " * 45,
}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return SentenceTransformerEncoder()


@pytest.mark.slow
@pytest.mark.parametrize("name", NASTY)
def test_a_question_beside_the_nastiest_article_takes_no_more_than_a_few_times_as_long(
    name: str, folder: Path, encoder: Encoder
) -> None:
    """As it was seen: 40 s a question. Computing alone is counted."""
    question = "What did the engineers find in the cables?"
    chance = random.Random(0)
    plain = [
        Article(f"plain{n}", "Plain", " ".join(f"The {w} of the town opened in {chance.randrange(1800, 2020)}." for w in
                ("mill", "school", "bridge", "ferry", "tower", "market", "cable car") * 30))
        for n in range(10)
    ]  # fmt: skip
    with Library.open(folder, load_encoder=lambda: encoder, threshold=0.0) as library:
        library.update([*ARTICLES, *plain])

        def spent() -> float:
            times = []
            for _ in range(7):
                began = time.thread_time()
                library.ask(question)
                times.append(time.thread_time() - began)
            return median(times)

        before = spent()
        library.update([Article("nasty", "Nasty", NASTY[name])])
        after = spent()
    print(f"{name}: {before * 1000:.0f} ms before, {after * 1000:.0f} ms after")  # noqa: T201 - figures for the note
    assert after < 6 * before, f"{before * 1000:.0f} ms before, {after * 1000:.0f} ms after"
