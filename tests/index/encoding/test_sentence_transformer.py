"""The bundled model: the published weights, and vectors that are what they say."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import DEFAULT_MODEL_SHA256, Article, Library, ModelError, SentenceTransformerEncoder
from index.encoding.adapter import Adapter
from index.encoding.encoder import PassageEncoding, PassageText, unit
from index.encoding.loading import bundled_model_folder
from index.encoding.weights import sha256_of
from index.known import MINILM
from index.passages import fitting_passages
from index.text import make_passages, split_sentences
from index.types import Span
from tests.encoder import dequantize
from tests.index.town import ARTICLES, BRIDGE

TEXTS = [
    *(article.text for article in ARTICLES),
    "The gate is shut.",
    "Ærø's café 😀 opened on Jan. 5, at 3.5 million crowns; “naïve,” said one. 橋は閉じた。 𝔊ate 🏴󠁧󠁢󠁳󠁣󠁴󠁿 end.",
    "One. Two! Three? Four…",
    " ".join(f"Word{n} stands here." for n in range(40)),
]


def passage_of(text: str) -> PassageText:
    return PassageText(text, tuple(Span(s.start, s.end) for s in split_sentences(text)))


@pytest.fixture(scope="module")
def encodings(real_encoder: SentenceTransformerEncoder) -> list[PassageEncoding]:
    found = dict(real_encoder.encode_passages([passage_of(text) for text in TEXTS]))
    return [found[number] for number in range(len(TEXTS))]


@pytest.fixture(scope="module")
def plain_model() -> Any:  # noqa: ANN401 - a SentenceTransformer, imported late
    """The same weights as sentence-transformers loads them, in float32, with the adapter added to them."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_model_folder()), local_files_only=True, device="cpu")
    Adapter.load(MINILM.adapter).add_to(model[0].auto_model)
    return model


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(unit(one) @ unit(other))


# The weights


def test_the_encoder_says_what_its_vectors_are(real_encoder: SentenceTransformerEncoder) -> None:
    assert (real_encoder.name, real_encoder.dimension, real_encoder.token_dimension) == ("all-MiniLM-L6-v2", 384, 384)
    assert real_encoder.fingerprint == f"{DEFAULT_MODEL_SHA256[:16]}+{sha256_of(MINILM.adapter)[:16]}"
    assert 200 <= real_encoder.window <= 254  # of 256 tokens two are special


def test_the_same_weights_in_a_folder_go_without_the_adapter(real_encoder: SentenceTransformerEncoder) -> None:
    folder = str(bundled_model_folder())
    other = SentenceTransformerEncoder(folder)
    assert (other.name, other.fingerprint) == (folder, DEFAULT_MODEL_SHA256[:16])
    question = other.encode_question("Who shut the gate?")
    assert question.answer is None
    assert question.emphasis.tolist() == [1.0] * len(question.token_spans)


# Vectors


def test_passage_vectors_are_the_models_own(encodings: list[PassageEncoding], plain_model: Any) -> None:  # noqa: ANN401
    expected = plain_model.encode(TEXTS, normalize_embeddings=True)
    for encoding, vector in zip(encodings, expected, strict=True):
        assert (encoding.vector.shape, encoding.vector.dtype) == ((384,), np.float32)
        assert np.linalg.norm(encoding.vector) == pytest.approx(1, abs=1e-5)
        assert cosine(encoding.vector, vector) > 0.99  # the model runs in 8 bits


def test_sentence_vectors_are_the_means_of_their_tokens(
    real_encoder: SentenceTransformerEncoder,
    encodings: list[PassageEncoding],
    plain_model: Any,  # noqa: ANN401
) -> None:
    for text, encoding in zip(TEXTS, encodings, strict=True):
        states = plain_model.encode(text, output_value="token_embeddings").numpy()[1:-1]  # without [CLS] and [SEP]
        spans = real_encoder.tokenize(text)
        assert len(states) == len(spans)
        for vector, sentence in zip(encoding.sentences, split_sentences(text), strict=True):
            inside = [n for n, t in enumerate(spans) if sentence.start <= t.start and t.end <= sentence.end]
            assert cosine(vector, states[inside].mean(axis=0)) > 0.99
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_sentence_vector_knows_its_passage(real_encoder: SentenceTransformerEncoder) -> None:
    alone, within = passage_of("He makes nine crossings a day."), passage_of(BRIDGE.text)
    found = dict(real_encoder.encode_passages([alone, within]))
    assert cosine(found[0].sentences[0], found[1].sentences[-1]) < 0.95


def test_token_counts_add_up_and_each_token_keeps_the_signs_of_its_state(
    real_encoder: SentenceTransformerEncoder,
    encodings: list[PassageEncoding],
    plain_model: Any,  # noqa: ANN401
) -> None:
    for text, encoding in zip(TEXTS, encodings, strict=True):
        assert encoding.token_counts.dtype == np.int32
        assert len(encoding.token_counts) == len(encoding.sentences) == len(split_sentences(text))
        assert encoding.token_counts.sum() == len(encoding.tokens) == len(real_encoder.tokenize(text))
        states = plain_model.encode(text, output_value="token_embeddings").numpy()[1:-1]
        rows = dequantize(encoding.tokens, 384)
        assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-4)
        assert ((rows > 0) == (states > 0)).mean() > 0.98  # the model runs in 8 bits


def test_batches_in_any_order_give_the_same_vectors(
    real_encoder: SentenceTransformerEncoder, encodings: list[PassageEncoding]
) -> None:
    order = list(range(len(TEXTS)))
    for seed in range(2):
        random.Random(seed).shuffle(order)
        filler = [passage_of(f"Filler {n}. ") for n in range(34)]  # over the border of a batch
        passages = [passage_of(TEXTS[n]) for n in order] + filler
        found = dict(real_encoder.encode_passages(passages))
        assert sorted(found) == list(range(len(passages)))
        for place, number in enumerate(order):
            expected = encodings[number]
            assert cosine(found[place].vector, expected.vector) > 0.999
            for one, other in zip(found[place].sentences, expected.sentences, strict=True):
                assert cosine(one, other) > 0.999
            assert np.array_equal(found[place].token_counts, expected.token_counts)


def test_no_passages_give_no_encodings(real_encoder: SentenceTransformerEncoder) -> None:
    assert list(real_encoder.encode_passages([])) == []


# Questions


def test_a_question_is_encoded_as_the_model_does(real_encoder: SentenceTransformerEncoder, plain_model: Any) -> None:  # noqa: ANN401
    question = "Where does the 😀 café’s ferry go?"
    encoding = real_encoder.encode_question(question)
    assert cosine(encoding.vector, plain_model.encode(question)) > 0.999
    assert encoding.tokens.shape == (len(encoding.token_spans), 384)
    assert np.linalg.norm(encoding.tokens, axis=1) == pytest.approx(np.ones(len(encoding.tokens)), abs=1e-5)
    pieces = [question[s.start : s.end] for s in encoding.token_spans]
    assert pieces == ["Where", "does", "the", "😀", "café", "’", "s", "ferry", "go", "?"]


def test_many_questions_are_encoded_as_each_is(real_encoder: SentenceTransformerEncoder) -> None:
    questions = [f"Where does ferry {'number ' * (n % 5)}{n} go?" for n in range(40)]
    for question, encoding in zip(questions, real_encoder.encode_questions(questions), strict=True):
        alone = real_encoder.encode_question(question)
        assert cosine(encoding.vector, alone.vector) > 0.999
        assert encoding.token_spans == alone.token_spans
        assert (encoding.tokens * alone.tokens).sum(axis=1).min() > 0.99
        assert encoding.emphasis == pytest.approx(alone.emphasis, abs=0.05)
    assert real_encoder.encode_questions([]) == []


def test_of_a_question_longer_than_the_window_the_end_is_left_out(real_encoder: SentenceTransformerEncoder) -> None:
    question = "Which gate? " * 300
    encoding = real_encoder.encode_question(question)
    assert len(encoding.tokens) == len(encoding.token_spans) == 254
    assert len(real_encoder.tokenize(question)) == 900  # and the question's limit is not that of an article
    assert len(dict(real_encoder.encode_passages([passage_of(TEXTS[0])]))[0].tokens) == len(
        real_encoder.tokenize(TEXTS[0])
    )


# Tokens


def test_token_spans_slice_the_text(real_encoder: SentenceTransformerEncoder) -> None:
    text = "Café 😀𝔊 naïve co-op: 橋3.5"
    assert [text[t.start : t.end] for t in real_encoder.tokenize(text)] == [
        "Café", "😀𝔊", "naive".replace("i", "ï"), "co", "-", "op", ":", "橋", "3", ".", "5",
    ]  # fmt: skip


@given(text=st.text(max_size=200))
@settings(max_examples=100)
def test_token_spans_are_in_order_and_hold_every_letter(real_encoder: SentenceTransformerEncoder, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    spans = real_encoder.tokenize(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.start <= other.start and one.end <= other.end for one, other in pairwise(spans))
    held = {n for span in spans for n in range(span.start, span.end)}
    assert all(n in held for n, character in enumerate(text) if character.isascii() and character.isalnum())


def test_spans_of_characters_outside_the_basic_plane_count_characters(real_encoder: SentenceTransformerEncoder) -> None:
    text = "😀 " * 50 + "gate"
    assert real_encoder.tokenize(text)[-1] == Span(100, 104)


# The window


WORDS = st.sampled_from(["bridge", "uncharacteristically", "Øresund", "naïveté", "zzyzx", "3.5", "😀", "橋", "a" * 120])


@given(words=st.lists(WORDS, min_size=150, max_size=400), between=st.sampled_from(["/", "-", " ", "", ". "]))
@settings(max_examples=40)
def test_the_model_reads_every_passage_whole(
    real_encoder: SentenceTransformerEncoder, words: list[str], between: str
) -> None:
    text = between.join(words)
    for passage in fitting_passages(text, split_sentences(text), real_encoder):
        assert 0 < len(real_encoder.tokenize(text[passage.start : passage.end])) <= real_encoder.window


def test_words_that_a_cut_makes_longer_still_fit_into_the_window(real_encoder: SentenceTransformerEncoder) -> None:
    text = "/".join(["zzyzx"] * 300)
    sentences = split_sentences(text)
    cut = make_passages(text, sentences, real_encoder.tokenize(text), window=real_encoder.window, target=160)
    assert max(len(real_encoder.tokenize(text[p.start : p.end])) for p in cut) > real_encoder.window  # as cut at first
    passages = list(fitting_passages(text, sentences, real_encoder))
    assert max(len(real_encoder.tokenize(text[p.start : p.end])) for p in passages) <= real_encoder.window
    assert "".join(text[p.start : p.end] for p in passages) == text


def test_a_passage_longer_than_the_window_is_refused_not_cut(real_encoder: SentenceTransformerEncoder) -> None:
    with pytest.raises(ModelError, match="A passage is longer than the window of all-MiniLM-L6-v2"):
        list(real_encoder.encode_passages([passage_of("gate " * 255)]))
    assert len(dict(real_encoder.encode_passages([passage_of("gate " * 254)]))[0].tokens) == 254


class RecordingEncoder:
    """The real encoder, with a memory of what it was given."""

    def __init__(self, encoder: SentenceTransformerEncoder) -> None:
        self._encoder = encoder
        self.read: list[PassageText] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._encoder, name)

    def encode_passages(self, passages: list[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        self.read += passages
        return self._encoder.encode_passages(passages)


def test_nothing_of_a_paragraph_of_two_thousand_words_is_cut_off_unseen(
    folder: Path, real_encoder: SentenceTransformerEncoder
) -> None:
    words = [f"{'quay gate mill tower'.split()[n % 4]} {n}," for n in range(999)]
    text = "Inspectors listed " + " ".join(words) + " and lighthouse lantern."  # one sentence of 2,003 words
    assert len(text.split()) == 2003
    recording = RecordingEncoder(real_encoder)
    with Library.open(folder, load_encoder=lambda: recording, threshold=0.0) as library:  # type: ignore[arg-type,return-value]
        assert library.update([Article("list", "The list", text)]).refused == ()
        assert " ".join(p.text for p in recording.read).split() == text.split()
        with library._storage.reading() as reader:
            stored = reader.passages(reader.columns().rows["id"].tolist())
        assert sum(len(s.encoding.tokens) for s in stored) == len(real_encoder.tokenize(text))
        assert all(len(s.encoding.tokens) <= 254 for s in stored)
        (quote,) = library.ask("What about the lighthouse lantern?").quotes
        assert quote.text == text


def test_each_passage_goes_through_the_model_once(folder: Path, real_encoder: SentenceTransformerEncoder) -> None:
    recording = RecordingEncoder(real_encoder)
    with Library.open(folder, load_encoder=lambda: recording) as library:  # type: ignore[arg-type,return-value]
        library.update([*ARTICLES, replace(BRIDGE, id="again")])
        library.update([replace(BRIDGE, title="Another")])
    assert len(recording.read) == len({p.text for p in recording.read}) == 4


def test_a_paragraph_of_which_the_model_reads_nothing_is_no_hindrance(
    folder: Path, real_encoder: SentenceTransformerEncoder
) -> None:
    text = "\x01\x02\n\nThe list: " + " ".join(f"gate {n}," for n in range(300)) + " done.\n\n\u200b\x03\n\nIt is long."
    with Library.open(folder, load_encoder=lambda: real_encoder, threshold=0.0) as library:
        library.update([Article("a", "A", text)])
        assert library.ask("Which gate is done?").quotes[0].text.endswith("done.")


def test_the_real_model_finds_the_right_sentences(folder: Path, real_encoder: SentenceTransformerEncoder) -> None:
    with Library.open(folder, load_encoder=lambda: real_encoder) as library:
        library.update(ARTICLES)
        firsts = {q: library.ask(q).closest[0].text for q in (
            "Why can't trucks use the bridge?", "How late can I read books there?", "Where is maths taught?",
        )}  # fmt: skip
    assert firsts == {
        "Why can't trucks use the bridge?": BRIDGE.text[:93],
        "How late can I read books there?": "The reading room keeps its doors open until nine in the evening.",
        "Where is maths taught?": "Pupils learn geometry in the town hall.",
    }
