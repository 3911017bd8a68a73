"""The bundled sample articles, for a library that has no articles of its own yet."""

from pathlib import Path

from index.origin import Origin, OriginKind
from index.sources.document import read_document
from index.types import Article

_FOLDER = Path(__file__).parent.parent / "story"


def sample_articles() -> tuple[Article, ...]:
    """Read the bundled articles. They are our own, so they need no child process."""
    return tuple(
        read_document(path.read_bytes(), path.name, article_id=path.stem, source=Origin(OriginKind.SAMPLE).source)
        for path in sorted(_FOLDER.glob("*.md"))
    )
