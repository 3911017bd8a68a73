"""Whole verifications, over the articles of a town and with an encoder of words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from index import Article, Library, QuestionError, SentenceKey, Verification, check_pasted
from index.verifying.types import Earlier, Former, Manner, Matter, Verdict
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR

CABLES, FLOODS, CROWNS, BRANDT, CROSSINGS = (
    "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables.",
    "They will replace both cables before the autumn floods.",
    "The county pays 4.2 million crowns for the repair.",
    "Otto Brandt carries the lorries on his ferry meanwhile.",
    "He makes nine crossings a day.",
)


def differences(found: Verification) -> list[tuple[Matter, Manner, str, str]]:
    """Each difference: what it is about, what was done, the pasted words and the published ones."""
    return [
        (
            one.matter,
            one.manner,
            found.text[one.pasted.start : one.pasted.end],
            sentence.quote.article.text[one.published.start : one.published.end] if sentence.quote else "",
        )
        for sentence in found.sentences
        for one in sentence.differences
    ]


@pytest.mark.parametrize(
    "pasted",
    [
        CROWNS,
        CROWNS.upper(),
        "“The county pays\n4.2 million crowns\nfor the repair”",
        "The county  pays 4.2 million crowns for the repair",
        "The co unty pays 4.2 million crowns for there pair",
        "The county pays 4.2 mil-\nlion crowns for the repair.",
        "pays 4.2 million crowns for the",
        "The county … 4.2 million crowns",
        "The Gazette wrote: “The county pays 4.2 million crowns for the repair.”",
        "The Gazette wrote: The county pays 4.2 million crowns for the repair.",
        "“The county pays 4.2 million crowns for the repair.”\n— The Alder Gazette",
        "Is that so? “The county pays 4.2 million crowns for the repair.” I have my doubts about it.",
        "> The county pays 4.2 million crowns for the repair.\nReally now?",
        "The county pays 4.2 million crowns for the repair. https://town.example/bridge",
        "T h e   c o u n t y   p a y s   4 . 2   m i l l i o n   c r o w n s   f o r   t h e   r e p a i r",
    ],
)
def test_what_is_pasted_otherwise_is_ours_word_for_word(town: Library, pasted: str) -> None:
    found = town.verify(pasted)
    assert found.verdict is Verdict.WORD_FOR_WORD
    assert [one.quote.text for one in found.sentences if one.quote] == [CROWNS]
    assert found.gravest is None


@pytest.mark.parametrize(
    ("pasted", "matter", "manner", "words", "ours"),
    [
        (CROWNS.replace("4.2", "42"), Matter.NUMBER, Manner.CHANGED, "42", "4.2"),
        (CROWNS.replace("4.2", "4.3").upper(), Matter.NUMBER, Manner.CHANGED, "4.3", "4.2"),
        (CABLES.replace("Monday", "Friday"), Matter.NUMBER, Manner.CHANGED, "Friday", "Monday"),
        (BRANDT.replace("Brandt", "Miller"), Matter.NAME, Manner.CHANGED, "Miller", "Brandt"),
        (FLOODS.replace("will", "will not"), Matter.NEGATION, Manner.ADDED, "not", ""),
        (FLOODS.replace("replace", "paint"), Matter.WORDS, Manner.CHANGED, "paint", "replace"),
        (
            CABLES.replace(" after engineers found rust", ""),
            Matter.WORDS,
            Manner.LEFT_OUT,
            "",
            "after engineers found rust",
        ),
        (
            CROWNS.replace(" for", ", as two officials admitted in private, for"),
            Matter.WORDS,
            Manner.ADDED,
            "as two officials admitted in private",
            "",
        ),
    ],
)
def test_one_difference_is_found_marked_and_named(
    town: Library, pasted: str, matter: Matter, manner: Manner, words: str, ours: str
) -> None:
    found = town.verify(pasted)
    assert found.verdict is Verdict.ALTERED
    assert differences(found) == [(matter, manner, words, ours)]


def test_what_counts_most_is_the_gravest(town: Library) -> None:
    found = town.verify("Otto Miller carries the cars on his ferry meanwhile. He makes six crossings a day.")
    assert [one.verdict for one in found.sentences] == [Verdict.ALTERED, Verdict.ALTERED]
    assert found.gravest and found.gravest.matter is Matter.NUMBER
    assert found.sentences[0].gravest and found.sentences[0].gravest.matter is Matter.NAME


def test_the_pieces_of_both_can_be_read(town: Library) -> None:
    found = town.verify(CROWNS.replace("4.2", "42"))
    (one,) = found.sentences
    assert [piece.text for piece in one.pasted(found.text)] == [
        "The county pays ", "42", " million crowns for the repair.",
    ]  # fmt: skip
    assert [piece.text for piece in one.published if piece.differs] == ["4.2"]
    assert "".join(piece.text for piece in one.published) == CROWNS


def test_sentences_in_a_row_are_ours_and_those_apart_are_joined(town: Library) -> None:
    row = town.verify(f"{FLOODS} {CROWNS} {BRANDT}")
    assert (row.verdict, row.seams) == (Verdict.WORD_FOR_WORD, ())
    apart = town.verify(f"{FLOODS} {BRANDT}")
    assert (apart.verdict, apart.seams) == (Verdict.JOINED, (1,))
    marked = town.verify(f"{FLOODS} … {BRANDT}")
    assert (marked.verdict, marked.seams) == (Verdict.WORD_FOR_WORD, ())
    turned = town.verify(f"{CROWNS} {FLOODS}")
    assert turned.verdict is Verdict.JOINED
    articles = town.verify(f"{CROWNS} A dredger had removed forty thousand tonnes of silt over the winter.")
    assert articles.verdict is Verdict.JOINED
    separate = town.verify(f"“{FLOODS}” “{BRANDT}”")
    assert separate.verdict is Verdict.WORD_FOR_WORD


def test_two_places_in_one_sentence_are_told(town: Library) -> None:
    found = town.verify("They will replace both cables before the autumn floods, and the council voted eleven to four.")
    (one,) = found.sentences
    assert (found.verdict, one.quote and one.quote.text) == (Verdict.ALTERED, FLOODS)
    (joined,) = one.differences
    assert (joined.manner, joined.elsewhere and joined.elsewhere.article.id) == (Manner.JOINED, "reading-room")


def test_some_sentences_may_be_in_no_article(town: Library) -> None:
    found = town.verify(f"{CROWNS} The mayor eats a whole raw onion at breakfast with his twelve cats.")
    assert (found.verdict, found.counted(Verdict.ABSENT)) == (Verdict.PARTLY, 1)
    assert town.verify("The moon is made of green cheese, said the baker.").verdict is Verdict.ABSENT


def test_nothing_is_found_in_an_empty_library(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert library.verify(CROWNS).verdict is Verdict.ABSENT


def test_libraries_are_verified_together(town: Library, folder: Path) -> None:
    fair = Article("fair", "The fair", "The summer fair drew sixty thousand people to the meadow.")
    with Library.open(folder / "own", load_encoder=WordEncoder) as own:
        own.update([fair])
        pasted = "The summer fair drew ninety thousand people to the meadow."
        assert town.verify(pasted).verdict is Verdict.ABSENT
        found = town.verify(pasted, beside=[own])
    assert differences(found) == [(Matter.NUMBER, Manner.CHANGED, "ninety", "sixty")]


SCRIPTS = [
    ("橋は3月に開通し、市は8億円を支払った。", "橋は3月に開通し、市は9億円を支払った。", "9", "8"),
    ("大桥于三月通车，市政府支付了八亿元。", "大桥于三月通车，市政府支付了九亿元。", "九", "八"),
    ("다리는 3월에 열렸고 시는 8억 원을 냈다.", "다리는 3월에 열렸고 시는 9억 원을 냈다.", "9억", "8억"),
    ("สะพานเปิดเมื่อเดือนมีนาคมและเมืองจ่าย 8 ล้านบาท", "สะพานเปิดเมื่อเดือนมีนาคมและเมืองจ่าย 9 ล้านบาท", "9", "8"),
    (
        "افتتح الجسر في مارس ودفعت المدينة 8 ملايين دينار.",
        "افتتح الجسر في مارس ودفعت المدينة 9 ملايين دينار.",
        "9",
        "8",
    ),
    (
        "Мост открыли в марте, и город заплатил 8 миллионов.",
        "Мост открыли в марте, и город заплатил 9 миллионов.",
        "9",
        "8",
    ),
    ("पुल मार्च में खुला और शहर ने 8 करोड़ रुपये दिए।", "पुल मार्च में खुला और शहर ने 9 करोड़ रुपये दिए।", "9", "8"),
]


@pytest.mark.parametrize(("published", "altered", "words", "ours"), SCRIPTS)
def test_any_script_is_verified(folder: Path, published: str, altered: str, words: str, ours: str) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([*ARTICLES, Article("foreign", "", published)])
        assert library.verify(published.rstrip(".。।")).verdict is Verdict.WORD_FOR_WORD
        assert differences(library.verify(altered)) == [(Matter.NUMBER, Manner.CHANGED, words, ours)]


# Titles


def test_what_is_pasted_of_a_title_is_ours_word_for_word_and_said_to_be_in_it(town: Library) -> None:
    for pasted in ("Longer evenings among books", "“LONGER EVENINGS  AMONG BOOKS”", "evenings among books"):
        found = town.verify(pasted)
        (one,) = found.sentences
        assert (found.verdict, one.in_title, found.gravest) == (Verdict.WORD_FOR_WORD, True, None)
        assert one.quote and one.quote.text == one.quote.article.title == "Longer evenings among books"
        assert one.quote.article.id == "reading-room"


@pytest.mark.parametrize(
    ("pasted", "matter", "manner", "words", "ours"),
    [
        ("Longer mornings among books", Matter.WORDS, Manner.CHANGED, "mornings", "evenings"),
        ("Pell Bridge closes to lorries", Matter.NAME, Manner.CHANGED, "Pell", "Alder"),
        ("Longer evenings not among books", Matter.NEGATION, Manner.ADDED, "not", ""),
    ],
)
def test_a_title_that_was_altered_shows_the_difference(
    town: Library, pasted: str, matter: Matter, manner: Manner, words: str, ours: str
) -> None:
    found = town.verify(pasted)
    assert (found.verdict, found.sentences[0].in_title) == (Verdict.ALTERED, True)
    assert differences(found) == [(matter, manner, words, ours)]


def test_words_of_a_title_that_stand_in_a_sentence_too_are_taken_from_the_sentence(town: Library) -> None:
    town.update(
        [Article("fair", "The summer fair drew sixty people", "The summer fair drew sixty people to the meadow.")]
    )
    (one,) = town.verify("The summer fair drew sixty people").sentences
    assert (one.verdict, one.in_title) == (Verdict.WORD_FOR_WORD, False)
    assert one.quote and one.quote.text == "The summer fair drew sixty people to the meadow."


def test_a_title_and_the_beginning_of_its_article_are_not_joined(town: Library) -> None:
    found = town.verify(f"{BRIDGE.title}\n\n{CABLES} {FLOODS}")
    assert (found.verdict, found.seams) == (Verdict.WORD_FOR_WORD, ())
    assert [one.in_title for one in found.sentences] == [True, False, False]
    other = town.verify(f"{BRIDGE.title}. A dredger had removed forty thousand tonnes of silt over the winter.")
    assert (other.verdict, other.seams) == (Verdict.JOINED, (1,))


def test_a_title_with_a_few_of_the_words_is_neither_ours_nor_near(town: Library) -> None:
    (one,) = town.verify("The mayor wants longer trams and lorries among the gardens of the poor.").sentences
    assert (one.verdict, one.in_title) == (Verdict.ABSENT, False)


def test_the_title_of_an_article_that_no_reader_sees_is_not_found(town: Library) -> None:
    town.update([Article("secret", "Mayor sells the hall to a circus", "It rains.", private=True)])
    assert town.verify("Mayor sells the hall to a circus").verdict is Verdict.ABSENT
    assert town.verify("Mayor sells the hall to a zoo").sentences[0].quote is None


def test_an_altered_title_is_found_among_many_whose_articles_have_its_words(town: Library) -> None:
    others = [Article(f"hall{n}", f"Notice {n}", "The bakery, the choir and the chess club meet.") for n in range(40)]
    town.update([*others, Article("clubs", "Bakery beats choir at chess club games", "It was a long evening.")])
    found = town.verify("Bakery loses to choir at chess club games")
    assert (found.verdict, found.sentences[0].in_title) == (Verdict.ALTERED, True)
    assert differences(found) == [(Matter.WORDS, Manner.CHANGED, "loses to", "beats")]


# What is never to be quoted


def test_what_is_never_to_be_quoted_is_compared_and_marked(town: Library) -> None:
    never = [SentenceKey.of("bridge", CROWNS)]
    (ours,) = town.verify(CROWNS, never=never).sentences
    assert (ours.verdict, ours.is_never_quoted) == (Verdict.WORD_FOR_WORD, True)
    assert not town.verify(CROWNS).sentences[0].is_never_quoted
    found = town.verify(f"{FLOODS} {CROWNS.replace('4.2', '42')}", never=never)
    assert [(one.verdict, one.is_never_quoted) for one in found.sentences] == [
        (Verdict.WORD_FOR_WORD, False), (Verdict.ALTERED, True),
    ]  # fmt: skip
    (near,) = town.verify("The county wants crowns for kings.", never=never).sentences
    assert (near.verdict, near.quote and near.quote.text, near.is_never_quoted) == (Verdict.ABSENT, CROWNS, True)


def test_what_is_joined_to_a_sentence_and_never_to_be_quoted_is_marked_too(town: Library) -> None:
    voted = "The council voted eleven to four for the change."
    pasted = "They will replace both cables before the autumn floods, and the council voted eleven to four."
    (one,) = town.verify(pasted, never=[SentenceKey.of("reading-room", voted)]).sentences
    assert one.quote and one.quote.text == FLOODS and one.is_never_quoted


def test_the_same_words_in_another_article_are_shown_instead(town: Library) -> None:
    town.update([Article("council", "The council", f"{CROWNS} It has them.")])
    for banned, shown in (("bridge", "council"), ("council", "bridge")):
        (one,) = town.verify(CROWNS, never=[SentenceKey.of(banned, CROWNS)]).sentences
        assert (one.quote and one.quote.article.id, one.is_never_quoted) == (shown, False)


def test_what_was_never_to_be_quoted_when_it_stood_is_marked_after_its_correction(town: Library) -> None:
    town.update([CORRECTED], keep_for=timedelta(days=3))
    (one,) = town.verify(CROWNS, never=[SentenceKey.of("bridge", CROWNS)]).sentences
    assert (one.verdict, one.is_never_quoted) == (Verdict.FORMER, True)


# What was there before


CORRECTED = Article("bridge", BRIDGE.title, BRIDGE.text.replace("4.2 million", "4.6 million"))


def test_what_was_corrected_since_is_known_as_long_as_it_is_kept(town: Library) -> None:
    town.update([CORRECTED], keep_for=timedelta(days=3))
    found = town.verify(CROWNS.upper())
    (one,) = found.sentences
    assert (found.verdict, one.former and one.former.article) == (Verdict.FORMER, CORRECTED)
    assert differences(found) == [(Matter.NUMBER, Manner.CHANGED, "4.2", "4.6")]
    town.drop_kept()
    assert town.verify(CROWNS).verdict is Verdict.ALTERED


def test_of_what_was_withdrawn_nothing_is_shown_and_by_hand_nothing_is_known(town: Library) -> None:
    town.update([], remove=["bridge"], keep_for=timedelta(days=3))
    found = town.verify(CROWNS)
    (one,) = found.sentences
    assert found.verdict is Verdict.FORMER
    assert (one.quote, one.differences) == (None, ())
    assert one.former and one.former.article is None
    town.update([HARBOUR])
    town.update([BRIDGE])
    town.remove("bridge")
    assert town.verify(CROWNS).verdict is Verdict.ABSENT


@pytest.mark.parametrize(
    "hidden", [{"private": True}, {"embargo": "2099-01-01"}, {"published": "2099-01-01"}], ids=lambda one: str([*one])
)
def test_of_what_no_reader_may_see_or_has_ever_seen_nothing_is_said(town: Library, hidden: dict[str, Any]) -> None:
    secret = "The mayor sells the town hall to a circus of forty elephants."
    town.update([Article("secret", "Secret", secret, **hidden)])
    assert town.verify(secret).verdict is Verdict.ABSENT
    assert town.verify(secret.replace("forty", "fifty")).sentences[0].quote is None
    town.update([Article("secret", "Secret", "The mayor keeps the town hall.", **hidden)], keep_for=timedelta(days=3))
    assert town.verify(secret).verdict is Verdict.ABSENT
    town.update([], remove=["secret"], keep_for=timedelta(days=3))
    assert town.verify(secret).verdict is Verdict.ABSENT


def test_what_others_remember_of_corrections_counts_and_not_of_articles_that_are_gone(town: Library) -> None:
    town.update([CORRECTED])
    until = datetime(2026, 4, 1, tzinfo=UTC)
    stood = [Earlier("bridge", f"{FLOODS} {CROWNS}", until)]
    (one,) = town.verify(CROWNS, earlier=stood).sentences
    assert (one.verdict, one.former) == (Verdict.FORMER, Former(until, CORRECTED))
    town.remove("bridge")
    assert town.verify(CROWNS, earlier=stood).verdict is Verdict.ABSENT


def test_what_stands_there_still_is_ours_whatever_stood_there_before(town: Library) -> None:
    town.update([CORRECTED], keep_for=timedelta(days=3))
    assert town.verify(FLOODS).verdict is Verdict.WORD_FOR_WORD


# What cannot be verified


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", "The text is empty; paste the words that should be in an article."),
        ("“…”", "The text is too short to be found; paste at least three words of it."),
        ("two words", "The text is too short to be found; paste at least three words of it."),
        ("a \ud800 b c", "The text holds bytes that are no text; write it in UTF-8."),
        ("word " * 4_001, "The text has 20,004 characters, and at most 20,000 are verified; paste a part of it."),
    ],
)
def test_what_cannot_be_verified_is_refused_in_a_sentence(town: Library, text: str, said: str) -> None:
    with pytest.raises(QuestionError) as refused:
        town.verify(text)
    assert str(refused.value) == said


def test_a_caller_may_allow_less() -> None:
    check_pasted("one two three", 2_000)
    with pytest.raises(QuestionError, match="at most 10 are verified"):
        check_pasted("one two three", 10)
