"""What the terminal shows, as a function of the answer and the kind of terminal."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.cli.as_json import answer_as_json
from bot.cli.checks import Check
from bot.cli.hyperlinks import knows_hyperlinks
from bot.cli.reports import summary
from bot.cli.terminal import Terminal
from index import Answer, Article, Outcome, Quote, Refusal, Span, UpdateReport
from index import Progress as Step
from tests.bot.cli.conftest import ANSWER, ARTICLE, END, QUOTE, START, TEXT, Screen, quoting, unstyled, with_text

LINK = (
    "https://example.org/tides#:~:text=Its%20owner%2C%20Ada%20Brandt%2C%20bought%20the%20oven%20from%20a%20lighthouse"
    "%20keeper%20in%202019."
)


def quote_of(sentence: str, *, context: str = TEXT, article: Article = ARTICLE) -> Quote:
    """The sentence of the article's text as a quote, within the context."""
    start, wide = article.text.index(sentence), article.text.index(context)
    return Quote(article, start, start + len(sentence), Span(wide, wide + len(context)), 1.0)


def test_a_file_gets_plain_lines_however_long(file: Screen) -> None:
    file.terminal.answer(ANSWER)
    assert file.out.splitlines() == [
        "Sure",
        "",
        "   │ The harbour bakery opens early.",
        "    “Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019.”",
        "   │ She sells four hundred loaves on a Saturday.",
        "     The bakery that opens with the tide",
        "     Nora Quill · 3 February 2026 · Local",
        f"     {LINK}",
    ]


@pytest.mark.parametrize(
    ("confidence", "said"), [(0.8, "Sure"), (0.79, "Fairly sure"), (0.5, "Fairly sure"), (0.49, "Not sure")]
)
def test_an_answer_says_first_how_sure_it_is(file: Screen, confidence: float, said: str) -> None:
    file.terminal.answer(replace(ANSWER, confidence=confidence))
    assert file.out.splitlines()[:2] == [said, ""]


def test_what_was_printed_is_not_printed_again_and_an_article_is_credited_once(file: Screen) -> None:
    opens, owner, sells = (TEXT[:START].strip(), TEXT[START:END], TEXT[END:].strip())
    other = replace(ARTICLE, id="hills", title="The last sheep", text="He keeps the dog.", author=None, url=None)
    quotes = (
        quote_of(owner, context=TEXT[:END]),
        quote_of("He keeps the dog.", context="He keeps the dog.", article=other),
    )
    file.terminal.answer(quoting(*quotes, quote_of(sells)))
    assert file.out.splitlines() == [
        "Sure",
        "",
        f"   │ {opens}",
        f" 1  “{owner}”",
        "     The bakery that opens with the tide",
        "     Nora Quill · 3 February 2026 · Local",
        f"     {LINK}",
        "",
        " 2  “He keeps the dog.”",
        "     The last sheep",
        "     3 February 2026 · Local",
        "",
        f" 3  “{sells}”",
        "     The article of quote 1",
        "     https://example.org/tides#:~:text=She%20sells%20four%20hundred%20loaves%20on%20a%20Saturday.",
    ]


def test_a_sentence_that_is_quoted_is_no_context_of_an_earlier_quote(file: Screen) -> None:
    opens, owner, sells = (TEXT[:START].strip(), TEXT[START:END], TEXT[END:].strip())
    file.terminal.answer(quoting(quote_of(sells), quote_of(opens)))
    printed = [line[5:].strip("“”") for line in file.out.splitlines() if line[5:].strip("“”") in (opens, owner, sells)]
    assert printed == [owner, sells, opens]


def test_subheadings_are_no_context(file: Screen) -> None:
    article = replace(ARTICLE, text="He keeps\nthe dog.\n\nThe sheep\n\nThe last one died. It was old.")
    file.terminal.answer(quoting(quote_of("The last one died.", context=article.text, article=article)))
    assert file.out.splitlines()[2:5] == ["   │ He keeps the dog.", "    “The last one died.”", "   │ It was old."]


def test_quotation_marks_are_those_of_the_article(file: Screen) -> None:
    file.terminal.answer(with_text("„Wir öffnen früh“, sagt sie."))
    assert " „\N{THIN SPACE}„Wir öffnen früh“, sagt sie.“\n" in file.out


def test_in_a_terminal_the_quoted_sentence_stands_out(screen: Screen) -> None:
    screen.terminal.answer(ANSWER)
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", screen.out)
    dim = re.findall(r"\x1b\[2m(.*?)\x1b\[0m", screen.out)
    assert bold == [f"    “{QUOTE.text}”"]
    assert dim == ["   │ The harbour bakery opens early.", "   │ She sells four hundred loaves on a Saturday."]


@pytest.mark.parametrize("width", [20, 40, 60])
def test_a_narrow_terminal_wraps_quotes_behind_the_gutter_but_not_links(width: int) -> None:
    screen = Screen(is_terminal=True, width=width)
    screen.terminal.answer(ANSWER)
    lines = screen.plain.splitlines()
    shown = lines[2 : lines.index(next(line for line in lines if line.startswith("     The bakery")))]
    assert len(shown) > 3
    assert all(len(line) <= width for line in shown)
    assert {line[:4] for line in shown} == {"   │", "    "}
    assert " ".join(line[4:].strip(" “”") for line in shown) == " ".join(TEXT.split())
    assert f"     {LINK}" in lines


def test_quotes_are_not_set_wider_than_can_be_read(screen: Screen) -> None:
    text = " ".join(["word"] * 100) + "."
    screen.terminal.answer(with_text(text))
    assert 95 <= max(map(len, screen.plain.splitlines()[2:-3])) <= 100


@pytest.mark.parametrize(
    ("width", "below"),
    [
        (80, ["     Nora Quill · 3 February 2026 · Local · read it in the article"]),
        (60, ["     Nora Quill · 3 February 2026 · Local", "     read it in the article"]),
    ],
)
def test_where_there_are_hyperlinks_words_open_the_article(width: int, below: list[str]) -> None:
    screen = Screen(is_terminal=True, width=width, has_hyperlinks=True)
    screen.terminal.answer(ANSWER)
    lines = screen.plain.splitlines()
    assert lines[lines.index("     The bakery that opens with the tide") + 1 :] == below
    assert re.findall(r"\x1b\]8;id=[\d-]+;(.+?)\x1b\\(?:\x1b\[34m)?(.+?)\x1b", screen.out) == [
        (LINK, "read it in the article")
    ]


def test_a_further_quote_of_an_article_links_in_words_too() -> None:
    screen = Screen(is_terminal=True, has_hyperlinks=True)
    screen.terminal.answer(quoting(QUOTE, quote_of(TEXT[END:].strip())))
    assert screen.plain.splitlines()[-1] == "     The article of quote 1 · read it there"


def test_an_address_cannot_steer_the_terminal_that_links_it() -> None:
    screen = Screen(is_terminal=True, has_hyperlinks=True)
    screen.terminal.answer(with_text("He left.", url="https://example.org/\x1b\\\x1b[2J\x07 ü\x9c"))
    assert "https://example.org/%1B\\%1B[2J%07%20%C3%BC%C2%9C#:~:text=He%20left." in screen.out
    assert "\x1b" not in screen.plain


@pytest.mark.parametrize(
    ("environ", "known"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.5.0"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "455"}, False),
        ({"TERM": "screen", "STY": "5.pts-0.desk"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_hyperlinks_are_for_terminals_that_do_not_drop_them(environ: dict[str, str], known: bool) -> None:
    assert knows_hyperlinks(environ) is known


@pytest.mark.parametrize("width", [1, 4, 5, 6])
def test_a_terminal_too_narrow_for_anything_is_no_error(width: int) -> None:
    screen = Screen(is_terminal=True, width=width)
    screen.terminal.answer(ANSWER)
    screen.terminal.article(ARTICLE)
    screen.terminal.articles([ARTICLE])
    assert "Its" in screen.plain


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("text", ["[bold]Loud[/bold] he said.", "[/] [red] [/nothing]", "\\[link=x]:smile: \\\\ [0]"])
def test_markup_in_an_article_stays_as_it_is_written(text: str, is_terminal: bool) -> None:
    screen = Screen(is_terminal=is_terminal)
    screen.terminal.answer(with_text(text, title=text, author=text, section=text))
    screen.terminal.article(replace(ARTICLE, text=text, title=text))
    screen.terminal.articles([replace(ARTICLE, title=text)])
    screen.terminal.say(text)
    screen.terminal.check(Check(text, text, text))
    assert screen.plain.count(text) == 4 + 2 + 1 + 3
    assert text in screen.err


STEERING = "He left.\x1b[2J\x1b]0;title\x07 \x9b31m She\x08\x7f stayed.\r\x0b\x0c\x00"


@pytest.mark.parametrize(("is_terminal", "has_hyperlinks"), [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize(
    "show",
    [
        lambda terminal: terminal.answer(with_text(STEERING, title=STEERING, author=STEERING, id=STEERING)),
        lambda terminal: terminal.article(replace(ARTICLE, text=STEERING, title=STEERING, source=STEERING)),
        lambda terminal: terminal.articles([replace(ARTICLE, id=STEERING, title=STEERING, author=STEERING)]),
        lambda terminal: terminal.say(STEERING, "red"),
        lambda terminal: terminal.write(STEERING),
        lambda terminal: terminal.check(Check(STEERING, STEERING, STEERING)),
        lambda terminal: terminal.report(UpdateReport(added=(STEERING,), refused=(Refusal(STEERING, STEERING),)), 0),
        lambda terminal: terminal.write_json(answer_as_json(with_text(STEERING))),
    ],
)
def test_what_would_steer_a_terminal_never_reaches_it(
    show: Callable[[Terminal], None], is_terminal: bool, has_hyperlinks: bool
) -> None:
    screen = Screen(is_terminal=is_terminal, has_hyperlinks=has_hyperlinks)
    show(screen.terminal)
    shown = unstyled(screen.out + screen.err)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert "stayed." in shown


UNANSWERED = replace(ANSWER, answered=False, quotes=())


def test_a_sentence_that_may_answer_is_shown_as_such(file: Screen) -> None:
    file.terminal.answer(replace(UNANSWERED, outcome=Outcome.PERHAPS))
    assert file.out.splitlines() == [
        "Perhaps this:",
        "",
        "   │ The harbour bakery opens early.",
        "    “Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019.”",
        "   │ She sells four hundred loaves on a Saturday.",
        "     The bakery that opens with the tide",
        "     Nora Quill · 3 February 2026 · Local",
        f"     {LINK}",
        "",
        "This may not be the answer: read it in context.",
    ]


def test_a_sentence_that_may_answer_does_not_stand_out_in_a_terminal(screen: Screen) -> None:
    screen.terminal.answer(replace(UNANSWERED, outcome=Outcome.PERHAPS))
    assert QUOTE.text in screen.plain and "\x1b[1m" not in screen.out


@pytest.mark.parametrize(
    ("outcome", "about", "said"),
    [
        (
            Outcome.RELATED,
            "Ada \x1b[31mBrandt",
            "The articles tell of Ada \N{REPLACEMENT CHARACTER}[31mBrandt, but not of that.",
        ),
        (Outcome.RELATED, "", "The articles are near that topic, but none of them says that."),
        (Outcome.ABSENT, "", "The articles do not hold an answer to that."),
    ],
)
def test_without_such_a_sentence_nothing_is_quoted(file: Screen, outcome: Outcome, about: str, said: str) -> None:
    file.terminal.answer(replace(UNANSWERED, outcome=outcome, about=about))
    assert file.out == f"{said}\n"


def test_an_article_without_byline_date_and_address_says_so(file: Screen) -> None:
    article = Article("bare", "Bare", "It rained.")
    file.terminal.answer(Answer("?", True, 1.0, (Quote(article, 0, 10, Span(0, 10), 1.0),)))
    assert file.out == "Sure\n\n    “It rained.”\n     Bare\n     no byline\n"


def test_an_article_in_another_language_than_the_question_names_it(file: Screen) -> None:
    article = Article("nass", "Nass", "Es regnete.", language="de")
    file.terminal.answer(Answer("?", True, 1.0, (Quote(article, 0, 11, Span(0, 11), 1.0),), language="en"))
    assert file.out == "Sure\n\n    “Es regnete.”\n     Nass\n     in German\n"


def test_a_list_in_a_file_is_parted_by_real_tabs(file: Screen) -> None:
    file.terminal.articles([ARTICLE, Article("bare", "Bare", "It rained.")])
    assert file.out == "tides\t2026-02-03\tThe bakery that opens with the tide\tNora Quill\nbare\t\tBare\t\n"


def test_a_list_in_a_narrow_terminal_keeps_a_line_an_article_and_ids_and_dates_whole() -> None:
    screen = Screen(is_terminal=True, width=40)
    screen.terminal.articles([replace(ARTICLE, id="the-tides-of-2026", title="A very long title " * 10)] * 3)
    heading, *lines = screen.plain.splitlines()
    assert heading.split()[:2] == ["id", "published"]
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("the-tides-of-2026  2026-02-03  ")
        assert len(line) <= 40


CHANGED = UpdateReport(("new",), ("other",), ("same",), ("gone",), (Refusal("bad.md", "bad.md is empty."),))


def test_a_report_names_what_changed_and_counts_the_rest_of_the_library(file: Screen) -> None:
    file.terminal.report(CHANGED, 1_202)
    assert file.out == (
        "added: new\nchanged: other\nremoved: gone\nAdded 1, changed 1, removed 1; 1,200 unchanged, 1 refused.\n"
    )
    assert file.err == "refused: bad.md is empty.\n"


def test_a_plan_says_the_same_in_the_same_words(file: Screen) -> None:
    file.terminal.report(CHANGED, 4, planned=True)
    assert file.out == (
        "would add: new\nwould change: other\nwould remove: gone\n"
        "Would add 1, change 1, remove 1; 2 unchanged, 1 refused.\n"
    )


@pytest.mark.parametrize(
    ("report", "held", "done", "planned"),
    [
        (UpdateReport(), 0, "Changed no article.", "Would change no article."),
        (UpdateReport(), 2, "Changed no article; 2 unchanged.", "Would change no article; 2 unchanged."),
        (UpdateReport(added=("a", "b")), 0, "Added 2.", "Would add 2."),
    ],
)
def test_what_there_is_none_of_is_not_counted(report: UpdateReport, held: int, done: str, planned: str) -> None:
    assert (summary(report, held), summary(report, held, planned=True)) == (done, planned)


def test_a_report_of_a_full_reindex_says_how_many_were_embedded_anew() -> None:
    report = UpdateReport(added=("new",), removed=("gone",), unchanged=("same", "too"))
    assert summary(report, 3, anew=True) == "Added 1, removed 1, embedded 2 anew."
    assert summary(report, 3, anew=True, planned=True) == "Would add 1, remove 1, embed 2 anew."


def test_the_sample_that_makes_way_is_one_line_and_not_counted(file: Screen) -> None:
    report = UpdateReport(added=("tides",), removed=("fans", "reset"))
    file.terminal.report(report, 2, sample={"fans", "reset"})
    file.terminal.report(report, 2, sample={"fans", "reset"}, planned=True)
    assert file.out == "added: tides\nAdded 1.\nwould add: tides\nWould add 1.\n"
    assert file.err == (
        "The sample story made way for your own articles.\nThe sample story would make way for your own articles.\n"
    )


def test_progress_shows_rate_and_time_left_in_a_terminal_and_nothing_in_a_file(file: Screen, screen: Screen) -> None:
    for place in (file, screen):
        with place.terminal.progress("Indexing") as on_progress:
            for done in range(5):
                on_progress(Step(done, 5))
        with place.terminal.busy("Reading …"):
            pass
    assert (file.out, file.err) == ("", "")
    assert "Indexing" in screen.err
    assert "passages/s" in screen.err
    assert "/5" in screen.err


def test_a_bar_says_what_is_done_within_it(screen: Screen) -> None:
    with screen.terminal.progress("Indexing"):
        with screen.terminal.busy("Loading the model …"):
            pass
        with screen.terminal.busy("Counting …"):
            pass
    shown = re.findall(r"Indexing|Loading the model …|Counting …", unstyled(screen.err))
    assert list(dict.fromkeys(shown)) == ["Indexing", "Loading the model …", "Counting …"]
    assert shown[-1] == "Indexing"


def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds. Spinners are drawn several times a second."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def test_a_spinner_says_what_is_done_within_it(screen: Screen) -> None:
    with screen.terminal.busy("Reading the question …"):
        with screen.terminal.busy("Loading the model …"):
            until(lambda: "Loading the model …" in screen.err)
        drawn = len(screen.err)
        until(lambda: "Reading the question …" in screen.err[drawn:])
    shown = re.findall(r"Loading the model …|Reading the question …", screen.err)
    assert "Loading the model …" in shown and shown[-1] == "Reading the question …"
