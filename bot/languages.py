"""The languages that the bot speaks: which one just now, and its words for what is written in English in the code.

A context variable has the language. It is set where something begins: a command, a button, a message, a job; threads
and tasks that are started there have it, too. Nothing sets it for the command line and the log, which are English.

The words are in gettext catalogues, `locale/XX/LC_MESSAGES/pullquote.po`, where English is what is looked up. Babel
compiles a catalogue in memory when its language is first spoken, so there are no compiled files that could be stale.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import LiteralString, TypeVar

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

S = TypeVar("S", bound=str)

ENGLISH = "en"

LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "ko": "한국어",
    "tr": "Türkçe",
    "zh_CN": "简体中文",
}
"""The languages by their codes, as their speakers call them."""

LOCALE = Path(__file__).with_name("locale")
"""The folder with the catalogues."""

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> str:
    """The code of the language that is spoken just now."""
    return _spoken.get()


def speak(language: str) -> None:
    """Speak a language from now on, in this task and what it starts."""
    _spoken.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language during the body."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def language_for(tag: str) -> str:
    """The language for a tag such as "de", "es-419" or "zh-CN"; English where the bot does not speak it."""
    base = tag.partition("-")[0]
    return next((code for code in (tag.replace("-", "_"), base) if code in LANGUAGES), ENGLISH)


def translated(template: str) -> str:
    """A template of ours in the language that is spoken; as it is, if it has no words."""
    return catalogue(spoken()).gettext(template) if template else ""


def translated_many(one: str, many: str, number: float) -> str:
    """The one of two templates, or in other languages of several, that goes with a number."""
    return catalogue(spoken()).ngettext(one, many, int(number))


def say(template: LiteralString, *parts: str | int) -> str:
    """The template, translated, with a part in place of each `{}`: for what Discord shows to the letter.

    That is the label of a button, a field of a form, a heading. It must be written out where it is used.
    """
    return translated(template).format(*parts)


def say_many(one: LiteralString, many: LiteralString, number: int, *parts: str | int) -> str:
    """The same, in the form that goes with the number, which is the first part."""
    return translated_many(one, many, number).format(as_number(number), *parts)


def later(template: LiteralString) -> Callable[..., str]:
    """What says the template when it is called, in the language that is spoken then."""
    return partial(say, template)


def in_all_languages(words: Callable[[], S]) -> dict[str, S]:
    """What is said by `words` in each language, by its code."""
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = words()
    return found


def as_number(number: float, *, decimals: int = 0) -> str:
    """A number as the language writes it: "1,234" or "1.234"."""
    return format_decimal(number, format="#,##0" + "." * bool(decimals) + "0" * decimals, locale=babel_code())


def as_percent(share: float) -> str:
    """A share, from 0 to 1, in whole percent as the language writes it: "95%", "95 %" or "%95"."""
    return format_percent(share, locale=babel_code())


def name_of(language: str) -> str:
    """What a language is called, within a sentence, by its code of ISO 639-1; the code itself if that is unknown."""
    return str(Locale.parse(babel_code()).languages.get(language, language))


def babel_code() -> str:
    """Babel's code of the language that is spoken. English has its days as 7 January 2026."""
    return "en_GB" if spoken() == ENGLISH else spoken()


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of a language; of English, what is looked up. Reads a file at the first call."""
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    with (LOCALE / language / "LC_MESSAGES" / "pullquote.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, ignore_obsolete=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
