"""`pullquote chat`: a conversation in the terminal."""

import codecs
import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, ROOT, TIDES, Run, plain


def test_each_question_is_answered_and_the_end_of_input_leaves(pullquote: Run) -> None:
    outcome = pullquote("chat", stdin=f"{LEE_QUESTION}\nWhere did Lee speak to reporters?\n")
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        "The library was empty: indexed the bundled sample story, 8 articles.",
        "8 articles. Ask a question; Ctrl-D leaves.",
    ]
    first, second = outcome.out.split("? ")[1:3]
    assert f"    “{LEE_ASKED}”\n" in first
    assert "    “It was in Shanghai that Lee spoke to reporters" in second
    assert outcome.out.endswith("? \n")


def test_each_question_follows_the_one_that_was_answered_before_it(pullquote: Run, sample: None) -> None:
    patience = "Xi is reported to have urged patience in any talks that concern North Korea, which has nuclear weapons."
    outcome = pullquote("chat", stdin=f"{LEE_QUESTION}\nthanks!\nand what was Xi's reply?\n")
    first, thanks, second = outcome.out.split("? ")[1:4]
    assert f"    “{LEE_ASKED}”\n" in first
    assert thanks == ""
    assert outcome.err.splitlines()[-1] == "Ask a question about the articles, in plain words."
    assert f"    “{patience}”\n" in second


def test_a_library_of_one_article_is_counted_as_one(pullquote: Run) -> None:
    Path("tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md").code == 0
    assert pullquote("chat", stdin="").err == "1 article. Ask a question; Ctrl-D leaves.\n"


def test_a_bad_question_is_explained_and_does_not_end_the_conversation(pullquote: Run) -> None:
    outcome = pullquote("chat", stdin=f"???\n{'why ' * 3000}\n\n   \n{LEE_QUESTION}\n")
    assert outcome.code == 0
    assert outcome.err.splitlines()[2:] == [
        "Ask a question about the articles, in plain words.",
        "The question has 11,999 characters, and at most 1,000 are read; ask it in fewer words.",
    ]
    assert f"    “{LEE_ASKED}”\n" in outcome.out


def test_a_question_without_an_answer_does_not_end_the_conversation(pullquote: Run, sample: None) -> None:
    outcome = pullquote("chat", stdin=f"How do I bake a chocolate cake?\n{LEE_QUESTION}\n")
    assert outcome.code == 0
    assert "The articles do not hold an answer to that.\n" in outcome.out
    assert f"    “{LEE_ASKED}”\n" in outcome.out


def test_ctrl_c_drops_the_line_and_the_conversation_goes_on(
    pullquote: Run, sample: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter([KeyboardInterrupt(), LEE_QUESTION, EOFError()])

    def answer_prompt(prompt: str) -> str:
        line = next(lines)
        if isinstance(line, BaseException):
            raise line
        return line

    monkeypatch.setattr("builtins.input", answer_prompt)
    outcome = pullquote("chat")
    assert outcome.code == 0
    assert f"    “{LEE_ASKED}”\n" in outcome.out


def test_bytes_that_are_no_text_are_explained_and_do_not_end_the_conversation(pullquote: Run) -> None:
    outcome = pullquote("chat", stdin=f"What is \udcff?\n{LEE_QUESTION}\n")  # the surrogate stands for the byte 0xff
    assert outcome.code == 0
    assert outcome.err.splitlines()[2:] == ["The question holds bytes that are no text; write it in UTF-8."]
    assert f"    “{LEE_ASKED}”\n" in outcome.out


class Typist:
    """Someone at a terminal in which `pullquote chat` runs."""

    def __init__(self, place: Path) -> None:
        self._terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "chat"],
            cwd=place,
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "TERM_PROGRAM": "", "COLUMNS": "60", "LINES": "40"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
        )
        os.close(inner)
        self.seen = ""
        self._read = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a read may end in the middle of a character

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def read_until(self, expected: str, seconds: float = 60) -> str:
        """The new output, since the last call, up to `expected`."""
        deadline = time.monotonic() + seconds
        while (end := plain(self.seen).find(expected, self._read)) < 0:
            assert select.select([self._terminal], [], [], max(deadline - time.monotonic(), 0))[0], self.seen
            self.seen += self._decoder.decode(os.read(self._terminal, 65536)).replace("\r\n", "\n")
        start, self._read = self._read, end + len(expected)
        return plain(self.seen)[start : self._read]

    def wait_until_it_waits(self) -> None:
        """Return when the process sleeps. Python loses a Ctrl-C that comes while it still draws the line."""
        while Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
            time.sleep(0.01)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def typist(place: Path) -> Iterator[Typist]:
    typist = Typist(place)
    yield typist
    typist.close()


def test_in_a_terminal_quotes_are_wrapped_and_stand_out_and_ctrl_d_leaves(typist: Typist, place: Path) -> None:
    typist.read_until("Loading the model …")
    typist.read_until("Ctrl-D leaves.\n")
    typist.read_until("? ")
    typist.type(f"{LEE_QUESTION}\n")
    shown = typist.read_until("\n? ")
    assert (
        "    “On North Korea, Lee asked Xi to act as a mediator as\n"
        "     Seoul tries to reach Pyongyang by diplomatic means.”\n"
    ) in shown
    assert "\x1b[1m" in typist.seen
    link = "https://example.org/pullquote-sample/consultations#:~:text=On%20North%20Korea"
    assert f";{link}" in typist.seen and "read it in the article\x1b]8;;" in shown
    typist.type("\x1b[A")  # the arrow that brings the last question back
    typist.read_until(LEE_QUESTION)
    typist.wait_until_it_waits()
    typist.type("\x03")
    typist.read_until("? ")
    typist.type("\x04")
    assert typist.process.wait(timeout=120) == 0
    assert (place / "pullquote-data/chat-history").read_text().splitlines()[-1] == LEE_QUESTION
