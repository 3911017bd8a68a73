"""A sealed text opens with its key, for its row, and for nothing else."""

import pytest

from bot.storage.sealing import Sealer

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SEALER = Sealer(KEY)


@pytest.mark.parametrize("text", ["", "Who sold the oven?", "Wer, „so“ 🥐?", "a" * 1000])
def test_a_sealed_text_opens_again_and_does_not_show(text: str) -> None:
    sealed = SEALER.seal(text, "a")
    assert Sealer(KEY).unseal(sealed, "a") == text
    assert not text or text.encode() not in sealed


def test_the_same_text_looks_different_each_time() -> None:
    assert SEALER.seal("Who?", "a") != SEALER.seal("Who?", "a")


def test_it_opens_neither_with_another_key_nor_for_another_row() -> None:
    sealed = SEALER.seal("Who?", "a")
    assert Sealer(OTHER).unseal(sealed, "a") is None
    assert SEALER.unseal(sealed, "b") is None


@pytest.mark.parametrize("cut", [0, 5, 12, 27])
def test_what_was_cut_or_altered_does_not_open(cut: int) -> None:
    sealed = SEALER.seal("Who?", "a")
    assert SEALER.unseal(sealed[:cut], "a") is None
    assert SEALER.unseal(sealed[:cut] + bytes([sealed[cut] ^ 1]) + sealed[cut + 1 :], "a") is None
