"""What is left of a vocabulary, and that texts in Latin letters are read as before."""

import pytest
from tokenizers import Tokenizer

from index.encoding.loading import bundled_model_folder, published_folder
from index.encoding.vocabulary import latin_part
from index.known import MULTILINGUAL_E5


@pytest.fixture(scope="module")
def whole() -> str:
    with published_folder(MULTILINGUAL_E5) as folder:
        return (folder / "tokenizer.json").read_text()


def test_texts_in_latin_letters_are_read_as_before_and_others_as_unknown(whole: str) -> None:
    found, numbers = latin_part(whole)
    all_pieces, part = Tokenizer.from_str(whole), Tokenizer.from_str(found)
    assert numbers is not None and part.get_vocab_size() == len(numbers) < all_pieces.get_vocab_size() / 2
    text = "Did Zoë Müller pay €50 for “Iğdır's” 8,000 km² – at 9:30? 😀"
    before, after = all_pieces.encode(text), part.encode(text)
    assert (after.tokens, after.offsets) == (before.tokens, before.offsets)
    assert numbers[after.ids].tolist() == before.ids
    assert after.tokens[0] == "<s>" and after.tokens[-1] == "</s>"
    mixed = part.encode("방탄소년단 sang Σ in Москва", add_special_tokens=False)
    assert mixed.tokens == ["▁", "방탄소년단", "▁sang", "▁", "Σ", "▁in", "▁", "Москва"]
    assert [mixed.ids[place] for place in (1, 4, 7)] == [part.token_to_id("<unk>")] * 3


def test_a_vocabulary_of_words_and_their_parts_stays_whole() -> None:
    default = (bundled_model_folder() / "tokenizer.json").read_text()
    assert latin_part(default) == (default, None)
