"""Writes the desk's messages: changes, progress, articles, sources and settings. All functions are pure.

Text from an article or a page is escaped. Entries that do not fit are counted, never cut in the middle.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.languages import LANGUAGES, as_number, as_percent, later, say, say_many
from bot.library_words import library_sentence
from bot.markdown import (
    JOINER,
    Markdown,
    escape,
    heading,
    joined,
    link,
    mark,
    md,
    md_later,
    md_many,
    shortened,
    size_of,
)
from bot.services.catalog import ListedSource
from bot.services.editor import AppliedChange, TakenBack
from bot.storage.server_settings import ServerSettings
from bot.ui.reply import AMBER, GREY, INK, TITLE_CHARACTERS, Block, Reply
from bot.ui.sources import ADDRESS_CHARACTERS, address_of, last_failure, place_of, said_of, when_read
from bot.wording import as_day, as_time, bar, credits_of
from index import Article, Progress, Refusal, RefusedKind, SourceResult, is_address

LISTED_CHARACTERS = 100
REASON_CHARACTERS = 400
"""How much of a title and of a reason a line repeats."""

TITLES_ROOM, PROBLEMS_ROOM, SOURCES_ROOM, PAGE_ROOM = 550, 850, 550, 2800
"""UTF-16 units that lists of titles, of problems and of sources may take, and the text of one page."""

FILE_PROBLEM = md_later("A file of the bot's operator was not taken in; `pullquote reindex` tells them why.")

NOTHING = mark("")

ASK_CHANNELS, ADMIN_ROLE = later("Ask channels"), later("Who may change articles and sources")
THRESHOLD, REFRESH = later("How sure an answer must be"), later("When sources are read again")
LOG_CHANNEL, LANGUAGE = later("Where refreshes are reported"), later("Which language I speak")
DIGEST = later("Digest of what readers asked")
WEBHOOK = later("How your site tells me of changes")
CORRECTIONS = later("Where corrections are told")
OPINION_SECTIONS = later("Sections of opinion")
"""What the settings of a server are called."""

SETTINGS_HINT = md_later("-# Each has a command of its own under `/settings`, which shows it, changes it or clears it.")
BAR = 16
"""How many marks a progress bar has. They fit on a line of a phone."""

UNDO_HINT = md_later("*Undo* brings it back, for an hour.")

_KINDS = {"folder": later("folder"), "page": later("page"), "feed": later("feed"), "sitemap": later("sitemap")}

PAGE_ARTICLES = 10
PAGE_SOURCES = 6
"""How many articles and sources a page lists."""


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """What an update does or did: titles of articles, and what was refused."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    unchanged: int
    refused: tuple[Refusal, ...]
    hidden: tuple[str, ...] = ()
    """A line for each moment until which articles among these are held, and one for private ones. Their titles are ""
    above, since everybody in a channel sees what a job did."""

    @classmethod
    def of(cls, applied: AppliedChange) -> "ChangeSummary":
        """The summary of a change that was made, or would be."""
        report, held = applied.report, applied.held
        added, changed, gone = (
            tuple(
                "" if article_id in applied.hidden else applied.titles.get(article_id, article_id) for article_id in ids
            )
            for ids in (report.added, report.changed, report.removed)
        )
        there = [article_id for article_id in (*report.added, *report.changed) if article_id in applied.hidden]
        hidden = tuple(_hidden_lines([applied.hidden[article_id] for article_id in there]))
        return cls(added, changed, gone, held - len(changed) - len(gone), report.refused, hidden)

    @property
    def any(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.changed or self.gone)


def changes_block(changes: ChangeSummary, *, planned: bool) -> Block | None:
    """The counts of an update, and the titles, as many as there is room for. None if nothing changes."""
    parts = (
        (changes.added, later("{} new")),
        (changes.changed, later("{} changed")),
        (changes.gone, later("{} would go") if planned else later("{} gone")),
    )
    texts = [
        joined("\n", (md("**{}**", count(as_number(len(titles)))), _listed(list(filter(None, titles)), TITLES_ROOM)))
        for titles, count in parts
        if titles
    ]
    if changes.hidden:
        texts.append(md("**{}**\n{}", say("Not for readers"), _listed(changes.hidden, TITLES_ROOM)))
    return Block(tuple(texts)) if texts else None


def _hidden_lines(until: Iterable[datetime | None]) -> Iterator[str]:
    """How many articles are held, until when, the earliest first; and how many are private."""
    counts = Counter(until)
    for moment in sorted(filter(None, counts)):
        yield say_many("{} article held until {}", "{} articles held until {}", counts[moment], as_time(moment))
    if counts[None]:
        yield say_many("{} private article", "{} private articles", counts[None])


def problems_block(sources: Sequence[SourceResult], refused: Sequence[Refusal]) -> Block | None:
    """What could not be read, and why."""
    problems = [said_of(result.source, result.problem) for result in sources if result.problem]
    problems += [
        FILE_PROBLEM() if refusal.kind is RefusedKind.FILE else library_sentence(refusal.reason) for refusal in refused
    ]
    if not problems:
        return None
    listed = _listed(list(dict.fromkeys(problems)), PROBLEMS_ROOM, REASON_CHARACTERS)
    return Block((md("**{}**\n{}", say_many("{} problem", "{} problems", len(problems)), listed),))


def _source_line(result: SourceResult) -> Markdown:
    """How many articles a source has now, how many of them are gone, and whether something is wrong with it."""
    said = [say_many("{} article", "{} articles", result.articles)]
    if result.gone:
        said.append(say("{} gone", as_number(len(result.gone))))
    if result.problem:
        said.append(say("with a problem"))
    return md("-# {} {} · {}", "⚠️" if result.problem else "✓", place_of(result.source), " · ".join(said))


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a job is: what it does now, since when (in seconds), and how much of it is done.

    `counts` says how much of how much that is, in what is counted.
    """

    doing: str | Markdown
    counts: Callable[..., str] | None = None
    seconds: float = 0.0
    step: Progress | None = None


def progress_reply(title: str, stage: Stage, changes: ChangeSummary | None) -> Reply:
    """A job that is under way; what it will change once that is known."""
    texts = [md("{}\n{} …", heading(title), stage.doing)]
    if stage.step and stage.step.total and stage.counts:
        texts.append(_bar(stage.step, stage.seconds, stage.counts))
    planned = changes_block(changes, planned=True) if changes else None
    return Reply((Block(tuple(texts)), *([planned] if planned else [])), INK)


def outcome_reply(
    title: str,
    said: Markdown,
    changes: ChangeSummary,
    sources: Sequence[SourceResult],
    *,
    embedded: int = 0,
    planned: bool = False,
) -> Reply:
    """What a job did, or would do: the changes, what failed, and at the foot each source and the rest.

    `embedded` counts the passages that were embedded.
    """
    problems = problems_block(sources, changes.refused)
    if planned:
        rest = say_many("{} article would stay as it is", "{} articles would stay as they are", changes.unchanged)
    else:
        same = say_many("{} article as before", "{} articles as before", changes.unchanged)
        rest = f"{same} · {say_many('{} passage embedded', '{} passages embedded', embedded)}"
    lines = [*_fitting(list(map(_source_line, sources)), SOURCES_ROOM), md("-# {}", rest)]
    blocks = [
        Block((md("{}\n{}", heading(title), said),)),
        changes_block(changes, planned=planned),
        problems,
        Block((joined("\n", lines),)),
    ]
    colour = AMBER if problems else INK if changes.any else GREY
    return Reply(tuple(block for block in blocks if block), colour)


def note_reply(title: str | Markdown, said: Markdown, colour: int = GREY, foot: Markdown = NOTHING) -> Reply:
    """A heading, what is to be said below it, and perhaps something small at the foot."""
    head = _headed(title) if isinstance(title, Markdown) else heading(title)
    texts = (md("{}\n{}", head, said), *([md("-# {}", foot)] if foot else []))
    return Reply((Block(texts),), colour)


def _headed(title: Markdown) -> Markdown:
    """The title as a heading. Discord drops number signs at its end, so there something follows that nobody sees."""
    return md("### {}{}", title, JOINER if title.rstrip("*").endswith("#") else NOTHING)


def cited(title: str) -> Markdown:
    """The title of an article within a sentence or a heading."""
    return md("*{}*", shortened(title, TITLE_CHARACTERS))


def taken_back_reply(taken_back: TakenBack) -> Reply:
    """What was taken back, and how things are now."""
    about, report = taken_back.about, taken_back.report
    what = address_of(about) if is_address(about) else cited(about) if about else NOTHING
    if report.added:
        said = md("It is back, and quoted again.")
    elif report.changed:
        said = md("What stood there before is back.")
    elif report.removed:
        said = md("It is out again.")
    else:
        said = md("That address is no source any more.")
    if is_address(about) and not report.changed:
        said = (
            md_many(
                "It is a source again, and {} article came back with it.",
                "It is a source again, and {} articles came back with it.",
                len(report.added),
            )
            if report.added
            else md("It is a source again.")
        )
    return note_reply(md("Taken back: {}", what) if what else md("Taken back"), said, INK)


def notes_on(article: Article, now: datetime, *, read_again: bool) -> list[str]:
    """What an editor may want to know of an article: what it lacks, and what that means.

    `read_again` says that it is read again from a source, so it cannot be edited here.
    """
    notes = []
    if article.published is None:
        notes.append(
            say("No date: it is left out where a period is asked for. Its page is read again, so a date belongs there.")
            if read_again
            else say("No date: it is left out where a period is asked for.")
        )
    if article.private:
        notes.append(say("Private: no reader is answered from it."))
    elif not article.is_open(now) and article.held_until:
        notes.append(say("Held until {}: no reader is answered from it before.", as_time(article.held_until)))
    if not article.url:
        notes.append(say("No address: quotes from it have no link."))
    return notes


def article_reply(title: Markdown, article: Article, sentences: str, notes: Iterable[str] = ()) -> Reply:
    """An article as it was taken in: its credits, where it stands, and how it begins."""
    head = Block((md("{}\n{}", _headed(title), _credits(article)),))
    beginning = Block((_beginning(article.text),))
    return Reply((head, beginning, _small((sentences, *notes))))


def article_page(article: Article, page: int, addresses: Sequence[str], notes: Iterable[str] = ()) -> tuple[Reply, int]:
    """One page of an article's text, from page 0 on, and how many there are."""
    pages = _pages(article.text)
    page = min(max(page, 0), len(pages) - 1)
    where = [md("-# Also at {}", address_of(address)) for address in addresses if address != article.url][:2]
    title = heading(shortened(article.title, TITLE_CHARACTERS))
    head = Block((joined("\n", (title, _credits(article), *where)),))
    foot = _foot(page, len(pages), say("id {}", shortened(article.id, 150)), notes=notes)
    return Reply((head, Block((pages[page],)), *foot), INK), len(pages)


def articles_page(rows: Sequence["Row"], page: int, wanted: str, room: str, base: int) -> tuple[Reply, int]:
    """One page of a server's articles, from page 0 on, and how many pages there are.

    `room` says how much of its room the server uses, `base` counts the articles of the base library.
    """
    pages = _paged([row.line for row in rows], PAGE_ARTICLES)
    page = min(max(page, 0), len(pages) - 1)
    if wanted:
        title = say_many(
            "{} article with “{}” in the title", "{} articles with “{}” in the title", len(rows), shortened(wanted, 60)
        )
    else:
        title = say_many("{} article", "{} articles", len(rows))
    none = md("Look for other words.") if wanted else md("None yet: `/articles add` and `/sources add` bring some in.")
    beside = say_many(
        "Beside these, {} article of the bot's operator can be asked everywhere.",
        "Beside these, {} articles of the bot's operator can be asked everywhere.",
        base,
    )
    head = Block((heading(title),))
    body = Block(tuple(pages[page]) or (none,))
    return Reply(
        (head, body, *_foot(page, len(pages), notes=(room, beside if base else ""))), INK if rows else GREY
    ), len(pages)


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a list."""

    title: str
    published: datetime | None
    author: str | None
    url: str | None
    hidden: str = ""
    """Why readers do not see it, if they do not."""

    @property
    def line(self) -> Markdown:
        """The line."""
        title, author = md("{}", shortened(self.title, LISTED_CHARACTERS)), md("{}", shortened(self.author or "", 80))
        linked = link(title, self.url) if len(self.url or "") <= ADDRESS_CHARACTERS else NOTHING
        day = escape(as_day(self.published) if self.published else say("no date"))
        hidden = md("**{}**", self.hidden) if self.hidden else NOTHING
        return md("{}\n-# {}", linked or title, joined(" · ", (day, author, hidden)))


def sources_page(sources: Sequence[ListedSource], page: int) -> tuple[Reply, int]:
    """One page of a server's sources, from page 0 on, and how many there are."""
    pages = _paged([_listed_source(one) for one in sources], PAGE_SOURCES)
    page = min(max(page, 0), len(pages) - 1)
    head = Block((heading(say_many("{} source", "{} sources", len(sources))),))
    body = Block(
        tuple(pages[page]) or (md("None yet: `/sources add` takes the address of a feed, a sitemap or a page."),)
    )
    return Reply((head, body, *_foot(page, len(pages))), INK if sources else GREY), len(pages)


def _listed_source(one: ListedSource) -> Markdown:
    source = one.source
    kind = _KINDS[source.kind]() if source.kind in _KINDS else source.kind
    count = say_many("{} article", "{} articles", one.articles)
    said = md("{}\n-# {} · {} · {}", place_of(source), kind, count, when_read(one))
    if source.private:
        said = md("{} · **{}**", said, say("private"))
    return md("{}\n-# ⚠️ {}", said, last_failure(one)) if source.problem else said


def settings_reply(
    chosen: ServerSettings,
    ask_channels: Sequence[int],
    *,
    threshold: float,
    refresh_hours: float,
    language: str,
    corrections_channel: int | None = None,
    webhook: bool | None = None,
) -> Reply:
    """All settings of a server, with the defaults where it has chosen nothing.

    `webhook` says whether it has one; None where the operator has switched them off.
    """
    hours = refresh_hours if chosen.refresh_hours is None else chosen.refresh_hours
    sure = threshold if chosen.threshold is None else chosen.threshold
    default = md(" (the default)")
    lines = {
        ASK_CHANNELS(): joined(", ", (md("<#{}>", channel) for channel in ask_channels)) or md("none"),
        ADMIN_ROLE(): md("<@&{}>", chosen.admin_role) if chosen.admin_role else md("everybody with Manage Server"),
        THRESHOLD(): md("{}{}", as_percent(sure), default if chosen.threshold is None else NOTHING),
        REFRESH(): md("{}{}", every(hours), default if chosen.refresh_hours is None else NOTHING),
        LOG_CHANNEL(): md("<#{}>", chosen.log_channel) if chosen.log_channel else md("nowhere"),
        CORRECTIONS(): md("<#{}>", corrections_channel) if corrections_channel else md("nowhere"),
        OPINION_SECTIONS(): md("{}", chosen.opinion_sections) if chosen.opinion_sections else md("the usual names"),
        DIGEST(): md("none") if chosen.digest == 0 else md("weekly, in the log channel"),
        LANGUAGE(): md("{}{}", LANGUAGES[language], default if chosen.language is None else NOTHING),
    }
    if webhook is not None:
        lines[WEBHOOK()] = md("by webhook") if webhook else md("not at all")
    texts = (md("**{}**\n{}", what, value) for what, value in lines.items())
    return Reply(
        (Block((heading(say("Settings of this server")),)), Block(tuple(texts)), Block((SETTINGS_HINT(),))), INK
    )


def setting_reply(
    name: str, said: Markdown, option: Markdown, default: Markdown | None, *, changed: bool, note: Markdown = NOTHING
) -> Reply:
    """One setting as it is now: `said` is a sentence, to which a `note` may be added.

    `option` is what changes it, and `default` is what it is without a choice; None where nothing is chosen.
    """
    now = md("From now on: {}", said) if changed else md("At present: {}", said)
    if changed:
        hint = NOTHING
    elif default:
        hint = md("{} changes it; `clear` goes back to the default, {}.", option, default)
    else:
        hint = md("{} changes it.", option)
    return note_reply(name, joined(" ", (now, note)), INK, hint)


def webhook_secret_reply(address: str, secret: str) -> Reply:
    """The address and the secret of a new webhook, which are shown this once."""
    place = address_of(address)
    texts = (
        md("{}\nYour site posts here whenever a page changes or goes:\n{}", heading(WEBHOOK()), place),
        md("It signs with this secret, which I do not show again:\n||{}||", secret),
        md(
            "-# I heed it for pages of this server's sources, and for new ones at the hosts of its feeds and sitemaps. "
            "Ghost can sign by itself; how another site does it, the bot's operator can tell."
        ),
    )
    return Reply((Block(texts),), INK)


def webhook_reply(address: str, since: datetime | None, *, is_on: bool) -> Reply:
    """Whether a server has a webhook, and where; never its secret."""
    if not is_on:
        return note_reply(WEBHOOK(), md("The bot's operator has not switched webhooks on; sources are read in turn."))
    if not address or since is None:
        said = md("Not at all yet: I find changes when I read the sources again.")
        return note_reply(WEBHOOK(), said, GREY, md("`new` makes an address and a secret for it."))
    said = md("It posts to {}, since <t:{}:D>.", address_of(address), int(since.timestamp()))
    return note_reply(WEBHOOK(), said, INK, md("`new` replaces address and secret, `clear` takes them away."))


def every(hours: float) -> Markdown:
    """How often that is."""
    if not hours:
        return md("only by `/reindex`")
    return md("every hour") if hours == 1 else md("every {} hours", as_number(hours, decimals=int(hours % 1 > 0)))


def seconds_in_words(seconds: float) -> str:
    """A length of time, roughly."""
    whole = round(seconds)
    if whole < 1:
        return say("less than a second")
    if whole < 90:
        return say_many("{} second", "{} seconds", whole)
    return say_many("{} minute", "{} minutes", round(seconds / 60))


def _bar(step: Progress, seconds: float, counts: Callable[..., str]) -> Markdown:
    share = min(step.done / step.total, 1.0)
    said = [counts(as_number(step.done), as_number(step.total))]
    if step.done and seconds >= 1:
        rate = step.done / seconds
        left = (step.total - step.done) / rate
        said += [say("{} a second", as_number(rate, decimals=1)), say("about {} left", seconds_in_words(left))]
    return md("{} {}\n-# {}", bar(share, BAR), as_percent(share), " · ".join(said))


def _listed(texts: Sequence[str], room: int, longest: int = LISTED_CHARACTERS) -> Markdown:
    lines = [md("- {}", text if isinstance(text, Markdown) else shortened(text, longest)) for text in texts]
    return joined("\n", _fitting(lines, room))


def _fitting(lines: Sequence[Markdown], room: int) -> list[Markdown]:
    """The first of the lines, at least one, and how many more there are."""
    taken: list[Markdown] = []
    for line in lines:
        if taken and sum(map(size_of, taken)) + len(taken) + size_of(line) > room:
            return [*taken, md("-# and {} more", as_number(len(lines) - len(taken)))]
        taken.append(line)
    return taken


def _paged(texts: Sequence[Markdown], most: int) -> list[list[Markdown]]:
    """The texts in pages of at most `most` texts that fit; one empty page if there are no texts."""
    pages: list[list[Markdown]] = [[]]
    for text in texts:
        full = len(pages[-1]) == most or sum(map(size_of, pages[-1])) + size_of(text) > PAGE_ROOM
        if pages[-1] and full:
            pages.append([])
        pages[-1].append(text)
    return pages


def _credits(article: Article) -> Markdown:
    """Who wrote an article and when, and where it stands."""
    page = address_of(article.url) if article.url and is_address(article.url) else md("no address")
    return md("-# {} · {}", shortened(credits_of(article), 150) or say("no byline, no date"), page)


def _foot(page: int, pages: int, *said: str, notes: Iterable[str] = ()) -> tuple[Block, ...]:
    """The lines below a page: notes, and its number if there are several pages, with what was `said`."""
    parts = [say("page {} of {}", page + 1, pages)] * (pages > 1) + [part for part in said if part]
    lines = [*filter(None, notes), *([" · ".join(parts)] if parts else [])]
    return (_small(lines),) if lines else ()


def _small(lines: Iterable[str]) -> Block:
    """Lines in small type."""
    return Block((joined("\n", (md("-# {}", line) for line in lines)),))


def _beginning(text: str) -> Markdown:
    """The first paragraph, or its first words."""
    first = next((part for part in re.split(r"\n\s*\n", text) if part.strip()), "")
    return md("> {}", shortened(first, 400))


def _pages(text: str) -> list[Markdown]:
    """The text in pages of whole lines; a line longer than a page is parted between words."""
    pages = [NOTHING]
    for line in (line for line in text.splitlines() if line.strip()):
        for piece in _pieces(line):
            escaped = escape(piece)
            if pages[-1] and size_of(pages[-1]) + size_of(escaped) > PAGE_ROOM:
                pages.append(NOTHING)
            pages[-1] = joined("\n\n", (pages[-1], escaped))
    return pages


def _pieces(line: str) -> Iterable[str]:
    while size_of(escape(line)) > PAGE_ROOM:
        cut = line.rfind(" ", 0, PAGE_ROOM // 3)
        cut = cut if cut > 0 else PAGE_ROOM // 3
        yield line[:cut]
        line = line[cut:].lstrip()
    yield line
