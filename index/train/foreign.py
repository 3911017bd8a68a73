"""Articles as if some were in another language than the question, so that the ranker learns to compare languages.

No set that it is fitted to has questions in one language about articles in another.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, cast

import numpy as np

from index.answering.block import numbers_of
from index.answering.question import Question
from index.storage.seam import Snapshot
from index.storage.types import Scope, StoredPassage
from index.words import term_number

ELSEWHERE = "elsewhere"
"""The language of those articles."""

_NAME = re.compile(r"\b[A-Z][\w’'-]*")


class Foreign(Enum):
    """Which articles are foreign to a question."""

    NONE = "none"
    ALL = "all"
    OWN = "its own and every second of the others"
    OTHERS = "every second of the others"

    def includes(self, article_id: str, own: str) -> bool:
        """Whether an article is foreign; `own` is the question's."""
        if self in (Foreign.NONE, Foreign.ALL):
            return self is Foreign.ALL
        if article_id == own:
            return self is Foreign.OWN
        return term_number(article_id) % 2 == 0


def abroad(snapshot: Snapshot, asked: Question, is_foreign: Callable[[str], bool]) -> Snapshot:
    """The library as if a foreign article had none of the question's terms but numbers, and names in Latin script.

    `is_foreign` says it of an article, by its id.
    """
    return cast(Snapshot, _Abroad(snapshot, asked, is_foreign))


class _Abroad:
    def __init__(self, snapshot: Snapshot, asked: Question, is_foreign: Callable[[str], bool]) -> None:
        self._snapshot, self._is_foreign = snapshot, is_foreign
        names = (match[0] for match in _NAME.finditer(asked.text.strip()) if match.start())
        self._shared = {term for name in names for term in asked.terms_of(name)}
        self._shared |= {term for term in asked.terms if term[0].isdigit()}
        self._hidden = numbers_of(term for term in asked.terms if term not in self._shared)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a snapshot has
        return getattr(self._snapshot, name)

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages, those of foreign articles without the terms that are not shared."""
        return [self._read(stored) for stored in self._snapshot.passages(ids)]

    def best_by_words(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The passages of its language that have the words, and the foreign ones that have the shared ones."""
        asked = tuple(words)
        found = self._snapshot.passages(self._snapshot.best_by_words(asked, limit, scope))
        own = [stored.id for stored in found if not self._is_foreign(stored.article_id)]
        by_names = self._snapshot.best_by_words([w for w in asked if w in self._shared], limit, scope)
        return list(dict.fromkeys((*own, *by_names)))

    def _read(self, stored: StoredPassage) -> StoredPassage:
        if not self._is_foreign(stored.article_id):
            return stored
        numbers = stored.term_blobs.unpack_numbers()
        others = np.where(np.isin(numbers, self._hidden), ~numbers, numbers)
        return replace(stored, language=ELSEWHERE, term_blobs=stored.term_blobs._replace(numbers=others.tobytes()))
