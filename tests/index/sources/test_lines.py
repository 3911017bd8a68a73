"""Articles go through a file of lines unharmed, and lines that hold none are named."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Library, SourceError, as_line, make_change, read_export, sample_articles
from index.sources.lines import read_lines
from index.storage.types import content_hash
from tests.index.town import ARTICLES, BRIDGE, SCHOOL

MOST = 2_000_000


def written(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


texts = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.none() | st.datetimes(datetime(1000, 1, 1), datetime(3000, 1, 1), timezones=st.just(UTC))
optional = st.none() | texts
articles = st.builds(
    Article, texts, texts, texts, optional, moments, moments, optional, optional, optional,
    embargo=moments, private=st.booleans(),
)  # fmt: skip


@given(st.lists(articles, min_size=1))
def test_every_article_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, several: list[Article]) -> None:
    file = tmp_path_factory.getbasetemp() / "articles.jsonl"
    file.write_text("".join(f"{as_line(article)}\n" for article in several), encoding="utf-8", newline="\n")
    reading = read_lines(file, MOST)
    assert reading.refused == () and list(reading.articles) == several
    assert list(map(content_hash, reading.articles)) == list(map(content_hash, several))


def test_a_library_is_the_same_after_export_and_import(town: Library, tmp_path: Path) -> None:
    file = written(tmp_path / "town.jsonl", *map(as_line, town.articles()))
    hashes = town.content_hashes()
    town.remove("bridge")
    town.update([Article("school", "Another", "The school has a roof now.")])
    report = make_change(town, read_export(town, file, MOST))
    assert (report.added, report.changed, report.refused) == (("bridge",), ("school",), ())
    assert town.content_hashes() == hashes and town.excluded() == []


def test_the_bundled_sample_makes_way_for_what_is_imported(library: Library, tmp_path: Path) -> None:
    library.update(sample_articles())
    make_change(library, read_export(library, written(tmp_path / "one", as_line(SCHOOL)), MOST))
    assert library.articles() == [SCHOOL]


LINES = {
    "{": "it is not JSON (Expecting property name enclosed in double quotes)",
    "[1]": "it is not a JSON object",
    '{"id": "a", "title": "A"}': "it has no 'text'",
    '{"id": "a", "title": "A", "text": null}': "its 'text' is not a text",
    '{"id": 1, "title": "A", "text": "B."}': "its 'id' is not a text",
    '{"id": "a", "title": "A", "text": "B.", "body": "C."}': "no article has a field 'body'",
    '{"id": "a", "title": "A", "text": "\\ud800"}': "its 'text' holds half a character",
    '{"id": "a", "title": "A", "text": "B.", "published": "yesterday"}': "Invalid isoformat string: 'yesterday'",
    "[" * 100_000: "it is not JSON (maximum recursion depth exceeded",
}


@pytest.mark.parametrize(("line", "why"), LINES.items(), ids=LINES.values())
def test_a_line_that_is_no_article_is_named_and_the_others_come_in(tmp_path: Path, line: str, why: str) -> None:
    reading = read_lines(written(tmp_path / "a", as_line(BRIDGE), "", line, as_line(SCHOOL)), MOST)
    assert reading.articles == (BRIDGE, SCHOOL)
    (refusal,) = reading.refused
    assert refusal.name == f"{tmp_path / 'a'}, line 3" and refusal.reason.startswith(f"{refusal.name} is no article: ")
    assert why in refusal.reason


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(json.dumps({"id": "ä", "title": "", "text": ""}, ensure_ascii=False).encode("latin-1"))
    (refusal,) = read_lines(tmp_path / "a", MOST).refused
    assert refusal.reason.endswith("line 1 is no article: it is not UTF-8; mend it.")


def test_a_text_that_is_too_long_is_named(tmp_path: Path) -> None:
    file = written(tmp_path / "a", as_line(Article("a", "A", "ä" * 50)), as_line(Article("b", "B", "ä" * 50 + "b")))
    reading = read_lines(file, 100)
    assert [article.id for article in reading.articles] == ["a"]
    assert reading.refused[0].reason == (
        f"{file}, line 2 has a text of more than 100 bytes; shorten it, or have the limit raised."
    )


def test_a_file_without_a_line_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no article"):
        read_lines(written(tmp_path / "a", "", " "), MOST)
    with pytest.raises(SourceError, match=r"cannot be read \(No such file or directory\)"):
        read_lines(tmp_path / "b", MOST)
    assert len(ARTICLES) == 4
