"""Tells from when a library is: when its sources were read last, and which of them cannot be read any more."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from index.storage.seam import Records
from index.types import READ_WELL, Freshness


def freshness_of(records: Records, article_ids: Collection[str] = ()) -> Freshness:
    """From when the records are, and which of these articles no source brings up to date any more.

    All sources that can be read count, and the one that was read longest ago is told. If none can be read, it is when
    one was read last.
    """
    sources, read_well = records.sources(), records.read_well()
    fresh = [source.checked for source in sources if source.checked and source.result == READ_WELL]
    read: datetime | None
    if fresh:
        read = min(fresh)
    elif read_well:
        read = max(read_well.values())
    else:
        read = None if sources else records.brought_in()
    silent = {source.address for source in sources if source.problem}
    if not (silent and article_ids):
        return Freshness(read)
    having: defaultdict[str, set[str]] = defaultdict(set)
    for page in records.source_pages():
        if page.article_id in article_ids:
            having[page.article_id].add(page.source)
    silent_since = {
        article_id: max(read_well[address] for address in addresses if address in read_well)
        for article_id, addresses in having.items()
        if addresses <= silent and addresses & read_well.keys()
    }
    return Freshness(read, silent_since)
