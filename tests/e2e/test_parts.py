"""`pullquote reindex --part` and `publish` on a database, as they are typed, and what they say to bad input."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from index import BASE, Library, open_engine
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES, Outcome, Run
from tests.e2e.test_on_postgres import url_of

HILLS = "The farmer Ross Tait sold his last forty sheep in October. He keeps the dog."
FERRY = "The ferry to Elmouth runs again from March. It was out of service for a year."


@pytest.fixture
def stories(place: Path) -> Path:
    """A folder of three articles, one of which cannot be read."""
    folder = place / "stories"
    folder.mkdir()
    for name, text in {"tides.md": TIDES, "hills.md": HILLS, "ferry.md": FERRY, "empty.md": ""}.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def on_database(pullquote: Run, postgres_database: str, stories: Path) -> Run:
    """`pullquote` with the database and that folder."""
    settings = {"DATABASE_URL": url_of(postgres_database), "ARTICLES_DIR": stories}
    return lambda *arguments, **more: pullquote(*arguments, env=settings | more)


def told(outcome: Outcome) -> list[str]:
    return outcome.out.splitlines()


def test_parts_are_encoded_by_several_processes_and_published_in_one_step(
    on_database: Run, stories: Path, postgres_database: str
) -> None:
    assert told(on_database("publish", "--status")) == ["Nothing is being encoded in parts."]
    assert on_database("publish", "--status", "--json").json is None
    first = on_database("reindex", "--part", "1/2")
    assert first.code == 2, "an article could not be read"
    assert told(first) == ["Part 1/2 is complete: 2 articles; embedded 2 passages."]
    assert first.err.startswith("refused: ") and "empty" in first.err
    assert first.err.splitlines()[-1] == "1 part left; next: `pullquote reindex --part 2/2`."
    complaint = on_database("publish").complaint
    assert re.fullmatch(
        r"Of the 2 parts of the library in postgresql://\S+ \(base\), 2 \(1 article left\) is not complete, so "
        r"nothing was published; finish them first: `pullquote publish --status` names the next command\.",
        complaint,
    )
    lines = told(on_database("publish", "--status"))
    assert lines[0] == "1/2: 2 of 2 articles, 2 passages embedded; complete"
    assert lines[1] == "2/2: 0 of 1 article, 0 passages embedded; not begun"
    assert re.fullmatch(
        r"1 of 2 parts complete: 2 of 3 articles, 2 passages embedded with all-MiniLM-L6-v2 since .* UTC\.", lines[2]
    )
    (stories / "late.md").write_text("This came later, so it comes with the next reindex. It says nothing else.")
    second = on_database("reindex", "--part", "2/2", "--json", ARTICLES_DIR="")
    assert second.code == 0, second
    assert {name: second.json[name] for name in ("part", "parts", "articles", "passages_embedded", "complete")} == {
        "part": 2,
        "parts": 2,
        "articles": 1,
        "passages_embedded": 1,
        "complete": True,
    }
    with closing(open_engine(url_of(postgres_database))) as engine, Library.open_in(engine, BASE) as library:
        assert library.read_generation() == 0 and library.articles() == [], "no reader sees it yet"
    published = on_database("publish", "--json")
    assert published.code == 2, "as what could not be read is told again"
    assert sorted(published.json["added"]) == ["ferry", "hills", "tides"]
    assert published.json["passages_embedded"] == 0
    assert on_database("ask", BAKERY_QUESTION, "--json").quotes[0] == BAKERY_ANSWER
    assert on_database("publish").complaint.endswith("; begin with `pullquote reindex --part 1/4`, if you want four.")
    assert told(on_database("reindex"))[0] == "added: late"


def test_full_embeds_what_is_stored_and_can_be_discarded(on_database: Run) -> None:
    on_database("reindex")
    assert told(on_database("reindex", "--full", "--part", "1/1")) == [
        "Part 1/1 is complete: 3 articles; embedded 3 passages."
    ]
    assert (
        "all articles that are stored are being encoded in one part"
        in on_database("reindex", "--part", "1/1").complaint
    )
    assert told(on_database("publish", "--discard")) == ["What was encoded in parts is deleted."]
    assert told(on_database("publish", "--discard")) == ["There was nothing to delete."]
    on_database("reindex", "--full", "--part", "1/1")
    assert told(on_database("publish"))[-1] == "Embedded 3 anew."


def test_a_part_that_another_process_works_on_is_refused(on_database: Run, postgres_database: str) -> None:
    with closing(open_engine(url_of(postgres_database))) as engine:
        staging = engine.staging(BASE)
        on_database("reindex", "--part", "1/2")
        plan = staging.plan()
        assert plan is not None
        with staging.part(plan, 2):
            complaint = on_database("reindex", "--part", "2/2").complaint
            assert re.match(r"Part 2/2 of the library in \S+ \(base\) is being encoded by process \d+ ", complaint)
            assert re.match(
                r"2/2: 0 of 1 article, .*; at work: process \d+ ", told(on_database("publish", "--status"))[1]
            )


def test_bad_input(on_database: Run, pullquote: Run) -> None:
    needs = (
        "Parts are encoded for a library in a database, which many processes share; set DATABASE_URL, without --data, "
        "or run `pullquote reindex` by itself."
    )
    assert pullquote("reindex", "--part", "1/2").complaint == needs
    assert pullquote("publish").complaint == needs
    assert on_database("publish", "--status", "--data", "elsewhere").complaint == needs
    for part in ("0/4", "5/4", "3", "3/", "a/b", "1/1001", "-1/4", "1/4/2", "1.5/4", ""):
        assert on_database("reindex", "--part", part).complaint == (
            f"{part!r} is no part; give its number and how many there are, such as --part 3/16, and at most 1,000 "
            "parts."
        )
    assert on_database("reindex", "--part", "1/2", "--dry-run").complaint == (
        "A part changes no article, so there is nothing to try out; leave --dry-run or --part away."
    )
    assert on_database("publish", "--status", "--discard").complaint == (
        "--status and --discard were given, and only one of them can be done; leave one away."
    )
    assert on_database("reindex", "--part", "1/2", ARTICLES_DIR="").complaint.startswith("ARTICLES_DIR is not set")
    assert not Path("elsewhere").exists()
