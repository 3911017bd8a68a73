"""/articles: what an editor brings in, looks at and takes out, and that nobody else can."""

from datetime import UTC, datetime

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.storage.server_settings import ServerSettings
from index import Article
from index.naming import short_key
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES
from tests.e2e.world import World, desk_button, labels, quotes, text, unescaped
from tests.tools.site import Site, page, rss, story

FERRY_QUESTION = "Who sold Ada Brandt the ferry?"
FERRY_ANSWER = "Ada Brandt bought the ferry from a lighthouse keeper in 2019."


async def add(world: World, **options: object) -> str:
    """What the admin is told, alone, when adding an article."""
    result = await world.admin.slash(world.channel, "articles add", **options)
    assert result.ephemeral
    return text(result.response)


async def pasted(world: World, **values: str) -> InteractionResult:
    """The admin's form, filled in and sent."""
    shown = await world.admin.slash(world.channel, "articles add")
    return await world.admin.submit_modal(shown, filled(shown, **values))


def filled(shown: InteractionResult, **values: str) -> dict[str, str]:
    assert shown.modal
    fields = {row["label"]: row["component"]["custom_id"] for row in shown.modal["components"]}
    assert list(fields) == ["Text", "Title", "Byline", "Date", "Address"]
    return {custom_id: values.get(label.lower(), "") for label, custom_id in fields.items()}


def own_titles(world: World) -> list[str]:
    return [
        a.title for library in world.bot.services.libraries.readable_by(world.guild.id)[1:] for a in library.articles()
    ]


async def ask(world: World, question: str) -> list[str]:
    return quotes(await world.mention(question))


# Bringing in


async def test_a_page_is_added_and_answers_at_once(world: World, site: Site) -> None:
    site.put_story("ferry", head='<meta name=author content="Nora Quill">')
    said = await add(world, url=f"{site.url}/ferry")
    head = f"### Added: *The ferry opens*\n-# Nora Quill · <{site.url}/ferry>\n> The ferry of Elmouth opens again"
    assert said.startswith(head)
    assert said.endswith(
        "\n-# 5 sentences can be quoted.\n-# No date: it is left out where a period is asked for. Its page is read "
        "again, so a date belongs there."
    )
    assert FERRY_ANSWER in await ask(world, FERRY_QUESTION)
    again = await add(world, url=f"{site.url}/ferry")
    assert again.startswith(head.replace("Added", "Here already"))
    assert again.endswith("-# It has not changed since.")


async def test_a_file_is_added_with_what_its_front_matter_says(world: World) -> None:
    said = await add(world, file=("tides.md", TIDES.encode()))
    assert said.startswith("### Added: *The bakery that opens with the tide*\n-# Nora Quill · 3 February 2026 · <https")
    assert said.endswith("\n-# 4 sentences can be quoted.")
    assert (await ask(world, BAKERY_QUESTION))[0] == BAKERY_ANSWER
    changed = TIDES.replace("lighthouse\nkeeper", "harbour\npilot")
    assert (await add(world, file=("tides.md", changed.encode()))).startswith("### Changed")
    assert (await ask(world, BAKERY_QUESTION))[0] == BAKERY_ANSWER.replace("lighthouse keeper", "harbour pilot")


async def test_a_text_is_pasted_with_what_the_form_asks_for(world: World) -> None:
    body = TIDES.split("---")[2]
    result = await pasted(
        world,
        text=body,
        title="The tide bakery",
        byline="Nora Quill",
        date="2025-02-03",
        address="https://example.org/t",
    )
    assert result.ephemeral
    assert text(result.response).startswith(
        "### Added: *The tide bakery*\n-# Nora Quill · 3 February 2025 · <https://example.org/t>\n"
        "> The harbour bakery in Elmouth opens two hours before high tide. Its owner, Ada Brandt, bought the oven from "
        "a lighthouse keeper in 2019.\n-# 4 sentences can be quoted."
    )
    assert (await ask(world, BAKERY_QUESTION))[0] == BAKERY_ANSWER


async def test_a_pasted_text_without_a_title_has_its_first_sentence_for_one(world: World) -> None:
    result = await pasted(world, text=TIDES.split("---")[2])
    assert own_titles(world) == ["The harbour bakery in Elmouth opens two hours before high tide."]
    assert "-# No address: quotes from it have no link." in text(result.response)


async def test_the_same_story_at_another_address_is_one_article_with_both(world: World, site: Site) -> None:
    site.put_story("ferry")
    site.put("/copy", page("ferry").replace("they are glad", "they are very glad"))
    await add(world, url=f"{site.url}/ferry")
    said = await add(world, url=f"{site.url}/copy")
    assert said.startswith("### Here already: *The ferry opens*\n")
    assert said.endswith("\n-# It is the same story, which has this address as well now.")
    shown = await world.admin.slash(world.channel, "articles show", article="The ferry opens")
    assert f"-# Also at <{site.url}/copy>" in text(shown.response)
    assert own_titles(world) == ["The ferry opens"]


BAD_ADDRESSES = {
    "elmouth ferry": "elmouth ferry is not a web address: write it in full",
    "ftp://news.example.org/ferry": "ftp://news.example.org/ferry is not a web address",
    "http://169.254.169.254/latest/meta-data": "169.254.169.254 is not on the public internet",
    "http://[::ffff:127.0.0.1]/": "is not on the public internet",
    "http://news.example.org:22/": "port",
}


@pytest.mark.parametrize(("address", "reason"), BAD_ADDRESSES.items())
@pytest.mark.parametrize("command", ["articles add", "sources add"])
async def test_an_address_that_is_none_or_must_not_be_read(
    world: World, command: str, address: str, reason: str
) -> None:
    result = await world.admin.slash(world.channel, command, url=address)
    said = unescaped(text(result.response))
    assert result.ephemeral and reason in said and said.endswith(".") and "\n" not in said, said
    assert own_titles(world) == []
    world.refused()


async def test_pages_that_hold_no_article(world: World, site: Site) -> None:
    site.put("/image", b"\x89PNG\r\n", "image/png")
    site.put("/feed", rss([f"{site.url}/ferry"]), "application/rss+xml")
    site.put("/empty", "<html><body><p></p></body></html>")
    site.put("/away", b"", Location="http://169.254.169.254/")
    site.pages["/away"].status = 302
    said = {path: await add(world, url=f"{site.url}/{path}") for path in ("image", "feed", "empty", "away", "gone")}
    assert "is of the type image/png, no article" in said["image"]
    assert "is a feed" in said["feed"] and "source" in said["feed"]
    assert "holds no story" in said["empty"]
    assert "redirects elsewhere, and" in said["away"] and "not on the public internet" in said["away"]
    assert "answers 404" in said["gone"]
    for each in said.values():
        assert "\n" not in each and each.endswith(".") and "Traceback" not in each and "pullquote" not in each, each
    assert own_titles(world) == []
    world.refused()


async def test_a_page_that_is_refused_becomes_no_source(world: World, site: Site) -> None:
    endless = "and the ferry sailed " * 2000
    site.put(
        "/endless",
        f"<html><head><title>On and on</title></head><body><article><p>{endless}</p></article></body></html>",
    )
    said = await add(world, url=f"{site.url}/endless")
    assert "without the end of a sentence" in said
    assert world.bot.services.libraries.own_or_create(world.guild.id).sources() == []
    world.refused()


BAD_FILES = {
    "photo.png": (b"\x89PNG\r\n", "is not"),
    "zip.html": (b"PK\x03\x04" + b"\x00" * 2000, "zip"),
    "empty.md": (b"  \n", "empty"),
    "broken.pdf": (b"%PDF-1.7\nnothing", "PDF"),
    "huge.txt": (b"x" * 2_000_001, "2,000,001 bytes, and 2,000,000 are allowed"),
}


@pytest.mark.parametrize(("name", "data", "reason"), [(name, *rest) for name, rest in BAD_FILES.items()])
async def test_files_that_are_no_articles(world: World, name: str, data: bytes, reason: str) -> None:
    said = await add(world, file=(name, data))
    assert reason in said and "\n" not in said and said.endswith("."), said
    assert own_titles(world) == []
    world.refused()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": " \n "}, "empty"),
        ({"text": "The ferry sails.", "date": "tomorrow"}, "tomorrow"),
        ({"text": "The ferry sails.", "address": "nowhere"}, "nowhere"),
    ],
)
async def test_pastes_that_are_no_articles(world: World, values: dict[str, str], reason: str) -> None:
    result = await pasted(world, **values)
    heading, said = unescaped(text(result.response)).split("\n")
    assert heading == "### Not taken in" and reason in said and said.endswith("."), said
    mended = await world.admin.click(result.response, label="Mend it")
    assert mended.modal
    filled_in = {row["label"].lower(): row["component"].get("value", "") for row in mended.modal["components"]}
    assert filled_in == dict.fromkeys(filled_in, "") | values
    assert own_titles(world) == []
    world.refused()


async def test_a_url_and_a_file_are_one_too_many(world: World) -> None:
    assert await add(world, url="https://example.org", file=("a.md", b"A.")) == (
        "Give a url or a file, one article at a time."
    )
    world.refused()


# Looking at


def give(world: World, *articles: Article) -> None:
    world.bot.services.libraries.own_or_create(world.guild.id).update(articles)


async def test_the_list_has_pages_newest_first_and_a_search(world: World) -> None:
    give(
        world,
        *(
            Article(
                f"n{n}", f"Story *{n}* of the harbour", f"Story {n} happened.", "Ada", datetime(2025, 1, n, tzinfo=UTC)
            )
            for n in range(1, 13)
        ),
        Article("old", "An undated bridge", "It stands."),
    )
    first = (await world.admin.slash(world.channel, "articles list")).response
    lines = text(first).splitlines()
    assert lines[:3] == ["### 13 articles", r"Story \*12\* of the harbour", "-# 12 January 2025 · Ada"]
    assert lines[-3:] == [
        "-# Used: 13 of 5,000 articles, 0.0 of 50.0 MB of text",
        "-# Beside these, 8 articles of the bot's operator can be asked everywhere.",
        "-# page 1 of 2",
    ]
    second = await world.admin.click(first, label="▶")
    assert text(second.response).count("-# ") == 3 + 3
    found = (await world.admin.slash(world.channel, "articles list", search="bridge")).response
    assert text(found).splitlines()[:3] == [
        "### 1 article with “bridge” in the title", "An undated bridge", "-# no date",
    ]  # fmt: skip
    assert labels(found) == []


async def test_an_article_is_shown_whole_over_several_pages(world: World) -> None:
    body = "\n\n".join(f"Paragraph {n} says that the *ferry* sails. " + "It is blue. " * 40 for n in range(20))
    give(world, Article("ferry", "The ferry", body, "Nora", url="https://example.org/ferry"))
    shown = (await world.admin.slash(world.channel, "articles show", article="the ferry")).response
    assert text(shown).startswith(
        "### The ferry\n-# Nora · <https://example.org/ferry>\nParagraph 0 says that the \\*ferry"
    )
    assert text(shown).endswith("\n-# page 1 of 4 · id ferry")
    await world.admin.click(shown, label="▶")


async def test_titles_are_offered_to_editors_and_only_of_their_own_articles(world: World) -> None:
    give(world, Article("ferry", "The ferry", "It sails."))
    await world.env.settle()
    await world.admin.slash(world.channel, "articles list")
    assert await world.admin.autocomplete(world.channel, "articles remove", "article", "fer") == [
        {"name": "The ferry", "value": short_key("ferry")}
    ]
    assert await world.admin.autocomplete(world.channel, "articles remove", "article", "talks") == []


# Taking out


async def removal(world: World, article: str = "The ferry opens") -> discord.Message:
    """The admin's question whether to take it out."""
    result = await world.admin.slash(world.channel, "articles remove", article=article)
    assert result.ephemeral and result.response
    assert text(result.response) == (
        f"### Remove *{article}*?\nIt will no longer be quoted, and answers that quote it are marked as withdrawn.\n"
        "-# You can take that back for an hour."
    )
    assert labels(result.response) == ["Remove it", "Keep it"]
    return result.response


async def test_an_article_is_removed_after_a_confirmation_and_brought_back(world: World, site: Site) -> None:
    site.put_story("ferry")
    await add(world, url=f"{site.url}/ferry")
    kept = await world.admin.click(await removal(world), label="Keep it")
    assert text(kept.response) == "### Kept: *The ferry opens*\nNothing was changed."
    assert FERRY_ANSWER in await ask(world, FERRY_QUESTION)
    pressed = await world.admin.click(await removal(world), label="Remove it")
    removed = pressed.response
    assert text(removed) == (
        "### Removed: *The ferry opens*\nIt is no longer quoted.\n-# *Undo* brings it back, for an hour."
    )
    assert FERRY_ANSWER not in await ask(world, FERRY_QUESTION)
    await world.admin.slash(world.channel, "reindex")
    assert own_titles(world) == [], "what was taken out by hand stays out"
    await world.restart()
    await world.env.advance_time(50 * 60)
    back = await world.admin.click(removed, label="Undo")
    assert text(back.response) == "### Taken back: *The ferry opens*\nIt is back, and quoted again."
    assert FERRY_ANSWER in await ask(world, FERRY_QUESTION)
    site.put_story("ferry", year=2022)
    await world.admin.slash(world.channel, "reindex")
    assert FERRY_ANSWER.replace("2019", "2022") in await ask(world, FERRY_QUESTION), "its page is read again"
    await world.admin.click(removed, custom_id=desk_button(removed, "Undo")) if labels(removed) else None


@pytest.mark.minutes
async def test_after_an_hour_a_removal_stands(world: World) -> None:
    give(world, Article("ferry", "The ferry opens", story("ferry")))
    removed = (await world.admin.click(await removal(world), label="Remove it")).response
    await world.env.advance_time(66 * 60)
    pressed = await world.admin.click(removed, label="Undo")
    assert text(pressed.followups[-1]) == (
        "That can no longer be taken back: an hour has passed, or it was done already."
    )
    held = b"".join(path.read_bytes() for path in world.bot.services.settings.data_dir.glob("records.sqlite3*"))
    assert b"lighthouse keeper" not in held, "a withdrawn story lies about nowhere"
    assert own_titles(world) == []


async def test_an_added_article_can_be_taken_back_too(world: World) -> None:
    result = await world.admin.slash(world.channel, "articles add", file=("tides.md", TIDES.encode()))
    changed = await world.admin.slash(
        world.channel, "articles add", file=("tides.md", TIDES.replace("2019", "1999").encode())
    )
    back = await world.admin.click(changed.response, label="Undo")
    title = "The bakery that opens with the tide"
    assert text(back.response) == f"### Taken back: *{title}*\nWhat stood there before is back."
    assert (await ask(world, BAKERY_QUESTION))[0] == BAKERY_ANSWER
    back = await world.admin.click(result.response, label="Undo")
    assert text(back.response) == f"### Taken back: *{title}*\nIt is out again."
    assert own_titles(world) == []


async def test_what_was_changed_again_since_is_not_taken_back(world: World) -> None:
    added = await world.admin.slash(world.channel, "articles add", file=("tides.md", TIDES.encode()))
    await add(world, file=("tides.md", TIDES.replace("2019", "1999").encode()))
    pressed = await world.admin.click(added.response, label="Undo")
    assert text(pressed.followups[-1]) == (
        "It was changed again since, so taking that back would lose the later change."
    )
    assert "1999" in (await ask(world, BAKERY_QUESTION))[0]


async def test_an_undo_of_a_changed_page_leaves_it_to_be_read_again(world: World, site: Site) -> None:
    site.put_story("ferry")
    await add(world, url=f"{site.url}/ferry")
    site.put_story("ferry", year=2024)
    changed = await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    assert text(changed.response).startswith("### Changed")
    await world.admin.click(changed.response, label="Undo")
    assert (await ask(world, FERRY_QUESTION))[0] == FERRY_ANSWER
    assert (await add(world, url=f"{site.url}/ferry")).startswith("### Changed")
    assert (await ask(world, FERRY_QUESTION))[0] == FERRY_ANSWER.replace("2019", "2024")


async def test_another_address_of_a_story_can_be_taken_back(world: World, site: Site) -> None:
    site.put_story("ferry")
    site.put("/copy", page("ferry").replace("they are glad", "they are very glad"))
    await add(world, url=f"{site.url}/ferry")
    result = await world.admin.slash(world.channel, "articles add", url=f"{site.url}/copy")
    back = await world.admin.click(result.response, label="Undo")
    assert text(back.response) == "### Taken back: *The ferry opens*\nThat address is no source any more."
    library = world.bot.services.libraries.own_or_create(world.guild.id)
    assert [source.address for source in library.sources()] == [f"{site.url}/ferry"]
    assert own_titles(world) == ["The ferry opens"]


@pytest.mark.parametrize(
    "custom_id",
    [
        "pullquote:desk:articles:-5:x", "pullquote:desk:articles:99999999:", "pullquote:desk:articles:x:y",
        "pullquote:desk:show:-1:0", "pullquote:desk:sources:9:", "pullquote:desk:undo:zzz", "pullquote:desk:remove:",
        "pullquote:desk:remove-missing:zzz", "pullquote:desk:remove-source:x", "pullquote:desk:cancel:",
        "pullquote:desk:edit:zzz", "pullquote:desk:edit-again:zzz", "pullquote:desk:keep-source:x",
        "pullquote:desk:keep:",
    ],
)  # fmt: skip
async def test_a_forged_button_changes_nothing_and_breaks_nothing(world: World, custom_id: str) -> None:
    give(world, Article("ferry", "The ferry opens", story("ferry")))
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.ActionRow(discord.ui.Button(label="Forged", custom_id=custom_id)))
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send(view=view)
    pressed = await world.admin.click(message, label="Forged")
    said = text(pressed.followups[-1] if pressed.followups else pressed.response)
    assert "Something went wrong" not in said, said
    assert own_titles(world) == ["The ferry opens"]


async def test_removing_what_is_not_there(world: World) -> None:
    result = await world.admin.slash(world.channel, "articles remove", article="The ferry")
    assert text(result.response) == (
        "This server has no article “The ferry” of its own; choose one of the titles that show while you type."
    )
    give(world, Article("ferry", "The ferry opens", story("ferry")))
    first, second = await removal(world), await removal(world)
    await world.admin.click(first, label="Remove it")
    pressed = await world.admin.click(second, label="Remove it")
    assert text(pressed.followups[-1]) == "That article is here no more."
    world.refused()


async def test_the_base_librarys_articles_are_not_a_servers_to_remove(world: World) -> None:
    title = world.bot.services.libraries.base.articles()[0].title
    result = await world.admin.slash(world.channel, "articles remove", article=title)
    assert text(result.response).startswith("This server has no article")
    world.refused()


# Who may


def demote(world: World, person: MemberActor) -> None:
    """Take all roles from a person, without the bot being told."""
    world.env.backend.guilds[world.guild.id].members[person.id].role_ids.clear()


def allow_everybody(world: World, *names: str) -> None:
    """Let everybody use the commands, as a server's Integrations page can."""
    for name in names:
        world.guild.set_command_permissions(world.bot.command_ids[name], {world.guild.default_role: True})


DESK = ("articles", "sources", "reindex", "settings")


async def test_a_member_sees_no_command_of_the_desk_and_is_refused_where_they_are_shown(world: World) -> None:
    assert not [name for name in world.reader.available_commands(world.channel) if name.split()[0] in DESK]
    allow_everybody(world, *DESK)
    give(world, Article("ferry", "The ferry opens", story("ferry")))
    for name, options in {
        "articles add": {"url": "https://example.org"},
        "articles list": {},
        "articles show": {"article": "x"},
        "articles remove": {"article": "x"},
        "sources add": {"url": "https://example.org"},
        "sources list": {},
        "sources remove": {"source": "x"},
        "reindex": {},
        "settings show": {},
        "settings threshold": {"percent": 1},
        "settings refresh": {"hours": 1},
        "settings admin-role": {},
        "settings log-channel": {},
    }.items():
        result = await world.reader.slash(world.channel, name, **options)
        assert result.ephemeral and text(result.response) == "That takes the permission Manage Server.", name
    assert await world.reader.autocomplete(world.channel, "articles remove", "article", "fer") == []
    assert own_titles(world) == ["The ferry opens"]
    world.refused()


async def test_who_lost_the_role_between_the_command_and_the_button_is_refused(world: World) -> None:
    give(world, Article("ferry", "The ferry opens", story("ferry")))
    question = await removal(world)
    form = await world.admin.slash(world.channel, "articles add")
    demote(world, world.admin)
    pressed = await world.admin.click(question, label="Remove it")
    assert text(pressed.response) == "That takes the permission Manage Server."
    sent = await world.admin.submit_modal(form, filled(form, text="The bridge is shut."))
    assert text(sent.response) == "That takes the permission Manage Server."
    assert own_titles(world) == ["The ferry opens"]
    world.refused()


async def test_the_admin_role_that_is_named_decides(world: World) -> None:
    desk = world.guild.create_role("Desk")
    await world.admin.slash(world.channel, "settings admin-role", role=desk)
    refused = await world.admin.slash(world.channel, "articles list")
    assert text(refused.response) == (
        f"That takes the role <@&{desk.id}>, which the admins of this server have named for it."
    )
    editor = world.guild.add_member(world.env.create_user("eve"), roles=[desk])
    allow_everybody(world, *DESK)
    listed = await editor.slash(world.channel, "articles list")
    assert text(listed.response).startswith("### 0 articles")
    settings = await editor.slash(world.channel, "settings show")
    assert text(settings.response) == "That takes the permission Manage Server.", (
        "settings stay with the server's admins"
    )
    await world.admin.slash(world.channel, "settings admin-role", clear="Back to the default")
    assert text((await world.admin.slash(world.channel, "articles list")).response).startswith("### 0 articles")
    world.refused()


async def test_everyone_is_no_admin_role(world: World) -> None:
    result = await world.admin.slash(world.channel, "settings admin-role", role=world.guild.default_role)
    assert unescaped(text(result.response)) == "@everyone is no role to run the desk; name another one."
    assert world.bot.services.server_settings.of(world.guild.id) == ServerSettings()
    world.refused()


async def test_an_admin_of_another_server_has_only_that_ones_articles(world: World) -> None:
    give(world, Article("ferry", "The ferry opens", story("ferry")))
    question = await removal(world)
    custom_id = desk_button(question, "Remove it")
    other = world.env.create_guild("Elsewhere")
    channel = other.create_text_channel("desk")
    admins = other.create_role("Admins", permissions=discord.Permissions(manage_guild=True))
    eve = other.add_member(world.env.create_user("eve"), roles=[admins])
    assert text((await eve.slash(channel, "articles list")).response).startswith("### 0 articles")
    result = await eve.slash(channel, "articles remove", article="The ferry opens")
    assert text(result.response).startswith("This server has no article")
    result = await eve.slash(channel, "articles add", file=("ferry.md", story("ferry", 2001).encode()))
    undo = desk_button(result.response, "Undo")
    assert own_titles(world) == ["The ferry opens"]
    assert world.bot.services.libraries.readable_by(world.guild.id)[1].article("ferry").text == story("ferry")
    assert custom_id.startswith("pullquote:desk:remove:") and undo.startswith("pullquote:desk:undo:")
    world.refused()


async def test_nothing_of_the_desk_is_there_in_a_direct_message(world: World) -> None:
    with pytest.raises(simcord.SetupError):
        await world.admin.user.slash("articles list")
    assert LEE_ASKED in await ask(world, LEE_QUESTION)
