"""Makes `index/encoding/adapter.npz` and `index/answering/ranker.npz` anew.

`python -m index.train TRAIN NEWS`: TRAIN is a folder with the files named in CORPORA, NEWS a folder as `pullquote eval`
reads it, with the splits `dev` and `dev-absent`. The adapter sees three quarters of TRAIN; the ranker is fitted to the
rest of it and to NEWS, of which the adapter knows nothing. Takes about an hour on two cores; `--only adapter` or
`--only ranker` makes that part alone.

`python -m index.train TRAIN --only ranker --without-news` fits the ranker to TRAIN alone; where NEWS is named all the
same, it only measures. The SHA-256 of what is made, which it is held against when it is loaded, is written along with
it: into `index/encoding/adapter.py` or `index/answering/ranker.py`, and into `index/weights.md`.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index import evaluate
from index.answering import ranker
from index.answering.tuning import Tuning
from index.encoding import adapter
from index.encoding.encoder import Encoder
from index.encoding.loading import bundled_model_folder
from index.encoding.sentence_transformer import SentenceTransformerEncoder
from index.train import encoder as adapter_training
from index.train import ranker as ranker_training
from index.train.data import hold_out, read
from index.train.examples import Example, LabelledQuestion, as_articles, examples
from index.train.publish import publish

CORPORA = ("squadshifts-amazon", "squadshifts-reddit", "squad2-half", "qamr", "xquad-en")
HELD_OUT = 0.25
SEED = 0

JOINED = ("squadshifts-amazon", "squad2-half", "xquad-en")
"""The corpora whose groups are articles, or of one kind."""

MOST = 1200
"""How many held-out questions of a corpus are asked at the most."""

ABSENT_SHARE = 0.25
"""How many of the held-out questions are asked a second time, of a library without their article."""

RANKED = {"squadshifts-amazon": 0.5, "squadshifts-reddit": 0.5, "squad2-half": 2.0, "xquad-en": 1.5, "news": 1.5}
"""What each corpus counts when the ranker is fitted."""

SURE = {
    "news": 2.0,
    "news-absent": 0.2,
    "squad2-half": 0.3,
    "squad2-half-absent": 0.1,
    "xquad-en": 0.2,
    "xquad-en-absent": 0.1,
}
"""The same for the confidence."""

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> None:
    """Train what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m index.train", description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("news", type=Path, nargs="?")
    parser.add_argument("--only", choices=("adapter", "ranker"))
    parser.add_argument("--without-news", action="store_true")
    chosen = parser.parse_args(arguments)
    if not (chosen.news or chosen.without_news or chosen.only == "adapter"):
        parser.error("name the folder NEWS, or fit the ranker --without-news")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if chosen.only != "ranker":
        train_adapter(chosen.train)
    if chosen.only != "adapter":
        train_ranker(chosen.train, chosen.news, without_news=chosen.without_news)


def train_adapter(folder: Path) -> None:
    """Write `index/encoding/adapter.npz`."""
    kept, held = hold_out(read(folder, CORPORA), HELD_OUT, SEED)
    trainer = adapter_training.Trainer(str(bundled_model_folder()), adapter_training.Recipe())
    with TemporaryDirectory() as place:
        fresh = Path(place) / adapter.FILE.name
        adapter_training.train(trainer, kept, held, str(fresh))
        publish(fresh, adapter)


def train_ranker(folder: Path, news: Path | None, *, without_news: bool) -> None:
    """Write `index/answering/ranker.npz`, and say how it does on articles that it was not fitted to."""
    encoder = SentenceTransformerEncoder()
    found = Found.of(folder, news, encoder, without_news=without_news)
    fitted = ranker_training.report_and_fit(found.fitted, RANKED, SURE, encoder.fingerprint)
    if found.measured:
        ranker_training.report_on(found.measured, fitted)
    with TemporaryDirectory() as place:
        fresh = Path(place) / ranker.FILE.name
        ranker_training.save(fitted, fresh)
        publish(fresh, ranker)


@dataclass(frozen=True, slots=True)
class Found:
    """The examples that the ranker is fitted to, and those that only measure it."""

    fitted: list[Example]
    measured: list[Example]

    @classmethod
    def of(cls, folder: Path, news: Path | None, encoder: Encoder, *, without_news: bool) -> "Found":
        """What TRAIN and NEWS, where it is named, hold. `without_news` nothing is fitted to NEWS."""
        held, of_news = held_out_examples(folder, encoder), news_examples(news, encoder) if news else []
        return cls(held, of_news) if without_news else cls([*of_news, *held], [])


def news_examples(news: Path, encoder: Encoder) -> list[Example]:
    """The specific questions of `dev` and of `dev-absent`, and those of `dev` again without their articles."""
    known = evaluate.load(news, split="dev", absent_split="dev-absent", specific=True)
    questions = [LabelledQuestion(q.text, q.article_id, q.answers, absent=q.absent) for q in known.questions]
    without = [LabelledQuestion(q.text, q.article_id, q.answers, absent=True) for q in known.questions if not q.absent]
    return [
        *examples("news", known.articles, questions, encoder, Tuning(), ranker.DEPTH),
        *examples("news-absent", known.articles, without, encoder, Tuning(), ranker.DEPTH),
    ]


def held_out_examples(folder: Path, encoder: Encoder) -> list[Example]:
    """What the adapter was not trained on, each corpus a library."""
    _, held = hold_out(read(folder, CORPORA), HELD_OUT, SEED)
    found: list[Example] = []
    for corpus in CORPORA:
        if corpus not in RANKED:
            continue
        articles, known = as_articles([s for s in held if s.corpus == corpus], joined=corpus in JOINED)
        generator = np.random.default_rng(SEED)
        known = [known[i] for i in generator.permutation(len(known))[:MOST].tolist()]
        chosen = generator.permutation(len(known))[: round(ABSENT_SHARE * len(known))]
        without = [
            LabelledQuestion(known[i].text, known[i].article_id, known[i].answers, absent=True) for i in chosen.tolist()
        ]
        found += examples(corpus, articles, known, encoder, Tuning(), ranker.DEPTH)
        found += examples(f"{corpus}-absent", articles, without, encoder, Tuning(), ranker.DEPTH)
        logger.info("%s: %d questions asked", corpus, len(known) + len(without))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
