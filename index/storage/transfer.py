"""Copies a library from one storage to another, of whatever engines, and tells what both hold.

Nothing is embedded again: encodings, terms and ids of passages go over as they are stored.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.errors import LibraryDamaged, LibraryError, Remedy
from index.storage.blobs import pack_spans
from index.storage.rows import former_as_json, page_values, source_values
from index.storage.seam import Records, Storage, Update
from index.storage.types import Manifest, PackedArticle, content_hash
from index.types import KeptGeneration, SourceUpdate

AT_ONCE = 100
"""How many articles one update copies. They are in memory at once."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a library holds: counts, and a SHA-256 over all of it, which is the same whatever engine stores it."""

    generation: int
    articles: int
    passages: int
    sources: int
    kept: int
    """Updates that can be undone."""
    digest: str


OnArticles = Callable[[int], None]
"""A callback that is told how many more articles were copied or read."""


def copy_library(
    source: Records,
    target: Storage,
    *,
    with_former: bool,
    indexed: bool = True,
    patience: float = 10.0,
    on_articles: OnArticles = lambda _: None,
) -> Contents:
    """Put all that a library holds into a storage that is new, or that holds what was copied of the same generation.

    `source` is a snapshot of the whole. With `with_former` that includes what is kept of earlier generations. Articles
    go over a few at a time, and the rest comes with the last of them; if it is to be `indexed`, so does what only makes
    searches fast. Returns what `source` holds. Raises LibraryDamaged if that is not what was written, and as `writing`
    does.
    """
    made_with, account = source.manifest(), _Account()
    batches = list(_batches(source.in_order()))
    for number, ids in enumerate(batches, start=1):
        articles = _read(source, ids, account)
        with target.writing(patience) as update:
            held = update.content_hashes(ids)
            if missing := [article for article in articles if article.article.id not in held]:
                if made_with is not None:
                    update.set_manifest(made_with)
                for article in missing:
                    update.put(*article)
                is_last = number == len(batches)
                if not (is_last and indexed):
                    update.put_off_indexing()
                if is_last:
                    _copy_rest(source, update, with_former=with_former, counts_up=True)
        on_articles(len(ids))
    if not batches:
        with target.writing(patience) as update:
            if made_with is not None:
                update.set_manifest(made_with)
            _copy_rest(source, update, with_former=with_former, counts_up=False)
    return account.closed(source, with_former=with_former)


def contents_of(source: Records, *, with_former: bool, on_articles: OnArticles = lambda _: None) -> Contents:
    """What a library holds, all of which is read. `source` and `with_former` are as in `copy_library`.

    Raises LibraryDamaged if that is not what was written.
    """
    account = _Account()
    for ids in _batches(source.in_order()):
        _read(source, ids, account)
        on_articles(len(ids))
    return account.closed(source, with_former=with_former)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _read(source: Records, ids: Sequence[str], account: "_Account") -> list[PackedArticle]:
    """Read some articles, whose fields must be those that were written."""
    hashes, articles = source.content_hashes(ids), source.packed(ids)
    for packed in articles:
        if content_hash(packed.article) != hashes[packed.article.id]:
            raise LibraryDamaged(f"“{packed.article.id}” has changed since it was stored", Remedy.MEND)
        account.add(packed, hashes[packed.article.id])
    return articles


def _copy_rest(source: Records, update: Update, *, with_former: bool, counts_up: bool) -> None:
    """Copy all but the articles; `counts_up` says whether the update counts the generation up at its end."""
    update.remember(
        SourceUpdate(tuple(source.sources()), tuple(source.source_pages()), exclude=tuple(source.excluded()))
    )
    if (brought_in := source.brought_in()) is not None:
        update.bring_in(brought_in)
    if with_former:
        for kept in reversed(source.kept_generations()):
            update.keep_former(kept, source.kept_articles(kept.generation))
    generation = source.read_generation() - int(counts_up)
    update.continue_from(generation, source.read_well(), source.failing_since(), source.last_passage())


class _Account:
    """Counts and hashes what is read of a library."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._articles = self._passages = self._newest = 0

    def add(self, packed: PackedArticle, fields: bytes) -> None:
        """An article, the next one in order, with the hash of its fields."""
        article, sentences, passages = packed
        self._put([article.id, fields.hex(), article.language, pack_spans(sentences).hex(), len(passages)])
        for one in passages:
            if one.id <= self._newest:
                raise LibraryError(
                    f"The passages of “{article.id}” do not stand together; put that article into its library again."
                )
            self._newest = one.id
            span = one.passage
            self._put([one.id, span.start, span.end, span.first, span.last, one.key.hex()])
            for blob in (*one.term_blobs, one.cues, *one.blobs):
                self._digest.update(len(blob).to_bytes(8, "big"))
                self._digest.update(blob)
        self._articles += 1
        self._passages += len(passages)

    def closed(self, source: Records, *, with_former: bool) -> Contents:
        """All of it, with the rest of what `source` holds."""
        made_with, sources = source.manifest(), source.sources()
        kept = source.kept_generations() if with_former else []
        brought_in = source.brought_in()
        self._put({
            "generation": source.read_generation(),
            "made with": {name: getattr(made_with, name) for name in Manifest.__slots__} if made_with else None,
            "sources": [source_values(one) for one in sources],
            "pages": [page_values(page) for page in source.source_pages()],
            "excluded": source.excluded(),
            "brought in": _stated(brought_in) if brought_in else None,
            "read well": {address: _stated(moment) for address, moment in source.read_well().items()},
            "failing since": {address: _stated(moment) for address, moment in source.failing_since().items()},
            "last passage": source.last_passage(),
            "kept": [[one.generation, _stated(one.made), _stated(one.until), _former(source, one)] for one in kept],
        })  # fmt: skip
        return Contents(
            source.read_generation(), self._articles, self._passages, len(sources), len(kept), self._digest.hexdigest()
        )

    def _put(self, value: object) -> None:
        self._digest.update(json.dumps(value, sort_keys=True).encode())


def _former(source: Records, kept: KeptGeneration) -> dict[str, str | None]:
    """The articles as they were before an update."""
    articles = source.kept_articles(kept.generation)
    return {name: None if article is None else former_as_json(article) for name, article in articles.items()}


def _stated(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
