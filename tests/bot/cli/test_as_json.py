"""What programs read: the same JSON in a terminal and in a file."""

import json
from dataclasses import replace

from bot.cli.as_json import answer_as_json
from index import Outcome
from tests.bot.cli.conftest import ANSWER, Screen, with_text


def test_json_of_a_text_with_control_characters_is_that_text(file: Screen) -> None:
    text = "He left.\x1b[2J \x00\x07\t\r\n “She” stayed. 🎉"
    file.terminal.write_json(answer_as_json(with_text(text)))
    assert json.loads(file.out)["quotes"][0]["text"] == text


def test_json_in_a_terminal_is_the_same_as_in_a_file(file: Screen, screen: Screen) -> None:
    for place in (file, screen):
        place.terminal.write_json(answer_as_json(ANSWER))
    assert file.out == screen.out
    assert json.loads(file.out) == {
        "question": "Who sold the oven?",
        "answered": True,
        "confidence": 0.8765,
        "chosen": False,
        "quotes": [
            {
                "text": "Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019.",
                "start": 32,
                "end": 104,
                "before": "The harbour bakery opens early. ",
                "after": "\n\nShe sells four hundred loaves on a Saturday.",
                "score": 7.1235,
                "article": {
                    "id": "tides",
                    "title": "The bakery that opens with the tide",
                    "author": "Nora Quill",
                    "published": "2026-02-03T00:00:00+00:00",
                    "url": "https://example.org/tides",
                    "language": None,
                },
                "opinion": False,
            }
        ],
        "elapsed_ms": 12.3,
        "outcome": "answered",
        "about": "",
        "perhaps": None,
        "disagreement": None,
        "read": None,
        "silent_since": {},
    }


def test_json_holds_the_sentence_that_may_answer_and_what_the_articles_tell_of() -> None:
    sure = answer_as_json(ANSWER)
    perhaps = answer_as_json(replace(ANSWER, answered=False, quotes=(), outcome=Outcome.PERHAPS))
    assert (perhaps["answered"], perhaps["quotes"], perhaps["outcome"]) == (False, [], "perhaps")
    assert perhaps["perhaps"] == sure["quotes"][0]
    related = answer_as_json(replace(ANSWER, answered=False, quotes=(), outcome=Outcome.RELATED, about="Ada Brandt"))
    assert (related["outcome"], related["about"], related["perhaps"]) == ("related", "Ada Brandt", None)
