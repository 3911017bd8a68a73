"""Questions that mean harm: one thing a thousand times, and everything at once."""

import random

_UNITS = (
    "a",
    "A",
    "1",
    " ",
    ".",
    "?",
    "!",
    "'s ",
    "’",
    "n't ",
    '"',
    "“",
    "(",
    "[",
    "a.",
    "A.",
    "1.",
    "1,",
    "a b ",
    "a-",
    "_",
    "*",
    "and ",
    "what about ",
    "the ",
    "Lee ",
    "the U.S. ",
    "hi ",
    "thanks ",
    "haha",
    "hmm",
    "who is ",
    "latest ",
    "this week ",
    "that one ",
    "there ",
    "too ",
    "write a ",
    "translate ",
    "minus 1 ",
    "1 times ",
    "écoles ",
    "漢",
    "\u0301",
    "\u202e",
    "\ufdfa",
    "\U0001f600",
    "\x0b",
    "\u2028",
    "\n",
    "\t",
    '" OR "',
    "NEAR(",
    "a* ",
    "col:",
    "; DROP TABLE articles; -- ",
    "<b>",
    "&amp;",
    "[a](http://b) ",
    "@everyone ",
    "<@1> ",
    "\\",
    "%s",
    "{0}",
    "\u200b",
    "ſ",
    "İ",
    "ß",
    "Ⅳ",
    "²",
    "٣",
)
QUESTIONS = tuple(
    question
    for unit in _UNITS
    for question in (unit, unit * (1000 // len(unit)), f"Who is {unit * (900 // len(unit))}?", unit * 1001)
)


def part(chance: random.Random) -> str:
    what = chance.randrange(4)
    if what == 0:
        return chance.choice(_UNITS) * chance.choice((1, 2, 30, 400))
    if what == 1:
        return " ".join(chance.choices(_WORDS, k=chance.randint(1, 30)))
    if what == 2:
        return "".join(
            chr(
                chance.choice(
                    (chance.randrange(1, 0x250), chance.randrange(1, 0xD800), chance.randrange(0xE000, 0x10FFFF))
                )
            )
            for _ in range(chance.randint(1, 40))
        )
    return "".join(chance.choices(_UNITS, k=chance.randint(1, 60)))


_WORDS = (
    "who what when where why how which did does was the a of in on to and not council bridge gate vote Monday Moss "
    "Lena latest today this that it he she them there one two 7 35,000 U.S. said asked closed open flood lock"
).split()
