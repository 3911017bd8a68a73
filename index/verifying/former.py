"""Looks for a sentence in earlier versions of articles that a library keeps for a while.

Of these nothing is shown: whether the pasted words were in one, and until when, is all that is said. A version that was
private or held when it was replaced is not looked at.
"""

from collections.abc import Sequence

from index.storage.seam import Snapshot
from index.types import Article, KeptGeneration
from index.verifying.tokens import Token, tokens_of
from index.verifying.types import Earlier, Former

LEAST_CHARACTERS = 12
"""Fewer letters may be in a former version by chance."""

PROBES = 3
"""How many of the longest words are looked for before a former version is read as a whole."""


def former_of(
    tokens: Sequence[Token],
    snapshots: Sequence[Snapshot],
    kept: Sequence[Sequence[KeptGeneration]],
    earlier: Sequence[Earlier] = (),
) -> Former | None:
    """The last earlier version that has a sentence word for word, given as tokens: of those kept, then of `earlier`.

    Only corrections count among these: nobody is told of an article that is gone what it said.
    """
    parts = _parts(tokens)
    if sum(map(len, parts)) < LEAST_CHARACTERS:
        return None
    whole = {one.norm for one in tokens if one.norm.isalpha() and one.norm.isascii() and len(one.norm) == one.length}
    probes = sorted(whole, key=len, reverse=True)[:PROBES]
    for snapshot, generations in zip(snapshots, kept, strict=False):
        for generation in generations:
            for article_id, article in snapshot.kept_articles(generation.generation).items():
                if article is None or not article.is_open(generation.made):  # no reader has ever seen that version
                    continue
                if _has(article.text, parts, probes):
                    return Former(generation.made, _article_now(article_id, snapshots))
    for one in earlier:
        if _has(one.text, parts, probes) and (now := _article_now(one.article_id, snapshots)):
            return Former(one.until, now)
    return None


def _article_now(article_id: str, snapshots: Sequence[Snapshot]) -> Article | None:
    return next(filter(None, (snapshot.article(article_id) for snapshot in snapshots)), None)


def _parts(tokens: Sequence[Token]) -> list[str]:
    """What stands between the ellipses, without spaces."""
    parts = [""]
    for token in tokens:
        if token.gap:
            parts.append("")
        else:
            parts[-1] += token.norm
    return [part for part in parts if part]


def _has(text: str, parts: Sequence[str], probes: Sequence[str]) -> bool:
    quick = text.casefold()
    if not all(probe in quick for probe in probes):
        return False
    whole, at = "".join(token.norm for token in tokens_of(text)), 0
    for part in parts:
        found = whole.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
