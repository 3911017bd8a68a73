"""The bundled sample: a story and its companion pieces, for a library that has no articles of its own yet."""

from dataclasses import replace
from pathlib import Path

from index.sources.folder import read_folder
from index.types import Article

SAMPLE = "sample"
"""The `source` of the bundled articles."""

_FOLDER = Path(__file__).parent.parent / "story"


def sample_articles() -> tuple[Article, ...]:
    """The bundled articles."""
    return tuple(replace(article, source=SAMPLE) for article in read_folder(_FOLDER).articles)
