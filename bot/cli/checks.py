"""What `pullquote doctor` found of one thing."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked and what was found; `remedy` says what to do where something is wrong, else it is None."""

    subject: str
    detail: str
    remedy: str | None = None


def is_fault_among(checks: Iterable[Check]) -> bool:
    """Whether something is wrong."""
    return any(check.remedy for check in checks)
