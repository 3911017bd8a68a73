"""Puts the question of a post in a forum together: from its title and what its first message adds. Pure functions."""

import re

from index import Asking, asking_in, talk_in

LONGEST = 300
"""How many characters the question of a post has at the most. What a long message asks is found less well."""

_WORDS = re.compile(r"[^\W_]+")
_SENTENCES = re.compile(r"(?<=[.!?…。！？؟])\s+|(?<=[。！？])|\n+")
_ENDED = re.compile(r"[.!?…:。！？؟：]$")

_POINTS_AT_TITLE = frozenset(
    (
        "title", "see title", "as title", "as the title says", "title says it all", "as above", "see above", "above",
        "what the title says", "same as title", "in the title", "topic", "see topic", "subject", "any ideas",
        "any help", "any idea", "does anyone know", "anyone know", "anyone knows", "please help", "help please", "help",
        "siehe titel", "wie im titel", "titel", "steht oben", "weiß das jemand", "weiss das jemand", "ver título",
        "título", "alguien sabe", "voir titre", "voir le titre", "titre", "quelqu un sait", "başlıkta", "başlık",
        "bilen var mı", "제목", "제목 그대로", "제목과 같습니다", "タイトル", "タイトル通り", "タイトルの通りです",
        "标题", "如题", "如標題",
    )
)  # fmt: skip
"""What a message says that leaves everything to the title."""


def post_question(title: str, said: str) -> str:
    """The question of a post: its title and its first message; one of the two where that says all of it.

    A message that would make it too long is cut down to the sentences that ask, or else to its first ones.
    """
    title, said = (" ".join(text.split()) for text in (title, said))
    if (
        not said
        or talk_in(said)
        or " ".join(_words(said)) in _POINTS_AT_TITLE
        or set(_words(said)) <= set(_words(title))
    ):
        return title
    if not title or talk_in(title) or set(_words(title)) <= set(_words(said)):
        return said if len(said) <= LONGEST else _shorter(said, LONGEST)
    joint = " " if _ENDED.search(title) else ": "
    return f"{title}{joint}{_shorter(said, LONGEST - len(title) - len(joint))}".strip(" :")


def _shorter(said: str, longest: int) -> str:
    """What fits of a message: the sentences that ask, or else the first ones; whole words of the first at least."""
    if len(said) <= longest:
        return said
    sentences = [one.strip() for one in _SENTENCES.split(said) if one.strip()]
    asking = [one for one in sentences if asking_in(one) is Asking.PLAINLY] or sentences
    chosen, room = list[str](), longest
    for sentence in asking:
        if len(sentence) > room:
            break
        chosen.append(sentence)
        room -= len(sentence) + 1
    if chosen:
        return " ".join(chosen)
    cut = asking[0][: max(longest, 0)]
    return cut.rpartition(" ")[0] or cut


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
