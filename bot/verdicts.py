"""How a verification is put into words, in messages and on the terminal."""

from bot.languages import later, say, say_many
from bot.wording import as_day
from index import Checked, Difference, Former, Manner, Matter, Verdict, Verification

_VERDICTS = {
    Verdict.WORD_FOR_WORD: later("Ours, word for word"),
    Verdict.FORMER: later("No longer in our articles"),
    Verdict.JOINED: later("Ours, but joined"),
    Verdict.ALTERED: later("Altered"),
    Verdict.PARTLY: later("Partly ours"),
    Verdict.ABSENT: later("Not found in our articles"),
}

_DIFFERENCES = {
    (Matter.NUMBER, Manner.CHANGED): later("a number or a date was changed"),
    (Matter.NUMBER, Manner.ADDED): later("a number or a date was added"),
    (Matter.NUMBER, Manner.LEFT_OUT): later("a number or a date was left out"),
    (Matter.NAME, Manner.CHANGED): later("a name was changed"),
    (Matter.NAME, Manner.ADDED): later("a name was added"),
    (Matter.NAME, Manner.LEFT_OUT): later("a name was left out"),
    (Matter.NEGATION, Manner.CHANGED): later("a negation was changed"),
    (Matter.NEGATION, Manner.ADDED): later("a negation was added"),
    (Matter.NEGATION, Manner.LEFT_OUT): later("a negation was left out"),
    (Matter.WORDS, Manner.CHANGED): later("words were changed"),
    (Matter.WORDS, Manner.ADDED): later("words were added"),
    (Matter.WORDS, Manner.LEFT_OUT): later("words were left out"),
    (Matter.WORDS, Manner.JOINED): later("words of two places were joined"),
}


def verdict_in_words(verdict: Verdict) -> str:
    """The verdict: "Altered"."""
    return _VERDICTS[verdict]()


def difference_in_words(difference: Difference) -> str:
    """What was done to the text: "a number or a date was changed"."""
    return _DIFFERENCES[difference.matter, difference.manner]()


def summary_of(found: Verification) -> str:
    """What there is to say of the whole text beside its verdict, such as the gravest difference; or nothing."""
    if found.verdict is Verdict.WORD_FOR_WORD and len(found.sentences) == 1 and found.sentences[0].in_title:
        return say("in the title of an article")
    if found.verdict is Verdict.WORD_FOR_WORD and len(found.sentences) > 1:
        return say_many("{} sentence", "{} sentences", len(found.sentences))
    if found.verdict is Verdict.ALTERED and found.gravest:
        return difference_in_words(found.gravest)
    if found.verdict is Verdict.JOINED:
        return say("each sentence is word for word, but what stands between them was left out without a mark")
    if found.verdict is Verdict.PARTLY:
        return say_many("{} sentence is in no article", "{} sentences are in no article", found.counted(Verdict.ABSENT))
    former = [one.former for one in found.sentences if one.former]
    return former_in_words(former[0]) if found.verdict is Verdict.FORMER and former else ""


def verdict_of(checked: Checked) -> str:
    """The verdict on one sentence, with what counts most: "Altered: a number or a date was changed"."""
    if checked.former:
        return former_in_words(checked.former)
    gravest = checked.gravest
    if checked.verdict is Verdict.ALTERED and gravest:
        return say("{}: {}", verdict_in_words(checked.verdict), difference_in_words(gravest))
    if checked.verdict is Verdict.WORD_FOR_WORD and checked.in_title:
        return say("{}: {}", verdict_in_words(checked.verdict), say("in the title of an article"))
    return verdict_in_words(checked.verdict)


def former_in_words(former: Former) -> str:
    """Until when a sentence was in an article, and what became of it."""
    day = as_day(former.until)
    if former.article:
        return say("It was in our article until {}, and was corrected then", day)
    return say("It was in an article of ours until {}, and was withdrawn then", day)
