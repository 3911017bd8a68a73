"""An optional reranker: a cross-encoder that the operator chooses. It reads the question and a sentence together."""

import logging
from collections.abc import Sequence

import numpy as np

from index.answering.search import RankedSentence
from index.encoding.loading import from_disk_or_hub
from index.errors import ModelError, Remedy
from index.resources import shortage

READ = 20
"""How many of the best sentences it reads. Each of them costs one pass through the model."""

logger = logging.getLogger(__name__)


class CrossEncoderReranker:
    """Any sentence-transformers CrossEncoder with one score per pair, by its name on the model hub or its folder."""

    def __init__(self, name: str) -> None:
        """Load the model. Raises ModelError, OutOfResources."""
        from sentence_transformers import CrossEncoder

        self.name = name
        try:
            self._model = from_disk_or_hub(name, CrossEncoder)
        except Exception as error:  # the hub, the file system and the weights each raise their own
            logger.debug("loading %s", name, exc_info=True)
            raise shortage(error) or ModelError(
                f"The model {name!r} cannot be loaded: it is neither a folder with a CrossEncoder nor one that can be "
                "fetched by that name",
                Remedy.CHOOSE_RERANKER,
            ) from error
        made_for = getattr(self._model.config, "architectures", None) or [""]
        if not any(name.endswith("ForSequenceClassification") for name in made_for):
            raise ModelError(f"The model {name!r} was not trained to score pairs", Remedy.CHOOSE_CROSS_ENCODER)
        if self._model.num_labels != 1:
            raise ModelError(
                f"The model {name!r} gives {self._model.num_labels} scores a pair, and one is needed",
                Remedy.CHOOSE_RANKING_MODEL,
            )

    def order(self, ranked: Sequence[RankedSentence], question: str) -> tuple[RankedSentence, ...]:
        """Order the first READ sentences by the model's scores; the rest follow in their old order.

        The model reads each sentence after the one before it. The old scores of the READ sentences are assigned to them
        in the new order, best first, so that margins between sentences stay comparable.
        """
        first, rest = ranked[:READ], ranked[READ:]
        if not first:
            return ()
        likely = np.asarray(self._model.predict([(question, _with_context(sentence)) for sentence in first]))
        order = np.argsort(-likely, kind="stable").tolist()
        scores = sorted((sentence.score for sentence in first), reverse=True)
        return (*(first[i].scored(score) for i, score in zip(order, scores, strict=True)), *rest)


def _with_context(sentence: RankedSentence) -> str:
    """What the model reads: the sentence, with the sentence before it in its passage in front."""
    article, sentences = sentence.snapshot.with_sentences(sentence.article_id)
    first = max(sentence.number - 1, sentence.passage.first)
    return article.text[sentences[first].start : sentences[sentence.number].end]
