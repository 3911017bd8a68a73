"""Text in Discord's markdown, told apart by type from what somebody wrote.

A `Markdown` is made from a template of ours in which everything else is escaped (`md`), or from a text that is escaped
as a whole (`escape`). A plain `str` is raw, and so is an f-string: where a message is formed the type checker refuses
both. The idea is MarkupSafe's, which does so for HTML.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import LiteralString
from urllib.parse import urlsplit

from bot.languages import as_number, translated, translated_many

LINK_CHARACTERS = 600
"""The longest address of a link. A quote, its link, and twice the following, escaped, fit into a message together."""


class Markdown(str):
    """Text that Discord renders as it is meant. What a method makes of it is a plain `str`, but for those below.

    They take marks of ours off and put them on. Nothing is cut between a backslash and the character that it escapes.
    """

    __slots__ = ()

    def lines(self) -> "list[Markdown]":
        """Its lines."""
        return [Markdown(line) for line in self.split("\n")]

    def removeprefix(self, mark: str, /) -> "Markdown":
        """Itself without that mark at its start."""
        return self if _ESCAPING.search(mark) else Markdown(super().removeprefix(mark))

    def removesuffix(self, mark: str, /) -> "Markdown":
        """Itself without that mark at its end."""
        rest = super().removesuffix(mark)
        return self if _ESCAPING.search(rest) else Markdown(rest)

    def before(self, mark: str) -> "Markdown":
        """What stands before the last such mark; itself where there is none."""
        rest, found, _ = self.rpartition(mark)
        return Markdown(rest) if found and not _ESCAPING.search(rest) else self

    def replaced(self, old: "Markdown", new: "Markdown") -> "Markdown":
        """Itself with one mark in place of another."""
        *parts, last = self.split(old)
        return self if any(map(_ESCAPING.search, parts)) else Markdown(new.join((*parts, last)))


def md(template: LiteralString, *parts: str | int) -> Markdown:
    """The template, translated, with a part in place of each `{}`, escaped unless it is markdown already.

    It must be written out where it is used. The tests see to that: mypy takes any `str` for a `LiteralString`.
    """
    return _filled(translated(template), parts)


def md_many(one: LiteralString, many: LiteralString, number: int, *parts: str | int) -> Markdown:
    """The same, in the form that goes with the number, which is the first part."""
    return _filled(translated_many(one, many, number), (as_number(number), *parts))


def md_later(template: LiteralString, *parts: str | int) -> Callable[..., Markdown]:
    """What makes the template when it is called, in the language that is spoken then."""
    return partial(md, template, *parts)


def mark(text: LiteralString) -> Markdown:
    """Marks, or words that messages of earlier versions have: the same in every language."""
    return Markdown(text)


def _filled(template: str, parts: Iterable[str | int]) -> Markdown:
    return Markdown(
        template.format(*(part if isinstance(part, Markdown) else isolated(escape(str(part))) for part in parts))
    )


def isolated(text: Markdown) -> Markdown:
    """The text in marks that nobody sees if any of it is written from right to left; otherwise as it is.

    They keep what stands next to it, such as a day beside a name, from being drawn into it, and its last mark at its
    end.
    """
    return Markdown(f"\u2068{text}\u2069") if _RIGHT_TO_LEFT.search(text) else text


def joined(separator: LiteralString, parts: Iterable[Markdown]) -> Markdown:
    """The parts, but for empty ones, with the separator between them, which must be written out as a template must."""
    return Markdown(separator.join(part for part in parts if part))


def from_message(content: str) -> Markdown:
    """What a message of ours says, as Discord gives it back: it was rendered when it was sent."""
    return Markdown(content)


def heading(text: str) -> Markdown:
    """`text` as a heading. Discord drops number signs at its ends, so something stands there that nobody sees."""
    shown = escape(text)
    before, after = (JOINER if has else mark("") for has in (shown.startswith("#"), shown.endswith("#")))
    return md("### {}{}{}", before, isolated(shown), after)


def escape(text: str) -> Markdown:
    """`text` on one line, so that Discord shows it to the letter and its reader sees nothing else in it."""
    return Markdown(_LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", plain(text))))


def quotation(sentence: str, marks: tuple[str, str]) -> Markdown:
    """The sentence, escaped, between the marks that open and close a quotation."""
    return isolated(Markdown(f"{marks[0]}{escape(sentence)}{marks[1]}"))


def label(text: str) -> Markdown:
    """`text` as the words of a link: Discord looks for the end of these at brackets, also at escaped ones."""
    return isolated(escape(text.replace("[", "(").replace("]", ")")))


def unescape(line: str) -> str:
    """What a reader sees of an escaped line."""
    return re.sub(r"\\(.)", r"\1", line)


def plain(text: str) -> str:
    """`text` on one line.

    Marks that turn the direction of what follows are left out: what they turn need not end with the quote.
    """
    return " ".join(_UNSEEN.sub("", text).split())


def shortened(text: str, limit: int) -> str:
    """`text` itself, or its first words and an ellipsis; where a word takes up most of it, a part of that."""
    words = " ".join(text.split())
    if len(words) <= limit:
        return words
    cut = words[: limit - 2]
    whole = cut.rpartition(" ")[0]
    return (whole if len(whole) > limit // 2 else cut) + " …"


def size_of(text: str) -> int:
    """How many UTF-16 units it has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def link(words: Markdown, address: str | None) -> Markdown:
    """`words` as a link; none without an address that may be one, or with one that is too long."""
    target = _target(address or "")
    return Markdown(f"[{words}]({target})") if target and len(target) <= LINK_CHARACTERS else mark("")


def bare_link(address: str, longest: int) -> Markdown:
    """An address as a link that shows it; as text where it may be none or is too long, and then perhaps its ends."""
    target = _target(address)
    if target and len(target) <= longest:
        return Markdown(f"<{target}>")
    half, shown = longest // 2, plain(address)  # of what is escaped every character may take two
    return escape(shown) if len(shown) <= half else md("{} … {}", shown[: half - 30], shown[-25:])


def _target(address: str) -> str:
    """An address as it may stand in a link, with what would end that encoded; empty for one that nobody should follow.

    That is what is not on the web, holds what nobody sees, or a name or password, which often hide where it leads.
    """
    if not re.fullmatch(r"https?://\S+", address, re.IGNORECASE) or _UNSEEN.search(address) or _TURNING.search(address):
        return ""
    try:
        authority = urlsplit(address).netloc
    except ValueError:
        return ""
    safe = re.sub(r"[()<>\\]", lambda match: f"%{ord(match[0]):02X}", address)
    return safe if authority and "@" not in authority else ""


_MARKUP = re.compile(r"[\\*_~`|<>@\[\]]|:(?=//|[\w+-]+(?::|$))")
"""What makes text anything else than text; of colons those of addresses, and of emoji such as `:tada:`, which may end
with a colon of ours."""

_LINE_START = re.compile(r"^(\d*)([#+.)-])(?=[\s#]|$)")
"""What makes a line a heading or an item of a list: "# 1", "- so", "1. The"; "#" alone, as that takes the next line."""

_UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What turns the direction of text, and control characters but for ordinary white space."""

_TURNING = re.compile("[\u061c\u200e\u200f]")
"""Marks of direction that belong into text in some scripts, and in no address."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Letters of Hebrew, Arabic and the other scripts that are written so."""

_ESCAPING = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
"""A backslash at the end that escapes what comes next."""

JOINER = mark("\u2060")
"""A word joiner, which nobody sees."""
