"""Terms as words that PostgreSQL indexes."""

from index.storage.postgres.words import as_words


def test_terms_are_words_of_letters_in_order_and_with_repeats() -> None:
    assert as_words([0, 255, 0, 0xFFFFFFFF]) == "aaaaaaaa aaaaaapp aaaaaaaa pppppppp"
    assert as_words([]) == ""
