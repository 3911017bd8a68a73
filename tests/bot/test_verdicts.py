"""The words for verdicts and differences."""

from bot.verdicts import difference_in_words, summary_of, verdict_in_words, verdict_of
from index import Checked, Difference, Manner, Matter, Span, Verdict, Verification

SPAN = Span(0, 0)


def test_every_verdict_and_every_difference_has_words_of_its_own() -> None:
    assert len({verdict_in_words(one) for one in Verdict}) == len(Verdict)
    made = [
        Difference(SPAN, SPAN, matter, manner) for matter in Matter for manner in Manner if manner is not Manner.JOINED
    ]
    made.append(Difference(SPAN, SPAN, Matter.WORDS, Manner.JOINED))
    assert len({difference_in_words(one) for one in made}) == 13


def test_the_whole_is_summed_up() -> None:
    ours, absent = Checked(SPAN, Verdict.WORD_FOR_WORD), Checked(SPAN, Verdict.ABSENT)
    assert summary_of(Verification("", Verdict.WORD_FOR_WORD, (ours,))) == ""
    assert summary_of(Verification("", Verdict.WORD_FOR_WORD, (ours, ours))) == "2 sentences"
    title = Checked(SPAN, Verdict.WORD_FOR_WORD, in_title=True)
    assert summary_of(Verification("", Verdict.WORD_FOR_WORD, (title,))) == "in the title of an article"
    assert summary_of(Verification("", Verdict.WORD_FOR_WORD, (title, ours))) == "2 sentences"
    assert verdict_of(title) == "Ours, word for word: in the title of an article"
    assert verdict_of(ours) == "Ours, word for word"
    assert summary_of(Verification("", Verdict.PARTLY, (ours, absent))) == "1 sentence is in no article"
    words = Difference(SPAN, SPAN, Matter.WORDS, Manner.ADDED)
    name = Difference(SPAN, SPAN, Matter.NAME, Manner.CHANGED)
    altered = Checked(SPAN, Verdict.ALTERED, None, (words, name))
    assert summary_of(Verification("", Verdict.ALTERED, (altered,))) == "a name was changed"
