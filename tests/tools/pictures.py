"""Takes pictures of what readers and editors see: `python -m tests.tools.pictures FOLDER [NAME…]`. Needs chromium.

Each state is shown wide and as on a phone, side by side.
"""

import argparse
import asyncio
import contextlib
import inspect
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import discord
import simcord
from discord.ext import tasks
from PIL import Image
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.asking.reply import Action
from bot.cli.demo import arrange
from bot.corrections.cog import SECONDS
from bot.run import opened_bot
from bot.services.opening import open_base, open_parser, shared_encoder
from bot.settings import Settings
from index import Article, sample_articles
from tests.e2e.conftest import REACHABLE, open_web
from tests.e2e.test_disagreement import FIRST, LATER
from tests.e2e.test_disagreement import QUESTION as HOW_MANY
from tests.e2e.test_opinion import PIECE
from tests.e2e.test_opinion import QUESTION as WHAT_SHOULD
from tests.e2e.world import buttons
from tests.tools.picture import photograph
from tests.tools.site import Site

WIDE, NARROW, HEIGHT = 700, 380, 1200
"""Of the browser's window, in pixels of the page."""

FERRY = Article(
    "ferry",
    "Ferry crews to strike",
    "Ferry crews in Elmouth will walk out for three days from 4 December. The union says that pay has not risen since "
    "2019. The harbour expects long queues.\n\nThe company calls the strike a surprise. It offers talks on Monday.",
    author="Jane Doe",
    published="2026-11-20",
    section="Local",
    url="https://example.org/ferry",
)
WEBHOOK = {
    "webhook_port": 8979,
    "webhook_secret": "a secret of the operator's",
    "webhook_url": "https://pullquote.example.org",
}
LEE = "What did Lee ask Xi to do about North Korea?"


class Scene:
    """A channel with the bot in it, and the two people who act there."""

    def __init__(self, env: simcord.Env, bot: object, reader: MemberActor, admin: MemberActor) -> None:
        self.env, self.reader, self.admin = env, reader, admin
        self.bot = bot
        self.viewer = reader
        self.renew()

    def renew(self) -> None:
        """Go on in an empty channel, where the bot answers every question."""
        guild = self.reader.guild
        self.channel = guild.create_text_channel("ask-the-archive")
        self.bot.services.server_settings.add_ask_channel(guild.id, self.channel.id)  # type: ignore[attr-defined]

    async def ask(self, question: str) -> discord.Message:
        """The bot's reply to a question of the reader's."""
        await self.reader.send(self.channel, question)
        message = self.channel.last_message
        assert message
        return message

    async def press(self, action: Action, question: str = LEE) -> None:
        """Ask, and press a button below the answer."""
        answer = await self.ask(question)
        await self.reader.click(answer, custom_id=buttons(answer)[action])

    async def change(self, articles: list[Article], remove: list[str]) -> None:
        """Change the base library, and let the bot look for corrections."""
        self.bot.services.libraries.base.update(articles, remove=remove)  # type: ignore[attr-defined]
        await self.env.advance_time(SECONDS + 1)

    async def days_pass(self, days: int) -> None:
        """Let days pass, in which the bot does only what it does at most once a minute."""
        cogs = self.bot.cogs.values()  # type: ignore[attr-defined]
        loops = [value for cog in cogs for _, value in inspect.getmembers(cog, lambda one: isinstance(one, tasks.Loop))]
        often = [loop for loop in loops if loop.seconds and loop.is_running()]
        for loop in often:
            loop.cancel()
        for _ in range(24 * days):
            await self.env.advance_time(3600)
        for loop in often:
            loop.start()

    async def upload(self, *stories: str) -> None:
        """Have the editor add articles, as front matter and text."""
        for number, story in enumerate(stories):
            await self.command("articles add", file=(f"{number}.md", story.encode()))

    async def command(self, name: str, **options: object) -> None:
        """Have the editor give a command, and show the channel as the editor sees it."""
        self.viewer = self.admin
        await self.admin.slash(self.channel, name, **options)


async def corrected(scene: Scene) -> None:
    """An answer whose sentence was corrected since."""
    await scene.change([FERRY], [])
    await scene.ask("When do ferry crews walk out?")
    await scene.change([replace(FERRY, text=FERRY.text.replace("4 December", "11 December"))], [])


async def withdrawn(scene: Scene) -> None:
    """An answer whose article was withdrawn since."""
    await scene.change([FERRY], [])
    await scene.ask("When do ferry crews walk out?")
    await scene.change([], ["ferry"])


async def insights(scene: Scene) -> None:
    """The page for editors after some questions."""
    for question in (LEE, "What is a K-drama?", "Who won the chess cup?", "who won the cup in chess?", "thanks!"):
        await scene.ask(question)
    await scene.reader.click(scene.channel.history()[1], custom_id=buttons(scene.channel.history()[1])[Action.UP])
    await scene.command("insights")


async def chosen(scene: Scene) -> None:
    """An answer that editors chose, and what is told of a sentence that is never to be quoted."""
    await scene.change([FERRY], [])
    await scene.command("pins add", question="When do ferry crews strike?", sentence="It offers talks on Monday.")
    await scene.ask("When will the ferry crews strike?")
    await scene.command("never-quote add", sentence="The harbour expects long queues.")


async def choices(scene: Scene) -> None:
    """The lists of what editors chose."""
    await scene.change([FERRY, FIRST], [])
    for question in ("When do ferry crews strike?", HOW_MANY):
        sentence = FERRY.text.split(". ")[0] if "ferry" in question else FIRST.text.split(". ")[1]
        await scene.command("pins add", question=question, sentence=f"{sentence}.")
    await scene.command("never-quote add", sentence="The harbour expects long queues.")
    scene.renew()
    await scene.command("pins list")
    await scene.command("never-quote list")


async def why(scene: Scene) -> None:
    """Why an answer is what it is."""
    answer = await scene.ask(LEE)
    await scene.command("why", answer=answer.jump_url)


async def waits(scene: Scene) -> None:
    """What somebody sees who waits for an answer."""
    await scene.press(Action.WAIT, "When do ferry crews walk out?")


async def waiting(scene: Scene) -> None:
    """The list of what somebody waits for."""
    await waits(scene)
    await scene.reader.slash(scene.channel, "waiting")


async def told(scene: Scene) -> None:
    """The answer that somebody waited for."""
    await waits(scene)
    await scene.change([FERRY], [])


async def hidden(scene: Scene) -> None:
    """What an editor is told of a held and of a private story, and the list with both."""
    for name, facts in (("ferry", "embargo: 2999-01-31 09:30"), ("members", "published: 2026-11-02\nprivate: true")):
        text = f"---\ntitle: {FERRY.title} ({name})\nauthor: Jane Doe\n{facts}\n---\n{FERRY.text}"
        await scene.command("articles add", file=(f"{name}.md", text.encode()))
    await scene.command("articles list")


async def differ(scene: Scene) -> None:
    """Two articles that say different things."""
    await scene.change([FIRST, LATER], [])
    await scene.ask(HOW_MANY)


async def opinion(scene: Scene) -> None:
    """A sentence of a leading article."""
    await scene.change([PIECE], [])
    await scene.ask(WHAT_SHOULD)


async def verified(scene: Scene) -> None:
    """What a pasted sentence is: ours, altered, in no article."""
    asked = "On North Korea, Lee asked Xi to act as a mediator"
    for sentence in (asked, asked.replace("Lee asked Xi", "Xi asked Lee"), "The moon was bought by a bakery in Seoul."):
        await scene.reader.slash(scene.channel, "verify quote", text=sentence)


async def joined(scene: Scene) -> None:
    """Several sentences: one altered, one no longer in the article."""
    await scene.change([FERRY, FIRST], [])
    await scene.change([replace(FERRY, text=FERRY.text.replace("4 December", "11 December"))], [])
    said = "The harbour expects no long queues. Twenty people died, police said, and the building was left a shell."
    await scene.reader.slash(scene.channel, "verify quote", text=f"{FERRY.text.split('. ')[0]}. {said}")


async def corrections(scene: Scene) -> None:
    """What was corrected, in the channel for it and by the command."""
    post = scene.channel
    await scene.command("settings corrections-channel", channel=post)
    scene.renew()
    story = f"---\ntitle: {FERRY.title}\nauthor: Jane Doe\npublished: 2025-11-20\nid: ferry\nurl: {FERRY.url}\n---\n"
    await scene.upload(story + FERRY.text)
    await scene.reader.send(scene.channel, "When do ferry crews walk out?")
    await scene.upload(story + FERRY.text.replace("4 December", "11 December").replace("since 2019", "since 2017"))
    await scene.env.advance_time(SECONDS + 1)
    await scene.env.advance_time(200)
    scene.channel = post
    await scene.command("corrections")


async def silent(scene: Scene) -> None:
    """An answer whose source has failed for days."""
    with Site() as site:
        REACHABLE.add(site.endpoint)
        site.put_story("ferry")
        site.put_feed(["ferry"])
        await scene.command("sources add", url=f"{site.url}/feed")
        await scene.days_pass(1)
        site.pages.clear()
        await scene.days_pass(3)
        scene.renew()
        await scene.ask("Who sold Ada Brandt the ferry?")
        await scene.command("sources list")


async def webhook(scene: Scene) -> None:
    """The address and the secret that a site posts to."""
    await scene.command("settings webhook", new="A new address and secret")


async def digest(scene: Scene) -> None:
    """What the log channel gets each week."""
    log = scene.reader.guild.create_text_channel("desk-log")
    await scene.command("settings log-channel", channel=log)
    await scene.days_pass(1)
    for question in (LEE, "What is a K-drama?", "Who won the chess cup?", "who won the cup in chess?"):
        await scene.ask(question)
    answer = await scene.ask("Where did Lee speak to reporters?")
    await scene.reader.click(answer, custom_id=buttons(answer)[Action.DOWN])
    await scene.press(Action.WAIT, "When does the harbour bakery in Elmouth open?")
    await scene.days_pass(7)
    scene.channel = log


async def edited(scene: Scene) -> None:
    """A question that was edited within two minutes, and its answer."""
    await scene.ask("Where did Lee speak to reporters?")
    await scene.reader.edit(scene.channel.history()[0], LEE)


async def forum(scene: Scene) -> None:
    """A post of a forum where people ask."""
    forum = scene.reader.guild.create_forum_channel("ask-us")
    scene.bot.services.server_settings.add_ask_channel(scene.reader.guild.id, forum.id)  # type: ignore[attr-defined]
    scene.channel = await post(scene, forum)
    await scene.reader.send(scene.channel, "and what was Xi's reply?")
    await scene.reader.send(scene.channel, "thanks all")


async def post(scene: Scene, forum: ChannelHandle) -> ChannelHandle:
    """A reader's post in a forum. SimCord makes posts for bots alone, so Discord's two events are sent here."""
    backend = scene.env.backend
    thread = backend.create_thread(forum.id, "Lee and North Korea", scene.reader.id, broadcast=False)
    first = backend.prepare_message(thread.id, scene.reader.id, "What did Lee ask Xi to do?")
    first.id = thread.id
    backend.commit_message(first, broadcast=False)
    backend.announce_thread_create(thread)
    backend.announce_message_create(first)
    await scene.env.settle()
    return ChannelHandle(scene.env, scene.reader.guild, thread)


STATES: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "answer": lambda scene: scene.ask(LEE),
    "answer-two": lambda scene: scene.ask("What is a K-drama and who watches the talks?"),
    "command": lambda scene: scene.reader.slash(scene.channel, "ask", question=LEE),
    "perhaps": lambda scene: scene.ask("How did the two leaders get along?"),
    "near": lambda scene: scene.ask("Who is the wife of Lee?"),
    "none": lambda scene: scene.ask("How do I bake a chocolate cake?"),
    "context": lambda scene: scene.press(Action.CONTEXT),
    "more": lambda scene: scene.press(Action.MORE),
    "vote": lambda scene: scene.press(Action.UP),
    "refused": lambda scene: scene.reader.slash(scene.channel, "ask", question="why " * 400),
    "corrected": corrected,
    "withdrawn": withdrawn,
    "about": lambda scene: scene.reader.slash(scene.channel, "about"),
    "articles": lambda scene: scene.command("articles list"),
    "settings": lambda scene: scene.command("settings show"),
    "insights": insights,
    "chosen": chosen,
    "why": why,
    "waits": waits,
    "waiting": waiting,
    "told": told,
    "hidden": hidden,
    "choices": choices,
    "differ": differ,
    "opinion": opinion,
    "verified": verified,
    "joined": joined,
    "corrections": corrections,
    "silent": silent,
    "webhook": webhook,
    "digest": digest,
    "edited": edited,
    "forum": forum,
}


@contextlib.asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Callable[[], Awaitable[Scene]]]:
    """Makes scenes around one bot with the bundled story, each in a server of its own."""
    settings = Settings(_env_file=None, data_dir=data, cooldown_seconds=0, **WEBHOOK)  # type: ignore[arg-type]
    load_encoder = shared_encoder(settings)
    with open_base(settings, load_encoder) as base:
        base.update(sample_articles())
        with open_parser(settings) as parser, opened_bot(settings, base, load_encoder, parser, open_web) as bot:
            env = simcord.Env(bot, shard_count=1, settle_timeout=60)
            await env.start()
            try:
                with env.time_context():

                    async def new_scene() -> Scene:
                        others = {one.id for one in base.articles()} - {one.id for one in sample_articles()}
                        base.update([], remove=others)
                        stage = await arrange(env, bot)
                        return Scene(env, bot, stage.reader, stage.admin)

                    yield new_scene
            finally:
                await env.shutdown()


async def photographed(scene: Scene, file: Path) -> None:
    """Save the two pictures of what the viewer sees, as one."""
    shots = []
    async with scene.env.preview(scene.channel, viewers=(scene.viewer,), layout="channel") as page:
        for width in (WIDE, NARROW):
            shots.append(await photograph(page.url, width, HEIGHT))
    both = Image.new("RGB", (sum(shot.width for shot in shots) + 20, shots[0].height), "white")
    both.paste(shots[0], (0, 0))
    both.paste(shots[1], (shots[0].width + 20, 0))
    both.resize((both.width // 2, both.height // 2)).save(file, optimize=True)


async def main(folder: Path, names: list[str]) -> None:
    """Take the pictures of these states, or of all."""
    with tempfile.TemporaryDirectory() as data:
        async with opened(Path(data)) as new_scene:
            for name in names or STATES:
                scene = await new_scene()
                await STATES[name](scene)
                await photographed(scene, folder / f"{name}.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.tools.pictures", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(STATES))
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen.folder, chosen.names))
