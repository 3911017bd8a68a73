"""Tells opinion from news, by the section that an article is in.

A section that was read from a page may be several, as in "Politics, Opinion". Where front matter or a page itself says
that an article is opinion, or is none, its section is made to say so; so nothing else must be stored.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from index.types import Answer, Quote

NAMES = frozenset(
    name.strip()
    for name in (
        "opinion, opinions, op-ed, op-eds, comment, comments, commentary, commentaries, editorial, editorials, column,"
        " columns, columnist, columnists, letters, letter, letters to the editor, letter to the editor, guest essay,"
        " guest essays, guest column, guest columns, viewpoint, viewpoints, point of view, perspective, perspectives,"
        " voices, our view, your view, views, meinung, meinungen, kommentar, kommentare, leitartikel,"
        " kolumne, kolumnen, leserbrief, leserbriefe, gastbeitrag, gastbeiträge, gastkommentar, standpunkt,"
        " standpunkte, glosse,"
        " tribune, tribunes, éditorial, éditoriaux, édito, éditos, chronique, chroniques, point de vue, points de vue,"
        " courrier des lecteurs, lettres des lecteurs, opinión, opiniones, editoriales, columna, columnas, tribuna,"
        " tribunas, columnistas, cartas al director, cartas, punto de vista, cartas de los lectores, 社説, オピニオン,"
        " 論説, コラム, 投書, 寄稿, 読者の声, 오피니언, 사설, 칼럼, 기고, 독자투고, 독자 투고, 논설, 시론,"
        " görüş, görüşler, yorum, yorumlar, köşe yazısı, köşe yazıları, köşe yazarları, yazarlar, başyazı, okur"
        " mektupları, 评论, 社论, 观点, 专栏, 读者来信, 时评, 評論, 社論, 觀點, 專欄, 讀者來信"
    ).split(",")
)
"""What sections of opinion are called, in the languages that the bot speaks. News analysis is none."""

OPINION, NEWS = "Opinion", "Reporting"
"""What a section says where an article itself states that it is opinion, or that it is not."""

_NO_OPINION = frozenset({"reporting"})
_PARTS = re.compile(r" ?[,;/|>›»·&:] ?| [-–—] | and ")
"""What stands between the parts of a section, in which each white space is one space."""


def is_opinion(section: str | None, further: Collection[str] = ()) -> bool:
    """Whether a section is one of opinion: by NAMES, or by `further` names, in capitals or not."""
    parts = _parts_of(section)
    named = {*NAMES, *(name.casefold() for name in further)}
    return not parts.isdisjoint(named) and parts.isdisjoint(_NO_OPINION)


def stated(section: str | None, *, opinion: bool) -> str | None:
    """The section of an article that states whether it is opinion, which says so by itself."""
    if opinion is is_opinion(section):
        return section
    parts = [
        part
        for part in _PARTS.split(" ".join((section or "").split()))
        if part.casefold() not in _NO_OPINION or not opinion
    ]
    return ", ".join((*filter(None, parts), OPINION if opinion else NEWS))


def marked(answer: Answer, further: Iterable[str] = ()) -> Answer:
    """The answer with its quotes marked that are from articles of opinion."""
    names = frozenset(further)

    def mark(quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
        return tuple(
            replace(quote, is_opinion=True) if is_opinion(quote.article.section, names) else quote for quote in quotes
        )

    differing = answer.disagreement and replace(answer.disagreement, quotes=mark(answer.disagreement.quotes))
    return replace(answer, quotes=mark(answer.quotes), closest=mark(answer.closest), disagreement=differing)


def _parts_of(section: str | None) -> set[str]:
    whole = " ".join((section or "").casefold().split())
    return {whole, *_PARTS.split(whole)}
