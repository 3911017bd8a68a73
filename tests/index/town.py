"""Articles of a town that does not exist, and ways to make more, for tests that ask which sentence is quoted."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import Article, Library
from tests.encoder import WordEncoder

BRIDGE = Article(
    "bridge",
    "Alder Bridge closes to lorries",
    "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables. "
    "They will replace both cables before the autumn floods. "
    "The county pays 4.2 million crowns for the repair.\n\n"
    "Otto Brandt carries the lorries on his ferry meanwhile. "
    "He makes nine crossings a day.",
    author="Ada Finn",
    published="2026-03-02",  # type: ignore[arg-type]
    url="https://town.example/bridge",
)
HARBOUR = Article(
    "harbour",
    "Boats are back",
    "Fishing boats returned to Pell harbour this week. "
    "A dredger had removed forty thousand tonnes of silt over the winter. "
    "Lena Moss, the harbour master, says that larger trawlers can moor again. "
    "She expects the first on Friday.",
    author="Ivo Hart",
    published="2026-04-15T18:30:00+02:00",  # type: ignore[arg-type]
)
READING_ROOM = Article(
    "reading-room",
    "Longer evenings among books",
    "The reading room keeps its doors open until nine in the evening. "
    "Four hundred residents had signed a petition for longer hours. "
    "The council voted eleven to four for the change. "
    "Volunteers bake bread for the late shift.",
    published="2026-05-20",  # type: ignore[arg-type]
)
SCHOOL = Article("school", "A roof for the school", "The school has no roof. Pupils learn geometry in the town hall.")

ARTICLES = (BRIDGE, HARBOUR, READING_ROOM, SCHOOL)


def crew(number: int, colour: str = "grey") -> str:
    """A sentence of eighteen tokens of the word encoder; `number` and `colour` set it apart."""
    who, what, where = f"crew{number}", f"gate{number}", f"street{number}"
    return (
        f"Painters of {who} coated the old {what} beside {where} in {colour} "
        f"during week{number} while traffic number{number} waited."
    )


def crews(count: int, recoloured: int | None = None) -> str:
    """`count` sentences of eighteen tokens; three fit into a window of sixty. One may be in another colour."""
    return " ".join(crew(n, "amber" if n == recoloured else "grey") for n in range(count))


@contextmanager
def library_of(*articles: Article, encoder: WordEncoder | None = None) -> Iterator[Library]:
    """A library of those articles in a folder of its own, for as long as the block lasts."""
    reader = encoder or WordEncoder()
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(Path(folder), load_encoder=lambda: reader, threshold=0.0) as library,
    ):
        library.update(articles)
        yield library


class InterruptedEncoder(WordEncoder):
    """Raises `error` in place of the passage after `passages` further ones."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self.passages = 0

    def encode_passages(self, passages):  # noqa: ANN001, ANN201 - as the word encoder's
        for number, encoding in super().encode_passages(passages):
            if self.error is not None:
                if self.passages == 0:
                    raise self.error
                self.passages -= 1
            yield number, encoding
