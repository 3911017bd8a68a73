"""How often readers voted an answer right, by how sure it said that it was; and the threshold that would suit that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.storage.answers import RatedQuestion
from bot.wording import Certainty, certainty

VOTED = 20
"""How many answers must have been voted on before a threshold is suggested."""

GAIN = 3
"""How many more answers right than wrong another threshold must bring: by fewer, the votes may only have chanced so."""

STEPS = tuple(percent / 100 for percent in range(5, 100, 5))
"""The thresholds that are looked at."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """How many answers that said to be this sure were voted right, and wrong: by most of their votes."""

    certainty: Certainty
    right: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Suiting:
    """The threshold that suits the votes on a server's answers, in place of the present one.

    `right` and `wrong` count the answers that it leaves out, or lets in if it is lower than the present one. Both are 0
    if the present one suits.
    """

    threshold: float
    present: float
    right: int = 0
    wrong: int = 0

    @property
    def is_present(self) -> bool:
        """Whether the threshold can stay as it is."""
        return self.threshold == self.present


def sureness(asked: Iterable[RatedQuestion]) -> tuple[Sureness, ...]:
    """How often answers were voted right, for each certainty with a vote, the surest first."""
    voted = _voted(asked)
    counted = (
        Sureness(
            kind,
            sum(_certainty(one) is kind and _is_right(one) for one in voted),
            sum(_certainty(one) is kind and not _is_right(one) for one in voted),
        )
        for kind in Certainty
    )
    return tuple(one for one in counted if one.right or one.wrong)


def suiting(asked: Iterable[RatedQuestion], present: float) -> Suiting | None:
    """The threshold above which most answers were voted right, or the `present` one if none is clearly better.

    It is the one that lets in the most answers that were voted right beyond those that were voted wrong; of several,
    the nearest to the present one. None if fewer than VOTED answers have votes.
    """
    voted = [one for one in _voted(asked) if not one.chosen]
    if len(voted) < VOTED:
        return None

    def worth(threshold: float) -> int:
        return sum(1 if _is_right(one) else -1 for one in voted if one.confidence >= threshold)

    best = max(STEPS, key=lambda threshold: (worth(threshold), -abs(threshold - present)))
    if worth(best) - worth(present) < GAIN:
        return Suiting(present, present)
    low, high = sorted((best, present))
    between = [one for one in voted if low <= one.confidence < high]
    right = sum(map(_is_right, between))
    return Suiting(best, present, right, len(between) - right)


def _voted(asked: Iterable[RatedQuestion]) -> Sequence[RatedQuestion]:
    """The questions that were shown a sentence, and of whose votes more are for it than against it, or the reverse."""
    return [one for one in asked if (one.quotes or one.perhaps) and one.votes.up != one.votes.down]


def _is_right(one: RatedQuestion) -> bool:
    return one.votes.up > one.votes.down


def _certainty(one: RatedQuestion) -> Certainty:
    if one.chosen:
        return Certainty.CHOSEN
    return Certainty.PERHAPS if one.perhaps else certainty(one.confidence)
