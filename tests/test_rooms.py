"""The rules of the house: which module may import which. `python -m tests.tools.structure` prints all imports."""

import ast
import re
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.tools.structure import between, circles, imports_of, third_party_imports
from tests.tools.structure import place_of as place_of_import

ROOT = Path(__file__).parents[1]
IMPORTS = imports_of(ROOT)

FLOORS = (
    {
        "bot.differences",
        "bot.errors",
        "bot.languages",
        "bot.library_words",
        "bot.links",
        "bot.logs",
        "bot.markdown",
        "bot.privacy",
        "bot.remedies",
        "bot.settings",
        "bot.shards",
        "bot.token",
        "bot.verdicts",
        "bot.wording",
        "bot.__init__",
    },
    {"bot.storage"},
    {"bot.services"},
    {"bot.ui"},
    {
        "bot.asking", "bot.choosing", "bot.corrections", "bot.desk", "bot.inbox", "bot.insights", "bot.housekeeping",
        "bot.waiting",
        "bot.watching",
    },
    {"bot.client"},
    {"bot.run"},
    {"bot.cli", "bot.__main__"},
)  # fmt: skip
"""The floors of the bot, the ground first. What stands on one uses what is on the same or below it."""

FEATURES = FLOORS[4]

INDEX_FLOORS = (
    {
        "index.asides", "index.boilerplate", "index.captions", "index.errors", "index.known", "index.languages",
        "index.naming", "index.opinion", "index.origin", "index.private_files", "index.resources", "index.text",
        "index.types", "index.words",
    },
    {"index.encoding"},
    {"index.passages"},
    {"index.storage"},
    {"index.answering"},
    {"index.verifying"},
    {
        "index.conditions", "index.freshness", "index.keeping", "index.rebuilding", "index.revising", "index.update",
        "index.library",
    },
    {"index.sources"},
    {"index.changes"},
    {"index.parts"},
    {"index.intake"},
    {"index.evaluate"},
    {"index.__init__"},
    {"index.train"},
)  # fmt: skip
"""The same of the library. Nothing but the entry point and the training stands above the public names."""


def place_of(module: str, floors: tuple[set[str], ...]) -> tuple[int, str]:
    """The floor of a module and its room, or its own name if it is in no room. The longest matching name counts."""
    found = [
        (len(place), number, place)
        for number, floor in enumerate(floors)
        for place in floor
        if module == place or module.startswith(f"{place}.")
    ]
    assert found, f"{module} is on no floor: say in this test which room it is in"
    _, number, place = max(found)
    return number, place


def modules_of(package: str) -> list[str]:
    return sorted(module for module in IMPORTS if module.split(".")[0] == package)


def file_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


@pytest.mark.parametrize("module", modules_of("bot"))
def test_no_module_of_the_bot_imports_from_a_floor_above_its_own(module: str) -> None:
    floor, _ = place_of(module, FLOORS)
    above = [other for other in IMPORTS[module] if other.startswith("bot.") and place_of(other, FLOORS)[0] > floor]
    assert above == []


@pytest.mark.parametrize("module", modules_of("index"))
def test_no_module_of_the_library_imports_from_a_floor_above_its_own(module: str) -> None:
    floor, _ = place_of(module, INDEX_FLOORS)
    above = [other for other in IMPORTS[module] if place_of(other, INDEX_FLOORS)[0] > floor]
    assert above == []


@pytest.mark.parametrize("module", [m for m in modules_of("bot") if place_of(m, FLOORS)[1] in FEATURES])
def test_no_feature_imports_another(module: str) -> None:
    own = place_of(module, FLOORS)[1]
    others = {place_of(other, FLOORS)[1] for other in IMPORTS[module] if other.startswith("bot.")}
    assert not others & FEATURES - {own}


def is_cog(module: str) -> bool:
    return (
        re.search(r"^class \w+\((?:commands\.\w*Cog|EditorsCog)\b", file_of(module).read_text(), re.MULTILINE)
        is not None
    )


COGS = [module for module in modules_of("bot") if is_cog(module) and not module.startswith("bot.ui.")]


def test_the_cogs_are_found() -> None:
    assert len(COGS) >= 13


@pytest.mark.parametrize("module", COGS)
def test_no_cog_imports_another_and_none_is_imported_but_by_the_client(module: str) -> None:
    assert [other for other in COGS if other in IMPORTS[module]] == []
    assert [other for other in modules_of("bot") if module in IMPORTS[other]] == ["bot.client"]


def test_there_is_no_circle_anywhere() -> None:
    assert circles(IMPORTS) == []
    assert circles(between(IMPORTS, place_of_import)) == []


@pytest.mark.parametrize("module", [*modules_of("bot"), *modules_of("index")])
def test_what_is_for_one_room_is_imported_in_no_other(module: str) -> None:
    used = third_party_imports(file_of(module))
    if module.split(".")[0] == "index" or place_of(module, FLOORS)[0] < 3:
        assert "discord" not in used
    if not module.startswith("bot.cli."):
        assert not used & {"typer", "rich"}
    if module != "bot.cli.demo":
        assert "simcord" not in used
    if not module.startswith("index.storage."):
        assert "faiss" not in used


@pytest.mark.parametrize("module", modules_of("index"))
def test_the_library_knows_nothing_of_the_bot(module: str) -> None:
    assert not [other for other in IMPORTS[module] if other.split(".")[0] == "bot"]


@pytest.mark.parametrize("module", modules_of("bot"))
def test_the_bot_imports_the_library_through_its_public_names_alone(module: str) -> None:
    inside = {other for other in IMPORTS[module] if other.split(".")[0] == "index"}
    assert inside <= {"index.__init__", "index.evaluate.__init__"}


def texts_of(module: str) -> list[str]:
    """The texts in a module but for its docstrings: what it may say."""
    tree = ast.parse(file_of(module).read_text())
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in said)
    return [node.value for node in constants if isinstance(node.value, str)]


@pytest.mark.parametrize("module", [m for m in modules_of("index") if not m.startswith("index.train.")])
def test_the_library_names_no_command_no_flag_and_no_setting(module: str) -> None:
    settings = "|".join(name.upper() for name in Settings.model_fields)
    named = re.compile(rf"\bpullquote [a-z]|(?<!\S)--[a-z]|\b(?:{settings})\b")
    assert [text for text in texts_of(module) if named.search(text)] == []


@pytest.mark.parametrize("module", [m for m in modules_of("index") if not m.startswith("index.storage.")])
def test_sql_is_written_in_the_storage_alone(module: str) -> None:
    statements = re.compile(r"\b(?:SELECT .* FROM|INSERT INTO|DELETE FROM|CREATE TABLE|PRAGMA)\b")
    assert [text for text in texts_of(module) if statements.search(text)] == []
