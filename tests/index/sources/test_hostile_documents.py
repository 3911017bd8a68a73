"""Hostile documents through the processes that read them: every one is read or refused, within the limits."""

import json
import subprocess
import sys
from functools import partial

import pytest

from index.errors import ArticleError, SourceError, TooCostly
from index.sources.document import read_document
from index.sources.parser import Limits
from tests.hostile import document
from tests.hostile.__main__ import is_a_sentence, task_for
from tests.limits import torture
from tests.parser import PARSER


@pytest.mark.slow
def test_5000_hostile_documents_are_read_or_refused_within_the_limits() -> None:
    count = torture(5_000)
    command = [sys.executable, "-m", "tests.hostile", str(count)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    print(run.stdout)  # noqa: T201 - figures for the note
    found = json.loads(run.stdout)
    assert found["documents"] == count
    assert set(found["outcomes"]) <= {"read", "ArticleError", "SourceError", "TooCostly"}
    assert found["outcomes"]["read"] > count / 5 and found["outcomes"]["TooCostly"] < count / 25
    assert found["peak_megabytes"] < 512
    assert found["longest_seconds"] < Limits().wait


SEEN = [
    ("pdf", "a word of 40,000 letters and a hyphen"),
    ("page", "JSON-LD of authors without a name"),
    ("page", "author of punctuation"),
    ("feed", "an author of one long word"),
    ("feed", "a style of letters"),
    ("feed", "149,000 tags"),
    ("markdown", "2 MB of ["),
    ("markdown", "2 MB of !["),
    ("markdown", "**a"),
]
"""What was seen to stop the bot, or to take it half a minute."""


@pytest.mark.parametrize(("kind", "name"), SEEN, ids=" ".join)
def test_what_was_seen_to_stop_the_bot_is_read_or_refused(kind: str, name: str) -> None:
    hostile = document(kind, name)
    try:
        PARSER.run(task_for(hostile), "story")
    except (ArticleError, SourceError) as error:
        assert is_a_sentence(str(error)), error
    assert PARSER.run(partial(read_document, b"It rained.", "rain.txt", article_id="rain"), "rain.txt").text


def test_what_takes_a_parser_quadratic_time_costs_its_own_process_alone() -> None:
    with pytest.raises(TooCostly, match="takes more than 4 seconds to read"):
        PARSER.run(task_for(document("markdown", "2 MB of [")), "story.md")
