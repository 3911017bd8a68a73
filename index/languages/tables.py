"""All languages that are known, by their codes. One without a file has a stemmer, or only stop words."""

from functools import cache

import stopwordsiso

from index.languages.chinese import CHINESE
from index.languages.english import STOP_WORDS
from index.languages.french import FRENCH
from index.languages.german import GERMAN
from index.languages.japanese import JAPANESE
from index.languages.korean import KOREAN
from index.languages.language import Edges, Language
from index.languages.spanish import SPANISH
from index.languages.turkish import TURKISH

ENGLISH = "en"
"""The patterns of English stand in the modules that use them: the learned ranker was fitted to these."""

_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "el": "greek", "es": "spanish", "et": "estonian",
    "eu": "basque", "fa": "persian", "fi": "finnish", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil",
}  # fmt: skip
_TABLES = {each.code: each for each in (CHINESE, FRENCH, GERMAN, JAPANESE, KOREAN, SPANISH, TURKISH)}
_ORDINALS = frozenset({"bs", "cs", "da", "et", "fi", "fo", "hr", "hu", "is", "lv", "no", "pl", "sk", "sl", "sr"})
_TABLES |= {code: Language(code, edges=Edges.NONE, space_ends=True) for code in ("th", "lo", "km", "my")}


@cache
def language(code: str) -> Language:
    """The table of a language; one that only has its code, and perhaps a stemmer, if there is no file for it."""
    return _TABLES.get(code) or Language(code, stemmer=_STEMMERS.get(code, ""), ordinals_have_stops=code in _ORDINALS)


@cache
def stop_words(code: str) -> frozenset[str]:
    """The words of a language that say nothing about the topic, in lower case, as stopwords-iso lists them."""
    if code == ENGLISH:
        return STOP_WORDS
    if not stopwordsiso.has_lang(code):
        return frozenset()
    return frozenset(word for word in stopwordsiso.stopwords(code) if word[:1].isalpha())


@cache
def orders() -> tuple[str, ...]:
    """How orders to the bot begin, a pattern for each language that has a file."""
    return tuple(each.orders for each in _TABLES.values() if each.orders)
