"""The tool that draws the plan of the rooms reads imports as Python does."""

from pathlib import Path

import pytest

from tests.tools.structure import (
    between,
    circles,
    functions_of,
    imports_of,
    longest_chain,
    main,
    room_of,
    rooms_of,
    third_party_imports,
)


def tree(root: Path, **files: str) -> Path:
    """A checkout with these modules: `bot__ui__links` is `bot/ui/links.py`. Every directory has an `__init__.py`."""
    for name, text in files.items():
        file = root.joinpath(*name.split("__")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").touch()
    return root


def test_a_circle_through_type_checking_is_found(tmp_path: Path) -> None:
    later = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.ask import Ask\n"
    root = tree(tmp_path, bot__ask="from bot.chat import Chat\n", bot__chat=later, bot__run="import bot.ask\n")
    assert circles(imports_of(root)) == [["bot.ask", "bot.chat"]]


def test_an_import_in_a_function_counts(tmp_path: Path) -> None:
    root = tree(tmp_path, bot__ask="def ask():\n    from bot.chat import Chat\n", bot__chat="")
    assert imports_of(root)["bot.ask"] == {"bot.chat"}


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("from bot import desk", "bot.desk"),
        ("from bot.desk import Change", "bot.desk"),
        ("import bot.desk as d", "bot.desk"),
        ("from bot import version", "bot.__init__"),
        ("import bot", "bot.__init__"),
        ("from bot import ui", "bot.ui.__init__"),
        ("from bot.ui import links", "bot.ui.links"),
        ("from bot.ui.links import Link", "bot.ui.links"),
        ("from bot.ui import Link", "bot.ui.__init__"),
    ],
)
def test_an_import_leads_to_the_module_that_it_means(tmp_path: Path, line: str, meant: str) -> None:
    root = tree(tmp_path, bot__desk="", bot__ui__links="", bot__run=line)
    assert imports_of(root)["bot.run"] == {meant}


def test_a_function_that_a_package_offers_under_the_name_of_its_module_is_the_packages(tmp_path: Path) -> None:
    root = tree(tmp_path, index__sources__refresh="", index__run="from index.sources import refresh\n")
    (root / "index/sources/__init__.py").write_text("from index.sources.refresh import refresh\n")
    imports = imports_of(root)
    assert imports["index.run"] == {"index.sources.__init__"}
    assert imports["index.sources.__init__"] == {"index.sources.refresh"}


def test_a_module_that_a_package_names_in_its_init_stays_the_module(tmp_path: Path) -> None:
    root = tree(tmp_path, index__evaluate="", bot__run="from index import evaluate\n")
    (root / "index/__init__.py").write_text("from index import evaluate\n")
    assert imports_of(root)["bot.run"] == {"index.evaluate"}


def test_a_relative_import_is_refused_and_not_miscounted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="relative"):
        imports_of(tree(tmp_path, bot__ask="from . import desk\n"))


def test_floors_are_the_longest_chain_and_a_circle_is_one_of_them() -> None:
    graph = {"roof": {"left", "cellar"}, "left": {"right"}, "right": {"left", "cellar"}, "cellar": set(), "shed": set()}
    assert longest_chain(graph) == [["roof"], ["left", "right"], ["cellar"]]
    assert circles(graph) == [["left", "right"]]
    assert longest_chain({}) == []


def test_rooms_have_the_arrows_of_their_modules(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        bot__ui__links="from index import Quote\n\nfrom bot.ui import marks\n",
        bot__ui__marks="",
        bot__run="from bot.ui.links import Link\n",
        index__types="",
    )
    assert between(imports_of(root)) == {"bot": {"bot/ui"}, "bot/ui": {"index"}, "index": set()}
    ui = rooms_of(root)[1]
    assert ui.modules == ("bot.ui.__init__", "bot.ui.links", "bot.ui.marks")
    assert (ui.size.lines, ui.size.code, ui.imports) == (3, 2, ("index",))
    assert [room_of(module) for module in ("bot.run", "bot.__init__", "bot.ui.__init__")] == ["bot", "bot", "bot/ui"]


def test_third_party_packages_are_neither_the_standard_librarys_nor_ours(tmp_path: Path) -> None:
    file = tmp_path / "ask.py"
    file.write_text("import os.path\nimport numpy as np\nfrom discord.ext import commands\nfrom bot import desk\n")
    assert third_party_imports(file) == {"numpy", "discord"}


def test_the_plan_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask = "def short(): ...\n\n\nasync def ask():\n    import bot.chat"
    root = tree(tmp_path, bot__ask=ask, bot__chat="import bot.ask\n", bot__run="import bot.ask\n")
    functions = [(function.name, function.first_line, function.lines) for function in functions_of(root)]
    assert functions == [("ask", 4, 2), ("short", 1, 1)]
    main(root)
    printed = capsys.readouterr().out
    assert "modules: 4, arrows: 3, floors: 2, circles: 1\n  floors: bot.run > (circle of 2)\n" in printed
    assert "  circle of 2: bot.ask bot.chat\n" in printed
    assert "     2  ask  bot/ask.py:4\n" in printed
    assert "     5  bot/ask.py\n" in printed
