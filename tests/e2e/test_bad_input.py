"""Bad input gets one plain sentence, exit code 2 and no traceback, and the library answers as before.

Every item of the section of that name in the issue has its tests here. What a question or a command was refused for is
`Outcome.complaint`, which also holds that there is one line and no traceback.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from index import Library
from tests.e2e.conftest import (
    BAKERY_ANSWER,
    BAKERY_QUESTION,
    LEE_ASKED,
    LEE_QUESTION,
    ROOT,
    TIDES,
    Outcome,
    Process,
    Run,
    Start,
)
from tests.encoder import WordEncoder
from tests.parser import PARSER

SUMMARY_OF_ONE_REFUSAL = "Changed no article; 1 unchanged, 1 refused.\n"


def refusal(outcome: Outcome) -> str:
    """Why the only article of an `articles add` was refused. Checks that the command did nothing else."""
    assert outcome.code == 2, outcome
    assert outcome.out == SUMMARY_OF_ONE_REFUSAL
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("refused: ")
    assert outcome.err.count("\n") == 1, outcome.err
    return outcome.err.removeprefix("refused: ").strip()


@pytest.mark.usefixtures("answers_as_before")
class TestQuestions:
    def test_an_empty_or_blank_question(self, pullquote: Run) -> None:
        for question in ("", "   ", "\t\n \u00a0\u2003"):
            assert pullquote("ask", question).complaint == "The question is empty; ask something about the articles."

    def test_a_question_of_10_000_characters(self, pullquote: Run) -> None:
        assert pullquote("ask", "why" * 3333 + "?").complaint == (
            "The question has 10,000 characters, and at most 1,000 are read; ask it in fewer words."
        )

    def test_a_question_of_emoji_or_punctuation_only(self, pullquote: Run) -> None:
        for question in ("🎉🎉🎉", "?!", "…—“”", "👩‍👩‍👧‍👦?", "--", "\u200b\u200b"):
            assert pullquote("ask", "--", question).complaint == (
                "The question holds no words; ask something about the articles."
            )

    def test_a_question_with_bytes_that_are_no_text(self, pullquote: Run) -> None:
        assert pullquote("ask", "What is \udcff?").complaint == (
            "The question holds bytes that are no text; write it in UTF-8."
        )

    def test_a_question_with_null_characters_is_answered_for_the_rest(self, pullquote: Run) -> None:
        assert pullquote("ask", f"{BAKERY_QUESTION}\x00", "--json").quotes[0] == BAKERY_ANSWER

    def test_a_question_in_the_syntax_of_the_full_text_search_is_only_a_question(self, pullquote: Run) -> None:
        for question in ('" OR 1=1; --', "NEAR(Ada oven)", "bak* AND NOT terms:oven", "title : {Ada", "AND OR NOT"):
            outcome = pullquote("ask", "--json", "--", question)
            assert outcome.code in (0, 1)
            assert outcome.json["question"] == question

    def test_a_question_in_another_script_is_no_error(self, pullquote: Run) -> None:
        for question in ("이재명은 시진핑에게 무엇을 부탁했나?", "من باع الفرن؟", "誰が窯を売ったか"):
            assert pullquote("ask", question).code in (0, 1)

    def test_a_limit_below_one(self, pullquote: Run) -> None:
        for limit in ("0", "-3"):
            assert pullquote("ask", "who", "--limit", limit).complaint == (
                f"The limit is {limit}; ask for at least one quote."
            )

    def test_a_date_that_is_none(self, pullquote: Run) -> None:
        for day in ("yesterday", "2026-13-01", "9999-12-31", "0001-01-01T00:00+14:00", "20260101T"):
            assert pullquote("ask", "who", "--until", day).complaint == (
                f"{day!r} is no date for 'until'; write it as 2026-01-31."
            )

    def test_dates_out_of_order(self, pullquote: Run) -> None:
        assert pullquote("ask", "who", "--since", "2026-02-01", "--until", "2026-01-01").complaint == (
            "No article can be published since 2026-02-01 and until 2026-01-01; swap the two."
        )

    @pytest.mark.parametrize("command", [("ask", "who", "--article"), ("articles", "show"), ("articles", "remove")])
    def test_an_article_that_is_not_there(self, pullquote: Run, command: tuple[str, ...]) -> None:
        for name in ("no", "", "../../etc/passwd", "a\nb\x1b[31m", "x" * 300, "tides.md", "TIDES", "%", "\udcff"):
            assert pullquote(*command, name).complaint == (
                f"There is no article {name!r} here; look for its id in the list of articles."
            )


@pytest.mark.usefixtures("answers_as_before")
class TestArticles:
    def add(self, pullquote: Run, content: bytes, name: str = "bad.md") -> str:
        Path(name).write_bytes(content)
        return refusal(pullquote("articles", "add", name))

    @pytest.mark.parametrize("content", [b"", b"  \n\t\n", b"\xef\xbb\xbf", b"---\ntitle: Only a title\n---\n"])
    def test_an_empty_article(self, pullquote: Run, content: bytes) -> None:
        assert self.add(pullquote, content).startswith(("bad.md is empty:", "bad.md holds no story,"))

    def test_an_article_of_boilerplate_only(self, pullquote: Run) -> None:
        boilerplate = b"Discover more from Allycaral\nSubscribe to get the latest posts sent to your email.\n"
        assert self.add(pullquote, boilerplate, "bad.txt").startswith("bad.txt holds no")

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is a PNG picture"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is a PDF"),
            (b"PK\x03\x04" + bytes(50), "is a ZIP archive or an Office document"),
            (b"\x7fELF" + bytes(range(1, 120)) * 3, "contains control characters"),
            (b"\x7fELF" + bytes(range(1, 200)) * 3, "is in an encoding that cannot be told for certain"),
        ],
    )
    def test_a_binary_article(self, pullquote: Run, content: bytes, kind: str) -> None:
        assert self.add(pullquote, content).startswith(f"bad.md {kind}")

    def test_an_article_with_null_bytes(self, pullquote: Run) -> None:
        assert self.add(pullquote, b"The mill closed in May.\x00 It made paper.").startswith(
            "bad.md contains null bytes, which no text has"
        )

    def test_an_article_over_the_size_limit_names_the_setting(self, pullquote: Run) -> None:
        Path("bad.md").write_text("The mill closed in May. " * 100)
        outcome = pullquote("articles", "add", "bad.md", env={"MAX_ARTICLE_BYTES": "1000"})
        assert refusal(outcome) == (
            "bad.md has 2,400 bytes, more than the 1,000 allowed: split it, or raise MAX_ARTICLE_BYTES."
        )

    def test_an_article_of_one_line_of_200_000_characters(self, pullquote: Run) -> None:
        assert self.add(pullquote, b"mill " * 40_000, "bad.txt").startswith("bad runs on for 199,999 characters")
        assert self.add(pullquote, b"m" * 200_000, "bad.txt").startswith("bad runs on for 200,000 characters")

    @pytest.mark.slow
    def test_a_line_of_200_000_characters_of_sentences_is_an_article_like_any_other(self, pullquote: Run) -> None:
        lines = [f"The mill of Ashby number {n} closed in May {1500 + n}." for n in range(4_200)]
        lines[3777] = "Ada Brandt lit the lighthouse of Elmouth for the first time in 1904."
        Path("long.txt").write_text(" ".join(lines))
        assert Path("long.txt").stat().st_size > 200_000
        assert pullquote("articles", "add", "long.txt").code == 0
        answer = pullquote("ask", "Who lit the lighthouse of Elmouth?", "--json")
        assert answer.quotes[0] == lines[3777]
        assert pullquote("articles", "remove", "long").code == 0

    @pytest.mark.parametrize(
        ("content", "where"),
        [
            (b"title: [unclosed", "bad.md has front matter that is not YAML at line 3"),
            (b"title: a: b", "bad.md has front matter that is not YAML at line 2"),
            (b"- a\n- b", "bad.md has front matter without keys"),
            (b"published: soon", "bad.md has a time for “published” that cannot be read"),
        ],
    )
    def test_front_matter_that_is_not_yaml(self, pullquote: Run, content: bytes, where: str) -> None:
        assert self.add(pullquote, b"---\n" + content + b"\n---\nThe mill closed in May.\n").startswith(where)

    def test_another_encoding_is_detected_or_refused_by_name(self, pullquote: Run) -> None:
        text = "The café of Zoë Müller in Besançon closed in May. “It was a good café,” she said.\n"
        for number, encoding in enumerate(["cp1252", "utf-16", "utf-8-sig"]):
            Path(f"cafe{number}.txt").write_bytes(text.encode(encoding))
            assert pullquote("articles", "add", f"cafe{number}.txt").code == 0, encoding
            assert pullquote("articles", "show", f"cafe{number}").out.endswith(f"\n{text}"), encoding
            assert pullquote("articles", "remove", f"cafe{number}").code == 0
        assert "is in an encoding that cannot be told for certain" in self.add(
            pullquote, b"Th\xe9 \x81\x8d mill\x9d \xff."
        )

    def test_a_file_of_another_type(self, pullquote: Run) -> None:
        assert self.add(pullquote, b"The mill closed in May.", "bad.docx") == (
            "bad.docx is not a type of file that articles are read from: save it as .md, .txt, .html or .pdf."
        )

    @pytest.mark.parametrize(
        "page", [b"<", b"<!-- -->", b"<html><body></body></html>", b"<p><script>alert(1)</script>"]
    )
    def test_a_page_without_a_word(self, pullquote: Run, page: bytes) -> None:
        assert self.add(pullquote, page, "bad.html").startswith("bad.html ")

    def test_two_files_with_one_id(self, pullquote: Run) -> None:
        Path("a.md").write_text("---\nid: mill\n---\nThe mill closed in May.\n")
        Path("b.md").write_text("---\nid: mill\n---\nThe mill opened in June.\n")
        outcome = pullquote("articles", "add", "a.md", "b.md")
        assert outcome.code == 2
        assert outcome.out == "added: mill\nAdded 1; 1 unchanged, 1 refused.\n"
        assert outcome.err == (
            "refused: b.md has the id “mill”, which a.md has already: give one of them another id in its front matter, "
            "or remove one.\n"
        )
        assert "closed in May" in pullquote("articles", "show", "mill").out
        assert pullquote("articles", "remove", "mill").code == 0

    def test_a_folder_with_one_bad_file_among_good_ones(self, pullquote: Run) -> None:
        Path("news").mkdir()
        for name in ("one", "two", "four"):
            Path(f"news/{name}.txt").write_text(f"The mill of {name} closed in May.\n")
        Path("news/three.txt").write_bytes(b"\x00\x01\x02")
        outcome = pullquote("articles", "add", "news")
        assert outcome.code == 2
        assert outcome.out == ("added: four\nadded: one\nadded: two\nAdded 3; 1 unchanged, 1 refused.\n")
        assert outcome.err.startswith("refused: news/three.txt contains null bytes")
        for name in ("one", "two", "four"):
            assert pullquote("articles", "remove", name).code == 0

    def test_a_name_that_would_steer_the_terminal_is_shown_escaped(self, pullquote: Run) -> None:
        for name in ("\x1b[31mred.md", "two\nlines.md", "byte\udcff.md"):
            Path(name).write_bytes(b"")
            assert "\x1b" not in refusal(pullquote("articles", "add", name))


@pytest.mark.usefixtures("answers_as_before")
class TestPaths:
    def test_a_path_that_is_missing(self, pullquote: Run) -> None:
        assert refusal(pullquote("articles", "add", "nowhere.md")).startswith(
            "nowhere.md cannot be read (No such file or directory)"
        )

    def test_a_path_that_is_too_long(self, pullquote: Run) -> None:
        assert "cannot be read (File name too long)" in refusal(pullquote("articles", "add", "x" * 300))

    def test_a_folder_without_an_article(self, pullquote: Run) -> None:
        Path("bare").mkdir()
        assert pullquote("articles", "add", "bare").complaint == (
            "There is no .md, .txt or .html file in bare; name another folder."
        )

    def test_a_loop_of_links(self, pullquote: Run) -> None:
        Path("a.md").symlink_to("b.md")
        Path("b.md").symlink_to("a.md")
        assert refusal(pullquote("articles", "add", "a.md")).startswith("a.md cannot be read (Too many levels")
        Path("round").mkdir()
        Path("round/again").symlink_to("../round")
        assert pullquote("articles", "add", "round").code == 2

    def test_a_pipe_is_not_waited_for(self, pullquote: Run) -> None:
        os.mkfifo("pipe.md")
        assert refusal(pullquote("articles", "add", "pipe.md")).startswith("pipe.md is a pipe, a socket or a device")

    def test_a_path_that_may_not_be_read(self, pullquote_process: Start) -> None:
        Path("secret.md").write_text(TIDES)
        Path("secret.md").chmod(0)
        outcome = pullquote_process("articles", "add", "secret.md", bound=True).outcome()
        assert refusal(outcome).startswith("secret.md cannot be read (Permission denied)")

    def test_a_folder_that_may_not_be_read(self, pullquote_process: Start) -> None:
        Path("secret").mkdir(mode=0)
        outcome = pullquote_process("reindex", bound=True, ARTICLES_DIR="secret").outcome()
        assert outcome.complaint.startswith("secret cannot be read as a folder (Permission denied)")


@pytest.mark.usefixtures("answers_as_before")
class TestSettings:
    def test_settings_that_cannot_be_used_are_each_named(self, pullquote: Run) -> None:
        Path(".env").write_text("ANSWER_THRESHOLD=2\nMAX_ARTICLE_BYTES=many\n")
        assert pullquote("ask", "who").complaint == (
            "ANSWER_THRESHOLD is not a number from 0 to 1; correct it in the environment or in .env. "
            "MAX_ARTICLE_BYTES is not a whole number of bytes above 0; correct it in the environment or in .env."
        )
        Path(".env").unlink()

    def test_a_file_env_that_is_not_text(self, pullquote: Run) -> None:
        Path(".env").write_bytes(b"DATA_DIR=\xff\xfe\x00")
        assert pullquote("ask", "who").complaint.startswith("The file .env cannot be read (")
        Path(".env").unlink()

    @pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "not a name!", "../up"])
    def test_an_unknown_model(self, pullquote: Run, name: str) -> None:
        started = time.monotonic()
        assert pullquote("ask", "who", env={"EMBEDDING_MODEL": name}).complaint == (
            f"The model {name!r} cannot be loaded: it is neither a folder with a sentence-transformers model nor one "
            "that can be fetched by that name; set EMBEDDING_MODEL right, or remove it to use all-MiniLM-L6-v2."
        )
        assert time.monotonic() - started < 45

    def test_an_unknown_model_fails_fast_where_the_hub_cannot_be_reached(self, pullquote_process: Start) -> None:
        """The hub's own client would go on for over a minute."""
        process = pullquote_process("ask", "who", EMBEDDING_MODEL="no-such/model", HF_ENDPOINT="http://127.0.0.1:9")
        assert process.outcome(timeout=45).complaint.startswith("The model 'no-such/model' cannot be loaded")

    def test_a_model_folder_without_a_model(self, pullquote: Run) -> None:
        Path("model").mkdir()
        assert pullquote("ask", "who", env={"EMBEDDING_MODEL": "model"}).complaint.startswith(
            "The model 'model' cannot be loaded"
        )


def test_a_library_made_with_another_model_names_both_and_the_command(pullquote: Run) -> None:
    Path("tides.md").write_text(TIDES)
    with Library.open("pullquote-data", load_encoder=WordEncoder) as library:
        from index.sources.folder import read_paths

        library.update(read_paths([Path("tides.md")], PARSER).articles)
    Path("new.md").write_text("The mill closed in May.")
    for command in (("ask", BAKERY_QUESTION), ("articles", "add", "new.md"), ("chat",)):
        assert pullquote(*command).complaint == (
            f"The library in {Path('pullquote-data').resolve()} was made with the model words, and EMBEDDING_MODEL is "
            "now all-MiniLM-L6-v2; run `pullquote reindex --full` to rebuild it, or set the model back."
        )
    assert pullquote("articles", "list").out.startswith("tides\t")
    assert pullquote("doctor").code == 2
    assert pullquote("reindex", "--full").code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]


class TestDamage:
    @pytest.fixture(autouse=True)
    def library(self, pullquote: Run) -> None:
        Path("tides.md").write_text(TIDES)
        assert pullquote("articles", "add", "tides.md").code == 0

    @pytest.mark.parametrize(
        "command", [("ask", BAKERY_QUESTION), ("articles", "list"), ("articles", "add", "tides.md")]
    )
    @pytest.mark.parametrize("damage", ["garbage", "empty", "cut", "zeros in the middle"])
    def test_a_damaged_database_is_named_with_the_remedy_and_left_alone(
        self, pullquote: Run, damage: str, command: tuple[str, ...]
    ) -> None:
        file = Path("pullquote-data/library.sqlite3")
        content = file.read_bytes()
        damaged = {
            "garbage": b"This is no database.\n" * 1000,
            "empty": b"",
            "cut": content[:6000],
            "zeros in the middle": content[:4096] + bytes(len(content) - 8192) + content[-4096:],
        }[damage]
        file.write_bytes(damaged)
        complaint = pullquote(*command).complaint
        assert str(file.resolve()) in complaint
        assert "`pullquote reindex`" in complaint
        assert file.read_bytes() == damaged
        file.write_bytes(content)
        assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]

    @pytest.mark.parametrize(
        ("damage", "reason"), [("missing", "is missing"), ("cut", "is damaged"), ("garbage", "is damaged")]
    )
    def test_a_bad_passage_index_is_rebuilt_and_said_in_one_line(
        self, pullquote: Run, damage: str, reason: str
    ) -> None:
        (file,) = Path("pullquote-data").glob("passages.*.vectors")
        content = file.read_bytes()
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(content[:100] if damage == "cut" else b"garbage" * 5_000)
        answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1")
        assert (answer.code, answer.quotes) == (0, [BAKERY_ANSWER])
        place = file.parent.resolve()
        assert answer.err == f"The passage index of {place} {reason}; rebuilt from the stored vectors.\n"
        (file,) = Path("pullquote-data").glob("passages.*.vectors")
        assert file.read_bytes() == content
        assert pullquote("ask", BAKERY_QUESTION).err == ""

    def test_a_library_of_a_later_pullquote_is_named(self, pullquote: Run) -> None:
        connection = sqlite3.connect("pullquote-data/library.sqlite3")
        with connection:
            connection.execute("UPDATE manifest SET value = '99' WHERE key = 'schema'")
        connection.close()
        complaint = pullquote("ask", "who").complaint
        assert re.search(r"has schema 99, this Pullquote reads \d+; upgrade Pullquote", complaint)


class TestDataFolder:
    def test_a_data_folder_that_is_a_file(self, pullquote: Run) -> None:
        Path("file").write_text("text")
        complaint = pullquote("ask", "who", "--data", "file").complaint
        assert complaint == f"The data folder {Path('file').resolve()} cannot be used: File exists."
        assert Path("file").read_text() == "text"

    def test_a_data_folder_that_cannot_be_made(self, pullquote: Run) -> None:
        assert "cannot be used: " in pullquote("ask", "who", "--data", "/proc/nowhere").complaint

    def test_a_new_data_folder_where_nothing_may_be_written(self, place: Path, pullquote_process: Start) -> None:
        Path("locked").mkdir(mode=0o500)
        for folder in ("locked", "locked/new"):
            complaint = pullquote_process("ask", "who", "--data", folder, bound=True).outcome().complaint
            assert str(Path("locked").resolve()) in complaint
            assert "cannot be" in complaint
        assert list(Path("locked").iterdir()) == []

    @pytest.mark.parametrize("command", [("ask", BAKERY_QUESTION), ("articles", "remove", "tides")])
    def test_a_data_folder_that_became_read_only(
        self, pullquote: Run, pullquote_process: Start, answers_as_before: None, command: tuple[str, ...]
    ) -> None:
        folder = Path("pullquote-data")
        for path in folder.iterdir():
            path.chmod(0o400)
        folder.chmod(0o500)
        outcome = pullquote_process(*command, bound=True).outcome()
        folder.chmod(0o700)
        for path in folder.iterdir():
            path.chmod(0o600)
        assert outcome.complaint == (
            f"The data folder {folder.resolve()} cannot be written to; make it writable, or name another with --data."
        )

    @pytest.fixture
    def small_disk(self, place: Path) -> Iterator[Path]:
        """A disk of half a megabyte."""
        disk = place / "disk"
        disk.mkdir()
        mount = shutil.which("mount")
        if os.geteuid() or not mount:
            pytest.skip("only root can mount a small disk")
        if subprocess.run([mount, "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], capture_output=True).returncode:
            pytest.skip("a small disk cannot be mounted here")
        yield disk
        subprocess.run(["umount", disk], check=True)

    def test_a_full_disk_is_named_and_nothing_is_lost(self, pullquote: Run, small_disk: Path) -> None:
        data = ("--data", str(small_disk / "data"))
        Path("tides.md").write_text(TIDES)
        assert pullquote("articles", "add", "tides.md", *data).code == 0
        sentences = "".join(f"The mill of Ashby number {n} closed in May {1500 + n}. " for n in range(600))
        Path("long.txt").write_text(sentences)
        for _ in range(2):
            assert pullquote("articles", "add", "long.txt", *data).complaint == (
                f"The disk of {small_disk / 'data'} is full, so nothing was changed; free some space."
            )
        assert pullquote("articles", "list", *data).out.count("\n") == 1
        answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", *data)
        assert (answer.code, answer.quotes) == (0, [BAKERY_ANSWER])

    def test_a_disk_without_a_free_byte_is_named(self, pullquote: Run, small_disk: Path) -> None:
        data = ("--data", str(small_disk / "data"))
        Path("tides.md").write_text(TIDES)
        assert pullquote("articles", "add", "tides.md", *data).code == 0
        fill = small_disk / "fill"
        with fill.open("wb", buffering=0) as stream, suppress(OSError):
            while stream.write(bytes(4096)):
                pass
        Path("new.md").write_text("The mill closed in May.")
        outcome = pullquote("articles", "add", "new.md", *data)
        assert "full" in outcome.complaint
        fill.unlink()
        answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", *data)
        assert (answer.code, answer.quotes) == (0, [BAKERY_ANSWER])
        assert pullquote("articles", "add", "new.md", *data).code == 0


HOLD = """
import sys
from index.storage.store import Store
from pathlib import Path

sys.argv = ["pullquote", "reindex"]
with Store(Path("pullquote-data")).writing(10):
    print("held", flush=True)
    sys.stdin.readline()
"""
"""Holds the library as an update would, until a line comes in."""


class TestSecondProcess:
    @pytest.fixture
    def holder(self, answers_as_before: None, place: Path) -> Iterator[Process]:
        process = Process(
            [sys.executable, "-c", HOLD], cwd=place, env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout and process.stdout.readline() == "held\n"
        yield process
        release(process)
        process.communicate()

    def test_a_second_update_says_who_holds_the_library(
        self, pullquote: Run, holder: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("index.library.Library.open_in", impatient(Library.open_in))
        Path("new.md").write_text("The mill closed in May.")
        complaint = pullquote("articles", "add", "new.md").complaint
        folder = Path("pullquote-data").resolve()
        assert complaint.startswith(
            f"The library in {folder} is being updated by process {holder.pid} (pullquote reindex), since "
        )
        assert complaint.endswith("; try again when it is done.")

    def test_questions_are_answered_meanwhile(self, pullquote: Run, holder: Process) -> None:
        answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1")
        assert (answer.code, answer.quotes, answer.err) == (0, [BAKERY_ANSWER], "")

    def test_a_second_update_waits_for_the_first(self, pullquote: Run, holder: Process) -> None:
        Path("new.md").write_text("The mill closed in May.")
        seconds_held, started = 1.5, time.monotonic()
        threading.Timer(seconds_held, release, [holder]).start()
        outcome = pullquote("articles", "add", "new.md")
        assert time.monotonic() - started >= seconds_held
        assert (outcome.code, outcome.out.splitlines()[0]) == (0, "added: new")
        assert pullquote("articles", "remove", "new").code == 0


def release(holder: Process) -> None:
    """Let it go on, and wait until it has ended."""
    assert holder.stdin
    if holder.poll() is None:
        holder.stdin.write("\n")
        holder.stdin.flush()
        holder.wait(timeout=60)


def impatient(open_library: object) -> object:
    """Library.open, with little patience."""

    def open_impatiently(*arguments: object, **options: object) -> Library:
        return open_library(*arguments, **options | {"patience": 0.2})  # type: ignore[operator,no-any-return]

    return open_impatiently


def test_two_first_uses_at_once_fill_the_library_once(pullquote_process: Start) -> None:
    both = [pullquote_process("ask", LEE_QUESTION, "--json", "--limit", "1") for _ in range(2)]
    first, second = sorted((process.outcome() for process in both), key=lambda outcome: outcome.code)
    assert first.quotes == [LEE_ASKED]
    if second.code == 2:  # it had to wait longer than it does
        assert "is being updated by process" in second.complaint
    else:
        assert second.quotes == [LEE_ASKED]
    with Library.open("pullquote-data") as library:
        assert len(library.articles()) == 8
        assert library.check() == ()
