"""The bot's own words: all of them are in every catalogue, fit where they are shown, and are chosen when they are."""

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from string import Formatter

import pytest
from discord import app_commands

from bot.asking.buttons import LABELS, AnswerButton
from bot.desk.buttons import DeskAction, DeskButton
from bot.desk.forms import LONGEST, EditForm, PasteForm
from bot.languages import (
    ENGLISH,
    LANGUAGES,
    as_number,
    as_percent,
    catalogue,
    in_all_languages,
    language_for,
    later,
    say_many,
    speaking,
    spoken,
)
from bot.library_words import library_sentence
from bot.markdown import md, md_later
from bot.ui.reply import AFTER, BEFORE
from bot.ui.speaking import NAME
from bot.wording import Certainty, as_day, foreign
from index import Article, Facts
from tests.tools.words import all_words, as_file, catalogue_file, commands, read_catalogue, updated

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
SHOWN = ("asking", "choosing", "corrections", "desk", "inbox", "insights", "ui", "waiting")
"""The rooms whose words Discord shows."""

FOR_PROGRAMS = {"tables.py", "payloads.py", "server.py", "signatures.py", "websub.py"}
"""What these write is for a spreadsheet, whose columns keep their names, or for the site that posts to the webhook."""

NAMES = {"Pullquote", "a direct message", "refreshes end with the bot"}
"""The bot's name, and what is said in the log alone."""

MAKERS = {"md", "md_later", "md_many", "say", "say_many", "later", "recognize"}

OTHER_MAKERS = {"mark", "compile", "ValueError", "match", "getLogger", "search", "sub", "frozenset"}
"""What makes patterns, or words that are recognized, or what only programmers see."""

every_language = pytest.mark.parametrize("language", OTHERS)


@every_language
def test_a_catalogue_has_all_words_of_the_code_and_no_others(language: str) -> None:
    catalogue = updated(language)
    assert [message.id for message in catalogue if message.id and not all(_forms(message.string))] == []
    assert catalogue_file(language).read_bytes() == as_file(language, catalogue), "run python -m tests.tools.words"


@every_language
def test_a_translation_has_the_places_and_the_marks_of_its_sentence(language: str) -> None:
    wrong = []
    for message in read_catalogue(language):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for form in _forms(message.string):
            spaced = re.sub("：$", ": ", form) if source.endswith(": ") else form  # a wide colon has its own space
            if _places(form) != _places(source) or _marks(spaced) != _marks(source):
                wrong.append((source, form))
    assert wrong == []


def _forms(string: object) -> list[str]:
    return [string] if isinstance(string, str) else list(string)  # type: ignore[call-overload]


def _places(template: str) -> set[int]:
    names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    return {int(name) if name else number for number, name in enumerate(names)}


def _marks(template: str) -> tuple[object, ...]:
    lines = [re.match(r"(?:-# |#+ |> |- )?", line)[0] for line in template.split("\n")]  # type: ignore[index]
    counts = [template.count(mark) for mark in ("**", "*", "~~", "`")]
    mentions = re.findall(r"<[^>]*>", re.sub(r"\{\d*\}", "{}", template))
    return lines, counts, sorted(mentions), template.endswith(" "), re.findall(r"https?://[\x21-\x7e]*[a-z/]", template)


@every_language
def test_commands_are_named_as_discord_takes_them_and_no_two_alike(language: str) -> None:
    words = catalogue(language)

    def check(names: list[str], *, menu: bool = False) -> None:
        found = [words.pgettext(NAME, name) for name in names]
        assert len(set(found)) == len(found), found
        for name in found:
            assert 1 <= len(name) <= 32
            assert menu or (re.fullmatch(r"[-_'\w]+", name) and name == name.lower()), name

    waiting = commands()
    check([one.name for one in waiting if not isinstance(one, app_commands.ContextMenu)])
    check([one.name for one in waiting if isinstance(one, app_commands.ContextMenu)], menu=True)
    while waiting:
        command = waiting.pop()
        if isinstance(command, app_commands.Group):
            check([one.name for one in command.commands])
            waiting.extend(command.commands)
        elif isinstance(command, app_commands.Command):
            check([option.name for option in command.parameters])
    for one in all_words().values():
        if one.longest and isinstance(one.id, str):
            said = words.pgettext(one.context, one.id) if one.context else words.gettext(one.id)
            assert 1 <= len(said) <= one.longest, said


@every_language
def test_a_sentence_names_commands_and_options_as_they_are_called(language: str) -> None:
    words = catalogue(language)
    names = {words.id for words in all_words().values() if words.context == NAME}
    checked = 0
    for message in read_catalogue(language):
        source = message.id if isinstance(message.id, str) else ""
        for mention in re.findall(r"`(/[a-z -]+|[a-z]+)`", source):
            said = [words.pgettext(NAME, name) for name in mention.removeprefix("/").split()]
            assert set(mention.removeprefix("/").split()) <= names
            assert f"`{'/' * mention.startswith('/')}{' '.join(said)}`" in message.string, message.string
            checked += 1
    assert checked > 20


@every_language
def test_a_sentence_names_buttons_as_they_are_labelled(language: str) -> None:
    words, known = catalogue(language), all_words()
    checked = 0
    for message in read_catalogue(language):
        source = message.id if isinstance(message.id, str) else ""
        for label in re.findall(r"(?<!\*)\*([A-Z][a-z ]+)\*(?!\*)", source):
            said = {words.gettext(label)} | ({words.pgettext(NAME, label)} if (label, NAME) in known else set())
            if (label, None) in known:
                assert any(f"*{one}*" in message.string for one in said), (said, message.string)
                checked += 1
    assert checked >= 6


@pytest.mark.parametrize("language", LANGUAGES)
async def test_buttons_and_forms_fit_into_discord(language: str) -> None:
    with speaking(language):
        buttons = [AnswerButton(action, "0" * 16) for action in LABELS], [DeskButton(action) for action in DeskAction]
        labels = [button.item.label for row in buttons for button in row if button.item.label]
        assert len(labels) > 12
        assert [label for label in labels if len(label) > 80] == []
        for form in (PasteForm(_nothing), EditForm(_nothing, Facts(**dict.fromkeys(LONGEST, "")))):
            assert len(form.title) <= 45
            for label in form.children:
                assert len(label.text) <= 45 and len(label.description or "") <= 100  # type: ignore[attr-defined]


async def _nothing(*_: object) -> None:
    pass


@every_language
def test_the_words_that_corrections_look_for_are_told_apart(language: str) -> None:
    """A message is told by them to be of a language, and its colour and context found."""
    spellings = [
        words for certainty in Certainty for words in in_all_languages(lambda one=certainty: one.words).values()
    ]
    assert len(set(spellings)) == len(spellings), spellings
    with speaking(language):
        assert BEFORE() != AFTER() and not BEFORE().startswith(AFTER()) and not AFTER().startswith(BEFORE())


DAYS = {
    "en": "7 January 2026", "de": "7. Januar 2026", "es": "7 de enero de 2026", "fr": "7 janvier 2026",
    "ja": "2026年1月7日", "ko": "2026년 1월 7일", "tr": "7 Ocak 2026", "zh_CN": "2026年1月7日",
}  # fmt: skip
NUMBERS = {
    "en": "12,345.6", "de": "12.345,6", "es": "12.345,6", "fr": "12\u202f345,6",
    "ja": "12,345.6", "ko": "12,345.6", "tr": "12.345,6", "zh_CN": "12,345.6",
}  # fmt: skip
SHARES = {
    "en": "30%", "de": "30\xa0%", "es": "30\xa0%", "fr": "30\xa0%", "ja": "30%", "ko": "30%", "tr": "%30",
    "zh_CN": "30%",
}  # fmt: skip
WRITTEN_IN = {
    "en": "in Korean",
    "de": "auf Koreanisch",
    "es": "en coreano",
    "fr": "en coréen",
    "ja": "原文は韓国語",
    "ko": "한국어 원문",
    "tr": "Korece",
    "zh_CN": "韩语原文",
}

COUNTS = {
    "en": ("0 questions", "1 question", "2 questions"),
    "de": ("0 Fragen", "1 Frage", "2 Fragen"),
    "es": ("0 preguntas", "1 pregunta", "2 preguntas"),
    "fr": ("0 question", "1 question", "2 questions"),
    "ja": ("質問0件", "質問1件", "質問2件"),
    "ko": ("질문 0건", "질문 1건", "질문 2건"),
    "tr": ("0 soru", "1 soru", "2 soru"),
    "zh_CN": ("0 个提问", "1 个提问", "2 个提问"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_numbers_shares_and_counts_are_written_as_the_language_does(language: str) -> None:
    with speaking(language):
        assert as_day(datetime(2026, 1, 7)) == DAYS[language]
        assert as_number(12345.6, decimals=1) == NUMBERS[language]
        assert as_percent(0.3) == SHARES[language]
        assert foreign(Article("port", "항구", "항구가 열렸다.", language="ko"), "en") == WRITTEN_IN[language]
        assert tuple(say_many("{} question", "{} questions", number) for number in (0, 1, 2)) == COUNTS[language]


def test_a_constant_is_said_in_the_language_that_is_spoken_when_it_is_shown() -> None:
    undo, hint = later("Undo"), md_later("*Undo* brings it back, for an hour.")
    assert (undo(), hint()) == ("Undo", "*Undo* brings it back, for an hour.")
    with speaking("de"):
        assert (undo(), hint()) == ("Rückgängig", "*Rückgängig* holt es zurück, eine Stunde lang.")
        with speaking("ja"):
            assert undo() == "元に戻す"
        assert spoken() == "de"
    assert spoken() == ENGLISH


def test_what_is_put_into_a_translation_is_escaped_and_may_come_in_another_order() -> None:
    with speaking("ko"):
        assert (
            md("The articles tell of {}, but not of that.", "*Lee*")
            == "기사에 \\*Lee\\* 이야기는 있지만, 그 답은 없습니다."
        )
        said = say_many("{} article with “{}” in the title", "{} articles with “{}” in the title", 1200, "Lee")
        assert said == "제목에 “Lee”이(가) 있는 기사 1,200건"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("ko", "ko"),
        ("zh-CN", "zh_CN"),
        ("es-ES", "es"),
        ("es-419", "es"),
        ("en-GB", "en"),
        ("zh-TW", "en"),
        ("pl", "en"),
    ],
)
def test_a_locale_of_discord_has_a_language_or_else_english(tag: str, language: str) -> None:
    assert language_for(tag) == language


# What the library says


def test_a_sentence_of_the_library_is_said_with_its_values() -> None:
    question = "The question has 2,001 characters, and at most 2,000 are read; ask it in fewer words."
    lost = "https://news.example.org/feed has lost 7 of its 9 articles at once, so nothing was removed."
    assert library_sentence(question) == question
    with speaking("ko"):
        assert library_sentence(question) == "질문이 2,001자입니다. 최대 2,000자까지 읽으니 더 짧게 질문하세요."
        assert library_sentence(lost) == (
            "https://news.example.org/feed: 기사 9건 중 7건이 한꺼번에 사라졌습니다. 아무것도 제거하지 않았습니다."
        )
        assert library_sentence("What nobody has translated stays.") == "What nobody has translated stays."


ERRORS = {"QuestionError", "ArticleError", "SourceError", "Conflict", "TooCostly", "SourceGone", "Problem"}
OPERATORS = {"folder.py", "lines.py", "dataset.py", "records.py", "library.py", "update.py"}
"""The modules whose errors only the operator causes, or only programs that use the library."""

NOT_SHOWN = (
    "The limit is", "The article x has no id", "Another article has the same id", "holds no article that can be read",
    "are one in the other", "has the id x already", "is packed as", "redirects elsewhere, and x",
    "has more than x tags", "x x: save it as plain text", "x x: look at what is in it", "x, or split it",
)  # fmt: skip
"""Parts of sentences that are the operator's, or whose words are only known when they are said."""


def test_every_sentence_of_the_library_that_discord_may_show_is_known() -> None:
    unknown = []
    with speaking("de"):
        for place, sentence in _sentences_of_the_library():
            if library_sentence(sentence) == sentence and not any(part in sentence for part in NOT_SHOWN):
                unknown.append((place, sentence))
    assert unknown == []


def _sentences_of_the_library() -> Iterator[tuple[str, str]]:
    """The sentences of the library's errors, with an x for each value."""
    for path in sorted((ROOT / "index").rglob("*.py")):
        if path.name in OPERATORS or {"evaluate", "train"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                cause, *rest = (_filled(argument) for argument in node.args)
                if cause is None or cause == "x":
                    continue
                if node.func.id in {"SourceGone", "Problem"}:
                    cause = ": ".join([cause, *filter(None, rest)]) + "."
                elif len(node.args) > 1:
                    cause += ", or have the limit raised."
                yield f"{path.name}:{node.lineno}", cause


def _filled(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else _value(part) for part in node.values)
    return None


def _value(part: ast.expr) -> str:
    """What may stand in place of a value: a count has its noun."""
    counted = re.search(r"_counted\(.*'(\w+)'\)", ast.unparse(part))
    return f"x {counted[1]}s" if counted else "x"


# The code


def _modules() -> list[Path]:
    return sorted(path for path in (ROOT / "bot").rglob("*.py") if "cli" not in path.parts)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_said_when_a_module_is_imported(path: Path) -> None:
    """It would be in English for ever. What is within functions is said when they are called."""
    said = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = node.args
            for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
                visit(default)
            return
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name in {"md", "md_many", "say", "say_many"}:
            said.append(node.lineno)  # type: ignore[attr-defined]
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text()))
    assert said == []


@pytest.mark.parametrize(
    "path",
    [path for path in _modules() if path.parent.name in SHOWN and path.name not in FOR_PROGRAMS],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_sentence_that_discord_shows_can_be_translated(path: Path) -> None:
    """Text with words in it is an argument of what translates, or of what nobody on Discord sees."""
    tree = ast.parse(path.read_text())
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            commands_own = name in {"describe", "command", "Group", "message_menu"}
            if name in MAKERS | {
                "mark",
                "compile",
                "ValueError",
                "match",
                "getLogger",
                "search",
                "sub",
                "frozenset",
            } or (owner == "logger" or commands_own):
                fine.update(id(part) for part in ast.walk(node))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstrings = (part for part in node.body if isinstance(part, ast.Expr))
            fine.update(id(part.value) for part in docstrings)
        if isinstance(node, ast.ClassDef):
            fine.update(id(part) for keyword in node.keywords for part in ast.walk(keyword))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            fine.update(id(part) for part in ast.walk(node.returns))
        if isinstance(node, ast.arg | ast.Subscript):
            fine.update(id(part) for part in ast.walk(node))
    found = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in fine
        if node.value not in NAMES
        if re.search(r"[^\W\d_]{2,} +[^\W\d_]|^[A-Z][a-z]+", node.value)
    ]
    assert found == []
