"""Who may import whom, what an import costs, and that the documents speak of commands that exist."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import discord
import pytest
import typer

from bot.cli.app import app

ROOT = Path(__file__).parents[2]


def imported_modules(path: Path) -> set[str]:
    """The modules that a file imports anywhere in it, by their absolute names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found.add(str(node.module))
    return found


def files_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", files_of("index"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_index_knows_nothing_of_the_bot_or_of_discord(path: Path) -> None:
    assert not {module.partition(".")[0] for module in imported_modules(path)} & {"bot", "discord", "typer", "rich"}


@pytest.mark.parametrize("path", files_of("bot"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_bot_imports_index_through_its_public_names_alone(path: Path) -> None:
    assert not [module for module in imported_modules(path) if module.startswith("index.")]


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


README_COMMANDS = commands_in(ROOT / "README.md") if (ROOT / "README.md").is_file() else []


@pytest.mark.parametrize("arguments", README_COMMANDS, ids=" ".join)
def test_every_command_of_the_readme_exists(arguments: list[str]) -> None:
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


NO_DISCORD = [*files_of("bot/storage"), *files_of("bot/services")]


@pytest.mark.parametrize("path", NO_DISCORD, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_core_of_the_bot_knows_nothing_of_discord(path: Path) -> None:
    assert "discord" not in {module.partition(".")[0] for module in imported_modules(path)}


def test_the_simulated_discord_is_for_the_demo_and_the_tests_alone() -> None:
    importing = [
        path.name
        for path in files_of("bot") + files_of("index")
        if any(module.partition(".")[0] == "simcord" for module in imported_modules(path))
    ]
    assert importing == ["demo.py"]


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
    }
    assert "View Channels, Send Messages, Send Messages in Threads and Read Message History" in readme
