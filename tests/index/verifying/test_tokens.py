import pytest

from index.verifying.tokens import is_in_capitals, quoted_spans, regrouped, tokens_of


def norms(text: str) -> list[str]:
    return [token.norm for token in tokens_of(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"We won\'t go," Lee said -- again.', "“We won’t go”, Lee said — again"),
        ("THE BRIDGE, CLOSED ON MONDAY!", "the bridge closed\non  Monday"),
        ("35,000 people", "35000 people"),
        ("1.234 Menschen", "1,234 Menschen"),
        ("fi\u200bfty-se\u00adven", "fifty-seven"),
        ("ﬁve", "five"),
        ("STRASSE", "Straße"),
        ("İSTANBUL'DA", "istanbul’da"),
        ("السَّلامُ", "السلام"),
        ("٣٥ مليون", "35 مليون"),
        ("ＡＢＣ１２３", "abc123"),
    ],
)
def test_what_does_not_count_is_no_difference(one: str, other: str) -> None:
    assert norms(one) == norms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4.2 million", "42 million"),
        ("4.2 million", "4.3 million"),
        ("$5", "€5"),
        ("5%", "5"),
        ("-5 degrees", "5 degrees"),
        ("résumé", "resume"),
        ("can", "can't"),
        ("8時", "9時"),
    ],
)
def test_what_counts_is_a_difference(one: str, other: str) -> None:
    assert norms(one) != norms(other)


def test_what_is_written_without_spaces_is_cut_into_characters() -> None:
    assert norms("橋は3月に開通。") == ["橋", "は", "3", "月", "に", "開", "通"]
    assert norms("สะพานปิด") == ["ส", "ะ", "พ", "า", "น", "ปิ", "ด"]
    assert norms("다리가 열렸다") == ["다리가", "열렸다"]


@pytest.mark.parametrize("mark", ["…", "...", ". . .", "[…]", "(...)"])
def test_an_ellipsis_is_a_gap(mark: str) -> None:
    assert [token.gap for token in tokens_of(f"one {mark} two")] == [False, True, False]


def test_a_capital_letter_says_something_only_where_no_sentence_begins() -> None:
    capitals = [
        token.norm for token in tokens_of("He met Lee. Then “She left” for Seoul: So what?") if token.is_capital
    ]
    assert capitals == ["lee", "seoul"]


def test_capitals_throughout_are_noticed() -> None:
    assert is_in_capitals(tokens_of("LEE MET XI IN SEOUL"), "LEE MET XI IN SEOUL")
    assert not is_in_capitals(tokens_of("Lee met Xi in the city"), "Lee met Xi in the city")


def test_letters_that_stand_apart_are_put_together() -> None:
    said = regrouped("T h e   b r i d g e   i s   c l o s e d")
    assert said is not None
    assert said.split() == ["The", "bridge", "is", "closed"]
    assert regrouped("The bridge is closed to all of the lorries, I am told by a man.") is None


def test_the_quotation_in_a_message_is_found() -> None:
    text = "Lee said: “We will go there now”, I think.\n> He told us that as well\n"
    assert [text[span.start : span.end] for span in quoted_spans(text)] == [
        "We will go there now", "He told us that as well",
    ]  # fmt: skip
    assert quoted_spans('a "bridge" to nowhere') == ()
    assert [span.start for span in quoted_spans("„Wir gehen jetzt alle dorthin“")] == [1]
    assert [span.end for span in quoted_spans("“and it was never closed again")] == [30]
