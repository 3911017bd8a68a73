"""Shows answers, articles, reports and progress on the terminal; as plain text where the output is a file or pipe."""

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.cli.checks import Check
from bot.cli.hyperlinks import knows_hyperlinks, target_of
from bot.cli.reports import SAMPLE_GAVE_WAY, SAMPLE_WOULD_GIVE_WAY, changes_in_lines, summary
from bot.differences import Part, differences
from bot.links import link_to
from bot.remedies import operator_problem, operator_reason
from bot.services.catalog import ListedSource
from bot.storage.answers import Fate
from bot.storage.corrections import Correction
from bot.verdicts import summary_of, verdict_in_words, verdict_of
from bot.wording import (
    NOTHING_STANDS,
    Certainty,
    as_span,
    certainty_of,
    corrected_title,
    counted,
    credits_of,
    edited_answers,
    foreign,
    further_rewordings,
    is_sentence,
    newest_first,
    quotation_marks,
    unanswered,
    until_open,
)
from index import (
    Answer,
    Article,
    Checked,
    Freshness,
    Headline,
    OnProgress,
    Piece,
    Quote,
    SourceResult,
    Span,
    UpdateReport,
    Verdict,
    Verification,
)
from index import Progress as Step

GUTTER, INDENT = "   │ ", "     "
"""What stands before context, and before all else that belongs to a quote."""

NO_BYLINE = "no byline"

LONGEST_LINE = 100
"""How wide quotes are set at the most, however wide the terminal is: longer lines are hard to read."""

NOT_SURE = "yellow"
SURE_STYLES = {
    Certainty.SURE: "green",
    Certainty.FAIRLY_SURE: "cyan",
    Certainty.NOT_SURE: NOT_SURE,
    Certainty.DIFFER: NOT_SURE,
    Certainty.CHOSEN: "green",
}
"""The styles of how sure an answer is."""

VERDICT_STYLES = {
    Verdict.WORD_FOR_WORD: "green",
    Verdict.FORMER: "yellow",
    Verdict.JOINED: "yellow",
    Verdict.ALTERED: "red",
    Verdict.PARTLY: "yellow",
    Verdict.ABSENT: "",
}
"""The styles of the verdicts on a text."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where results go (`out`) and where everything about getting them goes (`err`)."""

    out: Console
    err: Console
    has_hyperlinks: bool = False
    _shown: list[tuple[str, Callable[[str], None]]] = field(default_factory=list)
    """What the spinner or bar says that is on the terminal, and what changes that; first the outermost."""

    @classmethod
    def standard(cls) -> "Terminal":
        """Standard output and standard error."""
        out = Console(highlight=False)
        has_hyperlinks = out.is_terminal and not out.legacy_windows and knows_hyperlinks(os.environ)
        return cls(out, Console(stderr=True, highlight=False), has_hyperlinks)

    def say(self, line: str, style: str = "") -> None:
        """Write a line about what is being done to standard error."""
        _print(self.err, _text(line, style))

    def write(self, line: str = "", style: str = "") -> None:
        """Write a line of the result."""
        _print(self.out, _text(line, style))

    def write_json(self, value: object) -> None:
        """Write a result for programs, as JSON."""
        self.write(json.dumps(value, ensure_ascii=False, indent=2))

    def answer(self, answer: Answer) -> None:
        """Show how sure the answer is, and its quotes; or the one sentence that may answer; or why there is neither."""
        if answer.answered:
            sure = certainty_of(answer)
            order = newest_first(answer.quotes) if answer.disagreement else ""
            self.write(", ".join(filter(None, (sure.words, order))), SURE_STYLES[sure])
            self._quotes(answer.quotes, answer.language)
        elif answer.perhaps:
            self.write(f"{Certainty.PERHAPS.words}:", NOT_SURE)
            self._quotes([answer.perhaps], answer.language, sure=False)
            self.write()
            self.write("This may not be the answer: read it in context.")
        else:
            self.write(unanswered(answer))

    def verification(self, found: Verification) -> None:
        """Show the verdict on a text, and for each sentence what was pasted beside what was published.

        What differs stands in brackets: pasted words in red, published ones in green.
        """
        said = " · ".join(filter(None, (verdict_in_words(found.verdict), summary_of(found))))
        self.write(said, VERDICT_STYLES[found.verdict])
        numbered = len(found.sentences) > 1
        for number, one in enumerate(found.sentences, start=1):
            self.write()
            mark = f"{number if numbered else '':>2}   "
            if number - 1 in found.seams:
                self._indented(INDENT, INDENT, _text("Before this, something was left out without a mark."), "yellow")
            if numbered or one.former:
                self._indented(mark, INDENT, _text(verdict_of(one)), VERDICT_STYLES[one.verdict])
            self._beside(one, found)
        for span in found.around:
            self.write()
            around = _joined(found.text[span.start : span.end]).plain
            self.write(f"Not checked, as it stands around the quotation: {around}", "dim")

    def _beside(self, one: Checked, found: Verification) -> None:
        """Show a sentence as it was pasted and, if it differs, as it was published; and where that stands."""
        article = one.former.article if one.former else None
        if one.differences:
            self._indented(INDENT, INDENT, _in_brackets("Pasted:    ", one.pasted(found.text), "red"))
            label = "Title:     " if one.in_title else "Published: "
            self._indented(INDENT, INDENT, _in_brackets(label, one.published, "green"))
        else:
            self._indented(INDENT, INDENT, _joined(found.text[one.span.start : one.span.end]))
        if one.quote is None and article is not None:
            self._source(Quote(article, 0, 0, Span(0, 0), 0.0), article.language or "", None, whole=True)
        elif one.quote:
            if one.verdict is Verdict.ABSENT:
                near = _joined(one.quote.text).plain
                self._indented(INDENT, INDENT, _text(f"The nearest in our articles is another sentence: {near}"), "dim")
            self._source(one.quote, one.quote.article.language or "", None)
        for each in one.differences:
            if each.elsewhere:
                self._indented(INDENT, INDENT, _text("The rest is from:"), "dim")
                self._source(each.elsewhere, each.elsewhere.article.language or "", None)
        if one.is_never_quoted:
            said = "This is never to be quoted; readers who verify it on Discord do not see its words."
            self._indented(INDENT, INDENT, _text(said), NOT_SURE)

    def freshness(self, freshness: Freshness, now: datetime) -> None:
        """Show when the articles of an answer were read, and which of their sources have been silent since when."""
        if freshness.read:
            self.write()
            self.write(f"Articles read {as_span((now - freshness.read).total_seconds())} ago.", "dim")
        for article_id, since in freshness.silent_since.items():
            silent = as_span((now - since).total_seconds())
            self.write(_text(f"The source of {article_id} could not be read for {silent}.").plain, NOT_SURE)

    def articles(self, articles: Sequence[Headline]) -> None:
        """Show one line an article: id, date, title, author; and why readers do not see it, if they do not.

        Separated by tabs where the output is no terminal.
        """
        now = datetime.now(UTC)
        rows = [
            (
                *(a.id, a.published.date().isoformat() if a.published else "", a.title, a.author or ""),
                *(() if a.is_open(now) else (until_open(a.held_until, private=a.private),)),
            )
            for a in articles
        ]
        if not self.out.is_terminal:
            for row in rows:
                self.write("\t".join(row))
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        columns = [("id", True), ("published", True), ("title", False), ("author", False)]
        if any(len(row) > len(columns) for row in rows):
            columns.append(("readers", True))
        for heading, whole in columns:
            table.add_column(heading, no_wrap=whole)  # title and author are cut first
        for row in rows:
            cells = [_text(cell) for cell in row]
            for cell in cells:
                cell.no_wrap, cell.overflow = True, "ellipsis"
            table.add_row(*cells)
        self.out.print(table)

    def sources(self, sources: Sequence[ListedSource]) -> None:
        """Show one line a source, separated by tabs: kind, when last read well, number of articles, address, result."""
        for one in sources:
            source, count = one.source, counted(one.articles, "article")
            result = source.result
            if source.problem and source.checked and one.failing_since:
                result = f"failed {_minute(source.checked)}, since {_minute(one.failing_since)}: {result}"
            private = ("private",) if source.private else ()
            read_well = _minute(one.read_well) if one.read_well else ""
            self.write("\t".join((source.kind, read_well, count, source.address, result, *private)))

    def article(self, article: Article) -> None:
        """Show one article with its whole text."""
        self.write(article.title, "bold")
        self.write(credits_of(article) or NO_BYLINE, "dim")
        for address in (article.url, article.source):
            if address:
                self.write(address, "dim")
        if not article.is_open(datetime.now(UTC)):
            self.write(until_open(article.held_until, private=article.private), NOT_SURE)
        if article.language:
            self.write(f"language: {article.language}", "dim")
        self.write()
        _print(self.out, _text(article.text), wrap=True)

    def corrections(self, corrections: Sequence[Correction]) -> None:
        """Show what was corrected: what stood and what stands, with the differences marked [-stood-] and {+stands+}."""
        if not corrections:
            self.write("Nothing was corrected or withdrawn.")
        for number, one in enumerate(corrections):
            if number:
                self.write()
            self.write(_joined(corrected_title(one.fate is Fate.WITHDRAWN, one.title)).plain, "bold")
            self.write(f"{one.at:%Y-%m-%d %H:%M} UTC · {edited_answers(one.edited)}", "dim")
            for rewording in one.rewordings:
                stood, stands = differences(rewording.stood, rewording.stands)
                self._indented("   - ", INDENT, _marked(stood, "[-", "-]", "red"))
                self._indented("   + ", INDENT, _marked(stands, "{+", "+}", "green") or _text(NOTHING_STANDS()))
            if one.further:
                self.write(f"{INDENT}{further_rewordings(one.further)}")
            if one.url:
                self.write(f"{INDENT}{one.url}", "blue")

    def report(
        self,
        report: UpdateReport,
        held: int,
        *,
        planned: bool = False,
        anew: bool = False,
        sample: Collection[str] = (),
        hidden: Sequence[str] = (),
    ) -> None:
        """Show what an update did, or would do (`planned`): the ids of what changed, what was refused, and the counts.

        `held`, `anew` and `sample` are those of `summary`; `hidden` are lines about what readers do not see of it.
        """
        for line in changes_in_lines(report, planned=planned, sample=sample):
            self.write(line)
        for line in hidden:
            self.write(line, NOT_SURE)
        for refusal in report.refused:
            self.say(f"refused: {operator_reason(refusal)}", "red")
        self.write(summary(report, held, planned=planned, anew=anew, sample=sample))
        if sample:
            self.say(SAMPLE_WOULD_GIVE_WAY if planned else SAMPLE_GAVE_WAY, "dim")

    def table(self, rows: Sequence[Sequence[object]]) -> None:
        """Write rows of a table, the first of which has the names: under one another, or separated by tabs."""
        cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
        if not self.out.is_terminal:
            for row in cells:
                self.write("\t".join(row))
            return
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        for number, row in enumerate(cells):
            first, *others = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
            right = [cell.strip().rjust(len(cell)) for cell in others]
            self.write("  ".join((first, *right)).rstrip(), "" if number else "dim")

    def check(self, check: Check) -> None:
        """Show one check of `pullquote doctor` as a line: ok, or what to do."""
        mark = Text("ok   ", "green") if check.remedy is None else Text("FIX  ", "red")
        line = f"{check.subject}: {check.detail}" + (f" → {check.remedy}" if check.remedy else "")
        _print(self.out, mark.append_text(_text(line, "default")))

    @contextmanager
    def progress(self, title: str, unit: str = "passages") -> Iterator[OnProgress]:
        """Show a bar with rate and time left while the body runs; nothing where standard error is no terminal."""
        doing = TextColumn("{task.description}")
        columns = (doing, BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn())
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal, transient=True) as bar:
            task = bar.add_task(title, total=None)

            def on_progress(step: Step) -> None:
                bar.update(task, completed=step.done, total=step.total)

            with self._live(title, lambda what: bar.update(task, description=what, refresh=True)):
                yield on_progress

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show a spinner while the body runs; nothing where standard error is no terminal.

        Within another spinner or a bar, that one shows `what` meanwhile.
        """
        if not self.err.is_terminal:
            yield
        elif self._shown:
            before, show = self._shown[-1]
            show(what)
            try:
                with self._live(what, show):
                    yield
            finally:
                show(before)
        else:
            with self.err.status(what) as status, self._live(what, status.update):
                yield

    @contextmanager
    def _live(self, what: str, show: Callable[[str], None]) -> Iterator[None]:
        """While the body runs, `show` shows on a spinner or bar what is being done; at first `what`."""
        self._shown.append((what, show))
        try:
            yield
        finally:
            self._shown.pop()

    def _quotes(self, quotes: Sequence[Quote], reader: str, *, sure: bool = True) -> None:
        """Show each quote in its context, and where it stands; numbered if there are several."""
        credited: dict[str, int] = {}
        for number, (quote, context) in enumerate(contexts(quotes), start=1):
            text = quote.article.text
            opening, closing = quotation_marks(quote.text, text)
            mark = f"{number if len(quotes) > 1 else '':>2}  {opening}"
            self.write()
            self._indented(GUTTER, GUTTER, _context(text[context.start : quote.start]), "dim")
            self._indented(mark, INDENT, _text(f"{quote.text}{closing}"), "bold" if sure else "")
            self._indented(GUTTER, GUTTER, _context(text[quote.end : context.end]), "dim")
            self._source(quote, reader, credited.get(quote.article.id))
            credited.setdefault(quote.article.id, number)

    def _source(self, quote: Quote, reader: str, credited: int | None, *, whole: bool = False) -> None:
        """Show title, byline, day and section of the quote's article, and the link to the quote.

        The article's language is named where it is not `reader`, that of the question.
        If the article is credited already, show only the number of that quote, and the link.
        With `whole` the link is that of the article.
        """
        link = quote.article.url if whole else link_to(quote)
        if credited is None:
            self._indented(INDENT, INDENT, _joined(quote.article.title))
            credits = (credits_of(quote.article, opinion=quote.is_opinion), foreign(quote.article, reader))
            below, words = " · ".join(filter(None, credits)) or NO_BYLINE, "read it in the article"
        else:
            below, words = f"The article of quote {credited}", "read it there"
        lines = [_joined(below)]
        if link and self.has_hyperlinks:
            linked = Text(words, Style(color="blue", link=target_of(link)))
            on_one_line = Text(" · ").join([*lines, linked])
            lines = [on_one_line] if on_one_line.cell_len <= self._width(INDENT) else [*lines, linked]
        for line in lines:
            self._indented(INDENT, INDENT, line)
        if link and not self.has_hyperlinks:
            self.write(f"{INDENT}{link}", "blue")

    def _indented(self, mark: str, gutter: str, text: Text, style: str = "") -> None:
        """Write `text` after `mark`: wrapped to the width of the terminal, or on one line where the output is none.

        The second line of it, and all that follow, stand after `gutter`. All of that has the `style`.
        """
        if not text:
            return
        width = min(self._width(mark), self._width(gutter))
        lines = text.wrap(self.out, width) if self.out.is_terminal and width > 0 else [text]
        for row, line in enumerate(lines):
            line.rstrip()
            _print(self.out, Text(gutter if row else mark, style).append_text(line))

    def _width(self, mark: str) -> int:
        """How many characters of a line are left after `mark`."""
        return min(self.out.width, LONGEST_LINE) - cell_len(mark)


def contexts(quotes: Sequence[Quote]) -> Iterator[tuple[Quote, Span]]:
    """Each quote with as much of its context as stands nowhere else: neither as a quote nor around an earlier one."""
    told = [(quote.article.id, Span(quote.start, quote.end)) for quote in quotes]
    for quote in quotes:
        start, end = quote.context.start, quote.context.end
        for span in (span for article_id, span in told if article_id == quote.article.id):
            if span.end <= quote.start:
                start = max(start, span.end)
            elif span.start >= quote.end:
                end = min(end, span.start)
        yield quote, Span(start, end)
        told += [(quote.article.id, Span(start, quote.start)), (quote.article.id, Span(quote.end, end))]


class _Rate(ProgressColumn):
    """The column with how many are done a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} {self._unit}/s" if task.speed else "")


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _text(text: str, style: str = "") -> Text:
    """`text` unchanged, but for � in place of control characters, which could steer the terminal."""
    return Text(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), style)


def _context(text: str) -> Text:
    """The paragraphs of a context in one, without subheadings."""
    return _joined(" ".join(part for part in re.split(r"\n\s*\n", text) if is_sentence(part)))


def _in_brackets(label: str, pieces: Sequence[Piece], style: str) -> Text:
    """The pieces in one paragraph, with what differs in brackets and in that style."""
    said = _text(label, "dim")
    for piece in pieces:
        lead, tail = (" " if piece.text[place].isspace() else "" for place in (0, -1))
        words = _joined(piece.text).plain
        said.append(lead)
        said.append_text(_text(f"[{words}]", style) if piece.differs else _text(words))
        said.append(tail if words else "")
    return said


def _marked(parts: Iterable[Part], opening: str, closing: str, style: str) -> Text:
    """The parts on one line, each that differs between the marks and in the style."""
    return Text().join(
        _text(f"{opening}{part.text}{closing}", style) if part.differs else _text(part.text) for part in parts
    )


def _joined(text: str) -> Text:
    """`_text` in one paragraph."""
    return _text(" ".join(text.split()))


def _print(console: Console, text: Text, *, wrap: bool = False) -> None:
    """Show `text` on the terminal, wrapped if asked to. Where the output is no terminal, write it with its tabs."""
    if console.is_terminal:
        console.print(text, soft_wrap=not wrap)
    else:
        console.file.write(f"{text.plain}\n")


def problem_of(result: SourceResult) -> str:
    """What is wrong with a source, and the command that removes what was kept for it; "" where nothing is wrong."""
    if result.problem is None:
        return ""
    if not result.missing:
        return operator_problem(result.problem)
    return f"{result.problem.clause}; if that is right, run `pullquote reindex --remove-missing`."
