"""Prints rooms, floors, arrows and circles of `bot` and `index`: `python -m tests.tools.structure [FOLDER]`.

FOLDER is the root of a checkout, by default of this one; its files are read, and nothing in them is run. A room is a
directory with modules, `bot` and `index` among them. An arrow is an import: every import statement counts, wherever it
stands in a file, in functions and under `TYPE_CHECKING` too. The module of `bot/ui/__init__.py` is called
`bot.ui.__init__` here, so that a module's name alone says in which room it is.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGES = ("bot", "index")
LONGEST = 5

Graph = Mapping[str, Set[str]]
"""Modules, or rooms, and what each imports."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many lines there are, and how many of them are not blank."""

    lines: int
    code: int


@dataclass(frozen=True, slots=True)
class Room:
    """A directory with the names of its modules, and the other rooms that they import."""

    name: str
    modules: tuple[str, ...]
    size: Size
    imports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method, the path of its file from the root, and its lines, from `def` to the end."""

    name: str
    file: str
    first_line: int
    lines: int


def files_of(root: Path) -> dict[str, Path]:
    """The modules of `bot` and `index`, by their dotted names, each with its file."""
    files = sorted(file for package in PACKAGES for file in (root / package).rglob("*.py"))
    return {".".join(file.relative_to(root).with_suffix("").parts): file for file in files}


def room_of(module: str) -> str:
    """The room that holds a module: `bot/ui` for `bot.ui.links` and for `bot.ui.__init__`."""
    return module.rpartition(".")[0].replace(".", "/")


def imports_of(root: Path) -> dict[str, set[str]]:
    """Each module of `bot` and `index` with the others of them that it imports.

    Where `a.__init__` and `a.b` both exist, `from a import b` means the module `a.b`, or else `a.__init__` if that
    defines a function or class `b` or imports a `b` from elsewhere. An import of what does not exist is left out.
    """
    trees = {module: _parsed(file) for module, file in files_of(root).items()}
    given = {module: _names_given(module, tree) for module, tree in trees.items() if module.endswith(".__init__")}

    def meant(source: str, name: str) -> str | None:
        inside = [] if name in given.get(f"{source}.__init__", ()) else [f"{source}.{name}"]
        places = [place for path in (*inside, source) for place in (f"{path}.__init__", path)]
        return next((place for place in places if place in trees), None)

    found = {module: {meant(*imported) for imported in _imported(tree)} for module, tree in trees.items()}
    return {module: {other for other in others if other and other != module} for module, others in found.items()}


def third_party_imports(path: Path) -> set[str]:
    """The top-level names of the packages that a file imports, without the standard library's and this project's."""
    names = {source.partition(".")[0] for source, _ in _imported(_parsed(path))}
    return names - sys.stdlib_module_names - {*PACKAGES, "tests"}


def place_of(module: str) -> str:
    """The room of a module. A module at the top of a package is in no room; there it is the module's own name."""
    room = room_of(module)
    return module if room in PACKAGES else room


def between(imports: Graph, of: Callable[[str], str] = room_of) -> dict[str, set[str]]:
    """Each room with the others that its modules import; with `place_of`, what is in no room stands for itself."""
    rooms: dict[str, set[str]] = {of(module): set() for module in imports}
    for module, others in imports.items():
        rooms[of(module)] |= {of(other) for other in others} - {of(module)}
    return rooms


def circles(graph: Graph) -> list[list[str]]:
    """Every group of two or more that each import all the others, directly or through others; names in order."""
    reached = {node: _reached(graph, node) for node in graph}
    groups = {frozenset(other for other in reached[node] if node in reached.get(other, ())) for node in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def longest_chain(graph: Graph) -> list[list[str]]:
    """The floors: the longest chain in which each imports the next, from the top down. A circle is one floor."""
    circle_of = {node: tuple(circle) for circle in circles(graph) for node in circle}
    below: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for node, others in graph.items():
        floor = circle_of.get(node, (node,))
        below.setdefault(floor, set()).update({circle_of.get(other, (other,)) for other in others} - {floor})
    chains: dict[tuple[str, ...], list[list[str]]] = {}
    for floor in TopologicalSorter(below).static_order():
        under = (chains[other] for other in sorted(below.get(floor, ())))
        chains[floor] = [list(floor), *max(under, key=len, default=[])]
    return max((chains[floor] for floor in sorted(chains)), key=len, default=[])


def rooms_of(root: Path) -> list[Room]:
    """The rooms of `bot` and `index`, by name."""
    files = files_of(root)
    rooms = []
    for name, others in sorted(between(imports_of(root)).items()):
        modules = tuple(module for module in files if room_of(module) == name)
        rooms.append(Room(name, modules, size_of(files[module] for module in modules), tuple(sorted(others))))
    return rooms


def functions_of(root: Path) -> list[Function]:
    """The functions and methods of `bot` and `index`, the longest first."""
    found = [
        Function(node.name, file.relative_to(root).as_posix(), node.lineno, (node.end_lineno or 0) - node.lineno + 1)
        for file in files_of(root).values()
        for node in ast.walk(_parsed(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return sorted(found, key=lambda function: -function.lines)


def size_of(files: Iterable[Path]) -> Size:
    """The lines of all the files together."""
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    return Size(len(lines), sum(bool(line.strip()) for line in lines))


def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """All imports in a file: the module, and the name that is imported from it, or "" for the module itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"relative imports are not resolved: {ast.unparse(node)}")
            yield from ((str(node.module), alias.name) for alias in node.names)


def _names_given(module: str, tree: ast.Module) -> set[str]:
    """The names that a package's `__init__` puts in place of the package's own modules."""
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and f"{node.module}.__init__" != module:
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _reached(graph: Graph, start: str) -> set[str]:
    """All that can be reached over arrows from a node; the node too, if one of them leads back."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph.get(ahead.pop(), set()) - reached
        reached |= new
        ahead += new
    return reached


def _print_graph(kind: str, graph: Graph) -> None:
    chain, found = longest_chain(graph), circles(graph)
    arrows = sum(len(others) for others in graph.values())
    print(f"\n{kind}: {len(graph)}, arrows: {arrows}, floors: {len(chain)}, circles: {len(found)}")
    print("  floors:", " > ".join(floor[0] if len(floor) == 1 else f"(circle of {len(floor)})" for floor in chain))
    for circle in found:
        print(f"  circle of {len(circle)}:", *circle)


def main(root: Path) -> None:
    files, imports = files_of(root), imports_of(root)
    for room in rooms_of(root):
        size = f"{len(room.modules):4} modules {room.size.code:6} lines of code {room.size.lines:6} lines"
        print(f"{room.name:16}{size}  ->", ", ".join(room.imports) or "nothing")
    _print_graph("modules", imports)
    _print_graph("rooms, and modules in none", between(imports, place_of))
    print()
    for package in (*PACKAGES, "tests"):
        size_here = size_of((root / package).rglob("*.py"))
        print(f"{package:16}{size_here.code:6} lines of code {size_here.lines:6} lines")
    print("\nThe longest functions, in lines:")
    for function in functions_of(root)[:LONGEST]:
        print(f"{function.lines:6}  {function.name}  {function.file}:{function.first_line}")
    print("\nThe longest modules, in lines:")
    for file in sorted(files.values(), key=lambda file: -size_of([file]).lines)[:LONGEST]:
        print(f"{size_of([file]).lines:6}  {file.relative_to(root).as_posix()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2])
