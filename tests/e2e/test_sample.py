"""`pullquote sample`: articles to try things out with."""

from pathlib import Path

import pytest

from index import sample_articles
from tests.e2e.conftest import Run

OURS = ["bridge-opening.md", "ferry-strike.md"]


def test_sample_writes_articles_that_can_be_added_and_asked(pullquote: Run) -> None:
    written = pullquote("sample", "news/town")
    names = [f"{article.id}.md" for article in sample_articles()]
    assert sorted(file.name for file in Path("news/town").iterdir()) == sorted(OURS + names)
    assert written.out == f"{len(OURS + names)} articles in news/town: {', '.join(OURS + names)}\n"

    added = pullquote("articles", "add", "news/town", "--json")
    assert (added.code, sorted(added.json["added"])) == (0, sorted(Path(name).stem for name in OURS + names))
    for question, answer in {
        "When will the ferry crews strike?": "The crews of the Elm Island ferry will strike on 6 and 7 May.",
        "How much did the repair of the bridge cost?": (
            "The repair cost 2.3 million pounds, some 400,000 more than planned."
        ),
    }.items():
        assert pullquote("ask", question, "--json", "--limit", "1").quotes == [answer]
    for line in pullquote("articles", "list").out.splitlines():
        assert all(line.split("\t")), "an article lacks a date or a byline"


@pytest.mark.parametrize("name", ["ferry-strike.md", "consultations.md"])
def test_sample_writes_over_nothing(pullquote: Run, name: str) -> None:
    Path("news").mkdir()
    Path("news", name).write_text("my own")
    assert pullquote("sample", "news").complaint == (
        f"news/{name} is there already, and is not written over; name another folder."
    )
    assert [(file.name, file.read_text()) for file in Path("news").iterdir()] == [(name, "my own")]


def test_sample_says_where_it_cannot_write(pullquote: Run) -> None:
    Path("news").write_text("a file")
    assert pullquote("sample", "news").complaint == (
        "The articles cannot be written to news (File exists); name another folder."
    )


def test_sample_takes_no_empty_folder(pullquote: Run) -> None:
    assert pullquote("sample", "").complaint.startswith("An empty place was given")
    assert list(Path().iterdir()) == []
