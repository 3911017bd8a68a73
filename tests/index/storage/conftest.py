"""What the tests of storage share."""

from pathlib import Path

import pytest

from index.storage.store import Store


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(folder)
