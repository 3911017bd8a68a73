import pytest

from index.verifying.meaning import matter_of, names_in, surroundings
from index.verifying.tokens import tokens_of
from index.verifying.types import Matter

ENGLISH = [
    ("42", "4.2", Matter.NUMBER), ("six", "nine", Matter.NUMBER), ("Tuesday", "Monday", Matter.NUMBER),
    ("€", "$", Matter.NUMBER), ("Kim", "Lee", Matter.NAME), ("", "not", Matter.NEGATION),
    ("can't", "can", Matter.NEGATION), ("does not carry", "carries", Matter.NEGATION),
    ("lorries", "cars", Matter.WORDS), ("", "large", Matter.WORDS),
    ("according to two officials who know", "", Matter.WORDS),
    ("Kim and six others", "Lee and nine others", Matter.NUMBER),
]  # fmt: skip


@pytest.mark.parametrize(("pasted", "published", "matter"), ENGLISH)
def test_what_counts_most_is_named(pasted: str, published: str, matter: Matter) -> None:
    assert matter_of(tokens_of(pasted), tokens_of(published), {"lee", "kim"}, "en") is matter


ELSEWHERE = [
    ("de", "keine", "eine", Matter.NEGATION), ("de", "drei", "zwei", Matter.NUMBER),
    ("fr", "n’est pas", "est", Matter.NEGATION), ("es", "nunca", "siempre", Matter.NEGATION),
    ("ru", "не", "", Matter.NEGATION), ("ar", "لم", "", Matter.NEGATION), ("vi", "không", "", Matter.NEGATION),
    ("tr", "gelmedi", "geldi", Matter.NEGATION), ("tr", "gitti", "geldi", Matter.WORDS),
    ("ja", "9", "8", Matter.NUMBER), ("zh", "三", "二", Matter.NUMBER),
    ("ko", "열리지 않았다", "열렸다", Matter.NEGATION),
]  # fmt: skip


@pytest.mark.parametrize(("code", "pasted", "published", "matter"), ELSEWHERE)
def test_so_it_is_in_other_languages(code: str, pasted: str, published: str, matter: Matter) -> None:
    one, other = tokens_of(pasted), tokens_of(published)
    around = "".join(token.norm for token in one), "".join(token.norm for token in other)
    assert matter_of(one, other, (), code, around) is matter


def test_a_negation_that_is_only_part_of_what_was_added_is_seen_around_it() -> None:
    pasted, published = tokens_of("橋は開かなかった"), tokens_of("橋は開いた")
    around = surroundings(pasted, 3, 6), surroundings(published, 3, 4)
    assert matter_of(pasted[3:6], published[3:4], (), "ja", around) is Matter.NEGATION


def test_names_are_told_by_their_capitals_and_by_their_neighbours() -> None:
    text = "Otto Brandt carries lorries. Volunteers bake bread for Lena Moss. The council of Elmouth voted."
    assert names_in(tokens_of(text), text, "en") == {"otto", "brandt", "lena", "moss", "elmouth"}
    assert names_in(tokens_of(text), text, "en", capitals=True) == frozenset()
    german = "Gestern sagte Merkel, die Brücke bleibe zu."
    assert names_in(tokens_of(german), german, "de") == {"merkel"}
