"""Tells the language of a text: of an article by a statistical model, of a question by its script and its words."""

import re
import threading
from collections.abc import Collection
from functools import cache
from typing import Protocol

from index.languages.tables import ENGLISH, stop_words

READ = 4_000
"""How many characters of an article are read."""

SURE = 0.5
"""The least probability at which an article is told to be in another language than English. Of 160 characters of
English or more, none is told otherwise, and 1% of German, Spanish and Turkish; of a whole article, none of 684."""

CLEARLY = 2
"""A question is in a language that no article has if at least this many more of its words speak for it. None of the
2,097 questions of newsqa-dev is told to be in another language; of 1,190 German ones 40 are taken for English, of as
many Turkish ones 50."""

VOTING = ("en", "de", "es", "fr", "tr", "it", "pt", "nl", "sv", "no", "da", "fi", "pl", "cs", "vi", "id", "ro", "hu")
"""The languages in Latin script that a question may be in, besides those of the articles."""

# The letters beyond A to Z that a language writes its own words with.
_LETTERS_OF = {
    "de": "äöüß", "es": "áéíóúüñ", "fr": "àâæçèéêëîïôœùûüÿ", "tr": "âçğıîöşü", "it": "àèéìíîòóùú", "pt": "àáâãçéêíóôõú",
    "nl": "éëïö", "sv": "åäö", "no": "åæø", "da": "åæø", "fi": "äö", "pl": "óąćęłńśźż", "cs": "áéíóúýčďěňřšťůž",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", "ro": "âîăşţșț", "hu": "áéíóöúüőű",
}  # fmt: skip

# The model tells varieties apart that are written alike.
_SAME = {
    "nn": "no", "nb": "no", "yue": "zh", "wuu": "zh", "arz": "ar", "ary": "ar", "grc": "el", "hbo": "he", "zxx": "en",
}  # fmt: skip

_KANA, _HANGUL, _HAN = re.compile("[\u3040-\u30ff]"), re.compile("[\u1100-\u11ff\uac00-\ud7af]"), re.compile("[㐀-鿿]")
_SCRIPTS = (
    (_KANA, "ja"), (_HANGUL, "ko"), (_HAN, "zh"), (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0e80-\u0eff]"), "lo"), (re.compile("[\u1780-\u17ff]"), "km"), (re.compile("[\u1000-\u109f]"), "my"),
    (re.compile("[\u0370-\u03ff]"), "el"), (re.compile("[\u0590-\u05ff]"), "he"), (re.compile("[іїєґІЇЄҐ]"), "uk"),
    (re.compile("[\u0400-\u04ff]"), "ru"), (re.compile("[پچژگی]"), "fa"), (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0900-\u097f]"), "hi"), (re.compile("[\u0530-\u058f]"), "hy"), (re.compile("[\u0b80-\u0bff]"), "ta"),
)  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)  # "s" alone is a stop word of many languages, not of English
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_BASIC = frozenset("abcdefghijklmnopqrstuvwxyz")
_lock = threading.Lock()


class _Model(Protocol):
    def classify(self, text: str) -> tuple[str, float]:
        """The most likely language and its probability."""


@cache
def _model() -> _Model:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.6 s and 80 MB: only what indexes needs it

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)  # type: ignore[no-any-return]


def tell_language(text: str) -> str:
    """The language of an article as an ISO 639 code. If it is not clear, or too little is written: English."""
    read = text[:READ].encode(errors="ignore").decode()
    if not _LETTERS.search(read):
        return ENGLISH
    with _lock:
        found, probability = _model().classify(read)
    found = _SAME.get(found, found)
    if found in ("zh", "ja", "ko"):  # a text of these has its own script, and Japanese has kana
        return _of_east_asia(read) or ENGLISH
    return found if probability >= SURE else _of_east_asia(read) or ENGLISH


def _of_east_asia(text: str) -> str | None:
    """Chinese, Japanese or Korean, if most letters of the text are of these scripts."""
    kana, hangul, han = (len(script.findall(text)) for script in (_KANA, _HANGUL, _HAN))
    others = sum(map(len, _LATIN.findall(text)))
    if 3 * (kana + hangul + han) < others:  # a letter of Latin script is a third of one of these
        return None
    if hangul > kana + han:
        return "ko"
    if 20 * kana > han and kana:
        return "ja"
    return "zh" if han else None


def language_of_question(question: str, held: Collection[str]) -> str:
    """The language of a question; `held` has the languages of the articles, which count first.

    A question is too short for the model (of newsqa-dev's it tells 2% wrong, of xquad-zh's 10%). Its script tells the
    language. In Latin script its words do, each stop word and each with letters beyond A to Z that the language has;
    where they do not, it is taken for English if articles are.
    """
    foreign = [character for word in _LETTERS.findall(question) for character in word if not _LATIN.match(character)]
    if 3 * len(foreign) >= len(_LATIN.findall(question)) and foreign:
        written = "".join(foreign)
        told = next((code for script, code in _SCRIPTS if script.search(written)), ENGLISH)
        return _in_the_same_script(told, held)
    said = [word.lower() for word in _LETTERS.findall(_POSSESSIVE.sub("", question).replace("İ", "i"))]
    votes = {code: sum(_speaks_for(code, word) for word in said) for code in dict.fromkeys((*held, *VOTING))}
    best = max(votes, key=votes.__getitem__)
    first = max(held, key=lambda code: (votes[code], code == ENGLISH), default=ENGLISH)
    return best if votes[best] >= votes[first] + CLEARLY else first


def _speaks_for(code: str, word: str) -> int:
    """1 if it is a stop word of the language, and 1 if it has letters beyond A to Z, all of them the language's."""
    beyond = set(word) - _BASIC
    return (word in stop_words(code)) + bool(beyond and beyond <= set(_LETTERS_OF.get(code, "")))


_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "mn", "tg"})
_ARABIC = frozenset({"ar", "fa", "ur", "ps", "ku"})
_INDIC = frozenset({"hi", "ne", "mr", "sa"})


def _in_the_same_script(told: str, held: Collection[str]) -> str:
    """The language that a script told; if the articles have only another one of that script, that one."""
    for languages in (_CYRILLIC, _ARABIC, _INDIC):
        if told in languages and told not in held:
            return next((code for code in held if code in languages), told)
    if told == "zh" and "zh" not in held and "ja" in held:
        return "ja"
    return told
