"""How fast the encoder is beside plain `SentenceTransformer.encode`, over the same passages.

Both sides read them in turn, several times; the ratio is the figure to keep.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from index import Article, Library, SentenceTransformerEncoder
from index.encoding.encoder import PassageEncoding, PassageText
from index.encoding.loading import bundled_model_folder
from tests.tools.benchmark.articles import articles_of
from tests.tools.benchmark.measuring import Clock, machine, peak_mib

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


def index(articles: Sequence[Article], encoder: Recording) -> Iterator[str]:
    """Index the articles into a library that is thrown away."""
    with tempfile.TemporaryDirectory() as data, Library.open(data, load_encoder=lambda: encoder) as library:
        began = time.perf_counter()
        report = library.update(articles)
        seconds = time.perf_counter() - began
    yield f"{len(report.added)} articles, {report.passages_embedded} passages: indexed in {seconds:.1f} s"
    yield f"peak memory {peak_mib():.0f} MiB"


def compare(
    plain: Callable[[], object],
    ours: Callable[[], object],
    passages: int,
    rounds: int = ROUNDS,
    clock: Clock = time.perf_counter,
) -> Iterator[str]:
    """Let both read in turn."""
    ratios = []
    for _ in range(rounds):
        began = clock()
        plain()
        between = clock()
        ours()
        done = clock()
        ratios.append((between - began) / (done - between))
        yield f"plain {passages / (between - began):.1f}, ours {passages / (done - between):.1f} passages/s"
    yield f"ours over plain, median of {rounds}: {median(ratios):.2f}"


def main(folder: Path | None) -> None:
    """Index the articles in `folder`, then compare the two on the first PASSAGES passages, and print the figures."""
    from sentence_transformers import SentenceTransformer

    print(machine(), flush=True)
    encoder = Recording()
    for line in index(articles_of(folder), encoder):
        print(line)
    passages = encoder.given[:PASSAGES]
    texts = [passage.text for passage in passages]
    plain = SentenceTransformer(str(bundled_model_folder()), local_files_only=True, device="cpu")
    ours_over_plain = compare(
        lambda: plain.encode(texts, batch_size=32), lambda: list(encoder.encode_passages(passages)), len(passages)
    )
    for line in ours_over_plain:
        print(line, flush=True)
