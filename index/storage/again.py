"""Reads again, from the beginning, what the loss of a connection has cut off."""

import logging
from collections.abc import Callable
from typing import TypeVar

from index.errors import LibraryUnreachable

T = TypeVar("T")

logger = logging.getLogger(__name__)


def again(read: Callable[[], T]) -> T:
    """What `read` gives. If its server cannot be reached, it is called once more; it must change nothing.

    Raises what the second call raises.
    """
    try:
        return read()
    except LibraryUnreachable as error:
        logger.info("Read again from the beginning: %s", error)
        return read()
