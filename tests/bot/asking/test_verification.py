"""How a verification is written for Discord."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.asking.verification import COLOURS, Audience, verification_reply
from bot.storage.answers import Fate
from bot.ui.reply import MESSAGE_CHARACTERS
from index import Article, Checked, Difference, Former, Manner, Matter, Quote, Span, Verdict, Verification

ARTICLE = Article(
    "bridge", "The *bridge*", "The county pays 4.2 million crowns. It is <@1> **late**.",
    author="Ada Finn", published=datetime(2026, 3, 2, tzinfo=UTC), url="https://town.example/bridge",
)  # fmt: skip
QUOTE = Quote(ARTICLE, 0, 35, Span(0, 35), 0.9)


def said(found: Verification, fates: dict[int, Fate] | None = None, seen_by: Audience = Audience.READERS) -> str:
    reply = verification_reply(found, fates or {}, seen_by)
    assert reply.size <= MESSAGE_CHARACTERS
    return "\n".join(text for block in reply.blocks for text in block.texts)


def altered(pasted: str, *differences: Difference, quote: Quote = QUOTE) -> Verification:
    checked = Checked(Span(0, len(pasted)), Verdict.ALTERED, quote, differences)
    return Verification(pasted, Verdict.ALTERED, (checked,))


def test_both_can_be_read_and_what_differs_stands_out() -> None:
    change = Difference(Span(16, 18), Span(16, 19), Matter.NUMBER, Manner.CHANGED)
    assert said(altered("The county pays 42 million crowns.", change)) == (
        "**Altered** · a number or a date was changed\n"
        "-# As it was pasted\n> The county pays ~~42~~ million crowns.\n\n"
        "-# As it stands in our article\n> The county pays **4.2** million crowns.\n\n"
        "[The \\*bridge\\*](https://town.example/bridge#:~:text=The%20county%20pays%204.2%20million%20crowns.)\n"
        "-# Ada Finn · 2 March 2026"
    )


def test_nothing_that_was_pasted_or_published_takes_effect() -> None:
    pasted = "# It is @everyone ~~late~~ [x](https://evil.example)."
    change = Difference(Span(8, 17), Span(42, 46), Matter.WORDS, Manner.CHANGED)
    shown = said(altered(pasted, change, quote=Quote(ARTICLE, 36, 60, Span(36, 60), 0.9)))
    assert "> # It" not in shown and "> \\# It is ~~\\@everyone~~ \\~\\~late\\~\\~ \\[x\\]" in shown
    assert "<@1>" not in shown and "\\*\\*late\\*\\*" in shown


def test_long_sentences_are_shown_around_what_differs() -> None:
    pasted = "so " * 400 + "never " + "on " * 200
    change = Difference(Span(1200, 1205), Span(0, 0), Matter.NEGATION, Manner.ADDED)
    shown = said(altered(pasted, change))
    assert "~~never~~" in shown and "… so so" in shown and "on on …" in shown


def test_many_sentences_fit_into_a_message_as_far_as_there_is_room() -> None:
    pasted = "The county pays 42 million crowns. " * 60
    change = Difference(Span(16, 18), Span(16, 19), Matter.NUMBER, Manner.CHANGED)
    sentences = tuple(Checked(Span(35 * n, 35 * n + 34), Verdict.ALTERED, QUOTE, (change,)) for n in range(60))
    shown = said(Verification(pasted, Verdict.ALTERED, sentences))
    assert "**1 · Altered: a number or a date was changed**" in shown
    assert "There is no room for the rest (" in shown and "of 60); verify it by itself." in shown


def test_what_was_corrected_or_withdrawn_is_said_without_its_words() -> None:
    until = datetime(2026, 4, 1, tzinfo=UTC)
    pasted = "It was so."
    corrected = Checked(Span(0, 10), Verdict.FORMER, former=Former(until, ARTICLE))
    withdrawn = Checked(Span(0, 10), Verdict.FORMER, former=Former(until, None))
    shown = said(Verification(pasted, Verdict.FORMER, (corrected,)))
    assert shown.startswith(
        "**No longer in our articles** · It was in our article until 1 April 2026, and was corrected then\n"
    )
    assert "The article as it is now: [The \\*bridge\\*](https://town.example/bridge)" in shown
    shown = said(Verification(pasted, Verdict.FORMER, (withdrawn,)))
    assert "It was in an article of ours until 1 April 2026, and was withdrawn then" in shown
    assert "bridge" not in shown
    absent = Verification(pasted, Verdict.ABSENT, (Checked(Span(0, 10), Verdict.ABSENT),))
    assert said(absent, {0: Fate.WITHDRAWN}).endswith("the article that it was in was withdrawn since.")


NEVER = "-# Our editors never want this sentence quoted, so neither its words nor those that were pasted are shown."
TO_EDITORS = "-# ⚠️ This is never to be quoted; readers who verify it do not see its words."


def test_readers_see_no_word_of_what_is_never_to_be_quoted_and_an_editor_alone_sees_all() -> None:
    pasted = "The county pays 42 million crowns."
    change = Difference(Span(16, 18), Span(16, 19), Matter.NUMBER, Manner.CHANGED)
    checked = Checked(Span(0, 34), Verdict.ALTERED, QUOTE, (change,), is_never_quoted=True)
    found = Verification(pasted, Verdict.ALTERED, (checked,))
    shown = f"**Altered** · a number or a date was changed\n{NEVER}\n[The \\*bridge\\*](https://town.example/bridge)"
    assert said(found) == shown
    assert said(found, seen_by=Audience.EDITOR_AMONG_READERS) == (
        f"{shown}\n-# An editor sees what is not shown here with `/verify quote` and *private*."
    )
    whole = said(found, seen_by=Audience.EDITOR)
    assert "~~42~~" in whole and "**4.2**" in whole and whole.endswith(f"\n{TO_EDITORS}")


def test_what_comes_nearest_and_is_never_to_be_quoted_is_shown_to_an_editor_alone() -> None:
    near = Checked(Span(0, 24), Verdict.ABSENT, QUOTE, is_never_quoted=True)
    found = Verification("The county pays nothing.", Verdict.ABSENT, (near,))
    for seen_by in (Audience.READERS, Audience.EDITOR_AMONG_READERS):
        assert said(found, seen_by=seen_by) == "**Not found in our articles**\n> The county pays nothing."
    assert "another sentence: The county pays 4.2 million crowns." in said(found, seen_by=Audience.EDITOR)


def test_of_what_was_corrected_and_was_never_to_be_quoted_no_word_is_shown() -> None:
    former = Former(datetime(2026, 4, 1, tzinfo=UTC), ARTICLE)
    checked = Checked(Span(0, 10), Verdict.FORMER, former=former, is_never_quoted=True)
    found = Verification("It was so.", Verdict.FORMER, (checked,))
    assert said(found).endswith(f"corrected then\n{NEVER}\n[The \\*bridge\\*](https://town.example/bridge)")
    assert "It was so." not in said(found) and "> It was so." in said(found, seen_by=Audience.EDITOR)


def test_what_is_in_a_title_is_said_to_be_there() -> None:
    title = Quote(replace(ARTICLE, text=ARTICLE.title), 0, 12, Span(0, 12), 1.0)
    ours = Checked(Span(0, 10), Verdict.WORD_FOR_WORD, title, in_title=True)
    assert said(Verification("The bridge", Verdict.WORD_FOR_WORD, (ours,))) == (
        "**Ours, word for word** · in the title of an article\n> The bridge\n\n"
        "[The \\*bridge\\*](https://town.example/bridge#:~:text=The%20%2Abridge%2A)\n-# Ada Finn · 2 March 2026"
    )
    change = Difference(Span(4, 10), Span(4, 12), Matter.WORDS, Manner.CHANGED)
    altered = Checked(Span(0, 10), Verdict.ALTERED, title, (change,), in_title=True)
    shown = said(Verification("The tunnel", Verdict.ALTERED, (altered,)))
    assert "-# As it stands in the title of our article\n> The **\\*bridge\\***" in shown


def test_what_stands_around_and_what_is_left_out_between_is_said() -> None:
    text = "Lee said: It was so. It is so."
    sentences = tuple(Checked(span, Verdict.WORD_FOR_WORD, QUOTE) for span in (Span(10, 20), Span(21, 30)))
    shown = said(Verification(text, Verdict.JOINED, sentences, (Span(0, 8),), (1,)))
    assert "-# *Before this, something was left out without a mark.*\n**2 · Ours, word for word**" in shown
    assert shown.endswith("-# Not checked, as it stands around the quotation: Lee said")
    assert "The same article" in shown


def test_every_verdict_has_a_colour() -> None:
    assert set(COLOURS) == set(Verdict)
