"""Follow-ups on the bundled story, with the real model."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from index import Answer, Library, SentenceTransformerEncoder

LINES = [json.loads(line) for line in Path(__file__).with_name("story_questions.jsonl").read_text().splitlines()]
PAIRS = [line for line in LINES if "follow_up" in line]

NOT_FOUND = {
    "did Xi accept?",
    "what does North Korea think of that?",
    "how do governments build that?",
    "when is the first one?",
    "who will be there?",
    "what did Seoul's side confirm?",
}
"""The follow-ups for which another sentence comes first."""

BY_A_HAIR = {"and the Chinese one?", "and what did Xi say?"}
"""The follow-ups whose first two sentences are so close that the processor's rounding decides."""

FOUND = [pair for pair in PAIRS if pair["follow_up"] not in NOT_FOUND | BY_A_HAIR]

UNANSWERED = [
    ("What did Lee ask Xi to do about North Korea?", "how old is he?"),
    ("What did Lee ask Xi to do about North Korea?", "and what did he eat for dinner?"),
    ("Where did Lee speak to reporters?", "how many of them were there?"),
    ("Where did Lee speak to reporters?", "and what was the weather like there?"),
    ("How long have the restrictions been in place?", "and who won the league?"),
    ("What does Beijing say the maritime structures are for?", "how large are they?"),
    ("What does Beijing say the maritime structures are for?", "how many people work on them?"),
    ("What does Beijing say the maritime structures are for?", "what company built them?"),
    ("What is K-pop?", "who invented it?"),
    ("What is K-pop?", "and how do I make kimchi?"),
    ("What makes mediation fail?", "how much does it cost?"),
    ("What does a go-between actually do?", "what is his phone number?"),
    ("How did Lee characterise his summit with Xi?", "what did they drink there?"),
    ("How did Lee characterise his summit with Xi?", "which hotel did they stay in?"),
    ("When did Lee become president?", "who did he defeat?"),
    ("When did Lee become president?", "how many votes did he get?"),
    ("When did Lee become president?", "is he married?"),
    ("Which Chinese cities are mentioned in the trip?", "what is the population of that one?"),
    ("Do both governments see the structures the same way?", "and what does the navy do about it?"),
    ("What do fans really want?", "where do they buy tickets?"),
]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The library with the bundled story, asked two questions in a row."""

    library: Library
    answers: dict[tuple[str, ...], Answer]

    def ask(self, *questions: str) -> Answer:
        """The answer to the last of them, each asked after the one before it. None is asked twice."""
        if questions not in self.answers:
            before = self.ask(*questions[:-1]) if len(questions) > 1 else None
            self.answers[questions] = self.library.ask(questions[-1], follows=before)
        return self.answers[questions]


ANSWERS: dict[tuple[str, ...], Answer] = {}
"""What was asked so far, by all tests of this file: they ask the same library."""


@pytest.fixture
def conversation(sample: None, real_encoder: SentenceTransformerEncoder) -> Iterator[Conversation]:
    with Library.open("pullquote-data", load_encoder=lambda: real_encoder) as library:
        yield Conversation(library, ANSWERS)


def is_right(answer: Answer, expected: list[str]) -> bool:
    first = " ".join(answer.closest[0].text.split())
    return any(sentence in first for sentence in expected)


def test_there_are_at_least_25_pairs() -> None:
    assert len(FOUND) >= 25
    assert {pair["follow_up"] for pair in PAIRS} >= NOT_FOUND


@pytest.mark.parametrize("pair", FOUND, ids=lambda pair: f"{pair['question']} {pair['follow_up']}")
def test_a_follow_up_is_answered_in_the_light_of_the_question_before_it(
    conversation: Conversation, pair: dict[str, str]
) -> None:
    answer = conversation.ask(pair["question"], pair["follow_up"])
    assert is_right(answer, list(pair["answers"])), answer.closest[0].text


def test_most_right_follow_ups_are_shown_and_most_that_the_story_does_not_answer_are_declined(
    conversation: Conversation,
) -> None:
    right = [conversation.ask(pair["question"], pair["follow_up"]) for pair in FOUND]
    shown = sum(answer.answered for answer in right)
    answered = [pair for pair in UNANSWERED if conversation.ask(*pair).answered]
    # Measured: 24 of 26 that find the right sentence are shown, 18 of 20 declined.
    assert shown >= 0.75 * len(right), f"Of {len(right)} right quotes {shown} are shown."
    assert len(answered) <= 3, answered


def test_a_question_on_its_own_feet_is_not_hurt_by_what_was_asked_before(conversation: Conversation) -> None:
    """Each question of the story after one on something else."""
    questions = [line for line in LINES if line["answers"] and "follow_up" not in line]
    alone = following = 0
    for number, line in enumerate(questions):
        before = questions[number - 7]["question"]
        alone += is_right(conversation.ask(line["question"]), line["answers"])
        following += is_right(conversation.ask(before, line["question"]), line["answers"])
    assert following >= alone - 4, f"{following} right in the light of another question, {alone} alone."


def test_small_talk_in_between_is_declined(conversation: Conversation) -> None:
    question = "What did Lee ask Xi to do about North Korea?"
    assert conversation.ask(question).answered
    thanks = conversation.ask(question, "thanks!")
    assert (thanks.answered, thanks.confidence) == (False, 0.0)
