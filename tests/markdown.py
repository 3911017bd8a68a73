"""A small model of how Discord reads its markdown: what is seen of a text, and what in it is more than text.

It knows what the documentation lists and what clients do beyond that: a number sign alone takes the next line for its
heading, bots may write emoji by their names, the marks around text from right to left are not seen, and neither a
backslash in code nor one in an address escapes anything.
https://support.discord.com/hc/en-us/articles/210298617
"""

import re
from dataclasses import dataclass

SPANS = {
    "bold": r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)",
    "underline": r"__((?:\\.|[^\\])+?)__(?!_)",
    "italic": r"\*(?!\s)((?:\\.|\*\*|[^*\\])+?)(?<!\s)\*(?!\*)|_((?:\\.|__|[^_\\])+?)_(?!\w)",
    "struck": r"~~(.+?)~~(?!_)",
    "spoiler": r"\|\|(.+?)\|\|",
}
"""What surrounds text that may hold more markup."""

WHOLE = {
    "code": r"(`+)(?P<seen>.+?)(?<!`)\1(?!`)",
    "mention": r"<(?:@[!&]?|#)\d+>|<id:\w+>|</[^:>\n]+:\d+>|@everyone|@here",
    "time": r"<t:-?\d+(?::\w)?>",
    "emoji": r"<a?:\w+:\d+>|:[\w+-]+(?:::skin-tone-\d)?:",
    "link": r"<(?P<seen>[^: >]+:/[^ >]+)>|(?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s]",
}
"""What is read as one thing."""

MASKED = r"\[((?:\[[^\]]*\]|[^\[\]])*[^\[]*?)\]\(\s*(<?(?:\([^)]*\)|[^\s\\]|\\[^\n])*?>?)\s*\)"

LINES = {
    "quote": r" *>(?:>>)? ",
    "small": r"-# +",
    "heading": r"#{1,3}\s+(?!#)",
    "item": r" *(?:[*-]|\d+\.) +",
}
"""What stands at the start of a line."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees, and what of it is more than text, such as "bold" or "link https://example.org"."""

    text: str
    alive: tuple[str, ...] = ()


def seen(markdown: str, *, starts_line: bool = True) -> Seen:
    """Read it as Discord does."""
    text, alive, at, heads = "", list[str](), 0, False
    while at < len(markdown):
        if starts_line and (found := _first(LINES, markdown, at)):
            name, match = found
            alive.append(name)
            heads = name == "heading"
            at = match.end()
            continue
        here, first, starts_line = markdown[at], starts_line, markdown[at] == "\n"
        if starts_line and heads:
            text, heads = _ended(text), False
        if match := re.compile(r"\\([^0-9A-Za-z\s])").match(markdown, at):
            text, at = text + match[1], match.end()
        elif match := re.compile(MASKED, re.DOTALL).match(markdown, at):
            inner = seen(match[1], starts_line=False)
            alive += [f"link {match[2]}", *inner.alive]
            text, at = text + inner.text, match.end()
        elif found := _first(WHOLE, markdown, at):
            name, match = found
            shown = match.groupdict().get("seen") or match[0]
            alive.append(f"{name} {shown}")
            text, at = text + shown, match.end()
        elif found := _first(SPANS, markdown, at):
            name, match = found
            inner = seen(next(filter(None, match.groups())), starts_line=first)
            alive += [name, *inner.alive]
            text, at = text + inner.text, match.end()
        else:
            text, at = text + here, at + 1
    return Seen(re.sub("[\u2068\u2069]", "", _ended(text) if heads else text), tuple(alive))


def _ended(text: str) -> str:
    """A text whose last line is a heading, which loses the number signs at its end."""
    return re.sub("[ #]+$", "", text)


def _first(rules: dict[str, str], markdown: str, at: int) -> tuple[str, re.Match[str]] | None:
    """The first of the rules that holds there, by its name."""
    for name, rule in rules.items():
        if match := re.compile(rule, re.DOTALL).match(markdown, at):
            return name, match
    return None
