"""What crosses the seam of storage."""

from dataclasses import replace

from index import Article
from index.storage.types import content_hash


def test_the_content_hash_changes_with_every_field() -> None:
    full = Article(
        "a", "T", "Text.", author="A", published="2026-01-01", updated="2026-01-02", url="u", source="s", section="c"
    )  # type: ignore[arg-type]
    others = [
        replace(full, id="b"), replace(full, title="U"), replace(full, text="Text"), replace(full, author=None),
        replace(full, published="2026-01-03"), replace(full, updated=None), replace(full, url="v"),
        replace(full, source="t"), replace(full, section="d"), replace(full, author="u", url="A"),
    ]  # fmt: skip
    assert len({content_hash(article) for article in (full, *others)}) == 11
    assert content_hash(full) == content_hash(replace(full, published="2026-01-01T01:00:00+01:00"))
