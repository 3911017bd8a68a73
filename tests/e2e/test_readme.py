"""The README's commands, run as they are printed, in their order, in one folder."""

import re
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from tests.e2e.conftest import LEE_ASKED, ROOT, Run, Start

CHANGES_THE_MACHINE = "it installs packages, which takes minutes and the network"
CHECKS = "it runs the tests, of which this is one, or the checks beside them"

SKIPPED = {
    'python3 -m venv .venv && . .venv/bin/activate && pip install -q ".[demo]"': CHANGES_THE_MACHINE,
    'python3 -m venv .venv && .venv/bin/pip install -q -e ".[test]" && .venv/bin/pytest -n 2 --dist loadfile': (
        CHANGES_THE_MACHINE
    ),
    ".venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy": CHECKS,
    ".venv/bin/pytest -m slow": CHECKS,
    "pullquote articles add https://news.example.org/harbour": "it reads a page of the web",
    "pullquote sources add https://news.example.org/feed --dry-run": "it reads a feed of the web",
    "pullquote eval newsqa-dev --split dev --absent-split dev-absent --specific --out results": (
        "the questions on CNN stories may not be passed on, so they are not here"
    ),
}
"""The commands that are not run, and why not."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a command of the README comes to: its exit code, and words on standard output or standard error."""

    words: str
    code: int = 0
    stdin: str = ""


AQUACULTURE = "One side talks about aquaculture"
DISAGREEMENT = "a disagreement over structures in the water is small"

EXPECTED = {
    'ask "What did Lee ask Xi to do about North Korea?"': Expected(LEE_ASKED),
    "sample news": Expected("10 articles in news"),
    "articles add news/": Expected("Added 10."),
    'ask "When will the ferry crews strike?"': Expected("will strike on 6 and 7 May."),
    "doctor": Expected("ok   library"),
    "health": Expected("No bot has run on this data folder.", 1),
    "run": Expected("DISCORD_TOKEN is not set", 2),
    'ask "How long have the restrictions been in place?" --limit 1': Expected("lasted for more than ten years."),
    'ask "What are the structures for?" --article maritime --since 2026-01-01 --until 2026-01-31 --json': Expected(
        '"id": "maritime"'
    ),
    "chat": Expected(LEE_ASKED, stdin="What did Lee ask Xi to do about North Korea?\n"),
    'verify "Lee asked Xi to act as a mediator."': Expected("Ours, word for word"),
    "corrections": Expected("Nothing was corrected or withdrawn."),
    'why "What are the structures for?"': Expected("Confidence: "),
    f'pins add "What are the structures for?" --article maritime --sentence "{AQUACULTURE}"': Expected(AQUACULTURE),
    "pins list": Expected("What are the structures for?"),
    "pins remove 1": Expected("Removed pin 1."),
    f'never-quote add --article maritime --sentence "{DISAGREEMENT}"': Expected("Never quoted from now on, as 1: "),
    "never-quote list": Expected("beside the history of two countries"),
    "never-quote remove 1": Expected("Sentence 1 may be quoted again."),
    "articles list": Expected("Ferry crews to strike for two days in May"),
    "articles show ferry-strike": Expected("third deckhand on every night boat"),
    "articles add news/ --dry-run": Expected("10 unchanged"),
    "articles remove maritime": Expected("removed: maritime"),
    "sources add news/": Expected(""),
    "sources list --json": Expected('"kind": "folder"'),
    "sources private news/ --dry-run": Expected("would change: ferry-strike"),
    "reindex --dry-run": Expected("unchanged"),
    "reindex --full": Expected("anew"),
    "reindex --part 3/16": Expected("set DATABASE_URL", 2),
    "publish --status": Expected("set DATABASE_URL", 2),
    "sources remove news/": Expected(""),
    "backup backup.zip": Expected("backup.zip: "),
    "restore backup.zip --data restored": Expected("The settings of then, without the token, are in restored/settings"),
    "export articles.jsonl": Expected("articles.jsonl: "),
    "import articles.jsonl": Expected("unchanged"),
    "rollback --dry-run": Expected("This would undo the update of "),
    "migrate postgresql://name@host/database": Expected("cannot be reached", 2),
    "privacy": Expected("# Privacy"),
}
"""What each command comes to that ends by itself."""

DEMO = "pullquote demo"
"""It runs until a signal ends it."""


def commands() -> Iterator[str]:
    """Every line in the README's blocks of shell, without its comment."""
    for block in re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            yield re.sub(r"\s+# .*", "", line)


def test_every_command_of_the_readme_is_known_here() -> None:
    assert set(commands()) == {*SKIPPED, DEMO, *(f"pullquote {one}" for one in EXPECTED)}


def test_the_readme_runs_as_printed(pullquote: Run) -> None:
    for command in commands():
        if command in SKIPPED or command == DEMO:
            continue
        program, *arguments = shlex.split(command)
        assert program == "pullquote"
        expected = EXPECTED[command.removeprefix("pullquote ")]
        said = pullquote(*arguments, stdin=expected.stdin)
        assert said.code == expected.code, (command, said)
        assert expected.words in said.out + said.err, (command, said)


def test_the_demo_of_the_readme_shows_its_address_and_ends_on_a_signal(pullquote_process: Start) -> None:
    process = pullquote_process(*shlex.split(DEMO)[1:], BROWSER="true")  # a browser that opens nothing
    assert process.stdout and process.stderr
    assert process.stderr.readline() == "Opening the page …\n"
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    for line in ("Loading the model …", "Reading the sample story …"):
        assert process.stderr.readline() == f"{line}\n"
    assert process.stderr.readline().startswith("Ready: ask in plain words")
    process.send_signal(signal.SIGINT)
    said = process.outcome()
    assert (said.code, said.err) == (0, "")
