"""Nothing that somebody wrote is anything but text in a message, and nothing else than a `Markdown` gets into one."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.markdown import LINK_CHARACTERS, Markdown, bare_link, escape, heading, joined, link, md, plain
from tests.markdown import Seen, seen

ROOT = Path(__file__).parents[2]
BOT = sorted((ROOT / "bot").rglob("*.py"))


def place_of(path: Path) -> str:
    """Which module of the bot a file is, such as "ui/sending.py"."""
    return path.relative_to(ROOT / "bot").as_posix()


HOSTILE = (
    "[Free Nitro](https://discord.gg/free)", "https://evil.example/a", "<https://evil.example>", "://", "@everyone",
    "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</ask:1>", "<id:browse>", "<t:0:R>", "<:x:1>", "<a:x:1>", ":tada:",
    ":+1:", ":wave::skin-tone-2:", "**b**", "*i*", "_i_", "__u__", "~~s~~", "||s||", "`c`", "```c```", "# ", "### ",
    "#", "-# ", "- ", "* ", "1. ", "> ", ">>> ", "\n", "\r\n", "\u2028", "\x85", "\u202e", "\u2066", "\x00", "\x1b[31m",
    "\\", "[", "](", ")", "<", ">", ":", "¯\\_(ツ)_/¯", "x", "http", "steam",
)  # fmt: skip
raw = st.lists(st.sampled_from(HOSTILE) | st.characters(codec="utf-8") | st.text(max_size=5), max_size=12).map("".join)
something = raw.filter(plain)


@given(raw)
@example("# heading")
@example("#\nthe next line")
@example("Free [Nitro](https://discord.gg/free) :tada:")
def test_an_escaped_text_shows_to_the_letter_and_nothing_of_it_is_alive(text: str) -> None:
    assert seen(escape(text)) == Seen(plain(text))


@given(something)
@example("I like C#")
@example("I like C #")
@example("# #")
@example("#[Free Nitro](https://discord.gg/free)")
def test_a_heading_shows_to_the_letter_too(text: str) -> None:
    shown = seen(heading(text))
    assert (shown.text.strip("\u2060"), shown.alive) == (plain(text).strip("\u2060"), ("heading",))


@pytest.mark.parametrize("character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x07\x1b\x7f\x9b")
def test_what_turns_or_steers_text_is_left_out(character: str) -> None:
    assert escape(f"a{character}b") == "ab"


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """All calls of a function in the bot, with the files they are in."""
    for path in BOT:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield path, node


def templates() -> list[str]:
    """All templates of the bot that take text written by somebody, as they are in the code."""
    found = {node.args[0].value for _, node in calls("md") if isinstance(node.args[0], ast.Constant)}
    numbers_or_parts = re.compile(r"<[@#t/&]|\]\(|\[\{\}|channels/\{\}|\}\{|~~|^### ")
    return sorted(text for text in found if "{}" in text and not numbers_or_parts.search(text))


@pytest.mark.parametrize("template", templates())
@settings(max_examples=25)
@given(text=something)
def test_whatever_is_put_into_a_template_of_the_bot_shows_to_the_letter(template: str, text: str) -> None:
    assume(not (template.endswith("||") and plain(text).endswith("|")))  # it would end the spoiler; no secret has one
    place = "\ue000"  # which nothing else holds
    holes, shown = template.count("{}"), seen(md(template, *[text] * template.count("{}")))
    meant = seen(template.format(*[place] * holes))
    assert shown == Seen(meant.text.replace(place, plain(text)), meant.alive)


def test_the_templates_are_found() -> None:
    assert len(templates()) > 30
    assert "There is no article “{}”; choose one of the titles that show while you type." in templates()


def test_what_is_markdown_already_is_not_escaped_again() -> None:
    bold = md("**{}**", "a*b")
    assert bold == "**a\\*b**"
    assert md("{} and {}", bold, "c*d") == "**a\\*b** and c\\*d"
    assert joined(" · ", [bold, md(""), escape("c*d")]) == "**a\\*b** · c\\*d"


@given(raw, st.sampled_from(["*", "**", "~", "~~", "_", "`", "<", "@", "[", "\\", "|", ":", "#"]))
def test_nothing_is_cut_between_a_backslash_and_what_it_escapes(text: str, mark: str) -> None:
    shown = escape(text)
    for cut in (shown.removesuffix(mark), shown.before(mark), shown.removeprefix(mark)):
        after = seen(md("{}{}", cut, md("**x**")))
        assert after.text.endswith("x") and after.alive == ("bold",), cut
    assert seen(shown.replaced(md("~~"), md("**"))) == Seen(plain(text))


# Links


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "discord.gg/free", "https://", "https:///path", "", " https://example.org",
        "https://user:pw@example.org/", "https://example.org@evil.example/", "https://example.org\\@evil.example/",
        "https://example.org/\u202egnp.exe", "https://example.org/\u2066", "https://exa\u200emple.org/",
        "https://example.org/\x00", "https://example.org/\x1b[31m", "https://example.org/a b", "https://example.org/\n#",
        "https://example.org/\u2028", "https://[::1", "https://example.org/" + "x" * 600,
        "https://example.org/" + "(" * 250,
    ],
)  # fmt: skip
def test_what_nobody_should_follow_is_no_link(address: str) -> None:
    assert link(md("Read it"), address) == ""
    assert not [what for what in seen(bare_link(address, 200)).alive if what.startswith("link")]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://example.org/a_(b)", "https://example.org/a_%28b%29"),
        ("https://example.org/a)[x](https://evil.example", "https://example.org/a%29[x]%28https://evil.example"),
        ("https://example.org/a>b\\c", "https://example.org/a%3Eb%5Cc"),
        ("HTTP://EXAMPLE.ORG/@nora", "HTTP://EXAMPLE.ORG/@nora"),
        ("https://example.org/?to=a@b.example", "https://example.org/?to=a@b.example"),
    ],
)
def test_what_would_end_a_link_early_is_encoded(address: str, target: str) -> None:
    assert seen(link(md("Read it"), address)) == Seen("Read it", (f"link {target}",))
    assert seen(bare_link(address, 200)) == Seen(target, (f"link {target}",))


@example("http://", "\x850\x1f", True)  # what nobody sees takes no room
@given(st.just("https://example.org/") | st.just("http://"), raw, st.booleans())
def test_a_link_is_whole_or_none_and_a_bare_one_else_text(start: str, rest: str, ends: bool) -> None:
    address = start + rest * (40 if ends else 1)
    shown = seen(md("{} x", link(md("Read it"), address)))
    assert shown.text in ("Read it x", " x") and len(shown.alive) == (shown.text == "Read it x")
    assert len(link(md("Read it"), address)) <= LINK_CHARACTERS + len("[Read it]()")
    bare = bare_link(address, 200)
    text, alive = seen(bare).text, seen(bare).alive
    assert len(bare) <= 206
    assert alive in ((), (f"link {text}",))
    if not alive:
        assert plain(address)[:30] in text or text in plain(address)


# By type


WRONG = """
from bot.desk.replies import note_reply
from bot.errors import NotAllowed, Refused
from bot.markdown import Markdown, escape, joined, link, md
from bot.ui.sending import tell
from bot.ui.reply import Block
from discord import Interaction

async def say(interaction: Interaction, raw: str) -> None:
    Refused(f"There is no article {raw}.")
    NotAllowed("There is none.")
    Block((raw,))
    Block((f"**{escape(raw)}**",))
    Block((md("{}", raw) + raw,))
    Block((md("{}", raw).upper(),))
    note_reply("Removed", f"{raw} is gone.")
    joined(", ", [raw])
    link(raw, raw)
    shown: Markdown = escape(raw)[1:]
    await tell(interaction, raw)
    # What follows is right.
    Refused(md("There is no article {}.", raw))
    Block((escape(raw), md("{}", raw)))
    note_reply(raw, md("{} is gone.", raw))
    await tell(interaction, joined(", ", [escape(raw), md("none")]))
"""


def test_the_type_checker_refuses_what_is_raw_wherever_a_message_is_formed(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    involved = [f"bot/{name}.py" for name in ("markdown", "errors", "ui/reply", "ui/sending", "desk/replies")]
    options = ["--no-incremental", "--follow-imports=skip", "--config-file="]
    command = [sys.executable, "-m", "mypy", *options, *involved, str(tmp_path / "wrong.py")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = WRONG.splitlines()
    refused = [lines[int(number) - 1].strip() for number in re.findall(r"wrong\.py:(\d+): error", run.stdout)]
    body = [line.strip() for line in lines[lines.index(next(filter(lambda at: "async def" in at, lines))) + 1 :]]
    assert refused == body[: body.index("# What follows is right.")], run.stdout


@pytest.mark.parametrize("path", [path for path in BOT if path.name != "markdown.py"], ids=lambda path: place_of(path))
def test_markdown_is_made_in_its_module_alone_and_nothing_is_passed_off_as_it(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\bMarkdown\(|map\(Markdown\b|\bcast\(|Markdown as |\(Markdown\):", source)
    assert not re.search(r"import bot\b|from bot import .*\bmarkdown\b|\b(?:md|joined) as ", source)
    if "bot.markdown import" in source:
        assert set(re.findall(r"type: ignore\S*", source)) <= {"type: ignore[override]"}


def test_what_a_message_of_ours_says_is_read_where_it_is_corrected_alone() -> None:
    assert {place_of(path) for path, _ in calls("from_message")} == {"corrections/cog.py"}


@pytest.mark.parametrize("name", ["md", "say", "joined", "mark", "md_later", "later", "recognize"])
def test_every_template_is_written_out_and_has_a_part_for_every_place(name: str) -> None:
    found = list(calls(name))
    assert found
    for path, node in found:
        template = node.args[0]
        where = f"{place_of(path)}:{node.lineno}"
        assert isinstance(template, ast.Constant) and isinstance(template.value, str), where
        if name in {"md", "say"} and not any(isinstance(part, ast.Starred) for part in node.args):
            assert template.value.count("{}") == len(node.args) - 1, where
            assert not re.search(r"[{}]", template.value.replace("{}", "")), where


@pytest.mark.parametrize("name", ["md_many", "say_many"])
def test_both_templates_of_what_is_counted_are_written_out_and_have_a_part_for_every_place(name: str) -> None:
    for path, node in calls(name):
        for template in node.args[:2]:
            where = f"{place_of(path)}:{node.lineno}"
            assert isinstance(template, ast.Constant) and isinstance(template.value, str), where
            assert template.value.count("{}") == len(node.args) - 2, where


def test_what_discord_shows_is_put_into_messages_in_few_places() -> None:
    places = {
        r"TextDisplay\(": {"ui/sending.py"},
        r"\.content = ": {"corrections/cog.py"},
        r"\bcontent=": {"asking/messages.py"},
        r"followup\.send\(|send_message\((?!view)": {"ui/sending.py", "desk/reindex.py", "desk/server_settings.py"},
    }
    for pattern, names in places.items():
        assert {place_of(path) for path in BOT if re.search(pattern, path.read_text())} <= names, pattern


def test_a_markdown_is_told_from_a_text_that_says_the_same() -> None:
    assert isinstance(md("a"), Markdown) and not isinstance(str(md("a")), Markdown)
    assert not isinstance(f"{md('a')}", Markdown) and not isinstance(md("a") + md("b"), Markdown)
