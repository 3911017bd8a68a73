"""A question in the light of the answer before it."""

from dataclasses import replace

import pytest

from index import Answer, Article, Library, Quote, Span
from index.answering.followup import BACKGROUND_CHARACTERS, Search, interpret, leans
from tests.index.town import BRIDGE, HARBOUR, READING_ROOM, library_of

LEANING = [
    "and what did Xi say?", "what about a K-drama?", "But why?", "why?", "who else?", "is K-pop too?",
    "What did he say?", "can they force a deal?", "so is that settled?", "how do governments build that?",
    "how does Beijing explain them?", "when is the first one?", "and the Chinese one?", "who will be there?",
    "at what level?", "Does that bind Lee?", "what are their names?", "Who paid?", "Is it his?",
    "What happened after that?", "what does patience mean there?",
]  # fmt: skip
SELF_CONTAINED = [
    "What did Lee ask Xi to do about North Korea?", "Who is the harbour master?", "What is a summit?",
    "What's a K-drama?", "Did Lee say that he trusts Xi?", "Is there a date for the talks?",
    "How did Lee describe his summit with Xi?", "Which team won its first match?", "Who is Xi?",
    "What happened in Seoul this week?", "Define reset in diplomacy",
    "Which of the structures at sea belong to China?", "What did Brandt want for his ferry?",
]  # fmt: skip


def answered(question: str, article: Article = BRIDGE, start: int = 150, end: int = 200) -> Answer:
    """An answer that quotes one sentence."""
    quote = Quote(article, start, end, Span(start, end), 1.0)
    return Answer(question, answered=True, confidence=0.9, quotes=(quote,), closest=(quote,))


# What leans


@pytest.mark.parametrize("question", LEANING)
def test_a_question_that_goes_on_or_points_back_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize("question", SELF_CONTAINED)
def test_a_question_that_says_what_it_is_about_stands_on_its_own(question: str) -> None:
    assert not leans(question)


# How it is read


def test_a_question_that_leans_is_read_with_the_question_and_the_quote_before_it() -> None:
    before = answered("How much does the county pay?")
    meant = interpret("And who carries the lorries?", before)
    background = "How much does the county pay? The county pays 4.2 million crowns for the repair."
    assert (meant.background, meant.quoted, meant.strongly) == (background, before.quotes[0], True)
    assert meant.searches == (
        Search("And who carries the lorries?"),
        Search("And who carries the lorries?", "bridge"),
        Search(background, is_question=False),
    )


def test_a_question_that_stands_on_its_own_and_names_someone_is_left_alone() -> None:
    meant = interpret("What does Lena Moss say?", answered("How much does the county pay?"))
    assert (meant.background, meant.searches) == ("", (Search("What does Lena Moss say?"),))


def test_a_question_that_merely_names_nobody_is_read_faintly_with_what_was_before() -> None:
    meant = interpret("which boats can moor again?", answered("How much does the county pay?"))
    assert meant.background
    assert not meant.strongly


def test_the_first_question_of_a_conversation_has_no_background() -> None:
    assert interpret("And who carries the lorries?", None).searches == (Search("And who carries the lorries?"),)


def test_after_a_question_without_an_answer_that_question_alone_is_the_background() -> None:
    meant = interpret("and who pays?", Answer("Who built the opera?", answered=False, confidence=0.1))
    assert meant.searches == (Search("and who pays?"), Search("Who built the opera?", is_question=False))


def test_what_was_no_question_is_no_background() -> None:
    assert interpret("and who pays?", Answer("thanks!", answered=False, confidence=0.0)).background == ""


def test_the_background_is_cut_where_it_gets_too_long() -> None:
    meant = interpret("and who pays?", answered("Why " + "so " * 600 + "late?"))
    assert len(meant.background) == BACKGROUND_CHARACTERS


# In a library


def test_a_follow_up_is_answered_from_what_was_asked_about_before() -> None:
    gates = Article("gates", "Gates", "Moss shut the gate. She gave the reason to reporters. It was rust.")
    mills = Article("mills", "Mills", "Hart shut the mill. He gave the reason to reporters. It was debt.")
    with library_of(gates, mills, READING_ROOM) as library:
        for before, reason in (("Who shut the gate?", "She gave"), ("Who shut the mill?", "He gave")):
            first = library.ask(before)
            follow_up = library.ask("and what reason did they give to reporters?", follows=first)
            assert follow_up.quotes[0].text.startswith(reason)
            assert follow_up.question == "and what reason did they give to reporters?"


def test_what_was_quoted_steps_back_unless_it_is_asked_for_again(town: Library) -> None:
    first = town.ask("Who carries the lorries?")
    assert first.quotes[0].text == "Otto Brandt carries the lorries on his ferry meanwhile."
    assert town.ask("and how many crossings?", follows=first).quotes[0].text == "He makes nine crossings a day."
    again = town.ask("what about the ferry?", follows=first).quotes[0]
    assert again.text == "Otto Brandt carries the lorries on his ferry meanwhile."


def test_a_follow_up_that_stands_on_its_own_is_answered_as_if_nothing_had_been_asked(town: Library) -> None:
    before = town.ask("How much does the county pay?")
    for question in ("What does Lena Moss say?", "Where did the Pell boats return to?"):
        alone, after = town.ask(question), town.ask(question, follows=before)
        assert (after.quotes, after.closest, after.confidence) == (alone.quotes, alone.closest, alone.confidence)


def test_the_scope_of_a_follow_up_is_its_own(town: Library) -> None:
    before = town.ask("Who is the harbour master?")
    answer = town.ask("and what did they vote?", follows=before, article_id="reading-room")
    assert {q.article.id for q in answer.closest} == {"reading-room"}
    answer = town.ask("and when was that?", follows=before, until="2026-03-31")
    assert {q.article.id for q in answer.closest} == {"bridge"}


def test_after_an_answer_whose_article_is_gone_the_rest_is_asked(town: Library) -> None:
    before = town.ask("Who is the harbour master?")
    town.remove("harbour")
    answer = town.ask("and how did they vote?", follows=before)
    assert answer.closest[0].text == "The council voted eleven to four for the change."
    assert "harbour" not in {q.article.id for q in answer.closest}


def test_after_an_answer_whose_article_has_changed_the_new_text_is_quoted(town: Library) -> None:
    before = town.ask("Who is the harbour master?")
    town.update([replace(HARBOUR, text="Rain fell. " + HARBOUR.text)])
    quote = town.ask("and when does she expect the first?", follows=before).quotes[0]
    assert (quote.text, quote.start) == ("She expects the first on Friday.", HARBOUR.text.index("She expects") + 11)


def test_a_follow_up_to_an_answer_without_quotes_is_asked(town: Library) -> None:
    nothing = Answer("What about the dredger?", answered=False, confidence=0.0)
    answer = town.ask("and how much did it remove?", follows=nothing)
    assert "A dredger had removed" in answer.closest[0].text


def test_a_follow_up_is_asked_of_an_empty_library(library: Library) -> None:
    assert library.ask("and who pays?", follows=answered("Who carries the lorries?")).closest == ()


def test_a_follow_up_to_the_longest_question_is_asked(town: Library) -> None:
    before = town.ask("Who bakes the bread? ".ljust(999, "x") + "?")
    assert town.ask("and for which shift?", follows=before).closest


def test_a_copy_of_what_was_quoted_steps_back_as_well() -> None:
    with library_of(BRIDGE, replace(BRIDGE, id="reprint")) as library:
        before = library.ask("Who carries the lorries?")
        assert library.ask("and how many crossings?", follows=before).quotes[0].text == "He makes nine crossings a day."
