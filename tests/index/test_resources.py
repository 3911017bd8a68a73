"""What the machine ran out of is told from whatever says so, and no sound file is blamed for it."""

import contextlib
import errno
import os
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from index import ArticleError, LibraryError, ModelError, OutOfResources, PullquoteError, Refusal, SourceError, shortage
from index.resources import DISK, FILES, MEMORY, THREADS
from index.sources.folder import read_folder
from tests.limits import lines_of
from tests.parser import PARSER

FILES_SAID = "Too many files are open; raise the limit (`ulimit -n`, LimitNOFILE of a service), and start again."
MEMORY_SAID = "There is not enough memory; close other programs, or give Pullquote more of it, and start again."


def raised_by(work: object) -> BaseException:
    try:
        work()  # type: ignore[operator]
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def from_cause(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def of_a_full_database() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")


@pytest.mark.parametrize(
    ("error", "resource"),
    [
        (OSError(errno.EMFILE, "Too many open files", "ranker.npz"), FILES),
        (OSError(errno.ENFILE, "Too many open files in system"), FILES),
        (ImportError("libtorch.so: cannot open shared object file: Too many open files"), FILES),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), MEMORY),
        (OSError("Cannot allocate memory (os error 12)"), MEMORY),
        (MemoryError(), MEMORY),
        (raised_by(lambda: torch.empty(1 << 60)), MEMORY),
        (raised_by(lambda: np.empty(1 << 50)), MEMORY),
        (RuntimeError("std::bad_alloc"), MEMORY),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), MEMORY),
        (RuntimeError("can't start new thread"), THREADS),
        (OSError(errno.ENOSPC, "No space left on device"), DISK),
        (raised_by(of_a_full_database), DISK),
        (from_cause(ModelError("It cannot be loaded."), OSError(errno.EMFILE, "Too many open files")), FILES),
        (from_cause(ModelError("No."), from_cause(ValueError("bad"), MemoryError())), MEMORY),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_ran_out_is_told_from_whatever_says_so(error: BaseException, resource: str) -> None:
    found = shortage(error)
    assert found is not None
    assert found.resource == resource


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory"),
        PermissionError(errno.EACCES, "Permission denied"),
        ValueError("no numbers"),
        RuntimeError("out of order"),
        LibraryError("The library cannot be used."),
        ArticleError("The story “Out of memory” is empty."),
        raised_by(lambda: sqlite3.connect("/no/such/folder/library.sqlite3")),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_anything_else_is_no_shortage(error: BaseException) -> None:
    assert shortage(error) is None


def test_what_was_told_already_is_told_in_the_same_words() -> None:
    told = OutOfResources("The disk of /srv/news is full, so nothing was changed; free some space.", DISK)
    assert shortage(told) is told
    assert shortage(from_cause(SourceError("no"), told)) is told


def test_a_cause_that_was_put_aside_is_not_gone_into() -> None:
    try:
        try:
            raise MemoryError
        except MemoryError:
            raise ValueError("bad") from None
    except ValueError as error:
        assert shortage(error) is None


def test_errors_that_came_from_each_other_are_looked_at_once() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__context__, other.__context__ = other, one
    assert shortage(one) is None


def test_a_database_that_cannot_be_opened_is_one_file_too_many_only_where_none_can_be() -> None:
    error = raised_by(lambda: sqlite3.connect("/no/such/folder/library.sqlite3"))
    found = shortage(error, files_left=lambda: False)
    assert found and (found.resource, str(found)) == (FILES, FILES_SAID)


limited = pytest.mark.skipif(sys.platform != "linux", reason="limits are set as Linux has them")

WITH_FEW_FILES = """
import sys
from pathlib import Path
from index import Article, Library
from index.encoding.adapter import Adapter
from functools import partial
from index.answering.ranker import Ranker
from index.known import MINILM
from index.sources.folder import read_folder, read_paths
from tests.encoder import WordEncoder
from tests.parser import PARSER

place = Path(sys.argv[1])
(place / "news").mkdir()
(place / "news" / "mill.md").write_text("The mill closed in May.")

def opened():
    Library.open(place / "library", load_encoder=WordEncoder).close()

opened()  # and all that is loaded late is
PARSER.warm()
news = place / "news"
learned = partial(Ranker.load, MINILM.ranker), partial(Adapter.load, MINILM.adapter)
work = (*learned, opened, lambda: read_folder(news, PARSER), lambda: read_paths([news], PARSER))
for spare in range(9):
    leave_files(spare)
    print(spare, *map(outcome, work), sep="|")
    Ranker.load.cache_clear(), Adapter.load.cache_clear()
    leave_all()
print("after", *map(outcome, work), sep="|")
"""


@limited
def test_however_few_files_can_be_opened_nothing_that_is_whole_is_called_damaged(tmp_path: Path) -> None:
    lines = [line.split("|") for line in lines_of(WITH_FEW_FILES, tmp_path)]
    said = f"OutOfResources: {FILES_SAID}"
    assert lines[0][1:] == [said] * 5
    assert {outcome for line in lines for outcome in line[1:]} == {said, "fine"}
    assert lines[-2][1:] == lines[-1][1:] == ["fine"] * 5


MANY_LIBRARIES = """
import sys
from pathlib import Path
from functools import partial
from index import Article, Library, shortage
from index.answering.ranker import Ranker
from index.known import MINILM
from tests.encoder import WordEncoder

ARTICLE = Article("mill", "The mill", "The mill closed in May. It made paper.")

def opened(name):
    library = Library.open(Path(sys.argv[1]) / name, load_encoder=WordEncoder, threshold=0.0)
    library.update([ARTICLE])
    return library

kept = [opened("base")]
leave_files(40)
def more():
    try:
        while len(kept) < 100:
            kept.append(opened(f"server{len(kept)}"))
    except OSError as error:  # whatever it was that could not be opened: the bot explains it as this
        raise shortage(error) from error
print(outcome(more))
try:
    while True:
        os.open(os.devnull, os.O_RDONLY)
except OSError:
    pass  # now there is no file left
print(outcome(partial(Ranker.load, MINILM.ranker)))
base = kept[0]
leave_all()
print(base.ask("When did the mill close?").quotes[0].text)
print(outcome(partial(Ranker.load, MINILM.ranker)))
print(Library.open(base.folder, load_encoder=WordEncoder).check())
"""


@limited
def test_one_library_too_many_is_named_and_the_base_goes_on_when_it_has_room(tmp_path: Path) -> None:
    """As it was seen: under 1,024 files the 339th server's failed, and then the base called ranker.npz damaged."""
    assert lines_of(MANY_LIBRARIES, tmp_path) == [
        f"OutOfResources: {FILES_SAID}",
        f"OutOfResources: {FILES_SAID}",
        "The mill closed in May.",
        "fine",
        "()",
    ]


WITH_LITTLE_MEMORY = """
import sys
import sentence_transformers, torch  # which take most of it
from index import SentenceTransformerEncoder
leave_memory(int(sys.argv[1]))
print(outcome(lambda: SentenceTransformerEncoder().encode_question('Who shut the gate?')))
"""


@limited
@pytest.mark.parametrize("mebibytes", [10, 60, 120])
def test_a_model_that_does_not_fit_into_memory_is_not_called_a_wrong_one(mebibytes: int) -> None:
    assert lines_of(WITH_LITTLE_MEMORY, str(mebibytes)) == [f"OutOfResources: {MEMORY_SAID}"]


def test_a_folder_is_not_read_in_part_where_files_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was left out would pass for removed."""
    for name in ("mill", "bridge"):
        (tmp_path / f"{name}.md").write_text(f"The {name} closed in May.")

    def one_too_many(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(self))

    monkeypatch.setattr(Path, "open", one_too_many)
    with pytest.raises(OutOfResources, match="Too many files are open"):
        read_folder(tmp_path, PARSER)
    monkeypatch.undo()
    assert [article.id for article in read_folder(tmp_path, PARSER).articles] == ["bridge", "mill"]
    assert read_folder(tmp_path, PARSER).refused == tuple[Refusal, ...]()


def test_a_shortage_is_one_of_the_errors_that_are_explained() -> None:
    assert issubclass(OutOfResources, PullquoteError)
    assert not issubclass(OutOfResources, (LibraryError, ModelError, SourceError))
