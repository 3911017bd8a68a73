"""How fast indexing is beside plain `SentenceTransformer.encode`: `python -m tests.tools.benchmark [FOLDER]`.

FOLDER holds articles as for `pullquote articles add`, or an `articles.jsonl` with `id`, `title` and `text`; without it
the bundled story is indexed. Both sides read the same passages in turn, several times; the ratio is the figure to keep.
"""

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sentence_transformers import SentenceTransformer

from index import Article, Library, Parser, SentenceTransformerEncoder, read_folder, sample_articles
from index.encoding.encoder import PassageEncoding, PassageText
from index.encoding.loading import bundled_model_folder

ROUNDS = 5
PASSAGES = 256


class Recording(SentenceTransformerEncoder):
    """Remembers the passages that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[PassageText] = []

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        self.given += passages
        return super().encode_passages(passages)


def main(folder: Path | None) -> None:
    articles, encoder = articles_of(folder), Recording()
    with tempfile.TemporaryDirectory() as data, Library.open(data, load_encoder=lambda: encoder) as library:
        started = time.perf_counter()
        report = library.update(articles)
        seconds = time.perf_counter() - started
    print(f"{len(report.added)} articles, {report.passages_embedded} passages: indexed in {seconds:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")

    passages = encoder.given[:PASSAGES]
    plain = SentenceTransformer(str(bundled_model_folder()), local_files_only=True, device="cpu")
    ratios = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        plain.encode([passage.text for passage in passages], batch_size=32)
        between = time.perf_counter()
        list(encoder.encode_passages(passages))
        done = time.perf_counter()
        ratios.append((between - started) / (done - between))
        print(
            f"plain {len(passages) / (between - started):.1f}, ours {len(passages) / (done - between):.1f} passages/s"
        )
    print(f"ours over plain, median of {ROUNDS}: {statistics.median(ratios):.2f}")


def articles_of(folder: Path | None) -> list[Article]:
    if folder is None:
        return list(sample_articles())
    lines = folder / "articles.jsonl"
    if not lines.is_file():
        with Parser() as parser:
            return list(read_folder(folder, parser).articles)
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    return [Article(row["id"], row["title"] or row["id"], row["text"]) for row in rows]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
