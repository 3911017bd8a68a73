"""Asking by message: a mention, a direct message, an ask channel, a reply to an answer, or the thread on one.

A question that its author edits soon is answered anew, in the same message.
"""

import asyncio
import contextlib
import logging
import re
from functools import partial
from typing import Any

import discord
from discord.ext import commands

from bot.asking.admission import Admission
from bot.asking.courtesy import WELCOME, friendly_line
from bot.asking.deleting import delete_answer_surely, delete_answers_to
from bot.asking.delivery import give
from bot.asking.edits import HeardWords, is_in_time
from bot.asking.posts import post_question
from bot.asking.withdrawn import Watch, WithdrawnQuestions
from bot.errors import Refused, TooSoon
from bot.languages import speak
from bot.markdown import Markdown, md_later
from bot.services.questions import AskedQuestion, GivenAnswer, Way
from bot.storage.answers import AnswerRecord
from bot.ui.explaining import explain
from bot.ui.reply import AMBER, INK
from bot.ui.sending import FAILURES, Typing, deliver, note, question_in
from bot.ui.service_bot import ServiceBot
from bot.ui.threads import in_open_thread
from index import Asking, Talk, asking_in, talk_in

UNREADABLE_REPLY = md_later(
    "I cannot read this reply, since Discord shows me replies to answers of `/ask`, and replies without a ping, only "
    "where they mention me: mention me in it, or use `/ask` again."
)

UNREADABLE = md_later(
    "I cannot read messages here unless they mention me: mention me, or use `/ask`. The bot's operator can switch "
    "MESSAGE_CONTENT on."
)

FOLLOW_UP_MINUTES = 5.0
"""How long after an answer in an ask channel the next message of the same person may follow it up."""

EDIT_PATIENCE = 30.0
"""How many seconds an edited question waits at most until its author may ask again."""

AMONG_PEOPLE = (Way.ASK_CHANNEL, Way.THREAD)
"""Ways in which people may talk to each other as well."""

WRITTEN = (discord.MessageType.default, discord.MessageType.reply)
"""The types of messages that people write."""

_TO_ALL = re.compile(r"@(?:everyone|here)\b")

logger = logging.getLogger(__name__)


class MessageCog(commands.Cog):
    """Listens for questions among the messages. Only people are heard: no bots, no webhooks."""

    def __init__(self, bot: ServiceBot, admission: Admission, withdrawn: WithdrawnQuestions) -> None:
        self._bot = bot
        self._services = bot.services
        self._admission = admission
        self._withdrawn = withdrawn
        self._told_unreadable: set[int] = set()
        self._words = HeardWords()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks the bot something."""
        if _is_written(message) and self._bot.heard.is_new(message.id):
            self._words.note(message.id, message.content)
            await self._hear(message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Answer a message anew that its author has edited soon."""
        message = event.message
        if not _is_written(message) or not is_in_time(message.created_at, message.edited_at):
            return
        if self._words.note(message.id, message.content):
            await self._hear(message, again=True)

    @commands.Cog.listener()
    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        """Answer a post anew whose title was edited soon."""
        now = discord.utils.utcnow()
        if before.name == after.name or not _is_post(after) or not self._is_ask_channel(after):
            return
        if is_in_time(discord.utils.snowflake_time(after.id), now):
            with contextlib.suppress(*FAILURES):
                message = await after.fetch_message(after.id)
                if _is_written(message):
                    await self._hear(message, again=True)

    async def _hear(self, message: discord.Message, *, again: bool = False) -> None:
        """Answer a message, or, if it was edited, answer it `again` once what it said before is dealt with."""
        async with self._withdrawn.in_turn(message.id, message.channel.id) as watch:
            if not watch.is_off:
                await self._respond(message, watch, again=again)
            if watch.is_withdrawn:
                await delete_answers_to(self._bot, [message.id])

    async def _respond(self, message: discord.Message, watch: Watch, *, again: bool) -> None:
        server, person = _server(message), message.author.id
        speak(self._bot.language_of(server) if server else self._bot.languages.of(person))
        given = await self._given_to(message) if again else None
        if not again and await self._has_said_unreadable(message):
            return
        follows = await self._followed(message)
        if not _may_answer(message):
            return
        if not (follows or self._is_addressed(message)):
            await self._take_back(given)
            return
        follows = follows or await self._just_answered(message)
        question = self._question_in(message, follows)
        if given and given.question == question:
            return
        talk, way = talk_in(question), self._way_of(message, follows)
        asking = asking_in(question) if way in AMONG_PEOPLE and not _opens_post(message) else Asking.PLAINLY
        if talk or asking is Asking.NOT:
            await self._take_back(given)
            if talk and not again:
                await self._be_polite(message, talk, follows)
            return
        asked = AskedQuestion(question, person, server, way, follows=follows, message=message.id)
        try:
            if again:
                await asyncio.sleep(min(self._admission.seconds_until(person), EDIT_PATIENCE))
            if watch.is_off:
                return
            with self._admission.admitted(asked):
                quietly = asking is Asking.PERHAPS and not await self._is_waited_for(given)
                ask = partial(self._ask, asked, None if quietly else message.channel)
                send = partial(self._put, message, given) if given else partial(_reply, message)
                find = None if given else partial(self._reply_to, message)
                sent = await give(
                    ask, self._services, send, find=find, watch=watch, only_if_found=quietly, edited=given
                )
            if not sent and not watch.is_off:
                await self._take_back(given)
        except (discord.Forbidden, discord.NotFound) as error:
            logger.info("A question in channel %s could not be answered there: %s", message.channel.id, error)
        except Exception as error:
            if asking is Asking.PERHAPS and isinstance(error, Refused):
                return
            if not isinstance(error, TooSoon) or self._admission.may_notify(person):
                await _say(message, explain(error), AMBER)

    async def _given_to(self, message: discord.Message) -> AnswerRecord | None:
        """The answer that was given to a message before it was edited, where everybody sees it."""
        records = await asyncio.to_thread(self._services.answers.answers_to, [message.id])
        return next((record for record in reversed(records) if record.message), None)

    async def _is_waited_for(self, given: AnswerRecord | None) -> bool:
        """Whether somebody waits for an answer to what a message said before it was edited."""
        return given is not None and await asyncio.to_thread(self._services.waits.waiting_for, given.id) > 0

    async def _take_back(self, given: AnswerRecord | None) -> None:
        """Delete the answer to a message that asks nothing any more."""
        if given:
            await delete_answer_surely(self._bot, given.id)

    async def _put(self, message: discord.Message, given: AnswerRecord, **content: Any) -> discord.Message:  # noqa: ANN401
        """Put an answer in place of the one that was given before; anew, if that is gone."""
        assert given.message
        place = self._bot.get_partial_messageable(message.channel.id).get_partial_message(given.message)
        edit = partial(place.edit, **content, allowed_mentions=discord.AllowedMentions.none())
        try:
            return await in_open_thread(self._bot, message.channel.id, edit)
        except discord.NotFound:
            return await _reply(message, **content)

    def _question_in(self, message: discord.Message, follows: AnswerRecord | None) -> str:
        """What a message asks. A post's title is a part of it, also later while nothing in the post was answered."""
        said, post = question_in(message.content), message.channel
        if isinstance(post, discord.Thread) and (_opens_post(message) or (_is_post(post) and not follows)):
            return post_question(question_in(post.name), said) if self._is_ask_channel(post) else said
        return said

    async def _ask(self, asked: AskedQuestion, place: discord.abc.Messageable | None) -> GivenAnswer:
        async with Typing(place) if place else contextlib.nullcontext():
            return await self._services.questions.answer(asked)

    async def _reply_to(self, message: discord.Message) -> discord.Message | None:
        """The bot's reply to a message, if it is there already and may be looked for."""
        with contextlib.suppress(discord.Forbidden):
            async for one in message.channel.history(after=message, limit=100):
                if one.author == self._bot.user and _replied_to(one) == message.id:
                    return one
        return None

    async def _be_polite(self, message: discord.Message, talk: Talk, follows: AnswerRecord | None) -> None:
        """Answer a message that asks nothing, if it is for the bot; among people, only react to thanks for an answer.

        An order is always for the bot.
        """
        is_for_bot = message.guild is None or self._is_named(message) or talk is Talk.ORDER
        if not is_for_bot and not (talk is Talk.THANKS and follows):
            return
        if message.guild and not self._admission.may_greet(message.author.id):
            return
        if is_for_bot:
            await _say(message, await friendly_line(talk, self._services, _server(message)))
        else:
            await _react(message)

    def _way_of(self, message: discord.Message, follows: AnswerRecord | None) -> Way:
        """How the message asks. What follows an answer does so as a reply or in a thread, but in an ask channel."""
        if message.guild is None:
            return Way.DIRECT_MESSAGE
        if follows and _replied_to(message):
            return Way.REPLY
        if self._bot.user in message.mentions:
            return Way.MENTION
        return Way.ASK_CHANNEL if self._in_ask_channel(message) else Way.THREAD

    def _is_named(self, message: discord.Message) -> bool:
        """Whether the words of the message mention the bot; a reply to it may ping it without."""
        return self._bot.user is not None and self._bot.user.id in message.raw_mentions

    async def _followed(self, message: discord.Message) -> AnswerRecord | None:
        """The answer that the message follows up: the one it replies to, or the last one in its thread."""
        if replied_to := _replied_to(message):
            shown = message.reference.resolved if message.reference else None
            if isinstance(shown, discord.Message) and shown.author != self._bot.user:
                return None
            return await asyncio.to_thread(self._services.answers.answer_in, replied_to)
        if message.content and isinstance(thread := message.channel, discord.Thread):
            latest = partial(self._services.answers.latest_in_thread, thread.id, before=message.id)
            return await asyncio.to_thread(latest)
        return None

    async def _just_answered(self, message: discord.Message) -> AnswerRecord | None:
        """In an ask channel, the last answer to the same person, if it is not old and the message replies to no other.

        In a post, it is the last answer to anybody. The message may be a question of its own: whether it leans on that
        answer is seen when it is answered.
        """
        if message.guild is None or _replied_to(message) or not self._in_ask_channel(message):
            return None
        person, channel, answers = message.author.id, message.channel, self._services.answers
        if isinstance(channel, discord.Thread) and _is_post(channel):
            return await asyncio.to_thread(answers.latest_in, channel.id, before=message.id)
        latest = partial(answers.latest_to, person, channel.id, minutes=FOLLOW_UP_MINUTES, before=message.id)
        return await asyncio.to_thread(latest)

    def _is_addressed(self, message: discord.Message) -> bool:
        """Whether the message is for the bot: it mentions the bot, or is where every message is a question."""
        if message.guild is None or self._bot.user in message.mentions:
            return True
        if _opens_post(message):
            return self._in_ask_channel(message)
        to_others = message.mentions or message.role_mentions or _TO_ALL.search(message.content) or _replied_to(message)
        return bool(message.content and self._in_ask_channel(message) and not to_others)

    def _in_ask_channel(self, message: discord.Message) -> bool:
        return self._is_ask_channel(message.channel)

    def _is_ask_channel(self, channel: "discord.abc.MessageableChannel") -> bool:
        """Whether every message there is a question: in an ask channel, a thread or post in one, or an ask thread."""
        is_one = self._services.server_settings.is_ask_channel
        return is_one(channel.id) or (isinstance(channel, discord.Thread) and is_one(channel.parent_id))

    async def _has_said_unreadable(self, message: discord.Message) -> bool:
        """Whether the message came without its words, and that was said as far as it should be."""
        if self._is_unreadable(message):
            await self._say_unreadable(message)
            return True
        if self._is_unreadable_reply(message):
            if _may_answer(message) and self._admission.may_notify(message.author.id):
                await _say(message, UNREADABLE_REPLY(), AMBER)
            return True
        return False

    def _is_unreadable(self, message: discord.Message) -> bool:
        """Whether the message is in an ask channel and came without its words, since the intent is off."""
        if self._bot.intents.message_content or self._bot.user in message.mentions or _opens_post(message):
            return False
        return not message.content and self._in_ask_channel(message)

    def _is_unreadable_reply(self, message: discord.Message) -> bool:
        """Whether the message replies to one of the bot's and came without its words, since the intent is off.

        A ping in a reply lets the bot read it, but not in a reply to what it said on a command.
        https://github.com/discord/discord-api-docs/issues/5395
        """
        if self._bot.intents.message_content or message.content or not _replied_to(message):
            return False
        shown = message.reference.resolved if message.reference else None
        is_bots = isinstance(shown, discord.Message) and shown.author == self._bot.user
        return is_bots and message.guild is not None and not message.attachments

    async def _say_unreadable(self, message: discord.Message) -> None:
        """Say once in each ask channel what is missing."""
        if message.channel.id not in self._told_unreadable and _may_answer(message):
            self._told_unreadable.add(message.channel.id)
            await _say(message, UNREADABLE(), AMBER)


def _is_written(message: discord.Message) -> bool:
    """Whether a person wrote the message."""
    return not message.author.bot and not message.webhook_id and message.type in WRITTEN


def _is_post(channel: discord.Thread) -> bool:
    """Whether a thread is a post in a forum or media channel."""
    return isinstance(channel.parent, discord.ForumChannel)


def _opens_post(message: discord.Message) -> bool:
    """Whether the message is the first one of a post, which has its id."""
    channel = message.channel
    return isinstance(channel, discord.Thread) and _is_post(channel) and message.id == channel.id


def _server(message: discord.Message) -> int | None:
    return message.guild.id if message.guild else None


def _replied_to(message: discord.Message) -> int | None:
    """The id of the message that this one replies to; a forwarded one is no reply."""
    reference = message.reference
    return reference.message_id if reference and reference.type is discord.MessageReferenceType.reply else None


def _may_answer(message: discord.Message) -> bool:
    """Whether the bot may write where the message is. Only moderators can write in a locked thread."""
    permissions = _permissions(message)
    if isinstance(thread := message.channel, discord.Thread):
        return permissions.send_messages_in_threads and (not thread.locked or permissions.manage_threads)
    return permissions.send_messages


def _permissions(message: discord.Message) -> discord.Permissions:
    """What the bot may do in the message's channel. If that is unknown, everything: Discord checks it anyway."""
    channel = message.channel
    known = isinstance(channel, discord.abc.GuildChannel) or (isinstance(channel, discord.Thread) and channel.parent)
    return channel.permissions_for(message.guild.me) if message.guild and known else discord.Permissions.all()


async def _reply(message: discord.Message, **content: Any) -> discord.Message:  # noqa: ANN401 - as `send` takes it
    """Reply to a message, also if it is gone. The nonce lets Discord recognize a reply that is sent twice."""
    if _permissions(message).read_message_history:
        content["reference"] = message.to_reference(fail_if_not_exists=False)
    return await message.channel.send(**content, mention_author=True, nonce=str(message.id))


async def _react(message: discord.Message) -> None:
    """React to thanks. Where that is not allowed, or fails, nothing is said about it."""
    permissions = _permissions(message)
    if permissions.add_reactions and permissions.read_message_history:
        with contextlib.suppress(*FAILURES):
            await deliver(partial(message.add_reaction, WELCOME))


async def _say(message: discord.Message, text: Markdown, colour: int = INK) -> None:
    """Reply with a sentence. If that fails, too, only the log says so."""
    try:
        await deliver(partial(_reply, message, view=note(text, colour)))
    except FAILURES as error:
        logger.warning("A message in channel %s could not be answered: %s", message.channel.id, error)
