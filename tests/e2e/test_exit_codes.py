"""What a run of `pullquote` ends with, as a script sees it: 0 to 3, and a sentence for each but 0."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from index.encoding.weights import sha256_of
from tests.bot.test_token import SHAPED
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, ROOT, Outcome, Start

MEMORY_SAID = "There is not enough memory; close other programs, or give Pullquote more of it, and start again."
FILES_SAID = "Too many files are open; raise the limit (`ulimit -n`, LimitNOFILE of a service), and start again."


def with_a_fault(raising: str) -> tuple[str, ...]:
    """A `pullquote` whose articles cannot be listed, since that raises something."""
    return (
        "-c",
        f"""
import bot.cli.app, index.library
def fault(self, *_, **__):
    {raising}
index.library.Library.headlines = index.library.Library.ask = fault
bot.cli.app.main()
""",
    )


def test_answered_is_0_no_answer_1_and_bad_input_2(pullquote_process: Start, sample: None) -> None:
    runs = [
        pullquote_process("ask", question, "--json", "--limit", "1")
        for question in (LEE_QUESTION, "Who won the marathon of Elmouth?", "")
    ]
    answered, declined, empty = (run.outcome() for run in runs)
    assert (answered.code, answered.quotes, answered.err) == (0, [LEE_ASKED], "")
    assert (declined.code, declined.quotes, declined.err) == (1, [], "")
    assert empty.complaint == "The question is empty; ask something about the articles."


@pytest.mark.parametrize(
    ("command", "raising"),
    [
        (("ask", LEE_QUESTION), "raise MemoryError"),
        (("ask", LEE_QUESTION), "import torch; torch.empty(1 << 60)"),
        (("articles", "list"), "raise ImportError('libtorch_cpu.so: failed to map segment from shared object')"),
    ],
)
def test_out_of_memory_is_never_no_answer(
    pullquote_process: Start, sample: None, command: tuple[str, ...], raising: str
) -> None:
    assert pullquote_process(*command, program=with_a_fault(raising)).outcome().complaint == MEMORY_SAID


def test_out_of_memory_does_not_end_a_conversation_as_if_it_were_over(place: Path, sample: None) -> None:
    program = with_a_fault("import torch; torch.empty(1 << 60)")[1].replace("index.library.Library.headlines = ", "")
    ended = subprocess.run(
        [sys.executable, "-c", program, "chat"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, input=f"{LEE_QUESTION}\n", capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (2, MEMORY_SAID)


limited = pytest.mark.skipif(sys.platform != "linux", reason="limits are set as Linux has them")


@limited
def test_a_model_that_does_not_fit_into_memory_is_named_and_the_library_stays_as_it_was(
    pullquote_process: Start, sample: None
) -> None:
    short = """
import resource, sentence_transformers, torch
from bot.cli.app import main
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (60 << 20), resource.RLIM_INFINITY))
main()
"""
    assert pullquote_process("ask", LEE_QUESTION, program=("-c", short)).outcome().complaint == MEMORY_SAID
    assert_answers(pullquote_process)


@limited
def test_one_file_too_many_is_named_whatever_it_was_and_the_library_stays_as_it_was(
    pullquote_process: Start, sample: None
) -> None:
    said = set()
    for most in (5, 6, 7, 8, 64):
        short = f"""
import resource
from bot.cli.app import main
from index.encoding.compiled import openvino
openvino()
resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}))
main()
"""
        outcome = pullquote_process("ask", LEE_QUESTION, "--json", program=("-c", short)).outcome()
        said.add((outcome.code, (outcome.err.splitlines() or [""])[-1]))
        assert "damaged" not in outcome.err
    assert said == {(2, FILES_SAID), (0, "")}
    assert_answers(pullquote_process)


def assert_answers(pullquote_process: Start) -> None:
    answer = pullquote_process("ask", LEE_QUESTION, "--json", "--limit", "1").outcome()
    assert (answer.code, answer.quotes, answer.err) == (0, [LEE_ASKED], "")


UNEXPECTED = re.compile(
    r"Pullquote met something it was not made for \(ZeroDivisionError: division by zero\); try again, or report it "
    r"with the traceback in (\S+)\.\n"
)


def test_what_nobody_expected_is_3_with_its_traceback_in_a_file_for_this_user_alone(
    pullquote_process: Start, sample: None, place: Path
) -> None:
    outcome = pullquote_process("articles", "list", program=with_a_fault("1 / 0"), TMPDIR=place).outcome()
    assert (outcome.code, outcome.out) == (3, "")
    said = UNEXPECTED.fullmatch(outcome.err)
    assert said, outcome.err
    file = Path(said[1])
    assert file.parent == place
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert "'articles', 'list'" in text.splitlines()[0]
    assert text.splitlines()[1] == "Traceback (most recent call last):"
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_where_no_file_can_be_written_the_traceback_is_shown(
    pullquote_process: Start, sample: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = with_a_fault("import tempfile; tempfile.tempdir = '/no/such/folder'; 1 / 0")
    outcome = pullquote_process("articles", "list", program=broken).outcome()
    assert outcome.code == 3
    assert outcome.err.startswith("Traceback (most recent call last):")
    assert outcome.err.endswith("try again, or report it with the traceback above.\n")


def test_the_bot_s_own_log_holds_the_traceback(pullquote_process: Start, sample: None, place: Path) -> None:
    broken = """
import bot.run
def fault(*_):
    1 / 0
bot.run.serve = fault
bot.cli.app.main()
"""
    outcome = pullquote_process("run", program=("-c", f"import bot.cli.app\n{broken}"), DISCORD_TOKEN=SHAPED).outcome()
    assert outcome.code == 3
    assert " CRITICAL bot.cli.ending: What Pullquote ended on:\n    Traceback (most recent call last):\n" in outcome.err
    assert outcome.err.endswith("try again, or report it with the traceback in the log above.\n")
    assert SHAPED not in outcome.err


def test_a_pullquote_that_cannot_even_be_loaded_is_no_missing_answer(pullquote_process: Start) -> None:
    broken = "import sys; sys.modules['numpy'] = None; from bot.__main__ import main; main()"
    outcome = pullquote_process("ask", LEE_QUESTION, program=("-c", broken)).outcome()
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("Pullquote cannot be loaded (ModuleNotFoundError: ")
    assert outcome.err.endswith("; give it more memory if that is short, else install it again.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
@pytest.mark.parametrize(
    ("arguments", "unbuffered"), [(("articles", "list"), ""), (("articles", "list"), "1"), (("--help",), "")]
)
def test_an_output_that_cannot_be_written_is_named(
    place: Path, sample: None, arguments: tuple[str, ...], unbuffered: str
) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert Outcome(ended.returncode, "", ended.stderr).complaint == (
        "The output cannot be written (No space left on device); write it somewhere else."
    )


@pytest.mark.parametrize(("folder", "name"), [("encoding", "adapter.npz"), ("answering", "ranker.npz")])
def test_a_flipped_bit_in_the_weights_is_named_before_anything_is_answered_with_them(
    pullquote_process: Start, sample: None, tmp_path: Path, folder: str, name: str
) -> None:
    copy = tmp_path / "copy"
    for package in ("bot", "index"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "index" / folder / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert pullquote_process("ask", LEE_QUESTION, PYTHONPATH=copy).outcome().complaint == (
        f"{file} does not hold the published weights (its SHA-256 is {sha256_of(file)}); run `pip install "
        "--force-reinstall --no-deps .` in a fresh copy of Pullquote."
    )
