"""A cross-encoder of the operator's own choice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index import Article, CrossEncoderReranker, Library, ModelError
from index.answering.search import RankedSentence
from index.encoding.loading import bundled_model_folder
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES


def make_cross_encoder(folder: Path, labels: int = 1) -> Path:
    """A cross-encoder of two small layers that nobody trained, always the same one."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertForSequenceClassification(BertConfig(num_labels=labels, **sizes)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(bundled_model_folder())).save_pretrained(folder)
    return folder


def test_its_scores_order_the_best_sentences(tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    question = "Who carries the lorries on his ferry?"
    folder = make_cross_encoder(tmp_path / "cross-encoder")
    with Library.open(tmp_path / "plain", load_encoder=WordEncoder, threshold=0.0) as library:
        library.update(ARTICLES)
        plain = library.ask(question, limit=10)
    with Library.open(
        tmp_path / "plain",
        load_encoder=WordEncoder,
        load_reranker=lambda: CrossEncoderReranker(str(folder)),
        threshold=0.0,
    ) as library:
        library.warm()
        reordered = library.ask(question, limit=10)

    model = CrossEncoder(str(folder), device="cpu")
    by_text = {quote.text: quote for quote in plain.closest}
    assert {quote.text for quote in reordered.closest} <= {s for article in ARTICLES for s in _sentences(article.text)}
    scores = {quote.text: model.predict([(question, _read(quote))])[0] for quote in reordered.closest}
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert [quote.text for quote in reordered.closest] != list(by_text), "an untrained model orders them otherwise"
    assert reordered.confidence == plain.confidence
    assert [q.score for q in reordered.closest] == sorted((q.score for q in reordered.closest), reverse=True)


class Backwards(CrossEncoderReranker):
    """Puts the last first, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def order(self, ranked: Sequence[RankedSentence], question: str) -> tuple[RankedSentence, ...]:
        self.asked.append(question)
        scores = [sentence.score for sentence in ranked]
        return tuple(s.scored(score) for s, score in zip(reversed(ranked), scores, strict=True))


def test_it_reads_a_follow_up_behind_what_that_leans_on(tmp_path: Path) -> None:
    reranker = Backwards()
    with Library.open(
        tmp_path / "library", load_encoder=WordEncoder, load_reranker=lambda: reranker, threshold=0.0
    ) as library:
        library.update(ARTICLES)
        before = library.ask("Who carries the lorries on his ferry?")
        library.ask("and how many crossings?", follows=before)
    assert reranker.asked == [
        "Who carries the lorries on his ferry?",
        f"Who carries the lorries on his ferry? {before.quotes[0].text} and how many crossings?",
    ]


def test_of_what_it_puts_first_the_newest_goes_first_where_that_is_asked_for(tmp_path: Path) -> None:
    counts = [("old", "2026-01-10", 41), ("new", "2026-03-10", 52), ("between", "2026-02-10", 63)]
    articles = [
        Article(name, "Swans", f"The keeper counted {count} swans on the pond.", published=day)  # type: ignore[arg-type]
        for name, day, count in counts
    ]
    with Library.open(
        tmp_path / "library", load_encoder=WordEncoder, load_reranker=Backwards, threshold=0.0
    ) as library:
        library.update(articles)
        assert library.ask("How many swans has the keeper counted today?").quotes[0].article.id == "new"


def test_what_is_no_cross_encoder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="by that name; name another, or none"):
        CrossEncoderReranker(str(tmp_path / "nothing"))
    with pytest.raises(ModelError, match="was not trained to score pairs; name a CrossEncoder"):
        CrossEncoderReranker(str(bundled_model_folder()))
    with pytest.raises(ModelError, match="gives 3 scores a pair"):
        CrossEncoderReranker(str(make_cross_encoder(tmp_path / "three", labels=3)))


def _sentences(text: str) -> list[str]:
    from index.text import split_sentences

    return [text[s.start : s.end] for s in split_sentences(text)]


def _read(quote):  # noqa: ANN001, ANN202
    """The sentence behind the one before it, as the model reads it."""
    from index.text import split_sentences

    sentences = split_sentences(quote.article.text)
    number = next(i for i, s in enumerate(sentences) if s.start == quote.start)
    return quote.article.text[sentences[max(number - 1, 0)].start : quote.end]
