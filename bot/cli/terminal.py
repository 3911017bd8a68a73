"""Shows answers, articles, reports and progress on the terminal; as plain text where the output is a file or pipe."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bot.cli.doctor import Check
from bot.links import link_to
from bot.remedies import operator_problem, operator_reason
from bot.wording import counted, credits_of, unanswered
from index import Answer, Article, OnProgress, Quote, Source, SourceResult, UpdateReport
from index import Progress as Step

GUTTER = "   │ "

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where results go (`out`) and where everything about getting them goes (`err`)."""

    out: Console
    err: Console

    @classmethod
    def standard(cls) -> "Terminal":
        """Standard output and standard error."""
        return cls(Console(highlight=False), Console(stderr=True, highlight=False))

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
        """Show each quote with its context, article, byline, date and link; or the one sentence that may answer.

        If there is neither, say why.
        """
        if answer.answered:
            for number, quote in enumerate(answer.quotes, start=1):
                self._quote(number, quote)
        elif answer.perhaps:
            self.write("Perhaps this:")
            self._quote(None, answer.perhaps, sure=False)
            self.write()
            self.write("This may not be the answer: read it in context.")
        else:
            self.write(unanswered(answer))

    def articles(self, articles: Sequence[Article]) -> None:
        """Show one line an article: id, date, title, author. Separated by tabs where the output is no terminal."""
        rows = [
            (a.id, a.published.date().isoformat() if a.published else "", a.title, a.author or "") for a in articles
        ]
        if not self.out.is_terminal:
            for row in rows:
                self.write("\t".join(row))
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading, whole in (("id", True), ("published", True), ("title", False), ("author", False)):
            table.add_column(heading, no_wrap=whole)  # title and author are cut first
        for row in rows:
            cells = [_text(cell) for cell in row]
            for cell in cells:
                cell.no_wrap, cell.overflow = True, "ellipsis"
            table.add_row(*cells)
        self.out.print(table)

    def sources(self, sources: Sequence[Source], counts: Mapping[str, int]) -> None:
        """Show one line a source, separated by tabs: kind, when last read, number of articles, address, result."""
        for source in sources:
            checked = source.checked.strftime("%Y-%m-%d %H:%M") if source.checked else ""
            count = counted(counts[source.address], "article")
            self.write("\t".join((source.kind, checked, count, source.address, source.result)))

    def article(self, article: Article) -> None:
        """Show one article with its whole text."""
        self.write(article.title, "bold")
        self.write(_credits(article), "dim")
        for address in (article.url, article.source):
            if address:
                self.write(address, "dim")
        self.write()
        _print(self.out, _text(article.text), wrap=True)

    def report(self, report: UpdateReport, *, planned: bool = False, anew: bool = False) -> None:
        """Show what an update did, or would do (`planned`): the ids of what changed, what was refused, and the counts.

        With `anew`, the unchanged articles are said to be embedded anew.
        """
        parts = {"added": report.added, "changed": report.changed, "removed": report.removed}
        for what, ids in parts.items():
            for article_id in ids:
                self.write(f"{what}: {article_id}")
        for refusal in report.refused:
            self.say(f"refused: {operator_reason(refusal)}", "red")
        counts = [f"{len(ids)} {what}" for what, ids in parts.items()]
        left = "embedded anew" if anew else "unchanged"
        counts += [f"{len(report.unchanged)} {left}", f"{len(report.refused)} refused"]
        self.write(("Would be: " if planned else "") + ", ".join(counts) + ".")

    def check(self, check: Check) -> None:
        """Show one check of `pullquote doctor` as a line: ok, or what to do."""
        mark = Text("ok   ", "green") if check.remedy is None else Text("FIX  ", "red")
        line = f"{check.subject}: {check.detail}" + (f" → {check.remedy}" if check.remedy else "")
        _print(self.out, mark.append_text(_text(line, "default")))

    @contextmanager
    def progress(self, title: str, unit: str = "passages") -> Iterator[OnProgress]:
        """Show a bar with rate and time left while the body runs; nothing where standard error is no terminal."""
        columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn())
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal, transient=True) as bar:
            task = bar.add_task(title, total=None)

            def on_progress(step: Step) -> None:
                bar.update(task, completed=step.done, total=step.total)

            yield on_progress

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show a spinner while the body runs; nothing where standard error is no terminal."""
        if self.err.is_terminal:
            with self.err.status(what):
                yield
        else:
            yield

    def _quote(self, number: int | None, quote: Quote, *, sure: bool = True) -> None:
        self.write()
        mark = f"{number:2} ❝ " if number else "   ❝ "
        self._indented(GUTTER, _text(" ".join(quote.before.split()), "dim"))
        self._indented(mark, _text(quote.text, "bold" if sure else ""))
        self._indented(GUTTER, _text(" ".join(quote.after.split()), "dim"))
        self.write(f"     {quote.article.title} — {_credits(quote.article)}")
        if link := link_to(quote):
            self.write(f"     {link}", "blue")

    def _indented(self, mark: str, text: Text) -> None:
        """Write `text` after `mark`: wrapped to the width of the terminal, or on one line where the output is none."""
        if not text:
            return
        width = self.out.width - len(mark)
        lines = text.wrap(self.out, width) if self.out.is_terminal and width > 0 else [text]
        for row, line in enumerate(lines):
            line.rstrip()
            _print(self.out, Text(mark if row == 0 else GUTTER).append_text(line))


class _Rate(ProgressColumn):
    """The column with how many are done a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} {self._unit}/s" if task.speed else "")


def _text(text: str, style: str = "") -> Text:
    """`text` unchanged, but for � in place of control characters, which could steer the terminal."""
    return Text(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), style)


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


def _credits(article: Article) -> str:
    return credits_of(article) or "no byline"
