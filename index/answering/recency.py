"""Questions that ask for the newest.

If a question asks for the newest, or is limited to a period, the search and the scores stay the same. Only among
sentences that answer about equally well does the date of the article decide which comes first.
"""

import re
from datetime import UTC, datetime, timedelta

from index.answering.equals import equals_by
from index.answering.search import RankedSentence, Ranking
from index.answering.tuning import Tuning
from index.languages import ENGLISH, any_of, language
from index.words import terms

_HOW_NEW = (
    r"\b(?:(?:the |my |your )?(?:latest|newest)(?: of| on| about)?|(?:the )?most recent(?:ly)?|recent(?:ly)?"
    r"|(?:right )?now(?! that\b)|current(?:ly)?|at (?:the|this) moment|these days|nowadays|up to date|so far)\b"
)
_NEWEST = re.compile(rf"{_HOW_NEW}|\b(?:today(?:['’]?s)?|tonight|this (?:week|month))\b", re.IGNORECASE)
_HOW_NEW_ALONE = re.compile(rf"{_HOW_NEW} ?", re.IGNORECASE)


def asks_for_newest(question: str, code: str = ENGLISH) -> bool:
    """Whether the question asks for the current state: "latest", "most recent", "today", "this week", "now".

    `code` is its language.
    """
    if code != ENGLISH:
        spoken = language(code)
        return any_of(f"{spoken.newest},{spoken.today}", spoken.edges).search(question) is not None
    return _NEWEST.search(question) is not None


def without_newest(question: str, code: str = ENGLISH) -> str:
    """The question without the words that only say how new the answer should be. If nothing else is left, unchanged.

    An answer need not contain these words: with "latest", the bundled story's answer to "What is the latest word from
    Pyongyang?" had a confidence of .57, and without it .90.
    """
    how_new = _HOW_NEW_ALONE if code == ENGLISH else any_of(language(code).newest, language(code).edges)
    rest = " ".join(how_new.sub("", question).split()) if code != ENGLISH else how_new.sub("", question).strip()
    return rest if terms(rest, code) else question


def newest_first(ranking: Ranking, tuning: Tuning) -> Ranking:
    """Order the sentences that answer about equally well by date, the newest article first.

    These are the sentences whose scores are at most `Tuning.equally_good` times the spread below the best. Sentences of
    articles without a date come last among them. Sentences of the same date, and all other sentences, keep their order.
    """
    return equals_by(ranking, tuning.equally_good, tuning, _age)


def _age(sentence: RankedSentence) -> timedelta:
    headline = sentence.snapshot.headline(sentence.article_id)
    published = headline.published if headline else None
    return datetime.max.replace(tzinfo=UTC) - (published or datetime.min.replace(tzinfo=UTC))
