import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from index import ArticlesRead, Parser, read_folder
from index.errors import SourceError
from index.sources.folder import read_paths
from index.types import Refusal, RefusedKind
from tests.parser import PARSER

STORY = "The harbour of Port Elgin will close for six weeks in spring."


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    folder = tmp_path / "stories"
    folder.mkdir()
    return folder


def write(path: Path, text: str = STORY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def ids(reading: ArticlesRead) -> list[str]:
    return [article.id for article in reading.articles]


def refused(path: str, reason: str) -> Refusal:
    return Refusal(path, reason, RefusedKind.FILE)


# ---- what is read


def test_a_folder_is_read_with_the_folders_in_it_sorted_by_path(stories: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/b/c.HTML", "a.txt", "c.markdown", "d.htm", "한국/기사.md"):
        write(stories / name)
    reading = read_folder(stories, PARSER)
    assert ids(reading) == ["a/b/c", "a/z", "a", "b", "c", "d", "한국/기사"]
    assert reading.refused == ()


def test_an_article_has_its_text_and_the_path_it_was_read_from(stories: Path) -> None:
    path = write(stories / "harbour.md", f"---\nid: port-elgin\ntitle: Harbour\n---\n{STORY}")
    (article,) = read_folder(stories, PARSER).articles
    assert (article.id, article.title, article.text) == ("port-elgin", "Harbour", STORY)
    assert article.source == str(path.resolve())


def test_a_document_without_a_date_has_none(stories: Path) -> None:
    write(stories / "harbour.txt")
    (article,) = read_folder(stories, PARSER).articles
    assert (article.published, article.updated) == (None, None)


def test_hidden_files_hidden_folders_and_other_types_are_passed_over(stories: Path) -> None:
    for name in (".hidden.md", ".git/a.md", "a/.b/c.txt", "picture.png", "notes.docx", "Makefile"):
        write(stories / name)
    assert read_folder(stories, PARSER) == ArticlesRead()


def test_a_folder_that_is_hidden_itself_is_read_when_named(tmp_path: Path) -> None:
    write(tmp_path / ".stories" / "a.md")
    assert ids(read_folder(tmp_path / ".stories", PARSER)) == ["a"]


def test_an_empty_folder_is_an_empty_reading(stories: Path) -> None:
    assert read_folder(stories, PARSER) == ArticlesRead(articles=(), refused=())


def test_files_and_folders_are_read_in_the_order_given(stories: Path, tmp_path: Path) -> None:
    write(stories / "sub" / "one.md")
    alone = write(tmp_path / "elsewhere" / "two.v2.txt")
    assert ids(read_paths([alone, stories], PARSER)) == ["two.v2", "sub/one"]


def test_a_file_named_twice_is_read_once(stories: Path) -> None:
    path = write(stories / "a.md")
    assert read_paths([stories, path, stories], PARSER) == read_folder(stories, PARSER)


def test_a_relative_path_is_resolved_in_the_source_only(stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(stories / "sub" / "a.md")
    monkeypatch.chdir(stories)
    (article,) = read_paths([Path()], PARSER).articles
    assert (article.id, article.source) == ("sub/a", str(path.resolve()))


# ---- what is refused


def test_the_good_ones_land_and_the_bad_one_is_named(stories: Path) -> None:
    write(stories / "a.md")
    bad = write(stories / "b.txt", "")
    write(stories / "c.md")
    reading = read_folder(stories, PARSER)
    assert ids(reading) == ["a", "c"]
    assert reading.refused == (refused(str(bad), f"{bad} is empty: put the text of an article in it, or remove it."),)


def test_of_two_files_with_one_id_the_first_stays_and_both_are_named(stories: Path) -> None:
    first = write(stories / "a.md", f"---\nid: harbour\n---\n{STORY}")
    second = write(stories / "harbour.md")
    reading = read_folder(stories, PARSER)
    assert [article.source for article in reading.articles] == [str(first.resolve())]
    assert reading.refused == (
        refused(
            str(second),
            f"{second} has the id “harbour”, which {first} has already: "
            "give one of them another id in its front matter, or remove one.",
        ),
    )


def test_two_folders_with_one_name_in_both_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "x" / "a.md")
    second = write(tmp_path / "y" / "a.txt")
    reading = read_paths([tmp_path / "x", tmp_path / "y"], PARSER)
    assert ids(reading) == ["a"]
    assert [refusal.name for refusal in reading.refused] == [str(second)]


def test_a_file_of_another_type_is_refused_when_named(tmp_path: Path) -> None:
    path = write(tmp_path / "notes.docx")
    assert read_paths([path], PARSER).refused == (
        refused(
            str(path), f"{path} is not a type of file that articles are read from: save it as .md, .txt, .html or .pdf."
        ),
    )


def test_a_file_over_the_limit_is_refused_unread(stories: Path) -> None:
    path = stories / "huge.txt"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: a terabyte that is not there
    started = perf_counter()
    with Parser(max_bytes=1_000) as parser:
        (refused,) = read_folder(stories, parser).refused
    assert refused.reason == (
        f"{path} has 1,099,511,627,776 bytes, more than the 1,000 allowed: split it, or have the limit raised."
    )
    assert perf_counter() - started < 20  # to read it would take hours


def test_a_missing_path_is_named_and_the_rest_is_read(stories: Path) -> None:
    write(stories / "a.md")
    missing = stories / "missing.md"
    reading = read_paths([missing, stories], PARSER)
    assert ids(reading) == ["a"]
    assert reading.refused == (
        refused(
            str(missing),
            f"{missing} cannot be read (No such file or directory): "
            "check that it is there and that this user may read it.",
        ),
    )


def test_a_missing_folder_is_an_error_and_no_empty_reading(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        read_folder(tmp_path / "missing", PARSER)
    assert str(refused.value) == (
        f"{tmp_path / 'missing'} cannot be read as a folder (No such file or directory): "
        "name a folder that is there and that this user may read."
    )


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.md cannot be read as a folder \(Not a directory\)"):
        read_folder(write(tmp_path / "a.md"), PARSER)


def test_a_path_with_a_null_character_is_refused() -> None:
    (refused,) = read_paths([Path("a\0b.md")], PARSER).refused
    assert refused.name == r"a\x00b.md"
    with pytest.raises(SourceError, match="null"):
        read_folder(Path("a\0b"), PARSER)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_refused_without_waiting_for_it(stories: Path) -> None:
    os.mkfifo(stories / "pipe.txt")
    os.mkfifo(stories / "pipe")
    reason = f"{stories / 'pipe.txt'} is a pipe, a socket or a device: save the article as an ordinary file."
    assert read_folder(stories, PARSER).refused == (refused(str(stories / "pipe.txt"), reason),)
    assert read_paths([stories / "pipe.txt"], PARSER).refused == read_folder(stories, PARSER).refused
    assert "pipe is not a type of file" in read_paths([stories / "pipe"], PARSER).refused[0].reason


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that opens and cannot be read")
def test_a_file_that_fails_while_it_is_read_is_named(stories: Path) -> None:
    (stories / "memory.txt").symlink_to("/proc/self/mem")
    (refused,) = read_folder(stories, PARSER).refused
    assert refused.reason.startswith(f"{stories / 'memory.txt'} cannot be read (Input/output error)")


def test_a_file_and_a_folder_that_may_not_be_read_are_named(stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(stories / "a.md")
    locked = write(stories / "b.md")
    write(stories / "c" / "d.md")
    opened, listed = Path.open, Path.iterdir

    def refuse_file(self: Path, mode: str = "r") -> object:
        if self == locked:
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, mode)

    def refuse_folder(self: Path) -> Iterator[Path]:
        if self == stories / "c":
            raise PermissionError(13, "Permission denied", str(self))
        return listed(self)

    monkeypatch.setattr(Path, "open", refuse_file)
    monkeypatch.setattr(Path, "iterdir", refuse_folder)
    reading = read_folder(stories, PARSER)
    assert ids(reading) == ["a"]
    assert [refusal.name for refusal in reading.refused] == [str(locked), str(stories / "c")]
    assert all("cannot be read (Permission denied): check" in refusal.reason for refusal in reading.refused)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(stories: Path) -> None:
    write(stories / "a.md").chmod(0)
    (refused,) = read_folder(stories, PARSER).refused
    assert "cannot be read (Permission denied)" in refused.reason


# ---- links and odd names


def test_a_link_is_followed_and_names_what_it_leads_to(stories: Path, tmp_path: Path) -> None:
    target = write(tmp_path / "elsewhere" / "real.txt")
    (stories / "linked.txt").symlink_to(target)
    (stories / "sub").symlink_to(target.parent)
    (article,) = read_folder(stories, PARSER).articles
    assert (article.id, article.source) == ("linked", str(target.resolve()))


def test_a_loop_of_links_ends(stories: Path) -> None:
    write(stories / "a.md")
    (stories / "b").mkdir()
    (stories / "b" / "up").symlink_to(stories)
    (stories / "here").symlink_to(".")
    (stories / "itself").symlink_to("itself")
    (stories / "ping.md").symlink_to("pong.md")
    (stories / "pong.md").symlink_to("ping.md")
    (stories / "gone.md").symlink_to("nowhere.md")
    reading = read_folder(stories, PARSER)
    assert ids(reading) == ["a"]
    assert [refusal.name for refusal in reading.refused] == [
        str(stories / name) for name in ("gone.md", "itself", "ping.md", "pong.md")
    ]
    assert "No such file" in reading.refused[0].reason
    assert all("symbolic links" in refusal.reason for refusal in reading.refused[1:])


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any byte in a name")
def test_a_name_of_undecodable_bytes_or_line_breaks_is_escaped(stories: Path) -> None:
    for name in (b"caf\xe9.txt", b"two\nlines.txt", b"bad\xff.txt"):
        (Path(os.fsdecode(os.fsencode(stories) + b"/" + name))).write_text("" if name.startswith(b"bad") else STORY)
    reading = read_folder(stories, PARSER)
    assert ids(reading) == [r"caf\udce9", r"two\nlines"]
    assert all(article.source and article.source.isprintable() for article in reading.articles)
    assert reading.refused[0].reason.startswith(rf"{stories}/bad\udcff.txt is empty")


def test_a_file_in_three_hundred_folders_is_read(stories: Path) -> None:
    write(stories.joinpath(*["d"] * 300, "a.md"))
    assert ids(read_folder(stories, PARSER)) == ["d/" * 300 + "a"]
