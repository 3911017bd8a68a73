"""/privacy: what is kept of the person who asks, and the button that deletes it."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.asking.deleting import delete_answer_surely
from bot.languages import say, say_many
from bot.markdown import Markdown, heading, joined, mark, md, md_many
from bot.privacy import privacy_link
from bot.settings import Settings
from bot.storage.answers import AnswerStore
from bot.storage.waiting import WaitStore
from bot.ui.buttons import Once, answering_for
from bot.ui.reply import Block, Reply
from bot.ui.sending import deliver, layout, note, respond
from bot.ui.service_bot import Interaction, ServiceBot
from bot.wording import as_day


@dataclass(frozen=True, slots=True)
class Traces:
    """What is kept of a person: how many answers, since when, how many votes, and what they wait for."""

    answers: int
    since: datetime | None
    votes: int
    waits: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is kept."""
        return bool(self.answers or self.votes or self.waits)


def traces_of(answers: AnswerStore, waits: WaitStore, person: int) -> Traces:
    """Count what is kept of a person. For worker threads."""
    given = answers.given_to(person)
    since = given[0].at if given else None
    return Traces(len(given), since, answers.votes_of(person), len(waits.of_person(person)))


class PrivacyCog(commands.Cog):
    """The command that says what is kept of the person who gives it."""

    def __init__(self, bot: ServiceBot) -> None:
        self._services = bot.services

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def privacy(self, interaction: Interaction) -> None:
        """What I keep of you, and how to have it deleted."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        services, person = self._services, interaction.user.id
        traces = await asyncio.to_thread(traces_of, services.answers, services.waits, person)
        buttons = [ForgetMeButton()] if traces.any else []
        await interaction.edit_original_response(view=layout(privacy_reply(traces, self._services.settings), *buttons))


def privacy_reply(traces: Traces, settings: Settings) -> Reply:
    """The page."""
    how = md_many(
        "For {} day, and then deleted. Your name and number are not among it: I recognize you by a keyed hash that is "
        "another one for every answer. The words of your questions are encrypted.",
        "For {} days, and then deleted. Your name and number are not among it: I recognize you by a keyed hash that is "
        "another one for every answer. The words of your questions are encrypted.",
        settings.records_days,
    )
    undo = md(
        "*Forget me* deletes all of it, in all servers: the answers to you, in Discord and on record, and your votes. "
        "To delete one, delete your question, or use *Delete this answer* in the answer's menu, under *Apps*."
    )
    texts: dict[str, Markdown] = {
        say("What I keep of you"): joined("\n", (md("- {}\n- {}", *_kept(traces)), _waited_for(traces)))
        if traces.any
        else md("Nothing."),
        say("How"): how,
        say("How to have it deleted"): undo if traces.any else md("There is nothing to delete."),
    }
    runs = md("I am run by {}.", settings.operator_contact) if settings.operator_contact else mark("")
    if end := joined(" ", (runs, privacy_link(settings))):
        texts[say("Who runs me")] = end
    return Reply(tuple(Block((md("{}\n{}", heading(title), text),)) for title, text in texts.items()))


def _waited_for(traces: Traces) -> Markdown:
    """What somebody waits for, which takes knowing whom to tell; empty if they wait for nothing."""
    if not traces.waits:
        return mark("")
    return md_many(
        "- {} question that you wait for, with your number, so that I can tell you; it is encrypted, and `/waiting` "
        "ends it",
        "- {} questions that you wait for, with your number, so that I can tell you; it is encrypted, and `/waiting` "
        "ends them",
        traces.waits,
    )


def _kept(traces: Traces) -> tuple[str, str]:
    """The answers and the votes, counted."""
    votes = say_many("{} vote", "{} votes", traces.votes)
    if traces.since is None:
        return say_many(
            "{} question of yours with the answer", "{} questions of yours with the answers", traces.answers
        ), votes
    return say_many(
        "{} question of yours with the answer, from {}",
        "{} questions of yours with the answers, the oldest from {}",
        traces.answers,
        as_day(traces.since),
    ), votes


class ForgetMeButton(Once, ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"pullquote:forget-me"):
    """The button that deletes all that is kept of the person who presses it."""

    def __init__(self) -> None:
        super().__init__(
            ui.Button(label=say("Forget me"), style=discord.ButtonStyle.danger, custom_id="pullquote:forget-me")
        )

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls()

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Delete it."""
        async with answering_for(interaction):
            await respond(interaction, interaction.response.defer)
            said = await forget_person(interaction.client, interaction.user.id)
            await deliver(lambda: interaction.edit_original_response(view=note(said)))


async def forget_person(bot: ServiceBot, person: int) -> Markdown:
    """Delete a person's votes and waits, and the answers to them with their messages. Returns what to say.

    Votes and waits go first. The answers go one after the other; if the bot is stopped meanwhile, those that are left
    can still be deleted.
    """
    answers = bot.services.answers
    votes = await asyncio.to_thread(answers.forget_votes_of, person)
    waits = await asyncio.to_thread(bot.services.waits.end_all_of, person)
    records = await asyncio.to_thread(answers.given_to, person)
    stayed = 0
    for record in records:
        stayed += not await delete_answer_surely(bot, record.id)
    said = md(
        "Done. Deleted: {}, {}.",
        say_many("{} answer", "{} answers", len(records)),
        say_many("{} vote", "{} votes", votes),
    )
    left = md_many(
        "{} message could not be deleted in Discord; nothing is kept about that.",
        "{} messages could not be deleted in Discord; nothing is kept about that.",
        stayed,
    )
    ended = md_many("You wait for {} question less.", "You wait for {} questions less.", waits)
    return joined(" ", (said, ended if waits else mark(""), left if stayed else mark("")))
