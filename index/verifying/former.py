"""Looks for a sentence in earlier versions of articles that a library keeps for a while.

Of these nothing is shown: whether the pasted words were in one, and until when, is all that is said.
"""

from collections.abc import Sequence

from index.storage.seam import Snapshot
from index.types import Article, KeptGeneration
from index.verifying.tokens import Token, tokens_of
from index.verifying.types import Former

LEAST_CHARACTERS = 12
"""Fewer letters may be in a former version by chance."""

PROBES = 3
"""How many of the longest words are looked for before a former version is read as a whole."""


def former_of(
    tokens: Sequence[Token], snapshots: Sequence[Snapshot], kept: Sequence[Sequence[KeptGeneration]]
) -> Former | None:
    """The last earlier version that has a sentence word for word, given as tokens, if any of those kept does."""
    parts = _parts(tokens)
    if sum(map(len, parts)) < LEAST_CHARACTERS:
        return None
    whole = {one.norm for one in tokens if one.norm.isalpha() and one.norm.isascii() and len(one.norm) == one.length}
    probes = sorted(whole, key=len, reverse=True)[:PROBES]
    for snapshot, generations in zip(snapshots, kept, strict=False):
        for generation in generations:
            for article_id, article in snapshot.kept_articles(generation.generation).items():
                if article is not None and _has(article, parts, probes):
                    now = next(filter(None, (each.article(article_id) for each in snapshots)), None)
                    return Former(generation.made, now)
    return None


def _parts(tokens: Sequence[Token]) -> list[str]:
    """What stands between the ellipses, without spaces."""
    parts = [""]
    for token in tokens:
        if token.gap:
            parts.append("")
        else:
            parts[-1] += token.norm
    return [part for part in parts if part]


def _has(article: Article, parts: Sequence[str], probes: Sequence[str]) -> bool:
    quick = article.text.casefold()
    if not all(probe in quick for probe in probes):
        return False
    whole, at = "".join(token.norm for token in tokens_of(article.text)), 0
    for part in parts:
        found = whole.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
