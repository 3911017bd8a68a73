"""Questions asked as people ask, not in the words of the article; on the real model.

`everyday_questions.jsonl` has 120 questions about the CNN stories of newsqa-dev, and where the answers stand in them.
The stories are not part of the repository; where they are missing, there is nothing to ask. Nothing was fitted to these
questions.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from index import Answer, Article, Library, Quote, SentenceTransformerEncoder, evaluate
from tests.e2e.conftest import ROOT

STORIES = ROOT.parent / "shared" / "eval" / "newsqa-dev"

QUESTIONS = [json.loads(line) for line in Path(__file__).with_name("everyday_questions.jsonl").read_text().splitlines()]
ANSWERED = [question for question in QUESTIONS if question["answerable"]]
UNANSWERED = [question for question in QUESTIONS if not question["answerable"]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to each question, by its id."""

    answers: dict[str, Answer]

    def is_right(self, question: dict, quote: Quote) -> bool:
        return quote.article.id == question["article_id"] and any(
            quote.start < answer["end"] and answer["start"] < quote.end for answer in question["answers"]
        )

    def first_right(self) -> list[str]:
        return [q["question"] for q in ANSWERED if self.is_right(q, self.answers[q["id"]].closest[0])]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    if not STORIES.exists():
        pytest.skip("the stories of newsqa-dev are not here")
    articles: list[Article] = evaluate.load(STORIES, split="dev", absent_split="dev-absent", specific=False).articles
    encoder = SentenceTransformerEncoder()
    folder = tmp_path_factory.mktemp("everyday")
    with Library.open(folder, load_encoder=lambda: encoder) as library:
        library.update(articles)
        yield Asked({q["id"]: library.ask(q["question"]) for q in QUESTIONS})


@pytest.mark.slow
def test_everyday_questions_find_the_right_sentence_first(asked: Asked) -> None:
    assert len(ANSWERED) == 80
    found = asked.first_right()
    assert len(found) >= RIGHT_FIRST, found


@pytest.mark.slow
def test_what_the_stories_do_not_say_is_declined(asked: Asked) -> None:
    assert len(UNANSWERED) == 40
    answered = [q["question"] for q in UNANSWERED if asked.answers[q["id"]].answered]
    assert len(UNANSWERED) - len(answered) >= DECLINED, answered


RIGHT_FIRST, DECLINED = 46, 31
"""How many of the 80 questions with an answer have the right sentence first, and of the 40 without are declined."""
