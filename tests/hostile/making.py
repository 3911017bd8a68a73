"""How hostile documents are made: of so many units of one thing, which is all that most of them take."""

import random
from collections.abc import Callable, Collection

Maker = Callable[[int, random.Random], bytes]
"""Makes a document of so many units; what the units are, each says itself."""

Makers = dict[str, tuple[Maker, int]]
"""By what is wrong with each document: how it is made, and of how many units in full size."""

PROSE = (
    "The council met on Monday and voted on the old bridge, which has been closed since the flood in spring. "
    "Lena Moss asked for a new lock on its gate. Nobody spoke against it, and the vote was 7 to 2 in the end."
)
STORY = f"<p>{PROSE}</p>" * 4
"""The same as HTML, and enough of it to be taken for a story."""


def repeated(unit: str, before: str = "", after: str = "") -> Maker:
    """`size` times the unit, with something before and after."""
    return lambda size, chance: (before + unit * size + after).encode()


def counted(unit: str, before: str = "", after: str = "") -> Maker:
    """The same with {n} in the unit for its number."""
    return lambda size, chance: (
        before + "".join(unit.replace("{n}", str(number)) for number in range(size)) + after
    ).encode()


def nested(opening: str, closing: str, before: str = "", after: str = "", inside: str = "a") -> Maker:
    """`size` times the opening, then as often the closing."""
    return lambda size, chance: (before + opening * size + inside + closing * size + after).encode()


def chosen(parts: Collection[str], before: str = "", after: str = "") -> Maker:
    """`size` of these parts at random."""
    return lambda size, chance: (before + "".join(chance.choices(list(parts), k=size)) + after).encode()
