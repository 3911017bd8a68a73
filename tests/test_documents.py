"""What documents say is so: commands that exist, permissions that are asked for, and what an import costs."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest
import typer

from bot.cli.app import app
from bot.settings import Settings

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("module", ["index", "bot.cli.app"])
def test_an_import_loads_no_model_and_needs_no_setting_and_no_place_to_write(module: str, tmp_path: Path) -> None:
    program = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    assert "index" in run.stdout.split()
    assert not {"torch", "sentence_transformers", "transformers", "discord"} & set(run.stdout.split())
    assert list(tmp_path.iterdir()) == []


def commands_in(document: Path) -> list[list[str]]:
    """The arguments of every `pullquote` command in the document's blocks of shell."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            for part in re.split(r"&&|\||;", line):
                words = shlex.split(part, comments=True)
                if words and Path(words[0]).name == "pullquote":
                    found.append(words[1:])
    return found


def check_command(arguments: list[str]) -> None:
    """Parse the arguments as `pullquote` would, without running anything. Raises a usage error for what is wrong."""
    command = typer.main.get_command(app)
    context = command.make_context("pullquote", list(arguments), resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        remaining = [*context._protected_args, *context.args]
        name, command, arguments = command.resolve_command(context, remaining)
        context = command.make_context(name, arguments, parent=context)


README_COMMANDS = commands_in(ROOT / "README.md")


@pytest.mark.parametrize("arguments", [*README_COMMANDS, *commands_in(ROOT / "index/README.md")], ids=" ".join)
def test_every_command_of_the_readmes_exists(arguments: list[str]) -> None:
    check_command(arguments)


def test_the_readme_shows_every_command() -> None:
    shown = {tuple(word for word in arguments[:2] if not word.startswith("-")) for arguments in README_COMMANDS}
    command = typer.main.get_command(app)
    groups = {name: list(group.commands) for name, group in command.commands.items() if hasattr(group, "commands")}
    names = {(name,) for name in command.commands if name not in groups}
    names |= {(group, name) for group, inside in groups.items() for name in inside}
    assert not {name for name in names if not any(words[: len(name)] == name for words in shown)}


@pytest.mark.parametrize("arguments", [["asks", "who"], ["ask", "who", "--nonsense"], ["articles", "lists"]])
def test_a_command_that_does_not_exist_would_be_noticed(arguments: list[str]) -> None:
    with pytest.raises(Exception, match="No such"):
        check_command(arguments)


def test_the_invitation_asks_for_the_permissions_that_the_readme_names_and_no_others() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    found = re.search(r"scope=([a-z.+]+)&permissions=(\d+)", readme)
    assert found and found[1].split("+") == ["bot", "applications.commands"]
    asked = {name for name, granted in discord.Permissions(int(found[2])) if granted}
    assert asked == {
        "read_messages",
        "send_messages",
        "send_messages_in_threads",
        "read_message_history",
        "add_reactions",
    }
    assert "View Channels, Send Messages, Send Messages in Threads, Read Message History and Add Reactions" in readme


def named_in(document: Path) -> Iterator[tuple[str, str]]:
    """The modules and folders that a document names in backticks, each with the line where it is named."""
    for line in document.read_text().splitlines():
        for name in re.findall(r"`([\w./]+)`", line):
            if name.endswith((".py", "/")):
                yield name, line


@pytest.mark.parametrize("room", ["bot", "index"])
def test_every_module_and_folder_that_the_maps_name_is_there(room: str) -> None:
    held = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if ".venv" not in path.parts[len(ROOT.parts)]]
    names = list(named_in(ROOT / room / "README.md"))
    assert len(names) > 30
    missing = [line for name, line in names if not any(f"/{one}".endswith(f"/{name.rstrip('/')}") for one in held)]
    assert missing == []


@pytest.mark.parametrize("document", ["README.md", "bot/README.md", "index/README.md"])
def test_every_test_that_a_readme_says_to_run_is_there(document: str) -> None:
    named = set(re.findall(r"\btests(?:/\w+)+(?:\.py)?", (ROOT / document).read_text()))
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_table_of_settings_has_each_with_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\S+) \|", (ROOT / "bot/README.md").read_text(), re.MULTILINE)
    assert dict(rows) == {name.upper(): shown(field.default) for name, field in Settings.model_fields.items()}


def shown(default: object) -> str:
    """A default as the table shows it."""
    if default is None:
        return "none"
    return f"`{json.dumps(default)}`" if isinstance(default, bool) else f"`{str(default).removesuffix('.0')}`"


@pytest.mark.parametrize("room", ["bot", "index"])
def test_the_maps_name_every_room(room: str) -> None:
    rooms = {path.parent.relative_to(ROOT / room).as_posix() for path in (ROOT / room).rglob("__init__.py")} - {"."}
    named = {name.rstrip("/") for name, _ in named_in(ROOT / room / "README.md")}
    assert rooms <= named
