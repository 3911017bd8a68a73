"""What was written comes out again, and is found by its words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Passage, Sentence
from index.encoding.encoder import PassageEncoding, unit
from index.storage.rows import Totals
from index.storage.store import Store
from index.storage.types import NewPassage, Scope
from index.types import as_utc
from index.words import term_number, terms
from tests.index.storage.gate import GATE, put, text_encoding
from tests.index.town import ARTICLES, BRIDGE, library_of


def numbered(*lines: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Lines of terms, as a passage comes back with them."""
    return tuple(tuple(map(term_number, line)) for line in lines)


@given(seed=st.integers(0, 10_000), sentences=st.integers(1, 6))
def test_vectors_come_back_to_the_precision_that_they_are_kept_in(seed: int, sentences: int) -> None:
    random_numbers = np.random.default_rng(seed)
    counts = random_numbers.integers(0, 5, sentences).astype(np.int32)
    encoding = PassageEncoding(
        vector=unit(random_numbers.standard_normal(96).astype(np.float32)),
        sentences=unit(random_numbers.standard_normal((sentences, 96)).astype(np.float32)),
        tokens=text_encoding(" ".join("word" for _ in range(counts.sum()))).tokens[: counts.sum()],
        token_counts=counts,
    )
    with library_of() as library:
        with library._storage.writing(1) as writer:
            new = NewPassage(
                Passage(0, 4, 0, sentences - 1), b"key", (("gate",),) * sentences, (), encoding, bytes([seed % 256])
            )
            writer.put(GATE, (Sentence(0, 4),), [new])
        with library._storage.reading() as reader:
            (stored,) = reader.passages([1])
            for kept in (stored.encoding, reader.encoding(b"key")):
                assert kept.vector.dtype == kept.sentences.dtype == np.float32
                assert np.array_equal(kept.vector, encoding.vector.astype(np.float16).astype(np.float32))
                assert np.abs(kept.sentences - encoding.sentences).max() < 0.005  # half a step of an int8
                assert np.abs(np.linalg.norm(kept.sentences, axis=1) - 1).max() < 0.02
                assert kept.tokens.dtype == encoding.tokens.dtype
                assert kept.tokens.size == encoding.tokens.size
                assert np.array_equal(kept.tokens, encoding.tokens.reshape(kept.tokens.shape))
                assert np.array_equal(kept.token_counts, counts)
            assert np.array_equal(reader.columns().vectors, stored.encoding.vector[np.newaxis])
            assert stored.terms == numbered(("gate",)) * sentences
            assert stored.cues == bytes([seed % 256])


def test_a_passage_comes_back_with_its_place_and_its_terms(store: Store) -> None:
    put(store, GATE)
    put(store, BRIDGE)
    with store.reading() as reader:
        second, first = reader.passages([2, 1])
    assert (first.id, first.article_id, first.passage) == (1, "gate", Passage(0, 17, 0, 0))
    assert (first.terms, first.title_terms) == (numbered(("gate", "shut")), numbered(("gate",))[0])
    assert first.all_terms == first.term_numbers.tolist() == [*map(term_number, ("gate", "gate", "shut"))]
    assert (first.term_counts.tolist(), first.cues) == ([1, 2], b"")
    assert (second.id, second.article_id) == (2, "bridge")


def test_a_sentence_without_terms_keeps_its_place(store: Store) -> None:
    passage = NewPassage(Passage(0, 17, 0, 2), b"key", ((), ("gate",), ()), (), text_encoding(GATE.text))
    with store.writing(1) as writer:
        writer.put(GATE, (Sentence(0, 17),), [passage])
    with store.reading() as reader:
        assert reader.passages([1])[0].terms == numbered((), ("gate",), ())


def test_an_empty_store_has_no_vectors_terms_or_manifest(store: Store) -> None:
    with store.reading() as reader:
        assert (len(reader.columns().rows), reader.stand(), reader.totals()) == (0, None, Totals())
        assert (reader.term_total(), reader.manifest(), reader.read_generation()) == (0, None, 0)
        assert reader.best_by_words([], 5, Scope()) == []
        assert reader.passages([]) == []


def test_the_scope_holds_for_words_and_ids_alike() -> None:
    scopes = {
        Scope(): {"bridge", "harbour", "reading-room", "school"},
        Scope(article_id="harbour"): {"harbour"},
        Scope(article_id="nowhere"): set(),
        Scope(since=as_utc("2026-04-15")): {"harbour", "reading-room"},
        Scope(until=as_utc("2026-04-15")): {"bridge"},
        Scope(since=as_utc("2026-03-02"), until=as_utc("2026-03-02T00:00:01")): {"bridge"},
        Scope(article_id="bridge", since=as_utc("2026-04-15")): set(),
    }
    with library_of(*ARTICLES) as library, library._storage.reading() as reader:
        name = {stored.id: stored.article_id for stored in reader.passages(reader.columns().rows["id"].tolist())}
        words = ["bridg", "harbour", "read", "school"]
        for scope, expected in scopes.items():
            assert {name[i] for i in reader.passage_ids(scope)} == expected
            assert {name[i] for i in reader.best_by_words(words, 10, scope)} == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ærøskøbing's fjærkræ",
        "naïve café",
        "U.S. and 35,000 of 3.5",
        "ΑΘΗΝΑ ἀθήνα",
        "ıİIi ß ẞ",
        "x² ½ Ⅷ ①",
        "東京 한국",
    ],
)
def test_every_term_of_a_text_is_found_and_counted_in_the_full_text(store: Store, text: str) -> None:
    put(store, Article("a", "", text))
    with store.reading() as reader:
        for term in terms(text):
            assert reader.passage_counts([term]) == {term: 1}
            assert reader.best_by_words([term], 5, Scope()) == [1]
        assert reader.term_total() == len(terms(text))
