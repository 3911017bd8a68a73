"""Puts fresh weights in the place of those that ship, and their SHA-256 wherever it stands."""

import shutil
from pathlib import Path

from index import known
from index.encoding.weights import sha256_of

PAGE = Path(__file__).parents[1] / "weights.md"


def publish(fresh: Path, file: Path, table: Path = Path(known.__file__), page: Path = PAGE) -> None:
    """Make `fresh` the learned file `file`, and its digest the one in `table`, the code of `known`, and on `page`.

    What runs on in this process goes by the new digest as well. Raises ValueError, before anything is changed, where
    the code or the page does not hold the digest so far.
    """
    before, digest = known.SHA256[file.name], sha256_of(fresh)
    texts = {place: place.read_text(encoding="utf-8") for place in (table, page)}
    for place, text in texts.items():
        if before not in text:
            raise ValueError(f"{place} does not name {before}, the digest so far; put it back where it stood.")
    shutil.move(fresh, file)
    for place, text in texts.items():
        place.write_text(text.replace(before, digest), encoding="utf-8")
    known.SHA256[file.name] = digest
