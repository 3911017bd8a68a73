"""What people write, wherever the bot repeats it: it shows to the letter, pings nobody and leads nowhere."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from simcord.results import InteractionResult

from bot.corrections import cog as corrections
from index import Article, Library, QuestionError
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION
from tests.e2e.test_articles_command import filled
from tests.e2e.world import Message, World, buttons, quotes, text, texts
from tests.markdown import seen
from tests.tools.site import Site

NITRO = "[Free Nitro](https://discord.gg/free)"
"""As long as a date may be."""

HOSTILE = "[Free Nitro](https://discord.gg/x) @everyone <@1> <#2> **b** :tada: <t:0:R> `c` ||s||"
"""As long as a title may be that is typed."""

FILE = "[Free Nitro](@everyone) **b** `c`"

ALIVE = ("link https://discord.gg", "mention", "emoji", "time <t:0", "code c", "spoiler", "underline")
"""What would be alive of these if they were not escaped, and what no message here holds by itself."""


def check(message: Message | str | None, *written: str) -> None:
    """Check that a message shows literally what was written, and that nothing in it is a link, mention or markup."""
    said = message if isinstance(message, str) else text(message)
    shown = seen(said)
    for each in written:
        assert each in shown.text, said
    assert not [what for what in shown.alive if what.startswith(ALIVE)], said


def told(result: InteractionResult) -> Message:
    """The last message to the person who acted, which nobody else can see."""
    said = result.followups[-1] if result.followups else result.response
    assert said and said.ephemeral
    return said


def heard(world: World) -> list[str]:
    """What all others read in the channel."""
    return [text(message) for message in world.channel.history(viewer=world.admin)]


# Readers


@pytest.mark.parametrize("option", ["since", "until"])
@pytest.mark.parametrize("written", [NITRO, "# Free Nitro", "**Free** <@1> @everyone :tada:", "\u202e`c` ||s||"])
async def test_a_date_that_is_none_is_repeated_to_the_asker_alone_and_to_the_letter(
    world: World, option: str, written: str
) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, **{option: written})
    assert heard(world) == []
    assert result.response and result.ephemeral and not result.followups, "it was not deferred"
    check(result.response, f"{written!r} is no date for '{option}'; write it as 2026-01-31.")
    world.refused(QuestionError)


async def test_dates_out_of_order_are_explained_to_the_asker_alone(world: World) -> None:
    result = await world.reader.slash(
        world.channel, "ask", question=LEE_QUESTION, since="2026-02-01", until="2026-01-01"
    )
    assert heard(world) == []
    assert text(told(result)) == ("No article can be published since 2026-02-01 and until 2026-01-01; swap the two.")
    world.refused(QuestionError)


@pytest.mark.parametrize("question", ["?!", "why " * 400])
async def test_a_question_that_cannot_be_asked_is_refused_to_the_asker_alone(world: World, question: str) -> None:
    result = await world.reader.slash(world.channel, "ask", question=question)
    assert heard(world) == []
    assert result.response and result.ephemeral and not result.followups
    world.refused(QuestionError)


async def test_an_article_that_is_none_is_repeated_to_the_asker_alone_and_to_the_letter(world: World) -> None:
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, article=HOSTILE)
    assert heard(world) == []
    check(told(result), f"There is no article “{HOSTILE}”")
    private = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION, article=HOSTILE, private=True)
    assert heard(world) == []
    check(told(private), f"There is no article “{HOSTILE}”")
    world.refused()


async def test_an_article_that_is_not_known_yet_is_looked_up_and_asked(world: World) -> None:
    world.bot.services.libraries.base.update([Article("mill", "The mill", "The mill of Ashby closed in May.")])
    result = await world.reader.slash(world.channel, "ask", question="When did the mill close?", article="The mill")
    assert quotes(result.response) == ["The mill of Ashby closed in May."]
    assert not result.ephemeral and not result.followups
    assert len(heard(world)) == 1


@pytest.mark.settings(cooldown_seconds=10)
async def test_who_asks_an_unknown_article_too_soon_is_told_alone(world: World) -> None:
    await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    world.bot.services.libraries.base.update([Article("mill", "The mill", "The mill of Ashby closed in May.")])
    result = await world.reader.slash(world.channel, "ask", question="When did it close?", article="The mill")
    assert text(told(result)).startswith("One question at a time, please")
    assert len(heard(world)) == 1
    world.refused()


async def test_what_fails_after_the_others_saw_that_an_answer_is_coming_is_told_to_the_asker_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise QuestionError(f"{HOSTILE} cannot be asked.")

    monkeypatch.setattr(Library, "ask", refuse)
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert heard(world) == []
    check(told(result), f"{HOSTILE} cannot be asked.")
    monkeypatch.undo()
    again = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    assert quotes(again.response)[0] == LEE_ASKED
    world.refused()


@pytest.mark.parametrize("status", [404, 500])
async def test_where_discord_does_not_take_it_back_the_refusal_is_escaped_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise QuestionError(f"{HOSTILE} cannot be asked.")

    monkeypatch.setattr(Library, "ask", refuse)
    monkeypatch.setattr("bot.ui.sending.PAUSES", ())
    for method in ("PATCH", "DELETE"):
        world.env.inject_error(method, "/webhooks/*/messages/@original", status=status, code=10008, times=None)
    result = await world.reader.slash(world.channel, "ask", question=LEE_QUESTION)
    check(result.response, f"{HOSTILE} cannot be asked.")
    world.refused()


async def test_a_question_is_repeated_to_the_letter(world: World) -> None:
    question = f"Who is the mayor of Elmouth? # {NITRO} https://evil.example :tada: `c` in C#"
    result = await world.reader.slash(world.channel, "ask", question=question)
    head = seen(texts(result.response)[0])
    assert (head.text, head.alive) == (question, ("small",))
    insights = await world.admin.slash(world.channel, "insights")
    check(insights.response, question)


# What articles say


STRANGE = Article(
    "strange `id` @everyone <@3>",
    f"The gulls {HOSTILE} in C#",
    f"The gulls of Quillport {HOSTILE} were counted in 2019.\n\n#\n\nThe harbour is shut.\n\n- {HOSTILE}",
    author=f"Ada {HOSTILE}",
    published=datetime(2026, 1, 7, tzinfo=UTC),
    section=f"News {HOSTILE}",
    url="https://nora:secret@example.org/gulls",
)
GULLS = "When were the gulls of Quillport counted?"


async def test_an_article_that_calls_itself_anything_shows_to_the_letter_in_answers(world: World) -> None:
    world.bot.services.libraries.own_or_create(world.guild.id).update([STRANGE])
    answer = await world.mention(GULLS)
    check(answer, STRANGE.text.split("\n")[0], STRANGE.title)
    assert "secret" not in text(answer), "a name and a password are no part of a link"
    for action in ("context", "more"):
        if custom_id := buttons(answer).get(action):
            check(told(await world.reader.click(answer, custom_id=custom_id)))
    await world.reader.click(answer, custom_id=buttons(answer)["up"])
    check((await world.admin.slash(world.channel, "insights")).response, "The gulls [Free Nitro]")


@pytest.mark.minutes
async def test_an_answer_stays_to_the_letter_when_it_is_corrected(world: World) -> None:
    library = world.bot.services.libraries.own_or_create(world.guild.id)
    library.update([STRANGE])
    await world.mention(GULLS)
    library.remove(STRANGE.id)
    await world.env.advance_time(2 * corrections.SECONDS)
    assert "**Withdrawn since**" in text(world.last)
    shown = seen(re.sub(r"<t:[1-9]\d+:D>", "", text(world.last)))
    assert STRANGE.text.split("\n")[0] in shown.text and STRANGE.title in shown.text
    assert not [what for what in shown.alive if what.startswith(ALIVE)]


async def test_an_article_that_calls_itself_anything_shows_to_the_letter_at_the_desk(world: World) -> None:
    world.bot.services.libraries.own_or_create(world.guild.id).update([STRANGE])
    listed = await world.admin.slash(world.channel, "articles list")
    check(told(listed), "The gulls [Free Nitro]", "Ada [Free Nitro]")
    shown = told(await world.admin.slash(world.channel, "articles show", article=STRANGE.id))
    check(
        shown, STRANGE.title, f"id {STRANGE.id}", "#\n\nThe harbour is shut.", f"- {HOSTILE}", "nora:secret@example.org"
    )
    assert seen(text(shown)).alive.count("heading") == 1, "a number sign alone makes none of the next line"
    question = told(await world.admin.slash(world.channel, "articles remove", article=STRANGE.id))
    check(question, STRANGE.title)
    removed = await world.admin.click(question.message, label="Remove it")
    check(removed.response, STRANGE.title)


# Editors


OPTIONS: dict[str, dict[str, str]] = {
    "articles list": {"search": NITRO},
    "articles show": {"article": HOSTILE},
    "articles remove": {"article": HOSTILE},
    "articles add": {"url": HOSTILE},
    "sources add": {"url": HOSTILE},
    "sources remove": {"source": HOSTILE},
}


@pytest.mark.parametrize("command", OPTIONS)
async def test_what_an_editor_types_is_repeated_to_the_letter(world: World, command: str) -> None:
    (written,) = OPTIONS[command].values()
    result = await world.admin.slash(world.channel, command, **OPTIONS[command])
    check(told(result), "[Free Nitro]" if "url" in OPTIONS[command] else written)
    assert heard(world) == [text(told(result))], "the editor alone saw it"
    assert world.channel.history(viewer=world.reader) == []
    world.refused()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{FILE}.docx", b"The mill closed in May."),
        (f"{FILE}.md", b""),
        (f"{FILE}.txt", b"x" * 2_000_001),
        (f"{FILE}.md", f"---\n{HOSTILE}: [\n---\nThe mill closed.".encode()),
        (f"{FILE}.md", f"---\npublished: '{HOSTILE}'\n---\nThe mill closed.".encode()),
    ],
    ids=["type", "empty", "large", "front matter", "date"],
)
async def test_the_name_of_a_file_and_what_is_wrong_with_it_show_to_the_letter(
    world: World, name: str, content: bytes
) -> None:
    result = await world.admin.slash(world.channel, "articles add", file=(name, content))
    check(told(result), "[Free Nitro](@everyone) **b** `c`")
    world.refused()


async def test_a_file_is_taken_in_by_any_name_and_shows_to_the_letter(world: World) -> None:
    url = "https://example.org/[x](@everyone)**b**"
    front = f"---\ntitle: '{HOSTILE}'\nauthor: '{HOSTILE}'\nsection: '{HOSTILE}'\nurl: {url}\n---\n"
    content = f"{front}The mill of Ashby closed in May. It {HOSTILE} was old."
    added = await world.admin.slash(world.channel, "articles add", file=(f"{FILE}.md", content.encode()))
    check(told(added), HOSTILE, "The mill of Ashby closed in May.", "https://example.org/[x]%28@everyone%29**b**")
    other = f"---\ntitle: Another\n---\nThe school of Elmouth has {HOSTILE} a new roof since the storm in spring."
    taken = await world.admin.slash(world.channel, "articles add", file=(f"{FILE}.md", other.encode()))
    check(told(taken), f"“{HOSTILE}” (upload: {FILE}.md) has the id")
    assert "already" in text(told(taken))
    world.refused()


async def test_what_is_pasted_shows_to_the_letter_also_where_it_is_refused(world: World) -> None:
    form = await world.admin.slash(world.channel, "articles add")
    values = {"text": f"The mill {HOSTILE} closed.", "title": HOSTILE, "byline": HOSTILE, "date": NITRO}
    refused = await world.admin.submit_modal(form, filled(form, **values))
    check(told(refused), "Not taken in", f"{NITRO}")
    again = await world.admin.click(told(refused).message, label="Mend it")
    sent = await world.admin.submit_modal(again, filled(again, **values | {"date": "2026-01-05"}))
    check(told(sent), HOSTILE, f"The mill {HOSTILE} closed.")


# Sites


async def test_what_a_site_calls_things_shows_to_the_letter_in_public(world: World, site: Site) -> None:
    site.put_story("ferry", head=f'<meta name=author content="Ada {HOSTILE}">')
    written = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    site.pages["/ferry"].body = site.pages["/ferry"].body.replace(b"The ferry opens", written.encode())
    site.put("/broken", b"", f"text/{FILE.replace(' ', '')}")
    site.put_feed(["ferry", "broken"])
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
    check(world.last, "1 new", "[Free Nitro](https://discord.gg/x)")
    check((await world.admin.slash(world.channel, "sources list")).response)
    check((await world.admin.slash(world.channel, "articles list")).response, "[Free Nitro](https://discord.gg/x)")


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer.headers.update({"Content-Type": FILE}),
        lambda answer: answer.headers.update({"Content-Encoding": "[x](@everyone)"}),
        lambda answer: answer.headers.update({"Location": f"ftp://{FILE}"}) or setattr(answer, "status", 302),
    ],
    ids=["type", "packing", "redirect"],
)  # fmt: skip
async def test_what_a_site_answers_is_repeated_to_the_letter(
    world: World, site: Site, change: Callable[[object], None]
) -> None:
    site.put_story("ferry")
    change(site.pages["/ferry"])
    result = await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    check(told(result), "127.0.0.1")
    world.refused()
