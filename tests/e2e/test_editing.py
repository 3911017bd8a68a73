"""*Edit* below an article: what an editor changes of what is stated of it, and that nobody else can."""

from datetime import UTC, datetime

import pytest
from simcord.results import InteractionResult, ResponseMessage

from index import Article, SourceUpdate
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES
from tests.e2e.test_articles_command import demote, give, own_titles
from tests.e2e.world import World, labels, quotes, text
from tests.tools.site import Site

BODY = TIDES.split("---")[2].strip()
LABELS = ["Title", "Byline", "Date", "Section", "Address"]


def fields(shown: InteractionResult) -> dict[str, str]:
    """What a form holds, by its labels."""
    assert shown.modal
    found = {row["label"]: row["component"].get("value", "") for row in shown.modal["components"]}
    assert list(found) == LABELS
    return found


async def send(world: World, form: InteractionResult, **values: str) -> InteractionResult:
    """Send a form with these values, and the others as they are."""
    assert form.modal
    given = {
        row["component"]["custom_id"]: values.get(row["label"].lower(), row["component"].get("value", ""))
        for row in form.modal["components"]
    }
    return await world.admin.submit_modal(form, given)


async def added(world: World) -> ResponseMessage:
    """The message after adding an article without a date."""
    result = await world.admin.slash(
        world.channel, "articles add", file=("tides.md", f"# The bakery\n\n{BODY}".encode())
    )
    assert result.response
    return result.response


def stored(world: World) -> Article:
    """The server's only article."""
    (article,) = world.bot.services.libraries.own_or_create(world.guild.id).articles()
    return article


async def test_a_date_is_added_to_an_article_and_its_answers_stay_valid(world: World) -> None:
    message = await added(world)
    assert text(message).startswith("### Added: *The bakery*\n-# no byline, no date · no address\n> The harbour bakery")
    assert text(message).endswith(
        "\n-# 4 sentences can be quoted.\n-# No date: it is left out where a period is asked for."
        "\n-# No address: quotes from it have no link."
    )
    assert labels(message) == ["Undo", "Edit"]
    before = stored(world)
    answer = await world.mention(BAKERY_QUESTION)
    assert quotes(answer)[0] == BAKERY_ANSWER
    in_period = await world.reader.slash(world.channel, "ask", question=BAKERY_QUESTION, since="2025-01-01")
    assert BAKERY_ANSWER not in quotes(in_period.response)

    form = await world.admin.click(message, label="Edit")
    assert fields(form) == dict.fromkeys(LABELS, "") | {"Title": "The bakery"}
    edited = await send(world, form, date="2025-02-03", section="Food", address="news.example.org/tides")
    assert edited.ephemeral
    assert text(edited.response).startswith(
        "### Changed: *The bakery*\n-# 3 February 2025 · Food · <https://news.example.org/tides>\n> The harbour bakery"
    )
    assert text(edited.response).endswith("\n-# 4 sentences can be quoted.")
    assert labels(edited.response) == ["Undo", "Edit"]
    after = stored(world)
    assert (after.id, after.text, after.source) == (before.id, before.text, before.source)
    assert after.published == datetime(2025, 2, 3, tzinfo=UTC)
    in_period = await world.reader.slash(world.channel, "ask", question=BAKERY_QUESTION, since="2025-01-01")
    assert quotes(in_period.response)[0] == BAKERY_ANSWER
    record = world.bot.services.answers.answer_in(answer.id)
    assert record
    assert world.bot.services.libraries.own_or_create(world.guild.id).article(record.quotes[0].article_id) == after

    undone = await world.admin.click(edited.response, label="Undo")
    assert text(undone.response) == "### Taken back: *The bakery*\nWhat stood there before is back."
    assert stored(world) == before


async def test_an_addition_is_taken_back_after_an_edit_too(world: World) -> None:
    message = await added(world)
    edited = await send(world, await world.admin.click(message, label="Edit"), title="The tide bakery")
    undone = await world.admin.click(message, label="Undo")
    assert text(undone.response) == "### Taken back: *The bakery*\nIt is out again."
    assert own_titles(world) == []
    pressed = await world.admin.click(edited.response, label="Undo")
    assert text(pressed.followups[-1]) == "It was changed again since, so taking that back would lose the later change."
    world.refused()


async def test_an_article_is_edited_where_it_is_shown_also_after_a_restart(world: World) -> None:
    give(
        world,
        Article("tides", "The bakery", BODY, "Nora Quill", datetime(2025, 2, 3, 9, 30, tzinfo=UTC), section="Food"),
    )
    shown = (await world.admin.slash(world.channel, "articles show", article="The bakery")).response
    assert text(shown).endswith("\n-# No address: quotes from it have no link.\n-# id tides") and labels(shown) == [
        "Edit"
    ]
    await world.restart()
    form = await world.admin.click(shown, label="Edit")
    assert fields(form) == {
        "Title": "The bakery", "Byline": "Nora Quill", "Date": "2025-02-03 09:30", "Section": "Food", "Address": "",
    }  # fmt: skip
    await send(world, form, byline="", date="")
    assert (stored(world).author, stored(world).published, stored(world).section) == (None, None, "Food")
    shown = (await world.admin.slash(world.channel, "articles show", article="The bakery")).response
    assert "\n-# No date: it is left out where a period is asked for.\n" in text(shown)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"date": "last spring"},
            "“last spring” is no date: write it as 2026-01-31, or with a time as 2026-01-31 09:30.",
        ),
        (
            {"address": "the quay"},
            "the quay is not a web address: write it in full, with https://, and without a name or password.",
        ),
        ({"title": "  "}, "The title is empty: an article needs one."),
    ],
)
async def test_what_cannot_be_read_is_refused_and_what_was_typed_is_kept(
    world: World, values: dict[str, str], said: str
) -> None:
    form = await world.admin.click(await added(world), label="Edit")
    before = stored(world)
    refused = await send(world, form, **{"byline": "Nora Quill"} | values)
    heading, sentence = text(refused.response).split("\n")
    assert heading == "### Not changed: *The bakery*"
    assert sentence.replace("\\", "") == said
    assert stored(world) == before and labels(refused.response) == ["Mend it"]
    await world.restart()
    again = await world.admin.click(refused.response, label="Mend it")
    typed = {name.capitalize(): " ".join(value.split()) for name, value in values.items()}
    assert fields(again) == dict.fromkeys(LABELS, "") | {"Title": "The bakery", "Byline": "Nora Quill"} | typed
    mended = await send(world, again, title="The tide bakery", date="2025-02-03", address="")
    assert text(mended.response).startswith(
        "### Changed: *The tide bakery*\n-# Nora Quill · 3 February 2025 · no address"
    )


async def test_a_form_that_is_sent_as_it_was_changes_nothing(world: World) -> None:
    sent = await send(world, await world.admin.click(await added(world), label="Edit"))
    assert text(sent.response) == "### Not changed: *The bakery*\nWhat you sent is what was there."
    assert labels(sent.response) == []


async def test_two_editors_with_the_form_open_lose_nothing_of_each_other(world: World) -> None:
    message = await added(world)
    first, second = [await world.admin.click(message, label="Edit") for _ in range(2)]
    await send(world, first, byline="Nora Quill")
    await send(world, second, date="2025-02-03")
    assert (stored(world).author, stored(world).published) == ("Nora Quill", datetime(2025, 2, 3, tzinfo=UTC))


async def test_what_a_source_brings_is_not_edited_and_says_where_a_date_belongs(world: World, site: Site) -> None:
    site.put_story("ferry")
    result = await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    assert labels(result.response) == ["Undo"]
    shown = (await world.admin.slash(world.channel, "articles show", article="The ferry opens")).response
    assert labels(shown) == []
    assert (
        "\n-# No date: it is left out where a period is asked for. Its page is read again, so a date belongs there.\n"
        in text(shown)
    )


async def test_an_article_that_a_source_took_over_is_edited_no_more(world: World, site: Site) -> None:
    site.put_story("ferry")
    await world.admin.slash(world.channel, "articles add", url=f"{site.url}/ferry")
    library = world.bot.services.libraries.own_or_create(world.guild.id)
    (source,), pages = library.sources(), library.source_pages()
    library.update([], source_update=SourceUpdate(forget=(source.address,)))
    shown = (await world.admin.slash(world.channel, "articles show", article="The ferry opens")).response
    form = await world.admin.click(shown, label="Edit")
    library.update([], source_update=SourceUpdate((source,), tuple(pages)))
    sent = await send(world, form, title="Another title")
    assert "and what stands there counts: change it there." in text(sent.response)
    pressed = await world.admin.click(shown, label="Edit")
    assert text(pressed.response) == (
        "It is read again from a source now, and what stands there counts: change it there."
    )
    assert own_titles(world) == ["The ferry opens"]
    world.refused()


async def test_only_editors_open_the_form_and_send_it(world: World) -> None:
    message = await added(world)
    form = await world.admin.click(message, label="Edit")
    demote(world, world.admin)
    sent = await send(world, form, title="Mine")
    assert text(sent.response) == "That takes the permission Manage Server."
    pressed = await world.admin.click(message, label="Edit")
    assert pressed.modal is None and text(pressed.response) == "That takes the permission Manage Server."
    assert own_titles(world) == ["The bakery"]
    world.refused()


async def test_an_article_that_is_gone_is_not_edited(world: World) -> None:
    message = await added(world)
    form = await world.admin.click(message, label="Edit")
    world.bot.services.libraries.own_or_create(world.guild.id).remove("tides")
    sent = await send(world, form, title="Mine")
    assert text(sent.followups[-1] if sent.followups else sent.response) == "That article is here no more."
    pressed = await world.admin.click(message, label="Edit")
    assert text(pressed.response) == "That article is here no more."
    world.refused()


@pytest.mark.minutes
async def test_what_was_typed_is_kept_for_an_hour(world: World) -> None:
    form = await world.admin.click(await added(world), label="Edit")
    refused = await send(world, form, date="soon")
    await world.env.advance_time(61 * 60)
    pressed = await world.admin.click(refused.response, label="Mend it")
    assert text(pressed.response) == (
        "What was typed is kept for an hour; *Edit* below `/articles show` opens a new form."
    )
    world.refused()
