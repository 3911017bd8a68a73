"""Puts fresh weights in the place of those that ship, and their SHA-256 wherever it stands."""

import shutil
from pathlib import Path
from types import ModuleType

from index.encoding.weights import sha256_of

PAGE = Path(__file__).parents[1] / "weights.md"


def publish(fresh: Path, module: ModuleType, page: Path = PAGE) -> None:
    """Make the file `fresh` the FILE of `module`, and its digest the SHA256, in the module's code and on `page`.

    What runs on in this process goes by the new digest as well. Raises ValueError, before anything is changed, where
    the code or the page does not hold the digest so far.
    """
    before, digest = str(module.SHA256), sha256_of(fresh)
    texts = {file: file.read_text(encoding="utf-8") for file in (Path(str(module.__file__)), page)}
    for file, text in texts.items():
        if before not in text:
            raise ValueError(f"{file} does not name {before}, the digest so far; put it back where it stood.")
    shutil.move(fresh, module.FILE)
    for file, text in texts.items():
        file.write_text(text.replace(before, digest), encoding="utf-8")
    vars(module)["SHA256"] = digest
