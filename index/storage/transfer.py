"""Copies a library from one storage to another, of whatever engines. Nothing is embedded again."""

from index.storage.seam import Records, Storage
from index.types import SourceUpdate


def copy_library(source: Records, target: Storage, *, with_former: bool, patience: float = 10.0) -> None:
    """Put all that a library holds into a storage that is new, in one update.

    `source` is a snapshot of the whole. With `with_former` that includes what is kept of earlier generations. Raises as
    `writing` does.
    """
    made_with, generation = source.manifest(), source.read_generation()
    oldest_first = [headline.id for headline in reversed(source.headlines())]
    with target.writing(patience) as update:
        if made_with is not None:
            update.set_manifest(made_with)
        for article_id in oldest_first:
            update.put(*source.packed(article_id))
        update.remember(
            SourceUpdate(tuple(source.sources()), tuple(source.source_pages()), exclude=tuple(source.excluded()))
        )
        if (brought_in := source.brought_in()) is not None:
            update.bring_in(brought_in)
        if with_former:
            for kept in reversed(source.kept_generations()):
                update.keep_former(kept, source.kept_articles(kept.generation))
        update.continue_from(generation - 1 if oldest_first else generation, source.read_well())
