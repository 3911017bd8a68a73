"""What the terminal shows, as a function of the answer and the kind of terminal."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.cli.as_json import answer_as_json
from bot.cli.doctor import Check
from bot.cli.terminal import Terminal
from index import Answer, Article, Outcome, Quote, Refusal, Span, UpdateReport
from index import Progress as Step
from tests.bot.cli.conftest import ANSWER, ARTICLE, QUOTE, TEXT, Screen, with_text


def test_a_file_gets_plain_lines_however_long(file: Screen) -> None:
    file.terminal.answer(ANSWER)
    assert file.out.splitlines() == [
        "",
        "   │ The harbour bakery opens early.",
        " 1 ❝ Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019.",
        "   │ She sells four hundred loaves on a Saturday.",
        "     The bakery that opens with the tide — Nora Quill · 3 February 2026 · Local",
        "     https://example.org/tides#:~:text=Its%20owner%2C%20Ada%20Brandt%2C%20bought%20the%20oven%20from%20a%20"
        "lighthouse%20keeper%20in%202019.",
    ]


def test_in_a_terminal_the_quoted_sentence_stands_out(screen: Screen) -> None:
    screen.terminal.answer(ANSWER)
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", screen.out)
    dim = re.findall(r"\x1b\[2m(.*?)\x1b\[0m", screen.out)
    assert bold == [QUOTE.text]
    assert dim == ["The harbour bakery opens early.", "She sells four hundred loaves on a Saturday."]


@pytest.mark.parametrize("width", [20, 40, 60])
def test_a_narrow_terminal_wraps_quotes_behind_the_gutter_but_not_links(width: int) -> None:
    screen = Screen(is_terminal=True, width=width)
    screen.terminal.answer(ANSWER)
    lines = screen.plain.splitlines()
    quoted = [line for line in lines if line[3:4] in ("│", "❝")]
    assert len(quoted) > 3
    assert all(len(line) <= width for line in quoted)
    assert " ".join(line[5:] for line in quoted) == " ".join(TEXT.split())
    assert sum("https://example.org/tides#:~:text=Its%20owner" in line and "2019." in line for line in lines) == 1


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


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize(
    "show",
    [
        lambda terminal: terminal.answer(with_text(STEERING, title=STEERING, author=STEERING, id=STEERING)),
        lambda terminal: terminal.article(replace(ARTICLE, text=STEERING, title=STEERING, source=STEERING)),
        lambda terminal: terminal.articles([replace(ARTICLE, id=STEERING, title=STEERING, author=STEERING)]),
        lambda terminal: terminal.say(STEERING, "red"),
        lambda terminal: terminal.write(STEERING),
        lambda terminal: terminal.check(Check(STEERING, STEERING, STEERING)),
        lambda terminal: terminal.report(UpdateReport(added=(STEERING,), refused=(Refusal(STEERING, STEERING),))),
        lambda terminal: terminal.write_json(answer_as_json(with_text(STEERING))),
    ],
)
def test_what_would_steer_a_terminal_never_reaches_it(show: Callable[[Terminal], None], is_terminal: bool) -> None:
    screen = Screen(is_terminal=is_terminal)
    show(screen.terminal)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.out + screen.err)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert "stayed." in shown


UNANSWERED = replace(ANSWER, answered=False, quotes=())


def test_a_sentence_that_may_answer_is_shown_as_such(file: Screen) -> None:
    file.terminal.answer(replace(UNANSWERED, outcome=Outcome.PERHAPS))
    assert file.out.splitlines() == [
        "Perhaps this:",
        "",
        "   │ The harbour bakery opens early.",
        "   ❝ Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019.",
        "   │ She sells four hundred loaves on a Saturday.",
        "     The bakery that opens with the tide — Nora Quill · 3 February 2026 · Local",
        "     https://example.org/tides#:~:text=Its%20owner%2C%20Ada%20Brandt%2C%20bought%20the%20oven%20from%20a%20"
        "lighthouse%20keeper%20in%202019.",
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
    assert file.out == "\n 1 ❝ It rained.\n     Bare — no byline\n"


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


def test_a_report_names_what_changed_and_counts_the_rest(file: Screen) -> None:
    report = UpdateReport(("new",), ("other",), ("same", "too"), ("gone",), (Refusal("bad.md", "bad.md is empty."),))
    file.terminal.report(report)
    assert file.out == (
        "added: new\nchanged: other\nremoved: gone\n1 added, 1 changed, 1 removed, 2 unchanged, 1 refused.\n"
    )
    assert file.err == "refused: bad.md is empty.\n"


def test_a_report_of_a_full_reindex_says_that_all_was_embedded_anew(file: Screen) -> None:
    file.terminal.report(UpdateReport(unchanged=("same", "too")), anew=True)
    assert file.out == "0 added, 0 changed, 0 removed, 2 embedded anew, 0 refused.\n"


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
