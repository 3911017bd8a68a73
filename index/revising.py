"""Tells which sentences of an article are gone or changed in its new version, and what stands in their place."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from index.types import Article, Headline, Revision, Rewording, Sentence

MOST = 20
"""How many rewordings of an article are told. The rest is counted."""

LONGEST = 2000
"""How many characters of a sentence, or of several in a row, are told."""

COMPARED = 50_000
"""How many pairs of equal sentences are looked at, to find out which stands in the place of which."""


def revision_of(
    old: Article, old_sentences: Sequence[Sentence], new: Article, new_sentences: Sequence[Sentence], former: bytes
) -> Revision | None:
    """What a new version of an article changes in its sentences; None if all of the old ones still stand.

    `former` is the content hash of the old version.

    White space does not count, nor where a sentence stands, nor what is added. A sentence that is cut otherwise now, as
    part of a longer one, still stands.
    """
    before, after = _texts(old, old_sentences), _texts(new, new_sentences)
    gone = _gone(before, after, _on_one_line(new.text))
    if not gone:
        return None
    known = set(before)
    rewordings = list(_rewordings(before, after, gone, fresh={text for text in after if text not in known}))
    told = tuple(Rewording(_cut(one.stood), _cut(one.stands)) for one in rewordings[:MOST])
    sentences = tuple(old.text[each.start : each.end] for each in old_sentences)
    lost = tuple(text for text in sentences if _on_one_line(text) in gone)
    return Revision(Headline.of(new), Headline.of(old), former, told, len(rewordings) - len(told), lost)


def _texts(article: Article, sentences: Iterable[Sentence]) -> list[str]:
    return [_on_one_line(article.text[each.start : each.end]) for each in sentences]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _gone(before: Sequence[str], after: Sequence[str], text: str) -> set[str]:
    """The old sentences that are no more, neither as a sentence nor, if they end as one does, within another."""
    standing = set(after)
    missing = (sentence for sentence in dict.fromkeys(before) if sentence not in standing)
    return {sentence for sentence in missing if sentence[-1:].isalnum() or not _is_within(sentence, text)}


def _is_within(sentence: str, text: str) -> bool:
    """Whether the text has the sentence, from the beginning of a word on."""
    at = text.find(sentence)
    while at > 0 and text[at - 1].isalnum() and sentence[0].isascii():
        at = text.find(sentence, at + 1)
    return at >= 0


def _rewordings(before: list[str], after: list[str], gone: set[str], fresh: set[str]) -> Iterator[Rewording]:
    """What was, and what is, at each place where sentences are gone. Sentences that only moved are left out."""
    for old, new in _places(before, after):
        stood = [sentence for sentence in old if sentence in gone]
        stands = [sentence for sentence in new if sentence in fresh]
        if not stood:
            continue
        if len(stood) == len(stands):
            yield from (Rewording(was, now) for was, now in zip(stood, stands, strict=True))
        else:
            yield Rewording(" ".join(stood), " ".join(stands))


def _places(before: list[str], after: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The runs of sentences that differ, old and new. If too many are equal, all of it is one run."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - start
    ends = zip(reversed(before), reversed(after), strict=False)
    end = next((i for i, (a, b) in enumerate(ends) if i >= rest or a != b), rest)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    counts = Counter(new)
    if sum(counts[sentence] for sentence in old) > COMPARED:
        yield old, new
        return
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield old[i:j], new[k:m]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2].rpartition(' ')[0] or text[: LONGEST - 2]} …"
