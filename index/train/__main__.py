"""Makes the learned weights anew: the files that `index/known.py` names.

`python -m index.train TRAIN NEWS`: TRAIN is a folder with the files named in PLANS, NEWS a folder as `pullquote eval`
reads it, with the splits `dev` and `dev-absent`. The adapter and the readers see three quarters of TRAIN; the ranker,
and what joins it and the readers, are fitted to the rest of it and to NEWS, of which the others know nothing. Takes
about half a day on two cores; `--only adapter`, `--only readers` or `--only ranker` makes that part alone. The ranker
depends on the two others: make it anew as well.

`--model multilingual-e5-small --only ranker` fits the ranker of that model; nothing joins it and the
readers, and its adapter was trained by a variant of `encoder.py` (`index/weights.md`).

`python -m index.train TRAIN --only ranker --without-news` fits the ranker to TRAIN alone; where NEWS is named all the
same, it only measures. The SHA-256 of what is made, which it is held against when it is loaded, is written along with
it: into `index/known.py` and into `index/weights.md`.
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
from index.answering import ranker
from index.answering.features import ENGLISH_FEATURES, FEATURES
from index.answering.reader import Readers
from index.answering.reading import COLUMNS
from index.answering.tuning import Tuning
from index.encoding.encoder import Encoder
from index.encoding.loading import bundled_model_folder, published_folder
from index.encoding.sentence_transformer import SentenceTransformerEncoder
from index.known import MINILM, MULTILINGUAL_E5, READERS, KnownModel
from index.train import encoder as adapter_training
from index.train import everyday, joining
from index.train import ranker as ranker_training
from index.train import reader as reader_training
from index.train.data import SourceText, hold_out, read
from index.train.examples import Example, LabelledQuestion, as_articles, examples
from index.train.foreign import Foreign
from index.train.nearest import NAMED, nearest
from index.train.publish import publish
from index.types import Article

HELD_OUT = 0.25
SEED = 0

READ = ("squadshifts-amazon", "squadshifts-reddit", "squad2-half", "qamr", "qed", "clapnq", "selqa", everyday.CORPUS)
"""The corpora that the readers are trained on. XQuAD measures it, in English and in other languages."""

ABSENT_SHARE = 0.25
"""How many of the held-out questions are asked a second time, of a library without their article."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the weights for one model are learned from.

    corpora:    all corpora, in the order that decides what is held out of each
    joined:     those whose groups are articles, or of one kind
    unanswered: the sets whose questions are asked once more without the sentences that answer them
    foreign:    the sets whose questions are asked once more as if articles were in another language
    ranked:     what each corpus counts when the ranker is fitted
    sure:       the same for the confidence
    features:   what the ranker is told
    most:       how many held-out questions of a corpus are asked at the most
    news_again: the share of the questions of NEWS that are asked again without their article or their answer
    """

    model: KnownModel
    corpora: tuple[str, ...]
    joined: tuple[str, ...]
    unanswered: tuple[str, ...]
    ranked: dict[str, float]
    sure: dict[str, float]
    features: tuple[str, ...] = FEATURES
    foreign: tuple[str, ...] = ()
    most: int = 1200
    news_again: float = 1.0


_ASKED_OF_TEXTS = ("squadshifts-amazon", "squadshifts-reddit", "squad2-half", "qamr")
_OF_MINILM = (*_ASKED_OF_TEXTS, "xquad-en", everyday.CORPUS, "qed", "clapnq", "selqa")
_OF_E5 = (*_ASKED_OF_TEXTS, "jaquad", "drcd", "cmrc", "turkish")

PLANS = {
    MINILM.name: Plan(
        model=MINILM,
        corpora=_OF_MINILM,
        joined=("squadshifts-amazon", "squad2-half", "xquad-en"),
        unanswered=("squad2-half", "news", everyday.CORPUS),
        ranked={
            "squadshifts-amazon": 0.5,
            "squadshifts-reddit": 0.5,
            "squad2-half": 2.0,
            "xquad-en": 1.5,
            "qed": 1.0,
            "clapnq": 0.3,
            "selqa": 0.3,
            "news": 1.5,
            "everyday": 1.5,
        },
        sure={
            "everyday": 1.0,
            "everyday-absent": 0.2,
            "everyday-unanswered": 0.5,
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
        },
        features=ENGLISH_FEATURES,
    ),
    # XQuAD measures this one, so nothing of SQuAD 2.0 is here: it has some of the same paragraphs.
    MULTILINGUAL_E5.name: Plan(
        model=MULTILINGUAL_E5,
        corpora=_OF_E5,
        joined=("jaquad", "drcd", "turkish"),
        unanswered=("jaquad", "drcd", "turkish", "news"),
        ranked={
            "news": 1.5,
            "jaquad": 1.5,
            "drcd": 1.0,
            "turkish": 1.5,
            "news-foreign": 0.5,
            "jaquad-foreign": 0.5,
            "drcd-foreign": 0.5,
            "turkish-foreign": 0.5,
            "news-mixed": 0.5,
            "jaquad-mixed": 0.5,
            "drcd-mixed": 0.5,
            "turkish-mixed": 0.5,
        },
        sure={
            "news": 1.5,
            "news-absent": 0.2,
            "news-unanswered": 0.2,
            "jaquad": 0.5,
            "jaquad-absent": 0.3,
            "jaquad-unanswered": 0.1,
            "drcd": 0.3,
            "drcd-absent": 0.2,
            "drcd-unanswered": 0.1,
            "turkish": 0.5,
            "turkish-absent": 0.3,
            "turkish-unanswered": 0.1,
            "news-foreign": 0.2,
            "news-foreign-absent": 0.1,
            "jaquad-foreign": 0.2,
            "jaquad-foreign-absent": 0.1,
            "drcd-foreign": 0.2,
            "drcd-foreign-absent": 0.1,
            "turkish-foreign": 0.2,
            "turkish-foreign-absent": 0.1,
        },
        foreign=("news", "jaquad", "drcd", "turkish"),
        most=600,
        news_again=0.25,
    ),
}
"""By the names of the models."""

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> None:
    """Train what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m index.train", description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("news", type=Path, nargs="?")
    parser.add_argument("--only", choices=("adapter", "readers", "ranker"))
    parser.add_argument("--without-news", action="store_true")
    parser.add_argument("--model", choices=PLANS, default=MINILM.name)
    chosen = parser.parse_args(arguments)
    if chosen.model != MINILM.name and chosen.only != "ranker":
        parser.error(f"only the ranker is made here for {chosen.model}")
    if not (chosen.news or chosen.without_news or chosen.only in ("adapter", "readers")):
        parser.error("name the folder NEWS, or fit the ranker --without-news")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if chosen.only in (None, "adapter"):
        train_adapter(chosen.train)
    if chosen.only in (None, "readers"):
        train_readers(chosen.train)
    if chosen.only in (None, "ranker"):
        train_ranker(PLANS[chosen.model], chosen.train, chosen.news, without_news=chosen.without_news)


def train_adapter(folder: Path) -> None:
    """Write the adapter of the default model."""
    kept, held = parted(folder, PLANS[MINILM.name].corpora)
    trainer = adapter_training.Trainer(str(bundled_model_folder()), adapter_training.Recipe())
    with TemporaryDirectory() as place:
        fresh = Path(place) / MINILM.adapter.name
        adapter_training.train(trainer, kept, held, str(fresh))
        publish(fresh, MINILM.adapter)


def parted(folder: Path, corpora: Sequence[str]) -> tuple[list[SourceText], list[SourceText]]:
    """The texts of those corpora, of which one is in this package: what is trained on, and what is held out."""
    kept, held = hold_out(read(folder, [corpus for corpus in corpora if corpus != everyday.CORPUS]), HELD_OUT, SEED)
    for story in everyday.read_stories() if everyday.CORPUS in corpora else ():
        (held if story.group.startswith(everyday.HELD) else kept).append(story)
    return kept, held


def train_readers(folder: Path) -> None:
    """Write the readers."""
    kept, held = parted(folder, PLANS[MINILM.name].corpora)
    kept = [source for source in kept if source.corpus in READ]
    for reader, recipe in zip(READERS, reader_training.RECIPES, strict=True):
        logger.info("the reader of %s:", reader.model.name)
        with published_folder(reader.model) as unpacked:
            trainer = reader_training.Trainer(str(unpacked), recipe)
        with TemporaryDirectory() as place:
            fresh = Path(place) / reader.file.name
            reader_training.train(trainer, kept, held, fresh)
            publish(fresh, reader.file)


def train_ranker(plan: Plan, folder: Path, news: Path | None, *, without_news: bool) -> None:
    """Write a model's ranker, and what joins it and the readers, if it has that; say how they do on other articles."""
    encoder = SentenceTransformerEncoder(plan.model.name)
    found = Found.of(plan, folder, news, encoder, without_news=without_news)
    ranked = ranker_training.report_and_fit(found.fitted, plan.ranked, plan.sure, encoder.fingerprint)
    measured = ranker_training.report_on(found.measured, ranked.ranker) if found.measured else None
    fitted = [(ranked.ranker, plan.model.ranker, plan.features)]
    if plan.model.reading:
        logger.info("with the readers:")
        readers = Readers.load()
        sets = {*plan.ranked, *plan.sure}
        read_examples = joining.read_all(found.fitted, ranked, readers, sets)
        joined = ranker_training.report_and_fit(
            read_examples, plan.ranked, plan.sure, encoder.fingerprint, joining.JOINED
        )
        if measured:
            ranker_training.report_on(joining.read_all(found.measured, measured, readers, sets), joined.ranker)
        fitted.append((joined.ranker, plan.model.reading, COLUMNS))
    with TemporaryDirectory() as place:
        for networks, file, names in fitted:
            fresh = Path(place) / file_of(file).name
            ranker_training.save(networks, fresh, names)
            publish(fresh, file_of(file))


def file_of(named: Path | None) -> Path:
    """The file that a model's table names. Raises ValueError if it names none."""
    if named is None:
        raise ValueError("Name the file in index/known.py first.")
    return named


@dataclass(frozen=True, slots=True)
class Found:
    """The examples that the ranker is fitted to, and those that only measure it."""

    fitted: list[Example]
    measured: list[Example]

    @classmethod
    def of(cls, plan: Plan, folder: Path, news: Path | None, encoder: Encoder, *, without_news: bool) -> "Found":
        """What TRAIN and NEWS, where it is named, hold. `without_news` nothing is fitted to NEWS."""
        held = held_out_examples(plan, folder, encoder)
        of_news = news_examples(plan, news, encoder) if news else []
        return cls(held, of_news) if without_news else cls([*of_news, *held], [])


def news_examples(plan: Plan, news: Path, encoder: Encoder) -> list[Example]:
    """The specific questions of `dev` and of `dev-absent`, and those of `dev` again without their articles."""
    known = evaluate.load(news, split="dev", absent_split="dev-absent", specific=True)
    questions = [LabelledQuestion(q.text, q.article_id, q.answers, absent=q.absent) for q in known.questions]
    present = [question for question in questions if not question.absent]
    return asked(plan, "news", known.articles, questions, encoder, present[:: round(1 / plan.news_again)])


def asked(
    plan: Plan,
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
    if corpus in plan.unanswered:
        sets[f"{corpus}-unanswered"] = [*unanswered, *(replace(question, unanswered=True) for question in again)]
    if corpus in plan.foreign:
        kinds = [Foreign.ALL if number % 2 else Foreign.OWN for number in range(len(again))]
        foreign = [replace(question, foreign=kind) for question, kind in zip(again, kinds, strict=True)]
        sets[f"{corpus}-foreign"] = foreign
        sets[f"{corpus}-foreign-absent"] = [replace(question, absent=True) for question in foreign]
        sets[f"{corpus}-mixed"] = [replace(question, foreign=Foreign.OTHERS) for question in again]
    found = examples(sets, articles, encoder, Tuning(), ranker.DEPTH)
    return [replace(example, features=example.features[:, : len(plan.features)]) for example in found]


def held_out_examples(plan: Plan, folder: Path, encoder: Encoder) -> list[Example]:
    """What the adapter was not trained on, each corpus a library."""
    _, held = parted(folder, plan.corpora)
    found: list[Example] = []
    for corpus in plan.corpora:
        if corpus in plan.ranked:
            found += examples_of(plan, corpus, [source for source in held if source.corpus == corpus], encoder)
    return found


def examples_of(plan: Plan, corpus: str, held: Sequence[SourceText], encoder: Encoder) -> list[Example]:
    """What the held-out questions of one corpus find."""
    articles, known = as_articles(held, joined=corpus in plan.joined)
    if corpus == everyday.CORPUS:
        known = that_name_theirs(articles, known, encoder)
    generator = np.random.default_rng(SEED)
    unanswered = [question for question in known if question.unanswered][: plan.most]
    known = [question for question in known if not question.unanswered]
    known = [known[i] for i in generator.permutation(len(known))[: plan.most].tolist()]
    chosen = generator.permutation(len(known))[: round(ABSENT_SHARE * len(known))]
    found = asked(plan, corpus, articles, known, encoder, [known[i] for i in chosen.tolist()], unanswered)
    logger.info("%s: %d questions asked", corpus, len(known))
    return found


def that_name_theirs(
    articles: Sequence[Article], known: Sequence[LabelledQuestion], encoder: Encoder
) -> list[LabelledQuestion]:
    """The questions that name the article which they are about: the others ask nothing that a library could answer."""
    order = nearest([article.text for article in articles], [question.text for question in known], encoder)
    close = [{articles[number].id for number in row[:NAMED]} for row in order.tolist()]
    return [question for question, ids in zip(known, close, strict=True) if question.article_id in ids]


if __name__ == "__main__":
    main(sys.argv[1:])
