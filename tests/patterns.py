"""Every regular expression of Pullquote, and texts that take a bad one for ever: each of its repeats, overfed.

A repeat makes a pattern slow in one of two ways. What it repeats is tried from every place where it could start; or it
shares its characters with a repeat beside it, so that each way to share them out is tried. Either shows on a text that
brings the pattern up to the repeat, feeds it over and over, and then does not go on as the pattern wants.
"""

import ast
import importlib
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import bot
import index
from index.answering import amounts, moments
from index.answering.context import _manner
from index.languages import any_of, language, matching
from index.languages.tables import _TABLES
from index.text import _stop_pattern
from index.verifying import meaning

TIMES = 20
"""From how many repetitions at the most on a repeat is fed; fewer cannot take long."""

Tree = Any
"""Parts of a pattern as the standard library parses them, for which it has no types."""


@dataclass(frozen=True, slots=True)
class Found:
    """One pattern: its module, with its name there or its line; and how it is used.

    `searches` says that it is searched for in a whole text, and not only matched at one place.
    """

    name: str
    pattern: re.Pattern[Any]
    searches: bool


def patterns() -> list[Found]:
    """Every pattern in the modules of `index` and `bot`: what is compiled there, and what is in a call of `re`.

    A pattern of a setting is none of them: pydantic has an engine that takes linear time. Those that functions make of
    the tables of the languages are made here.
    """
    found = {("", one.pattern.pattern, one.pattern.flags): one for one in _of_languages()}
    for module in _modules():
        tree = ast.parse(Path(str(module.__file__)).read_text())
        here = [
            Found(f"{module.__name__}.{name}", pattern, _searches(name, tree))
            for name, value in vars(module).items()
            if not isinstance(value, type) or value.__module__ == module.__name__
            for pattern in _compiled(value)
        ]
        for one in (*here, *_in_calls(module, tree)):
            found.setdefault((module.__name__, one.pattern.pattern, one.pattern.flags), one)
    return list(found.values())


_OF_ONE_LANGUAGE: tuple[Callable[[str], object], ...] = (
    amounts._splitter, amounts._part, amounts._number, amounts._class_patterns, moments._patterns,
    meaning._number_pattern,
)  # fmt: skip
"""The functions that make patterns of a language's code; those of a sentence, which are searched for."""

_FOR_LANGUAGES = frozenset(
    {"any_of", "matching", "_manner", "_stop_pattern", "_measures", "_negations"}
    | {one.__name__ for one in _OF_ONE_LANGUAGE}
)


def _of_languages() -> Iterator[Found]:
    """The patterns of each language that has a table, and of some that have none."""
    for table in (*_TABLES.values(), language("el"), language("ru")):
        name = f"index.languages.{table.code}"
        for each in ("newest", "today", "pointing", "pronouns", "saying", "reasons", "alone"):
            yield Found(f"{name}.{each}", any_of(getattr(table, each), table.edges), searches=True)
        for asking in table.asks.values():
            yield Found(f"{name}.asks", any_of(asking, table.edges), searches=True)
        for each in ("dates", "numbers"):
            yield Found(f"{name}.{each}", matching(getattr(table, each)), searches=True)
        for each in ("orders", "goes_on"):
            yield Found(f"{name}.{each}", matching(getattr(table, each)), searches=False)
        yield Found(f"{name}.going_on", any_of(table.going_on, table.edges), searches=False)
        yield Found(f"{name}.leaning", _manner(table.code).leans.__self__, searches=False)
        yield Found(f"{name}.stops", _stop_pattern(table.code), searches=True)
        for make in _OF_ONE_LANGUAGE:
            for pattern in _compiled(make(table.code)):
                yield Found(f"{name}.{make.__name__}", pattern, searches=make is not amounts._part)
    for pattern in _compiled(amounts._measures()):
        yield Found("index.answering.amounts._measures", pattern, searches=False)
    for code, pattern in meaning._WITHIN.items():
        yield Found(f"index.languages.{code}._negations", re.compile(pattern), searches=True)


_AT_ONE_PLACE = ("match", "fullmatch")


def _searches(name: str, tree: ast.Module) -> bool:
    """Whether the pattern with that name is searched for, and not only matched at one place."""
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    used = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == name}
    return not used or not used.issubset((*_AT_ONE_PLACE, "pattern"))


def _modules() -> Iterator[ModuleType]:
    for package in (index, bot):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def _compiled(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value: in a class, or however deep in tuples and mappings."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, type):
        yield from (inner for inner in vars(value).values() if isinstance(inner, re.Pattern))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _compiled(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _compiled(inner)


def _in_calls(module: ModuleType, tree: ast.Module) -> Iterator[Found]:
    """The patterns that are given to a function of `re` in the module's code."""
    made = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in _FOR_LANGUAGES)
    left_out = {id(inner) for function in made for inner in ast.walk(function)}
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and id(call) not in left_out
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "re"
            and call.func.attr not in ("escape", "purge")
        ):
            given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
            named = {re.RegexFlag[word] for one in given for word in _FLAG.findall(ast.unparse(one))}
            for value in _values(call.args[0], tree, module):
                pattern = re.compile(value, sum(named)) if isinstance(value, str | bytes) else value
                yield Found(f"{module.__name__}:{call.lineno}", pattern, call.func.attr not in _AT_ONE_PLACE)


_FLAG = re.compile(r"\bre\.([A-Z]+)\b")


def _values(given: ast.expr, tree: ast.Module, module: ModuleType) -> list[Any]:
    """What an expression may be: its value, or of a name inside a function those that are put under it."""
    if isinstance(given, ast.IfExp):
        return [*_values(given.body, tree, module), *_values(given.orelse, tree, module)]
    if isinstance(given, ast.Name) and not hasattr(module, given.id):
        named = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
        return [
            value
            for node in named
            if any(isinstance(target, ast.Name) and target.id == given.id for target in node.targets)
            for value in _values(node.value, tree, module)
        ]
    return [eval(compile(ast.Expression(given), str(module.__file__), "eval"), vars(module))]


# ---- texts for a pattern


def texts(pattern: re.Pattern[Any]) -> list[Callable[[int], str | bytes]]:
    """Functions that make a text of about a given number of characters that is hostile to that pattern."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.LOCALE)
    fed = {(before, unit) for before, unit in _fed(tree, "")}
    fed |= {("", unit) for _, unit in fed}
    units = {unit for _, unit in fed}
    fed |= {("", one + other) for one, other in itertools.islice(itertools.permutations(sorted(units), 2), 60)}
    fed |= {("", whole) for whole in (_sample(tree),) if whole}

    def text(before: str, unit: str, after: str, size: int) -> str | bytes:
        whole = before + unit * (size // len(unit)) + after
        return whole.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else whole

    return [partial(text, before, unit, after) for before, unit in sorted(fed) if unit for after in ("\x00", "\né!")]


def _fed(tree: Tree, before: str) -> Iterator[tuple[str, str]]:
    """For each repeat in the tree: what brings the pattern up to it, and each thing that it repeats."""
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, inner = argument
            if most >= TIMES:
                yield from ((before, unit) for unit in _ways(inner))
            yield from _fed(inner, before)
        elif code is codes.SUBPATTERN:
            yield from _fed(argument[3], before)
        elif code is codes.ATOMIC_GROUP:
            yield from _fed(argument, before)
        elif code is codes.BRANCH:
            for branch in argument[1]:
                yield from _fed(branch, before)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _fed(argument[1], before)
        before += _sample([(code, argument)])


def _ways(tree: Tree) -> Iterator[str]:
    """Some of what the tree matches, of each alternative one and of a set of characters a few."""
    if len(tree) == 1:
        code, argument = tree[0]
        if code is codes.IN:
            yield from _characters(argument)
            return
        if code is codes.SUBPATTERN:
            yield from _ways(argument[3])
            return
        if code is codes.BRANCH:
            for branch in argument[1]:
                yield from _ways(branch)
            return
        if code is codes.ANY:
            yield from "a ."
            return
    yield _sample(tree)


def _sample(tree: Tree) -> str:
    """Something that the tree matches, as short as it can be; what only looks round is left out."""
    text = ""
    for code, argument in tree:
        if code is codes.LITERAL:
            text += chr(argument)
        elif code is codes.NOT_LITERAL:
            text += next(c for c in "a b" if ord(c) != argument)
        elif code is codes.ANY:
            text += "a"
        elif code is codes.IN:
            text += next(_characters(argument))
        elif code is codes.SUBPATTERN:
            text += _sample(argument[3])
        elif code is codes.ATOMIC_GROUP:
            text += _sample(argument)
        elif code is codes.BRANCH:
            text += _sample(argument[1][0])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            text += _sample(argument[2]) * argument[0]
    return text


_TRIED = "aA1_ .,-\n\t\"'“”‘’()[]/:;!?…éЯ漢\x0b\u2028&<>#*|"


def _characters(members: Tree) -> Iterator[str]:
    """Characters of a set: the first of each thing that it names, and then any that it takes."""
    one = re.compile(_set(members))
    named = [chr(argument) for code, argument in members if code is codes.LITERAL]
    named += [chr(argument[0]) for code, argument in members if code is codes.RANGE]
    taken = [character for character in dict.fromkeys([*_TRIED[:8], *named, *_TRIED]) if one.fullmatch(character)]
    yield from taken[:6]
    if not taken:
        yield next(chr(number) for number in range(0x3000) if one.fullmatch(chr(number)))


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _set(members: Tree) -> str:
    text = ""
    for code, argument in members:
        if code is codes.NEGATE:
            text += "^"
        elif code is codes.LITERAL:
            text += re.escape(chr(argument))
        elif code is codes.RANGE:
            text += f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        else:
            text += _CATEGORIES[argument]
    return f"[{text}]"
