"""Front matter: the lines of YAML above a text that state facts about it."""

import re

from index.errors import ArticleError
from index.naming import named
from index.sources.address import is_link

MAX_FRONT_MATTER = 16_000
"""The most characters of front matter. It is a few lines, and parsing YAML is slow."""

_BLOCK = re.compile(r"---[ \t]*\n(?=\S)(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEYS = ("id", "title", "author", "published", "updated", "url", "section", "embargo", "private", "opinion")
_KEEPING_BACK = ("embargo", "private")
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")


def split_front_matter(text: str, label: str) -> tuple[dict[str, str], str]:
    """Split a text into the facts of its front matter and the text below it.

    A text without front matter is returned as it is; a line of dashes with no YAML below it is a thematic break of
    Markdown. The facts are fields of Article, by name; each value is one line. `label` names the document in messages.
    Raises ArticleError, with the line or the key, if the front matter is invalid.
    """
    match = _BLOCK.match(text)
    if not match:
        return {}, text
    import yaml

    block = match[1]
    if len(block) > MAX_FRONT_MATTER:
        raise ArticleError(
            f"{label} has front matter of {len(block):,} characters, more than the {MAX_FRONT_MATTER:,} allowed: "
            "close it with a line of --- above the story."
        )
    try:
        stated = yaml.load(block, Loader=yaml.BaseLoader)  # every value a string, list or mapping: nothing is run
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        raise ArticleError(
            f"{label} has front matter that is not YAML{where}: "
            "correct it (a value that holds a colon goes in quotes), or remove it with its --- lines."
        ) from error
    if isinstance(stated, str) and stated:  # prose between two thematic breaks
        return {}, text
    if not isinstance(stated or {}, dict):
        raise ArticleError(
            f"{label} has front matter without keys: write lines such as “title: …” between its --- lines."
        )
    stated = {_key(key): value for key, value in (stated or {}).items()}
    facts = {key: _fact(stated[key], key, label) for key in _KEYS if key in stated}
    return {key: fact for key, fact in facts.items() if fact}, text[match.end() :]


def _key(key: object) -> object:
    """A key as it is looked for: what keeps an article from readers does so however it is spelled."""
    return key.casefold() if isinstance(key, str) and key.casefold() in _KEEPING_BACK else key


def _fact(value: object, key: str, label: str) -> str:
    """One value of the front matter as one line; "" if it is empty."""
    if key == "author" and isinstance(value, list) and all(isinstance(name, str) for name in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        raise ArticleError(f"{label} has a list or a mapping for “{key}” in its front matter: write one line of text.")
    if len(value) > MAX_FRONT_MATTER:  # aliases in YAML can make a short text stand for a very long one
        raise ArticleError(f"{label} has a “{key}” in its front matter that is too long: write one line of text.")
    line = " ".join(value.split())
    if line in ("null", "~"):
        return ""
    if key == "url" and line and not is_link(line):
        raise ArticleError(
            f"{label} has a “url” in its front matter that is not a web address: write it in full, with https://, and "
            "without a name or password."
        )
    if key == "private":
        return _yes_or_no(line, label)
    if key == "opinion" and line:
        if line.casefold() not in (*_YES, *_NO):
            raise ArticleError(f"{label} has “opinion: {named(line)}” in its front matter: write true or false.")
        return _YES[0] if line.casefold() in _YES else _NO[0]
    return line


def _yes_or_no(line: str, label: str) -> str:
    """The word for yes, or "" for no. What is neither is refused, lest a private article come in as a public one."""
    if line.casefold() in _YES:
        return _YES[0]
    if line and line.casefold() not in _NO:
        raise ArticleError(f"{label} has “private: {named(line)}” in its front matter: write true or false.")
    return ""
