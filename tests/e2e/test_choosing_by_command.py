"""What the operator chooses for all servers, by command: obeyed by `ask`, `chat` and the bot."""

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES, Run

LOAVES = "She sells four hundred rye loaves on a Saturday."


@pytest.fixture
def tides(place: Path, pullquote: Run) -> None:
    (place / "tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md").code == 0


@pytest.mark.usefixtures("tides")
def test_a_pin_is_added_obeyed_listed_and_removed(pullquote: Run) -> None:
    added = pullquote("pins", "add", BAKERY_QUESTION, "--article", "tides", "--sentence", "four hundred rye loaves")
    assert (added.code, added.out) == (0, f"Pinned as 1: {LOAVES}\n")
    answer = pullquote("ask", "Who sold the oven to Ada Brandt?", "--json")
    assert answer.quotes[0] == LOAVES and answer.json["chosen"]
    assert pullquote("ask", BAKERY_QUESTION).out.startswith("Chosen by the editors\n")
    assert LOAVES in pullquote("chat", stdin=f"{BAKERY_QUESTION}\n").out
    assert pullquote("pins", "list").out == f"1\t{BAKERY_QUESTION}\tholds\ttides\t{LOAVES}\n"
    Path("tides.md").write_text(TIDES.replace("four hundred", "five hundred"))
    assert pullquote("articles", "add", "tides.md").code == 0
    assert pullquote("pins", "list", "--json").json == [
        {"number": 1, "question": BAKERY_QUESTION, "holds": False, "article": "tides", "sentence": None}
    ]
    assert pullquote("ask", BAKERY_QUESTION, "--json").quotes[0] == BAKERY_ANSWER
    assert pullquote("pins", "remove", "1").out == "Removed pin 1.\n"
    assert pullquote("pins", "remove", "1").complaint == "There is no pin 1; `pullquote pins list` shows them."


@pytest.mark.usefixtures("tides")
def test_a_sentence_that_is_never_quoted_is_left_out_and_named_by_why(pullquote: Run) -> None:
    added = pullquote("never-quote", "add", "--article", "tides", "--sentence", BAKERY_ANSWER)
    assert added.out == f"Never quoted from now on, as 1: {BAKERY_ANSWER}\n"
    assert "lighthouse" not in pullquote("ask", BAKERY_QUESTION).out
    said = pullquote("why", BAKERY_QUESTION).out
    assert f"Left out, as it is never to be quoted: {BAKERY_ANSWER}\n" in said
    assert re.search(r"the reader: (a little|much|far) better than no answer · place: sentence", said)
    assert "nats" not in said
    exact = pullquote("why", BAKERY_QUESTION, "--json").json
    assert exact["left_out"] == [BAKERY_ANSWER]
    assert all(isinstance(one["reader"], float) for one in exact["considered"])
    assert pullquote("never-quote", "list").out == f"1\ttides\t{BAKERY_ANSWER}\n"
    assert pullquote("never-quote", "remove", "1").code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json").quotes[0] == BAKERY_ANSWER


@pytest.mark.usefixtures("tides")
def test_what_names_no_sentence_is_refused_in_a_sentence(pullquote: Run) -> None:
    unknown = pullquote("pins", "add", BAKERY_QUESTION, "--article", "tides", "--sentence", "a hundred white loaves")
    assert unknown.complaint == (
        "These words name no sentence of 'tides', or several; copy one whole sentence from `pullquote articles show "
        "tides`."
    )
    nowhere = pullquote("never-quote", "add", "--article", "moon", "--sentence", LOAVES)
    assert nowhere.complaint.startswith("There is no article 'moon' here")


@pytest.mark.usefixtures("sample")
def test_asking_makes_no_records_where_there_are_none(pullquote: Run, place: Path) -> None:
    assert pullquote("why", "What did Lee ask Xi to do about North Korea?").code == 0
    assert not (place / "pullquote-data" / "records.sqlite3").exists()
