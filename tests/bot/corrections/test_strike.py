"""What a message says of quotes that were corrected or withdrawn, and that it is taken back without a trace."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking.reply import answer_reply
from bot.corrections.strike import colour_of, marked, unmarked
from bot.languages import LANGUAGES, say, speaking
from bot.markdown import Markdown, joined, md, plain, unescape
from bot.storage.answers import Fate, Mark
from bot.ui.reply import AMBER, GREEN, GREY, MESSAGE_CHARACTERS, Reply
from index import Answer, Article, Outcome, Quote, Span
from tests.bot.asking.test_reply import BRIDGE, LANES, OPENED, TRAMS, answered, nasty, quote, unanswered

CORRECTED, WITHDRAWN = Mark(Fate.CORRECTED, 1769860800), Mark(Fate.WITHDRAWN, 1769947200)

TWO = answered(quote(OPENED, "It rained", LANES), quote(TRAMS))


def texts(reply: Reply) -> tuple[Markdown, ...]:
    return tuple(text for block in reply.blocks for text in block.texts)


WHERE = (
    "[The bridge at Elmouth](https://example.org/bridge#:~:text=The%20bridge%20opened%20in%201904.)\n"
    "-# Jane Doe · 7 January 2026 · History"
)


def test_a_corrected_quote_is_struck_through_with_what_of_its_context_is_gone_over_the_date_and_the_link() -> None:
    words = "It  rained for a week.\nThe bridge opened in 1905. It has six."
    now = replace(BRIDGE, text=words, url="https://example.org/moved")
    assert marked(texts(answer_reply(TWO)), (CORRECTED, None), (now, now)) == (
        "-# ~~**Sure** · 2 quotes from 1 article~~ · 1 of 2 still stands",
        "## ~~1 · “The bridge opened in 1904.”~~\n"
        "**Corrected since**, <t:1769860800:D> · [The article as it is now](https://example.org/moved)",
        WHERE,
        "-# Before: It rained for a week.\n-# After: ~~It carries two lanes.~~",
        "## 2 · “Trams crossed it until 1961.”",
        "[The same article](https://example.org/bridge#:~:text=Trams%20crossed%20it%20until%201961.)",
    )


def test_context_from_right_to_left_that_is_still_in_the_article_is_not_struck_through() -> None:
    school = Article("school", "مدرسة", "افتتحت المدينة مدرسة. وبلغ عدد التلاميذ 610.")
    clean = texts(answer_reply(answered(quote("افتتحت المدينة مدرسة.", after="610.", article=school))))
    struck = marked(clean, (CORRECTED,), (replace(school, text="افتتحت المدينة مدرستين. وبلغ عدد التلاميذ 610."),))
    assert struck[1].startswith("## ~~\u2068“افتتحت المدينة مدرسة.”\u2069~~\n**Corrected since**")
    assert struck[-1] == clean[-1] == "-# After: \u2068وبلغ عدد التلاميذ 610.\u2069"
    assert unmarked(struck) == clean


def test_a_withdrawn_one_links_to_where_the_message_did_without_naming_the_sentence() -> None:
    head, *_, second, label = marked(texts(answer_reply(TWO)), (CORRECTED, WITHDRAWN))
    assert head == "-# ~~**Sure** · 2 quotes from 1 article~~ · nothing of it stands any more: ask again"
    assert second == (
        "## ~~2 · “Trams crossed it until 1961.”~~\n"
        "**Withdrawn since**, <t:1769947200:D> · [The page it stood on](https://example.org/bridge)"
    )
    assert label.startswith("[The same article](https://example.org/bridge#:~:text=")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_in_any_language_is_struck_through_in_its_own_and_restored(language: str) -> None:
    with speaking(language):
        clean = texts(answer_reply(TWO))
        perhaps = texts(answer_reply(unanswered(Outcome.PERHAPS, quote(OPENED, "It rained", LANES))))
        withdrawn = say("Withdrawn since")
    for said, marks in ((clean, (WITHDRAWN, WITHDRAWN)), (perhaps, (WITHDRAWN,))):
        struck = marked(said, marks)
        assert [f"**{withdrawn}**, <t:" in text for text in struck] == [text.startswith(("##", "> ")) for text in said]
        assert unmarked(struck) == said
        assert (colour_of(said), colour_of(struck)) == (GREEN if said is clean else AMBER, GREY)


def test_the_colour_says_how_much_of_the_answer_stands() -> None:
    clean = texts(answer_reply(TWO))
    marks = ((None, None), (CORRECTED, None), (CORRECTED, WITHDRAWN))
    assert [colour_of(marked(clean, each)) for each in marks] == [GREEN, AMBER, GREY]
    assert colour_of(EARLIER) is None


def test_without_an_address_there_is_no_link() -> None:
    article = replace(BRIDGE, url=None)
    _, struck, label = marked(texts(answer_reply(answered(quote(LANES, article=article)))), (WITHDRAWN,))
    assert struck == "## ~~“It carries two lanes.”~~\n**Withdrawn since**, <t:1769947200:D>"
    assert label == "The bridge at Elmouth\n-# Jane Doe · 7 January 2026 · History"
    script = replace(BRIDGE, url="javascript:alert(1)")
    (_, struck, *_) = marked(texts(answer_reply(answered(quote(LANES)))), (CORRECTED,), (script,))
    assert struck.endswith("<t:1769860800:D>")


def test_a_sentence_that_may_answer_is_struck_through_too() -> None:
    perhaps = unanswered(Outcome.PERHAPS, quote(OPENED), quote(LANES))
    said = texts(answer_reply(perhaps, repeat_question=True))
    assert marked(said, (CORRECTED,)) == (
        "-# Who?",
        "-# ~~**Perhaps this** · it may not be the answer: read it in context~~"
        " · nothing of it stands any more: ask again",
        "> ~~“The bridge opened in 1904.”~~\n"
        "**Corrected since**, <t:1769860800:D> · [The article as it is now](https://example.org/bridge)",
        WHERE,
    )
    assert unmarked(marked(said, (CORRECTED,))) == said


EARLIER = (
    md("### When?"),
    md("> -# It rained for a week.\n> **The bridge opened in 1904.**\n> -# It carries two lanes."),
    md("**1** · **The bridge at Elmouth**\n-# Jane Doe · [Read it in the article](https://example.org/bridge)"),
    md("> **Trams crossed it until 1961.**"),
    md("-# **2** · [Read it in the same article](https://example.org/bridge)"),
    md("-# Very sure · 2 quotes from 1 article"),
)


@pytest.mark.parametrize("first", [0, 1])
def test_messages_of_earlier_versions_are_struck_through_as_they_were_then(first: int) -> None:
    said, now = EARLIER[first:], replace(BRIDGE, text="It rained for a week. It is shut.")
    struck = marked(said, (CORRECTED, None), (now, now))
    assert struck == (
        *EARLIER[first:1],
        "> -# It rained for a week.\n> ~~**The bridge opened in 1904.**~~\n> -# ~~It carries two lanes.~~\n"
        "**Corrected since**, <t:1769860800:D> · [The article as it is now](https://example.org/bridge)",
        "**1** · **The bridge at Elmouth**\n-# Jane Doe · [Where it stood in the article](https://example.org/bridge)",
        *EARLIER[3:5],
        "-# ~~Very sure · 2 quotes from 1 article~~ · 1 of 2 still stands",
    )
    assert unmarked(struck) == said


def test_what_earlier_versions_showed_without_an_answer_is_struck_through_too() -> None:
    said = (
        md("**The articles do not hold an answer to that.**"),
        md("-# What came nearest, and may have nothing to do with it:"),
        md("> The bridge opened in 1904."),
        md("**The bridge at Elmouth**\n-# Jane Doe"),
    )
    struck = "> ~~The bridge opened in 1904.~~\n**Corrected since**, <t:1769860800:D>"
    assert marked(said, (CORRECTED,)) == (*said[:2], struck, said[3])
    assert unmarked(marked(said, (CORRECTED,))) == said


def test_quotes_that_there_was_no_room_for_have_no_mark_and_no_part_in_the_count() -> None:
    one = texts(answer_reply(answered(quote(OPENED))))
    assert marked(one, (None, CORRECTED)) == one
    assert marked(one, (CORRECTED, CORRECTED))[0].endswith("nothing of it stands any more: ask again")


def test_a_tilde_at_the_end_does_not_end_the_line_that_strikes_it_through_too_early() -> None:
    lines = (md("> -# {}", "It costs 5~"), md("> **{}**", "It carries ~~two~~ lanes."), md("> -# {}", "A joiner\u2060"))
    clean = (joined("\n", lines), md("**The bridge**"), md("-# Very sure · 1 quote from 1 article"))
    struck = marked(clean, (CORRECTED,))
    assert struck[0].split("\n")[:3] == [
        "> -# ~~It costs 5\\~\u2060~~",
        "> ~~**It carries \\~\\~two\\~\\~ lanes.**~~",
        "> -# ~~A joiner\u2060\u2060~~",
    ]
    assert unmarked(struck) == clean


def test_where_there_is_no_room_links_go_first_then_context_and_never_a_sentence() -> None:
    sentences = [f"Sentence {number} {'goes on ' * (60 if number % 2 else 25)}here." for number in range(6)]
    article = replace(BRIDGE, text=" ".join(sentences), url=f"https://example.org/{'x' * 250}")
    quotes = [quote(sentences[i], sentences[i - 1], sentences[i], article) for i in (1, 3, 5)]
    clean = texts(answer_reply(answered(*quotes, question="why " * 70), repeat_question=True))
    assert sum(map(len, clean)) > 3000
    struck = marked(clean, (CORRECTED,) * 3)
    assert sum(map(len, struck)) <= MESSAGE_CHARACTERS
    assert [text.rpartition("\n")[2] for text in struck if text.startswith("###")] == [
        "**Corrected since**, <t:1769860800:D>"
    ] * 3
    assert f"-# Before: ~~{sentences[0]}~~" in struck
    assert unmarked(struck) == clean
    full = (md("-# {}", "why " * 260), *clean[1:])  # as no reply of ours is
    struck = marked(full, (CORRECTED,) * 3)
    assert sum(map(len, struck)) <= MESSAGE_CHARACTERS
    quoted = [text.split("\n")[0] for text in struck if text.startswith("###")]
    assert quoted == [f"### ~~{n} · “{sentences[i]}”~~" for n, i in ((1, 1), (2, 3), (3, 5))]
    assert not any("~~Sentence" in text for text in struck if text.startswith("-#"))


@given(
    sentences=st.lists(nasty.filter(str.strip), min_size=1, max_size=6),
    title=nasty,
    author=st.none() | nasty,
    url=st.none() | nasty.map(lambda path: f"https://example.org/{path}"),
    now=nasty,
    question=nasty,
    repeat=st.integers(1, 300),
    known=st.booleans(),
    marks=st.lists(st.sampled_from([None, CORRECTED, WITHDRAWN]), max_size=3),
    again=st.lists(st.sampled_from([None, CORRECTED, WITHDRAWN]), max_size=3),
)
def test_marks_fit_strike_whole_lines_and_come_off_again_whatever_an_article_says(
    sentences: list[str],
    title: str,
    author: str | None,
    url: str | None,
    now: str,
    question: str,
    repeat: int,
    known: bool,
    marks: list[Mark | None],
    again: list[Mark | None],
) -> None:
    spans, text = [], ""
    for sentence in sentences:
        start = len(text)
        text += (sentence * repeat)[:1500].strip()
        spans.append(Span(start, len(text)))
        text += "\n\n"
    article = Article("a", title, text, author=author, url=url)
    quotes = tuple(Quote(article, span.start, span.end, Span(0, spans[-1].end), 1.0) for span in spans)
    outcome = Outcome.ANSWERED if known else Outcome.PERHAPS
    answer = Answer(question * repeat, known, 0.8, quotes[:3] if known else (), quotes, outcome=outcome)
    clean = texts(answer_reply(answer, repeat_question=True))
    articles = [Article("a", "", now, url=now), None, article]
    struck = marked(clean, marks, articles)
    assert sum(len(text.encode("utf-16-le", "surrogatepass")) // 2 for text in struck) <= MESSAGE_CHARACTERS
    assert marked(struck, marks, articles) == struck
    shown = [place for place, text in enumerate(clean) if text.startswith(("## ", "### ", "> "))]
    for place, mark in zip(shown, [*marks, None, None, None], strict=False):
        line, _, since = struck[place].partition("\n")
        assert bool(re.match(r"(?:##|###|>) ~~.*[^~]~~$", line, re.DOTALL)) is bool(mark)
        assert not mark or since.startswith(f"**{mark.fate.capitalize()} since**, <t:{mark.at}:D>")
        then = articles[shown.index(place)]
        context = struck[place + 2].split("\n") if len(struck) > place + 2 else []
        for line in (line for line in context if line.startswith(("-# Before: ", "-# After: "))):
            said = line.partition(": ")[2]
            stands = then is not None and unescape(said) in plain(then.text)
            assert said.startswith("~~") is (mark is not None and not stands)
    if sum(map(len, struck)) >= sum(map(len, clean)):  # no context had to go
        assert unmarked(struck) == clean
        assert marked(struck, again) == marked(clean, again)
