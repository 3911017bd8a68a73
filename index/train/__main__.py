"""Makes the weights anew: `adapter.npz` in `index/encoding`; `reader.npz`, `ranker.npz`, `reading.npz` in `answering`.

`python -m index.train TRAIN NEWS`: TRAIN is a folder with the files named in CORPORA, NEWS a folder as `pullquote eval`
reads it, with the splits `dev` and `dev-absent`. The adapter and the reader see three quarters of TRAIN; the ranker,
and what joins it and the reader, are fitted to the rest of it and to NEWS, of which the others know nothing. Takes
three hours on two cores; `--only adapter`, `--only reader` or `--only ranker` makes that part alone. What is made after
the adapter depends on it: make the rest anew as well.

`python -m index.train TRAIN --only ranker --without-news` fits the ranker to TRAIN alone; where NEWS is named all the
same, it only measures. The SHA-256 of what is made, which it is held against when it is loaded, is written along with
it: into the module that loads it, and into `index/weights.md`.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index import evaluate
from index.answering import ranker, reader, reading
from index.answering.features import FEATURES
from index.answering.tuning import Tuning
from index.encoding import adapter
from index.encoding.encoder import Encoder
from index.encoding.loading import bundled_model_folder
from index.encoding.sentence_transformer import SentenceTransformerEncoder
from index.train import encoder as adapter_training
from index.train import joining
from index.train import ranker as ranker_training
from index.train import reader as reader_training
from index.train.data import hold_out, read
from index.train.examples import Example, LabelledQuestion, as_articles, examples
from index.train.publish import publish
from index.types import Article

ADAPTED = ("squadshifts-amazon", "squadshifts-reddit", "squad2-half", "qamr", "xquad-en")
"""The corpora that the adapter is trained on."""

CORPORA = (*ADAPTED, "qed", "clapnq", "selqa")
"""All corpora. The adapter's come first, so that the same of them is held out as when it was trained."""

READ = tuple(corpus for corpus in CORPORA if corpus != "xquad-en")
"""The corpora that the reader is trained on. XQuAD measures it, in English and in other languages."""

HELD_OUT = 0.25
SEED = 0

JOINED = ("squadshifts-amazon", "squad2-half", "xquad-en")
"""The corpora whose groups are articles, or of one kind."""

MOST = 1200
"""How many held-out questions of a corpus are asked at the most."""

ABSENT_SHARE = 0.25
"""How many of the held-out questions are asked a second time, of a library without their article."""

UNANSWERED = ("squad2-half", "news")
"""The sets whose questions are asked once more without the sentences that answer them."""

RANKED = {
    "squadshifts-amazon": 0.5,
    "squadshifts-reddit": 0.5,
    "squad2-half": 2.0,
    "xquad-en": 1.5,
    "qed": 1.0,
    "clapnq": 0.3,
    "selqa": 0.3,
    "news": 1.5,
}
"""What each corpus counts when the ranker is fitted."""

SURE = {
    "news": 2.0,
    "news-absent": 0.2,
    "news-unanswered": 0.2,
    "squad2-half": 0.3,
    "squad2-half-absent": 0.1,
    "squad2-half-unanswered": 0.2,
    "qed": 0.2,
    "qed-absent": 0.1,
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
    parser.add_argument("--only", choices=("adapter", "reader", "ranker"))
    parser.add_argument("--without-news", action="store_true")
    chosen = parser.parse_args(arguments)
    if not (chosen.news or chosen.without_news or chosen.only in ("adapter", "reader")):
        parser.error("name the folder NEWS, or fit the ranker --without-news")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if chosen.only in (None, "adapter"):
        train_adapter(chosen.train)
    if chosen.only in (None, "reader"):
        train_reader(chosen.train)
    if chosen.only in (None, "ranker"):
        train_ranker(chosen.train, chosen.news, without_news=chosen.without_news)


def train_adapter(folder: Path) -> None:
    """Write `index/encoding/adapter.npz`."""
    kept, held = hold_out(read(folder, ADAPTED), HELD_OUT, SEED)
    trainer = adapter_training.Trainer(str(bundled_model_folder()), adapter_training.Recipe())
    with TemporaryDirectory() as place:
        fresh = Path(place) / adapter.FILE.name
        adapter_training.train(trainer, kept, held, str(fresh))
        publish(fresh, adapter)


def train_reader(folder: Path) -> None:
    """Write `index/answering/reader.npz`."""
    kept, held = hold_out(read(folder, CORPORA), HELD_OUT, SEED)
    trainer = reader_training.Trainer(str(bundled_model_folder()), reader_training.Recipe())
    with TemporaryDirectory() as place:
        fresh = Path(place) / reader.FILE.name
        reader_training.train(trainer, [source for source in kept if source.corpus in READ], held, fresh)
        publish(fresh, reader)


def train_ranker(folder: Path, news: Path | None, *, without_news: bool) -> None:
    """Write `ranker.npz` and `reading.npz`, and say how they do on articles that they were not fitted to."""
    encoder = SentenceTransformerEncoder()
    found = Found.of(folder, news, encoder, without_news=without_news)
    ranked = ranker_training.report_and_fit(found.fitted, RANKED, SURE, encoder.fingerprint)
    logger.info("with the reader:")
    model = reader.Reader.load()
    read_examples = joining.read_all(found.fitted, ranked, model)
    joined = ranker_training.report_and_fit(read_examples, RANKED, SURE, encoder.fingerprint, joining.JOINED)
    if found.measured:
        measured = ranker_training.report_on(found.measured, ranked.ranker)
        ranker_training.report_on(joining.read_all(found.measured, measured, model), joined.ranker)
    with TemporaryDirectory() as place:
        for fitted, module, names in ((ranked, ranker, FEATURES), (joined, reading, reading.COLUMNS)):
            fresh = Path(place) / module.FILE.name
            ranker_training.save(fitted.ranker, fresh, names)
            publish(fresh, module)


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
    return asked("news", known.articles, questions, encoder, [q for q in questions if not q.absent])


def asked(
    corpus: str,
    articles: Sequence[Article],
    questions: Sequence[LabelledQuestion],
    encoder: Encoder,
    again: Sequence[LabelledQuestion],
    unanswered: Sequence[LabelledQuestion] = (),
) -> list[Example]:
    """What the questions find, and what those to be asked `again` find without their article, or without their answer.

    Those `unanswered` have no answer in their article.
    """
    sets = {corpus: questions, f"{corpus}-absent": [replace(question, absent=True) for question in again]}
    if corpus in UNANSWERED:
        sets[f"{corpus}-unanswered"] = [*unanswered, *(replace(question, unanswered=True) for question in again)]
    return list(examples(sets, articles, encoder, Tuning(), ranker.DEPTH))


def held_out_examples(folder: Path, encoder: Encoder) -> list[Example]:
    """What the adapter was not trained on, each corpus a library."""
    _, held = hold_out(read(folder, CORPORA), HELD_OUT, SEED)
    found: list[Example] = []
    for corpus in CORPORA:
        if corpus not in RANKED:
            continue
        articles, known = as_articles([s for s in held if s.corpus == corpus], joined=corpus in JOINED)
        generator = np.random.default_rng(SEED)
        unanswered = [question for question in known if question.unanswered][:MOST]
        known = [question for question in known if not question.unanswered]
        known = [known[i] for i in generator.permutation(len(known))[:MOST].tolist()]
        chosen = generator.permutation(len(known))[: round(ABSENT_SHARE * len(known))]
        found += asked(corpus, articles, known, encoder, [known[i] for i in chosen.tolist()], unanswered)
        logger.info("%s: %d questions asked", corpus, len(known))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
