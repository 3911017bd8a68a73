"""What the tests of `index` share: libraries that read with the word encoder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Library
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def library(folder: Path, encoder: WordEncoder) -> Iterator[Library]:
    """An empty library that answers whatever it finds, however unsure."""
    with Library.open(folder, load_encoder=lambda: encoder, threshold=0.0) as opened:
        yield opened


@pytest.fixture
def town(library: Library) -> Library:
    """A library with the articles of a small town."""
    library.update(ARTICLES)
    return library
