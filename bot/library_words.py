"""What the library says to editors and readers, as templates, so that it can be said in their language.

The library is English. Its sentences are recognized by these templates, and its values are put into the translated
ones. A test compares them with all sentences of the library's code. What only the operator can cause is left out.
"""

from functools import cache
from typing import LiteralString

from bot.languages import ENGLISH, later, spoken, translated

_TEMPLATES: list[str] = []


def recognize(template: LiteralString) -> None:
    """Make a sentence of the library known."""
    _TEMPLATES.append(template)


# Questions
recognize("The question is empty; ask something about the articles.")
recognize("The question has {} characters, and at most {} are read; ask it in fewer words.")
recognize("The question holds bytes that are no text; write it in UTF-8.")
recognize("The question holds no words; ask something about the articles.")
recognize("No article can be published since {} and until {}; swap the two.")
recognize("{} is no date for {}; write it as 2026-01-31.")

# Texts that are verified
recognize("The text is empty; paste the words that should be in an article.")
recognize("The text has {} characters, and at most {} are verified; paste a part of it.")
recognize("The text holds bytes that are no text; write it in UTF-8.")
recognize("The text is too short to be found; paste at least three words of it.")

# Changes
recognize("{} is no source of this library; look for its address in the list of sources.")
recognize(
    "{} (id {}) was brought in or changed by somebody else meanwhile, and stays as it is; look at it in the list of "
    "articles, and try again."
)
recognize(
    "The article with the id {} was removed by somebody else meanwhile, and stays out; look at the list of articles, "
    "and try again."
)
recognize(
    "{} was left out, as it has become too long for the {} bytes of text that there is room for here; remove some that "
    "are of no more use, or ask the bot's operator for more room."
)
recognize(
    "{} was left out, as there is room for {} articles here; remove some that are of no more use, or ask the bot's "
    "operator for more room."
)
recognize(
    "{} was left out, as it does not fit into the {} bytes of text that there is room for here; remove some that are "
    "of no more use, or ask the bot's operator for more room."
)
recognize("There is room for {} sources here; remove one that is of no more use first.")
recognize("{} is a source already: every reindex reads it again.")
recognize("{} is a feed, and a source already: every reindex reads it again.")
recognize("{} is a sitemap, and a source already: every reindex reads it again.")
recognize("{} is a feed: add it as a source, or name the address of one story's page.")
recognize("{} is a sitemap: add it as a source, or name the address of one story's page.")
recognize("“{}” is read again from {}, and what stands there counts: change it there.")
recognize("“{}” is nearly the same text as “{}” (id {}); remove that article first, or leave this one out.")
recognize("There is no article {} here; look for its id in the list of articles.")

# Articles
recognize("{} holds null characters, so it is not text; export it again as text.")
recognize("{} holds broken characters (lone surrogates); save it again as UTF-8.")
recognize("{} is empty; there is nothing in it to quote.")
recognize("{} is empty: put the text of an article in it, or remove it.")
recognize("The text is empty: paste the text of the article.")
recognize("The title is empty: an article needs one.")
recognize("{} holds nothing but boilerplate and headings, nothing to quote; check that it is the whole story.")
recognize("{} has {} characters (at most {} can be read); split it up.")
recognize("{} has {} lines (at most {} can be read); check that it is the text of an article, or split it up.")
recognize("{} has {} lines, more than the {} allowed: check that it is the text of an article, or split it.")
recognize(
    "{} runs on for {} characters without the end of a sentence (at most {} can be read); check that it is the text of "
    "an article."
)
recognize("{} has more than {} sentences, too many for an article; check that it is the text of one, or split it up.")
recognize("The {} of {} has {} characters (at most {} are kept); shorten it.")
recognize("{} has {} bytes, more than the {} allowed: split it, or have the limit raised.")
recognize("“{}” is no date: write it as 2026-01-31, or with a time as 2026-01-31 09:30.")
recognize("{} has a time for “{}” that cannot be read: write it as 2026-01-05 or 2026-01-05T10:00:00+09:00.")
recognize("{} is not a web address: write it in full, with https://, and without a name or password.")
recognize("{} is not a web address: write it in full, such as https://news.example.org/story.")

# Documents
recognize("{} is not a type of file that articles are read from: save it as .md, .txt, .html or .pdf.")
recognize(
    "{} holds no story, at most what stands around one, such as a title, a byline or an invitation to subscribe: put "
    "the text of the article in it, or remove it."
)
recognize("{} holds no story: put the text of the article in it, or remove it.")
recognize(
    "The text holds no story, at most what stands around one, such as a title or a byline: paste the whole article."
)
recognize("{} cannot be read, something in it is broken ({}): save the text of the article as .txt.")
recognize(
    "{} has more than {} elements, too many for the page of a story: name another page, or save the story as .txt."
)
recognize("{} is no PDF, whatever its name says: save it as a PDF, or the story as .txt.")
recognize("{} is encrypted: save it without a password.")
recognize("{} is a broken PDF: save it again, or save the story as .txt.")
recognize("{} has {} pages, more than the {} allowed: split it into its articles.")
recognize("{} holds pictures of pages and no text, as scans do: recognize its text (OCR), or save the story as .txt.")
recognize(
    "{} holds more than the {} characters of text allowed, unpacked: split it into its articles, or have the limit "
    "raised."
)
recognize("{} takes more than {} seconds to read: save the story as .txt.")
recognize(
    "{} has front matter of {} characters, more than the {} allowed: close it with a line of --- above the story."
)
recognize("{} has front matter without keys: write lines such as “title: …” between its --- lines.")
recognize("{} has a list or a mapping for “{}” in its front matter: write one line of text.")
recognize("{} has a “{}” in its front matter that is too long: write one line of text.")
recognize("{} has “private: {}” in its front matter: write true or false.")
recognize("{} has “opinion: {}” in its front matter: write true or false.")
recognize(
    "{} has a “url” in its front matter that is not a web address: write it in full, with https://, and without a name "
    "or password."
)
recognize(
    "{} has front matter that is not YAML{}: correct it (a value that holds a colon goes in quotes), or remove it with "
    "its --- lines."
)

# Addresses
recognize("{} was given with a name or password in it: leave them out.")
recognize("{} names the port {}: only the standard ports of http and https are read.")
recognize("{} did not answer in full within {} seconds: try again later, or name another address.")
recognize("{} cannot be reached ({}): check the address, and that the site is up.")
recognize("{} redirects to no address: name the address that a browser ends at.")
recognize("{} redirects in a loop: name the address that a browser ends at.")
recognize("{} redirects more than {} times: name the address that a browser ends at.")
recognize("{} answers {}, nothing is there: check the address, or leave it out.")
recognize("{} answers {} and wants a login: name an address that opens without one, or save the article as a file.")
recognize("{} answers {} instead of a page: try again later, or name another address.")
recognize("{} is of the type {}, no article: name the address of the story's page.")
recognize("{} is packed in a way that cannot be unpacked: try again later.")
recognize("{} broke off in the middle: try again later.")
recognize("{} leads to the front page, the story is no longer there: check the address.")

# Sources
recognize("{} is not a feed: name the address of the site's RSS or Atom feed, or of one story's page.")
recognize("{} is broken and cannot be read: check the address of the feed.")
recognize("{} is not a sitemap: name the address of the site's sitemap.")
recognize("{} has more than the {} bytes of a sitemap, unpacked: split it.")
recognize("{} is broken and cannot be read: check the address of the sitemap.")
recognize("{} names more than the {} sitemaps that are read, so {} were left out: add these by themselves.")
recognize("{} lists {} addresses of other sites, which are left out: add their own sitemaps.")
recognize("{} lists {} addresses over the limit, and only the newest {} are taken: split it.")
recognize("Of the pages that {} lists, {} hold no story, such as {}: they are left out until they change.")
recognize("{} lists {} pages more than the {} that are read at one time: they come in at the next readings.")
recognize("{} lists no page: check the address of the sitemap.")
recognize("{} answers {} to a request: try again later.")
recognize("{} did not answer within {} seconds: try again later.")
recognize("{} lists no article: check the address of the feed.")
recognize("{} lists no article.")
recognize("{} has lost {} of its {} articles at once.")
recognize(
    "{} is left alone until {} UTC, since documents of it take too long, or too much memory, to read: wait, or remove "
    "it and add it again once its site is mended."
)
recognize("{} was not reached, since others took too long: it comes first the next time.")
recognize("{} took more than {} minutes, and was left as it was: try again later, or remove it.")
recognize(
    "{} holds documents that take too long, or too much memory, to read, so the rest was left for later: remove it, or "
    "have its site mended."
)
recognize("{} has more new text than is taken in at one time, and the rest comes the next time.")

_OUTCOMES = {
    ", so nothing was removed.": later("Nothing was removed."),
    ", and its article was kept until that is confirmed.": later("Its article was kept until that is confirmed."),
}
"""What a sentence about a source may end with: what was done about it."""


def library_sentence(sentence: str) -> str:
    """What the library says, in the language that is spoken; as it is, where that has no words for it."""
    if spoken() != ENGLISH:
        for end, outcome in _OUTCOMES.items():
            if sentence.endswith(end):
                return f"{library_sentence(sentence.removesuffix(end) + '.')} {outcome()}"
        for template in _by_words():
            if (places := _places(template, sentence)) is not None:
                return translated(template).format(*places)
    return sentence


@cache
def _by_words() -> tuple[str, ...]:
    """The templates, those with the most words of their own first."""
    return tuple(sorted(_TEMPLATES, key=lambda template: -len(template.replace("{}", ""))))


def _places(template: str, sentence: str) -> list[str] | None:
    """What stands at the places of a template; None if the sentence is not made of it. Takes linear time."""
    first, *parts = template.split("{}")
    if not parts:
        return [] if sentence == template else None
    *between, last = parts
    if not (sentence.startswith(first) and sentence.endswith(last)):
        return None
    places, rest = [], sentence[len(first) : len(sentence) - len(last)]
    for part in between:
        at = rest.find(part, 1)
        if at < 0:
            return None
        places.append(rest[:at])
        rest = rest[at + len(part) :]
    return [*places, rest] if rest else None
