"""`pullquote sample`: articles to try things out with, as files."""

from importlib import resources
from pathlib import Path

from index import PullquoteError

STORY = resources.files("index").joinpath("story")
"""The bundled story, which the library holds at first."""

TOWN = resources.files("bot.cli").joinpath("samples")
"""Two more stories of our own, from a town that does not exist."""


def write_samples(folder: Path) -> list[Path]:
    """Write the articles into the folder, and return their files. Raises PullquoteError if one is there already."""
    files = {
        folder / one.name: one.read_bytes()
        for source in (TOWN, STORY)
        for one in sorted(source.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".md")
    }
    for file in files:
        if file.exists():
            raise PullquoteError(f"{file} is there already, and is not written over; name another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            with file.open("xb") as out:
                out.write(content)
    except OSError as error:
        raise PullquoteError(
            f"The articles cannot be written to {folder} ({error.strerror}); name another folder."
        ) from error
    return list(files)
