"""What a message says: quotes in context, within Discord's limits, with nothing of an article's own that acts."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking.in_context import context_reply
from bot.asking.reply import ROOM, Action, answer_reply, further_quotes, more_reply, shown_quotes
from bot.languages import speaking
from bot.markdown import escape, plain, unescape
from bot.ui.reply import AMBER, GREEN, GREY, INK, MESSAGE_CHARACTERS, Reply
from index import Answer, Article, Limits, Outcome, Quote, Span

BRIDGE = Article(
    "bridge",
    "The bridge at Elmouth",
    "It rained for a week. The bridge opened in 1904. It carries two lanes.\n\n"
    "Trams crossed it until 1961. Then the rails were taken up.\n\nThe town paid for it.",
    author="Jane Doe",
    published="2026-01-07",
    section="History",
    url="https://example.org/bridge",
)
OPENED, LANES, TRAMS = "The bridge opened in 1904.", "It carries two lanes.", "Trams crossed it until 1961."


def quote(sentence: str, before: str = "", after: str = "", article: Article = BRIDGE) -> Quote:
    """The sentence, quoted in the context from `before` to `after`."""
    start = article.text.index(sentence)
    end = start + len(sentence)
    context = Span(
        article.text.index(before) if before else start, article.text.index(after) + len(after) if after else end
    )
    return Quote(article, start, end, context, 1.0)


def answered(
    *quotes: Quote, further: tuple[Quote, ...] = (), confidence: float = 0.9, question: str = "When?"
) -> Answer:
    return Answer(question, True, confidence, quotes, (*quotes, *further))


def lines(reply: Reply) -> list[str]:
    return [line for block in reply.blocks for text in block.texts for line in text.splitlines()]


WHERE = "[The bridge at Elmouth](https://example.org/bridge#:~:text=The%20bridge%20opened%20in%201904.)"


def test_the_quote_comes_first_below_how_sure_it_is_then_its_article_and_what_stands_next_to_it() -> None:
    reply = answer_reply(answered(quote(OPENED, "It rained", LANES)))
    assert [block.texts for block in reply.blocks] == [
        (
            "-# **Sure**",
            "## “The bridge opened in 1904.”",
            f"{WHERE}\n-# Jane Doe · 7 January 2026 · History",
            "-# Before: It rained for a week.\n-# After: It carries two lanes.",
        )
    ]
    assert reply.colour == GREEN


def test_several_quotes_are_numbered_and_what_is_shown_once_is_not_repeated() -> None:
    reply = answer_reply(answered(quote(OPENED, "It rained", LANES), quote(LANES, "It rained", LANES), quote(TRAMS)))
    assert lines(reply) == [
        "-# **Sure** · 3 quotes from 1 article",
        "## 1 · “The bridge opened in 1904.”",
        WHERE,
        "-# Jane Doe · 7 January 2026 · History",
        "-# Before: It rained for a week.",
        "## 2 · “It carries two lanes.”",
        "[The same article](https://example.org/bridge#:~:text=It%20carries%20two%20lanes.)",
        "## 3 · “Trams crossed it until 1961.”",
        "[The same article](https://example.org/bridge#:~:text=Trams%20crossed%20it%20until%201961.)",
    ]


@pytest.mark.parametrize(
    ("confidence", "words", "colour"),
    [(0.95, "Sure", GREEN), (0.8, "Sure", GREEN), (0.7, "Fairly sure", INK), (0.4, "Not sure", AMBER)],
)
def test_how_sure_the_answer_is_stands_on_top_in_words_and_has_a_colour(
    confidence: float, words: str, colour: int
) -> None:
    reply = answer_reply(answered(quote(OPENED), confidence=confidence))
    assert lines(reply)[0] == f"-# **{words}**"
    assert reply.colour == colour


def test_the_question_is_repeated_where_it_is_not_seen_and_a_long_one_is_shortened() -> None:
    answer = answered(quote(OPENED), question="When did *it* open? " + "why " * 200)
    head = lines(answer_reply(answer, repeat_question=True))[0]
    assert head.startswith("-# When did \\*it\\* open? why why") and head.endswith("why …")
    assert len(head) <= 310


def test_of_the_context_the_nearest_sentence_on_each_side_is_shown_unless_it_is_long() -> None:
    words = "It was a long week. Rain fell. The bridge opened in 1904. It carries trams. It is of steel."
    article = replace(BRIDGE, text=words)
    reply = answer_reply(answered(quote(OPENED, "It was", "of steel.", article)))
    assert lines(reply)[-2:] == ["-# Before: Rain fell.", "-# After: It carries trams."]
    article = replace(BRIDGE, text=words.replace("Rain fell", "Rain fell " + "and fell " * 40))
    reply = answer_reply(answered(quote(OPENED, "It was", "of steel.", article)))
    assert lines(reply)[-2:] == ["-# Jane Doe · 7 January 2026 · History", "-# After: It carries trams."]


@pytest.mark.parametrize(
    ("written", "asked", "below"),
    [
        ("en", "ko", "-# Jane Doe · 7 January 2026 · History · in English"),
        ("nn", "en", "-# Jane Doe · 7 January 2026 · History · in Norwegian Nynorsk"),
        ("en", "en", "-# Jane Doe · 7 January 2026 · History"),
        (None, "ko", "-# Jane Doe · 7 January 2026 · History"),
    ],
)
def test_the_language_of_an_article_is_named_where_the_question_is_in_another(
    written: str | None, asked: str, below: str
) -> None:
    article = replace(BRIDGE, language=written)
    opened, trams = (quote(sentence, article=article) for sentence in (OPENED, TRAMS))
    answer = replace(answered(opened, further=(trams,)), language=asked)
    for reply in (answer_reply(answer), context_reply(answer), more_reply(answer)[0]):
        assert below in lines(reply)


def test_the_readers_language_names_the_articles_and_needs_no_byline() -> None:
    bare = replace(BRIDGE, author=None, published=None, section=None, language="en")
    with speaking("ko"):
        assert "-# 영어 원문" in lines(answer_reply(replace(answered(quote(OPENED, article=bare)), language="ko")))


def test_a_subheading_is_no_context() -> None:
    article = replace(BRIDGE, text="Rain fell.\n\nThe opening\n\nThe bridge opened in 1904.\n\nTrams")
    reply = answer_reply(answered(quote(OPENED, "Rain", "Trams", article)))
    assert lines(reply)[-1] == "-# Jane Doe · 7 January 2026 · History"


@pytest.mark.parametrize(
    ("text", "sentence", "shown"),
    [
        ("Er sagte „Nein“ und ging. Die Brücke ist zu.", "Die Brücke ist zu.", "„Die Brücke ist zu.“"),
        (
            "Elle a dit « non » hier. Le pont est fermé.",
            "Le pont est fermé.",
            "«\N{NO-BREAK SPACE}Le pont est fermé.\N{NO-BREAK SPACE}»",
        ),
        ("彼は「いいえ」と言った。橋は閉まっている。", "橋は閉まっている。", "「橋は閉まっている。」"),
        ('He said "no". The bridge is shut.', "The bridge is shut.", "“The bridge is shut.”"),
        ("“No,” he said. It is shut.", "“No,” he said.", "“\N{THIN SPACE}“No,” he said.”"),
    ],
)
def test_a_quote_has_the_quotation_marks_of_its_article(text: str, sentence: str, shown: str) -> None:
    reply = answer_reply(answered(quote(sentence, article=replace(BRIDGE, text=text))))
    assert lines(reply)[1] == f"## {shown}"


def test_long_quotes_are_set_less_large_all_of_them_alike() -> None:
    article = replace(BRIDGE, text=f"The bridge opened in 1904. It carries {'trams and ' * 20}cars.")
    long = article.text.split(". ")[1]
    reply = answer_reply(answered(quote(OPENED, article=article), quote(long, article=article)))
    assert [line.split("“")[0] for line in lines(reply) if "“" in line] == ["### 1 · ", "### 2 · "]


def unanswered(
    outcome: Outcome, *closest: Quote, about: str = "", confidence: float = 0.2, question: str = "Who?"
) -> Answer:
    return Answer(question, False, confidence, (), closest, outcome=outcome, about=about)


def test_a_sentence_that_may_answer_has_its_context_and_article_and_does_not_look_like_an_answer() -> None:
    reply = answer_reply(unanswered(Outcome.PERHAPS, quote(OPENED, "It rained", LANES), quote(TRAMS)))
    assert lines(reply) == [
        "-# **Perhaps this** · it may not be the answer: read it in context",
        "> “The bridge opened in 1904.”",
        WHERE,
        "-# Jane Doe · 7 January 2026 · History",
        "-# Before: It rained for a week.",
        "-# After: It carries two lanes.",
    ]
    assert reply.colour == AMBER
    assert reply.actions == (Action.CONTEXT, Action.MORE, Action.UP, Action.DOWN)


def test_in_context_and_more_of_a_sentence_that_may_answer_do_not_look_like_an_answer_either() -> None:
    answer = unanswered(Outcome.PERHAPS, quote(OPENED), quote(TRAMS))
    context, (more, *_) = context_reply(answer), more_reply(answer)
    assert lines(context)[:2] == [
        "-# **Perhaps this** · it may not be the answer: read it in context",
        "It rained for a week. **The bridge opened in 1904.** It carries two lanes.",
    ]
    assert context.colour == AMBER
    assert lines(more)[:3] == [
        "-# Further passages, each less close to the question than the one before",
        "> 2 · “Trams crossed it until 1961.”",
        "[The bridge at Elmouth](https://example.org/bridge#:~:text=Trams%20crossed%20it%20until%201961.)",
    ]
    assert more.colour == GREY


def test_near_the_topic_nothing_is_quoted_unless_it_is_asked_for() -> None:
    answer = unanswered(Outcome.RELATED, quote(OPENED), quote(LANES), about="Harry Patch")
    reply = answer_reply(answer)
    assert lines(reply) == ["**The articles tell of Harry Patch, but not of that.**"]
    assert reply.colour == GREY
    assert reply.actions == (Action.NEAR, Action.WAIT)
    assert lines(more_reply(answer)[0])[:3] == [
        "-# What is near the topic; it does not answer the question",
        "> 1 · “The bridge opened in 1904.”",
        WHERE,
    ]


def test_near_the_topic_without_a_name_it_says_that_it_is_near() -> None:
    reply = answer_reply(unanswered(Outcome.RELATED, quote(OPENED)))
    assert lines(reply) == ["**The articles are near that topic, but none of them says that.**"]


def test_names_of_a_question_are_escaped_and_shortened() -> None:
    named = answer_reply(unanswered(Outcome.RELATED, about="<@1> and **Ada** " + "Finn " * 100))
    (said,) = lines(named)
    assert said.startswith("**The articles tell of \\<\\@1\\> and \\*\\*Ada\\*\\* Finn Finn")
    assert said.endswith("Finn …, but not of that.**") and len(said) < 220


def test_where_nothing_is_near_nothing_is_shown_not_even_on_request() -> None:
    answer = unanswered(Outcome.ABSENT, quote(OPENED), quote(LANES))
    reply = answer_reply(answer)
    assert lines(reply) == ["**The articles do not hold an answer to that.**"]
    assert reply.colour == GREY
    assert reply.actions == (Action.WAIT,)
    assert further_quotes(answer) == ()


def test_an_empty_library_has_no_answer_and_nothing_near() -> None:
    reply = answer_reply(Answer("Who?", False, 0.0))
    assert lines(reply) == ["**The articles do not hold an answer to that.**"]
    assert reply.actions == (Action.WAIT,)


def test_what_no_new_article_can_answer_is_not_waited_for() -> None:
    period = Limits(until=datetime(2026, 1, 1, tzinfo=UTC))
    for limits in (Limits(article=BRIDGE), period):
        assert answer_reply(Answer("Who?", False, 0.0, limits=limits)).actions == ()
    since = Limits(since=datetime(2026, 1, 1, tzinfo=UTC))
    assert answer_reply(Answer("Who?", False, 0.0, limits=since)).actions == (Action.WAIT,)


def test_more_is_offered_only_where_there_is_more() -> None:
    assert Action.MORE not in answer_reply(answered(quote(OPENED))).actions
    with_more = answered(quote(OPENED), further=(quote(LANES), quote(TRAMS)))
    assert Action.MORE in answer_reply(with_more).actions
    assert [found.text for found in further_quotes(with_more)] == [LANES, TRAMS]
    assert [line for line in lines(more_reply(with_more)[0]) if line.startswith("> ")] == [
        f"> 2 · “{LANES}”",
        f"> 3 · “{TRAMS}”",
    ]


def test_more_shows_three_at_a_time_and_numbers_them_on() -> None:
    article = replace(BRIDGE, text=" ".join(f"Sentence number {n} is here." for n in range(9)))
    first, *rest = (quote(f"Sentence number {n} is here.", article=article) for n in range(9))
    answer = answered(first, further=tuple(rest))
    pages = [more_reply(answer, page) for page in range(4)]
    assert [(page, of) for _, page, of in pages] == [(0, 3), (1, 3), (2, 3), (2, 3)]
    shown = [[line for line in lines(reply) if line.startswith("> ")] for reply, *_ in pages[:3]]
    assert [len(page) for page in shown] == [3, 3, 2]
    assert shown[1] == [f"> {n + 1} · “Sentence number {n} is here.”" for n in (4, 5, 6)]
    assert lines(pages[1][0])[0].endswith(" · page 2 of 3")


def test_articles_of_one_id_in_two_libraries_are_told_apart() -> None:
    other = replace(BRIDGE, text=BRIDGE.text.replace("two", "six"))
    answer = answered(quote(LANES), quote("It carries six lanes.", article=other))
    assert further_quotes(answer) == ()
    assert [line for line in lines(answer_reply(answer)) if line.startswith("## ")] == [
        "## 1 · “It carries two lanes.”",
        "## 2 · “It carries six lanes.”",
    ]


def test_in_context_shows_the_paragraph_and_its_neighbours_with_all_quotes_in_them_standing_out() -> None:
    reply = context_reply(answered(quote(TRAMS), quote(LANES)))
    assert [line for line in lines(reply)[:-2] if line] == [
        "It rained for a week. The bridge opened in 1904. **It carries two lanes.**",
        "**Trams crossed it until 1961.** Then the rails were taken up.",
        "The town paid for it.",
    ]


def test_an_answer_too_long_for_a_message_gives_up_context_before_quotes_and_the_last_first() -> None:
    sentences = [f"Sentence {number} {'goes on ' * (95 if number in (1, 4, 7) else 30)}here." for number in range(9)]
    article = replace(BRIDGE, text=" ".join(sentences))
    quotes = [quote(sentences[i], sentences[i - 1], sentences[i + 1], article) for i in (1, 4, 7)]
    reply = answer_reply(answered(*quotes))
    said = lines(reply)
    assert reply.size <= MESSAGE_CHARACTERS
    assert [line for line in said if line.startswith("### ")] == [
        f"### {number} · “{quoted.text}”" for number, quoted in enumerate(quotes, 1)
    ]
    assert f"-# Before: {sentences[0]}" not in said
    assert not any(sentences[8] in line for line in said)
    longer = [s.replace("goes on ", "goes on so ") for s in sentences]
    article = replace(BRIDGE, text=" ".join(longer))
    quotes = [quote(longer[i], "", "", article) for i in (1, 4, 7)]
    reply = answer_reply(answered(*quotes))
    assert [line for line in lines(reply) if line.startswith("### ")] == [
        f"### {number} · “{quotes[number - 1].text}”" for number in (1, 2)
    ]
    assert [found.text for found in further_quotes(answered(*quotes))] == [longer[7]]


def test_a_sentence_too_long_for_a_message_is_named_not_cut() -> None:
    article = replace(BRIDGE, text="word " * 2000 + "end.")
    reply = answer_reply(answered(quote(article.text, article=article)))
    assert lines(reply)[1] == "### *The sentence is too long for a message; it stands in the article.*"
    assert "https://example.org/bridge#:~:text=word%20word" in lines(reply)[2]


HOSTILE = [
    ("@everyone and @here", "\\@everyone and \\@here"),
    (
        "<@123> <@&4> <#5> </ask:6> <t:7:R> <:x:8>",
        "\\<\\@123\\> \\<\\@&4\\> \\<#5\\> \\</ask:6\\> \\<t\\:7:R\\> \\<\\:x:8\\>",
    ),
    ("[free](https://evil.example)", "\\[free\\](https\\://evil.example)"),
    ("`rm` ```x``` ||spoiler|| **b** __u__ ~~s~~", None),
    ("a\u202eb\u2066c\u2069d", "abcd"),
    ("nul\x00 bell\x07", "nul bell"),
    ("two\nlines\u2028and\ttabs", "two lines and tabs"),
    ("back\\slash", "back\\\\slash"),
    ("# 1 hit of the year", "\\# 1 hit of the year"),
    ("### Heading", "\\### Heading"),
    ("- so it went", "\\- so it went"),
    ("1. The bridge opened.", "1\\. The bridge opened."),
    ("1.5 million came", "1.5 million came"),
]


@pytest.mark.parametrize(("text", "escaped"), HOSTILE)
def test_article_text_shows_to_the_letter_and_does_nothing(text: str, escaped: str | None) -> None:
    if escaped is not None:
        assert escape(text) == escaped
    assert unescape(escape(text)) == plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_~`|<>@\[\]]", escape(text))


def test_right_to_left_text_and_joiners_stay_as_they_are() -> None:
    assert escape("שלום \u200f עולם می\u200cخواهم 👩\u200d🚀") == "שלום \u200f עולם می\u200cخواهم 👩\u200d🚀"


def test_text_from_right_to_left_is_kept_apart_from_what_stands_next_to_it() -> None:
    """Without the marks, the year of the day would be drawn to the other side of the name."""
    school = Article(
        "school", "مدرسة جديدة", "افتتحت المدينة مدرسة. وبلغ عدد التلاميذ 610.", author="سامي", published="2026-08-24"
    )
    opened, pupils = (
        quote(sentence, article=school) for sentence in ("افتتحت المدينة مدرسة.", "وبلغ عدد التلاميذ 610.")
    )
    answer = answered(replace(opened, context=Span(opened.start, pupils.end)), question="متى؟")
    assert lines(answer_reply(answer, repeat_question=True)) == [
        "-# \u2068متى؟\u2069",
        "-# **Sure**",
        "## \u2068“افتتحت المدينة مدرسة.”\u2069",
        "\u2068مدرسة جديدة\u2069",
        "-# \u2068سامي\u2069 · 24 August 2026",
        "-# After: \u2068وبلغ عدد التلاميذ 610.\u2069",
    ]
    assert lines(context_reply(answer))[0] == "\u2068**\u2068افتتحت المدينة مدرسة.\u2069** وبلغ عدد التلاميذ 610.\u2069"


def test_more_leaves_out_none_of_the_quotes_that_are_too_long_for_one_page() -> None:
    article = replace(BRIDGE, text=" ".join(f"Sentence number {n} {'goes on ' * 170}here." for n in range(5)))
    sentences = article.text.split(" here.")[:5]
    first, *rest = (quote(f"{sentence.strip()} here.", article=article) for sentence in sentences)
    answer = answered(first, further=tuple(rest))
    (_, _, count), shown = more_reply(answer), []
    for page in range(count):
        reply = more_reply(answer, page)[0]
        assert reply.size <= MESSAGE_CHARACTERS
        shown += [line[:24] for line in lines(reply) if line.startswith("> ")]
    assert shown == [f"> {n + 1} · “Sentence number {n}" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a_(b)", "https://example.org/a_%28b%29#:~:text=It%20carries%20two%20lanes."),
        ("javascript:alert(1)", None),
        ("https://example.org/with space", None),
        ("https://example.org/" + "x" * 700, None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, link: str | None) -> None:
    article = replace(BRIDGE, url=url)
    said = "\n".join(lines(answer_reply(answered(quote(LANES, article=article)))))
    assert (f"[The bridge at Elmouth]({link})" in said) if link else ("](" not in said)


def test_a_link_that_would_be_too_long_names_less_of_the_sentence() -> None:
    words = "На заседании городского совета было принято решение о строительстве нового моста через реку вблизи порта."
    article = replace(BRIDGE, text=words)
    (where,) = [line for line in lines(answer_reply(answered(quote(words, article=article)))) if "](" in line]
    address = where.rpartition("(")[2][:-1]
    assert len(address) <= 600
    assert ",".join(address.partition(":~:text=")[2].split(",")).count(",") == 1


nasty = st.text(
    st.one_of(st.sampled_from("\\*_~`|<>@[]():/#-\n\u202e\u200b\u2069 ."), st.characters(codec="utf-8")), min_size=1
)


@given(
    texts=st.lists(nasty.filter(str.strip), min_size=1, max_size=4),
    title=nasty,
    author=st.none() | nasty,
    url=st.none() | nasty.map(lambda path: f"https://example.org/{path}"),
    question=nasty,
    repeat=st.integers(1, 400),
    outcome=st.sampled_from(Outcome),
)
def test_every_reply_fits_and_no_markup_of_an_article_is_left_in_it(
    texts: list[str], title: str, author: str | None, url: str | None, question: str, repeat: int, outcome: Outcome
) -> None:
    sentences = [(text * repeat)[:5000].strip() for text in texts]
    article = Article("a", title, "\n\n".join(sentences), author=author, url=url)
    at, found = 0, []
    for sentence in sentences:
        start = article.text.index(sentence, at)
        at = start + len(sentence)
        found.append(Quote(article, start, at, Span(0, len(article.text)), 1.0))
    known = outcome is Outcome.ANSWERED
    quotes = tuple(found[:3]) if known else ()
    answer = Answer(question, known, 0.8, quotes, tuple(found), outcome=outcome, about=question)
    replies: list[Reply] = [answer_reply(answer, repeat_question=True)]
    if further_quotes(answer):
        replies.append(more_reply(answer)[0])
    if replies[0].blocks and shown_quotes(answer):
        replies.append(context_reply(answer))
    for reply in replies:
        assert reply.size <= MESSAGE_CHARACTERS
        assert all(text for block in reply.blocks for text in block.texts)
        assert sum(2 * len(block.texts) for block in reply.blocks) + 7 <= 40
        for line in lines(reply):
            bare = re.sub(r"^\[((?:\\.|[^\[\]\\])+)\]\(https://[^\s()<>\\]+\)$", r"\1", line)
            bare = bare.removeprefix("> ").replace("**", "")
            bare = re.sub(r"^(?:### )?(?:\d+ · )?\*The [^*]+\*$", "", bare)
            assert not re.search(r"(?<!\\)(?:\\\\)*[*_~`|<>@\[\]]", bare), line
    assert ROOM < MESSAGE_CHARACTERS
