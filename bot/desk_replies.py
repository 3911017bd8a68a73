"""What the desk's messages say: a pure rendering of changes, progress, articles, sources and settings.

Everything that comes out of an article or a page is escaped. What does not fit is counted, never cut in the middle.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from os.path import isabs

from bot.credits import as_day, credits_of
from bot.desk import is_address
from bot.preferences import Chosen
from bot.replies import GREY, INK, Block, Reply, escape, shortened, size_of
from bot.wording import counted
from index import Article, Progress, Refusal, Source, SourceResult, UpdateReport

LISTED_CHARACTERS = 100
REASON_CHARACTERS = 400
"""How much of a title and of a reason a line repeats."""

TITLES_ROOM, PROBLEMS_ROOM, SOURCES_ROOM, PAGE_ROOM = 550, 850, 550, 2800
"""UTF-16 units that lists of titles, of problems and of sources may take, and the text of one page."""

ADDRESS_CHARACTERS = 200
"""How long an address may be to be shown whole."""

FOLDER_PROBLEM = (
    "A folder of whoever runs me could not be read as it should; they find out why with `pullquote reindex`."
)
FILE_PROBLEM = "A file of whoever runs me was not taken in; `pullquote reindex` tells them why."

BAR = 20
"""How many marks a progress bar has."""

PAGE_ARTICLES = 10
PAGE_SOURCES = 6
"""How many articles and sources a page lists."""

AMBER = 0xB7791F
"""The colour of what needs looking at."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update does or did: titles of articles, and what was refused."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    unchanged: int
    refused: tuple[Refusal, ...]

    @classmethod
    def of(cls, report: UpdateReport, titles: Mapping[str, str], held: int) -> "Changes":
        """The changes of a report, in a library of `held` articles; `titles` are those of its articles, by id."""
        added, changed, gone = (
            tuple(titles.get(article_id, article_id) for article_id in ids)
            for ids in (report.added, report.changed, report.removed)
        )
        return cls(added, changed, gone, held - len(changed) - len(gone), report.refused)

    @property
    def any(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.changed or self.gone)


def changes_block(changes: Changes, *, planned: bool) -> Block:
    """The counts of an update, and the titles, as many as there is room for."""
    gone = "would go" if planned else "gone"
    parts = {"new": changes.added, "changed": changes.changed, gone: changes.gone}
    texts = [f"**{len(titles):,} {what}**\n{_listed(titles, TITLES_ROOM)}" for what, titles in parts.items() if titles]
    return Block((*texts, f"-# {counted(changes.unchanged, 'article')} as before"))


def problems_block(sources: Sequence[SourceResult], refused: Sequence[Refusal]) -> Block | None:
    """What could not be read, and why."""
    problems = [_problem(result) for result in sources if result.problem]
    problems += [FILE_PROBLEM if isabs(refusal.name) else refusal.reason for refusal in refused]
    if not problems:
        return None
    listed = _listed(list(dict.fromkeys(problems)), PROBLEMS_ROOM, REASON_CHARACTERS)
    return Block((f"**{counted(len(problems), 'problem')}**\n{listed}",))


def _problem(result: SourceResult) -> str:
    return FOLDER_PROBLEM if result.source.kind == "folder" else result.problem


def sources_block(sources: Sequence[SourceResult]) -> Block | None:
    """A line a source: how many articles it has now, and what of it is gone."""
    if not sources:
        return None
    lines = [
        f"-# {'⚠️' if result.problem else '✓'} {place_of(result.source)} · {counted(result.articles, 'article')}"
        + (f", {len(result.gone):,} gone" if result.gone else "")
        for result in sources
    ]
    return Block(("\n".join(_fitting(lines, SOURCES_ROOM, "-# and {} more")),))


def place_of(source: Source) -> str:
    """Where a source is, in markdown; what folders the operator has is nobody else's business."""
    return "a folder of whoever runs me" if source.kind == "folder" else address_of(source.address)


def address_of(address: str) -> str:
    """An address in markdown, as a link; where it is too long for a line, its ends."""
    if len(address) <= ADDRESS_CHARACTERS and " " not in address:
        return f"<{address.replace('>', '%3E').replace('<', '%3C')}>"
    start, end = address[: ADDRESS_CHARACTERS - 60], address[-50:]
    return f"`{escape_code(start)} … {escape_code(end)}`"


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a job is: what it does now, since when (in seconds), and how much of it is done."""

    doing: str
    unit: str
    seconds: float = 0.0
    step: Progress | None = None


def progress_reply(heading: str, stage: Stage, changes: Changes | None) -> Reply:
    """A job that is under way; what it will change once that is known."""
    texts = [f"### {heading}\n{stage.doing} …"]
    if stage.step and stage.step.total:
        texts.append(_bar(stage.step, stage.seconds, stage.unit))
    return Reply((Block(tuple(texts)), *((changes_block(changes, planned=True),) if changes else ())), INK)


def outcome_reply(
    heading: str, said: str, changes: Changes | None, sources: Sequence[SourceResult], *, planned: bool = False
) -> Reply:
    """What a job did, or would do: the changes, what failed, and each source."""
    refused = changes.refused if changes else ()
    problems = problems_block(sources, refused)
    blocks = [
        Block((f"### {heading}\n{said}",)),
        changes_block(changes, planned=planned) if changes else None,
        problems,
        sources_block(sources),
    ]
    return Reply(tuple(block for block in blocks if block), AMBER if problems else INK)


def note_reply(heading: str, said: str, colour: int = GREY) -> Reply:
    """A heading and what is to be said below it, which may be markdown."""
    return Reply((Block((f"### {heading}\n{said}",)),), colour)


def article_reply(heading: str, article: Article, sentences: str, notes: Iterable[str] = ()) -> Reply:
    """An article as it was taken in: its credits, where it stands, and how it begins."""
    head, beginning = Block((f"### {heading}", _card(article))), Block((_beginning(article.text),))
    return Reply((head, beginning, Block(tuple(f"-# {line}" for line in (sentences, *notes)))))


def article_page(article: Article, page: int, addresses: Sequence[str]) -> tuple[Reply, int]:
    """One page of an article's text, from page 0 on, and how many there are."""
    pages = _pages(article.text)
    page = min(max(page, 0), len(pages) - 1)
    where = [f"-# Also at {address_of(address)}" for address in addresses if address != article.url][:2]
    head = Block((f"### {escape(shortened(article.title, 150))}", _card(article, title=False), *where))
    foot = _foot(page, len(pages), f"`{escape_code(shortened(article.id, 150))}`")
    return Reply((head, Block((pages[page],)), *foot), INK), len(pages)


def articles_page(rows: Sequence["Row"], page: int, wanted: str, room: str, base: int) -> tuple[Reply, int]:
    """One page of a server's articles, from page 0 on, and how many there are.

    `room` says how much of what they may take they do, `base` counts the articles of the base library.
    """
    pages = _paged([row.line for row in rows], PAGE_ARTICLES)
    page = min(max(page, 0), len(pages) - 1)
    about = f" with “{escape(shortened(wanted, 60))}” in the title" if wanted else ""
    none = "Look for other words." if wanted else "None yet: `/articles add` and `/sources add` bring some in."
    beside = f"beside these, {counted(base, 'article')} of whoever runs me can be asked everywhere" if base else ""
    head, body = Block((f"### {counted(len(rows), 'article')}{about}",)), Block(("\n".join(pages[page]) or none,))
    return Reply((head, body, *_foot(page, len(pages), room, beside)), INK), len(pages)


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a list."""

    title: str
    published: datetime | None
    author: str | None
    url: str | None

    @property
    def line(self) -> str:
        """The line in markdown."""
        title = escape(shortened(self.title, LISTED_CHARACTERS))
        author = escape(shortened(self.author, 80)) if self.author else ""
        link = ""
        if self.url and is_address(self.url) and len(self.url) <= ADDRESS_CHARACTERS:
            link = f"[open]({address_of(self.url)})"
        day = as_day(self.published) if self.published else "no date"
        return f"- **{title}**\n-# {' · '.join(part for part in (day, author, link) if part)}"


def sources_page(sources: Sequence[Source], counts: Mapping[str, int], page: int) -> tuple[Reply, int]:
    """One page of a server's sources, from page 0 on, and how many there are."""
    texts = []
    for source in sources:
        read = f"read <t:{int(source.checked.timestamp())}:R>" if source.checked else "not read yet"
        held = counted(counts.get(source.address, 0), "article")
        problem = "" if source.result in ("", "ok") else f"\n-# ⚠️ {escape(shortened(source.result, 200))}"
        if problem and source.kind == "folder":
            problem = f"\n-# ⚠️ {FOLDER_PROBLEM}"
        texts.append(f"**{source.kind}** {place_of(source)}\n-# {held} · {read}{problem}")
    pages = _paged(texts, PAGE_SOURCES)
    page = min(max(page, 0), len(pages) - 1)
    head = Block((f"### {counted(len(sources), 'source')}",))
    body = Block(tuple(pages[page]) or ("None yet: `/sources add` takes the address of a feed or a page.",))
    return Reply((head, body, *_foot(page, len(pages))), INK), len(pages)


def settings_reply(chosen: Chosen, ask_channels: Sequence[int], *, threshold: float, refresh_hours: float) -> Reply:
    """All settings of a server, with what is so without one."""
    hours = refresh_hours if chosen.refresh_hours is None else chosen.refresh_hours
    sure = threshold if chosen.threshold is None else chosen.threshold
    channels = ", ".join(f"<#{channel}>" for channel in ask_channels) or "none"
    role = f"<@&{chosen.admin_role}>" if chosen.admin_role else "who has Manage Server"
    log = f"<#{chosen.log_channel}>" if chosen.log_channel else "none"
    lines = {
        "Ask channels": channels,
        "Who may change articles and sources": role,
        "How sure an answer must be": f"{sure:.0%}" + (" (the default)" if chosen.threshold is None else ""),
        "Sources are read again": every(hours) + (" (the default)" if chosen.refresh_hours is None else ""),
        "Reports go to": log,
    }
    return Reply((Block(("### Settings", *(f"**{what}**: {value}" for what, value in lines.items()))),), INK)


def every(hours: float) -> str:
    """How often that is."""
    return "only by `/reindex`" if not hours else "every hour" if hours == 1 else f"every {hours:g} hours"


def seconds_in_words(seconds: float) -> str:
    """A length of time, roughly."""
    whole = round(seconds)
    if whole < 1:
        return "less than a second"
    return counted(whole, "second") if whole < 90 else counted(round(seconds / 60), "minute")


def escape_code(text: str) -> str:
    """`text` for a stretch of code, which holds no backtick."""
    return " ".join(text.replace("`", "'").split())


def _bar(step: Progress, seconds: float, unit: str) -> str:
    share = min(step.done / step.total, 1.0)
    marks = round(share * BAR)
    bar = f"{'▰' * marks}{'▱' * (BAR - marks)} {share:.0%} · {step.done:,} of {step.total:,} {unit}"
    if not step.done or seconds < 1:
        return bar
    rate = step.done / seconds
    left = (step.total - step.done) / rate
    return f"{bar}\n-# {rate:.1f} {unit} a second · about {seconds_in_words(left)} left"


def _listed(texts: Sequence[str], room: int, longest: int = LISTED_CHARACTERS) -> str:
    return "\n".join(_fitting([f"- {escape(shortened(text, longest))}" for text in texts], room, "-# and {} more"))


def _fitting(lines: Sequence[str], room: int, more: str) -> list[str]:
    """The first of the lines, at least one, and how many more there are."""
    taken: list[str] = []
    for line in lines:
        if taken and sum(map(size_of, taken)) + len(taken) + size_of(line) > room:
            return [*taken, more.format(f"{len(lines) - len(taken):,}")]
        taken.append(line)
    return taken


def _paged(texts: Sequence[str], most: int) -> list[list[str]]:
    """The texts in pages, each of at most so many of them and with room for all; one page where there are none."""
    pages: list[list[str]] = [[]]
    for text in texts:
        full = len(pages[-1]) == most or sum(map(size_of, pages[-1])) + size_of(text) > PAGE_ROOM
        if pages[-1] and full:
            pages.append([])
        pages[-1].append(text)
    return pages


def _card(article: Article, *, title: bool = True) -> str:
    link = address_of(article.url) if article.url and is_address(article.url) else "no address"
    head = f"**{escape(shortened(article.title, 150))}**\n" if title else ""
    return f"{head}-# {escape(shortened(credits_of(article), 150)) or 'no byline, no date'} · {link}"


def _foot(page: int, pages: int, *said: str) -> tuple[Block, ...]:
    """What stands below a page: which one it is, where there are several, and what else is to be said, if anything."""
    parts = [f"page {page + 1} of {pages}"] * (pages > 1) + [part for part in said if part]
    return (Block((f"-# {' · '.join(parts)}",)),) if parts else ()


def _beginning(text: str) -> str:
    """The first paragraph, or its first words."""
    first = next((part for part in re.split(r"\n\s*\n", text) if part.strip()), "")
    return f"> {escape(shortened(first, 400))}"


def _pages(text: str) -> list[str]:
    """The text in pages of whole lines; a line longer than a page is parted between words."""
    pages = [""]
    for line in (line for line in text.splitlines() if line.strip()):
        for piece in _pieces(line):
            escaped = escape(piece)
            if pages[-1] and size_of(pages[-1]) + size_of(escaped) > PAGE_ROOM:
                pages.append("")
            pages[-1] += ("\n\n" if pages[-1] else "") + escaped
    return pages


def _pieces(line: str) -> Iterable[str]:
    while size_of(escape(line)) > PAGE_ROOM:
        cut = line.rfind(" ", 0, PAGE_ROOM // 3)
        cut = cut if cut > 0 else PAGE_ROOM // 3
        yield line[:cut]
        line = line[cut:].lstrip()
    yield line
