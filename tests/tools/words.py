"""All that Discord shows of the bot's own words, as the code has it, and the catalogues brought in line with that.

`python -m tests.tools.words` adds what is new to the catalogues, empty, and takes out what is gone.
"""

import ast
import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from discord import app_commands

from bot.asking.about import AboutCog
from bot.asking.commands import AskCog
from bot.asking.menu import DeletingCog
from bot.asking.privacy import PrivacyCog
from bot.asking.verify import VerifyCog
from bot.choosing.never_quote import NeverQuoteCog
from bot.choosing.pins import PinsCog
from bot.choosing.why import WhyCog
from bot.corrections.commands import PublicCorrectionsCog
from bot.desk.articles import ArticlesCog
from bot.desk.reindex import ReindexCog
from bot.desk.server_settings import ServerSettingsCog
from bot.desk.sources import SourcesCog
from bot.insights.cog import InsightsCog
from bot.languages import ENGLISH, LANGUAGES, LOCALE
from bot.ui.speaking import NAME
from bot.waiting.cog import WaitingCog

ROOT = Path(__file__).parents[2]

KEYWORDS = {"md": 1, "md_later": 1, "say": 1, "later": 1, "recognize": 1, "md_many": 2, "say_many": 2}
"""The functions whose first argument is looked up, or the first two, which are the singular and the plural."""

Command = app_commands.Command | app_commands.Group | app_commands.ContextMenu

NAMES, DESCRIPTIONS = 32, 100
"""How long the names and the descriptions of commands, options and choices may be."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked up: a sentence or its singular and plural, its context, and how long it may be at most."""

    id: str | tuple[str, str]
    context: str | None = None
    longest: int | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """What a catalogue finds it by."""
        return (self.id if isinstance(self.id, str) else self.id[0]), self.context


def has_words(template: str) -> bool:
    """Whether a template has anything to be translated: more than places, marks, mentions and addresses."""
    return re.search(r"[^\W\d_]", re.sub(r"\{\}|<[^>]*>|https?:\S+", "", template)) is not None


def sentences() -> Iterator[Words]:
    """What the modules of the bot say in their sentences. Babel's own extraction misses calls within calls."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())) if path.parent.name != "cli" else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                found = [ast.literal_eval(argument) for argument in node.args[: KEYWORDS[node.func.id]]]
                if any(map(has_words, found)):
                    yield Words(found[0] if len(found) == 1 else (found[0], found[1]))


def commands() -> list[Command]:
    """The commands, as the cogs have them."""
    bot = Mock(button_handlers={})
    bot.services.settings.records_days = 30
    cogs = [
        AskCog(bot, Mock(), Mock()), DeletingCog(bot, Mock()), AboutCog(bot), PrivacyCog(bot), VerifyCog(bot, Mock()),
        PublicCorrectionsCog(bot), ArticlesCog(bot, Mock()), SourcesCog(bot, Mock()), ReindexCog(bot, Mock()),
        WaitingCog(bot), WhyCog(bot), PinsCog(bot), NeverQuoteCog(bot), InsightsCog(bot), ServerSettingsCog(bot),
    ]  # fmt: skip
    for cog in cogs:
        if not isinstance(cog, WaitingCog):  # whose loading begins to look for answers
            asyncio.run(cog.cog_load())
    added = [call.args[0] for call in bot.tree.add_command.call_args_list]
    groups = [cog.app_command for cog in cogs if cog.app_command]
    return [*added, *groups, *(command for cog in cogs if not cog.app_command for command in cog.get_app_commands())]


def command_words() -> Iterator[Words]:
    """What the commands, their options and choices are called."""
    waiting = commands()
    while waiting:
        command = waiting.pop()
        yield Words(command.name, NAME, NAMES)
        if isinstance(command, app_commands.Group):
            waiting.extend(command.commands)
            yield Words(command.description, longest=DESCRIPTIONS)
        elif isinstance(command, app_commands.Command):
            yield Words(command.description, longest=DESCRIPTIONS)
            for option in command.parameters:
                yield Words(option.name, NAME, NAMES)
                yield Words(str(option.description), longest=DESCRIPTIONS)
                for choice in option.choices:
                    if choice.name not in LANGUAGES.values():
                        yield Words(choice.name, longest=DESCRIPTIONS)


def all_words() -> dict[tuple[str, str | None], Words]:
    """All that is looked up, by its key."""
    found: dict[tuple[str, str | None], Words] = {}
    for words in (*command_words(), *sentences()):
        before = found.setdefault(words.key, words)
        if isinstance(words.id, tuple) and isinstance(before.id, str):
            found[words.key] = words  # as gettext does: the singular finds a plural entry
    return found


def catalogue_file(language: str) -> Path:
    """The file of a language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / "pullquote.po"


def read_catalogue(language: str) -> Catalog:
    """A language's catalogue."""
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def updated(language: str) -> Catalog:
    """A language's catalogue with all words of the code and no others, and the plural forms that it had."""
    before = read_catalogue(language) if catalogue_file(language).exists() else Catalog(locale=language)
    after = Catalog(locale=language)
    after.mime_headers = before.mime_headers
    for words in sorted(all_words().values(), key=lambda one: (one.context or "", one.key[0])):
        known = before.get(words.key[0], words.context)
        same_kind = known is not None and isinstance(known.string, str) == isinstance(words.id, str)
        after.add(words.id, known.string if known and same_kind else "", context=words.context)
    return after


def as_file(language: str, catalogue: Catalog) -> bytes:
    """A catalogue as its file is, with no more of a header than is read."""
    body = BytesIO()
    write_po(body, catalogue, width=0, omit_header=True)
    header = f"""# Pullquote in {LANGUAGES[language]}.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {catalogue.plural_forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
    return header.encode() + body.getvalue()


def main() -> None:
    for language in LANGUAGES:
        if language != ENGLISH:
            catalogue = updated(language)
            catalogue_file(language).parent.mkdir(parents=True, exist_ok=True)
            catalogue_file(language).write_bytes(as_file(language, catalogue))
            missing = [message.id for message in catalogue if message.id and not any(message.string)]
            print(f"{language}: {len(catalogue)} entries, without words: {missing}")


if __name__ == "__main__":
    main()
