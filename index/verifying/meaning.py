"""Tells what a difference is about: a number, a name, a negation, or other words."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache, partial

from index.languages import language, stop_words
from index.verifying.tokens import Token, folded
from index.verifying.types import Matter

CLAUSE = 4
"""So many words that are only added, or only left out, are a clause, whatever is in it."""

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
    "million millions billion billions trillion dozen dozens half halves quarter third thirds twice once double "
    "triple first second fourth fifth sixth seventh eighth ninth tenth both pair percent"
)
_DAYS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow"
)
_ENGLISH_NUMBERS = frozenset(f"{_NUMBERS} {_DAYS}".split())
_SIGNS = frozenset("%‰٪$£€¥₩₽₹₺₴₪°")
_HAN_NUMBERS = frozenset("〇一二三四五六七八九十百千万億兆两兩零壱弐参萬亿")

_NEGATIONS = {
    "en": "no not never none nobody nothing neither nor nowhere without cannot cant dont doesnt didnt isnt arent wasnt "
    "werent wont wouldnt couldnt shouldnt hasnt havent hadnt neednt mustnt mightnt aint hardly barely",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder nirgends nein kaum",
    "es": "no ni nunca jamás nadie nada ningún ninguno ninguna sin tampoco",
    "fr": "ne n pas jamais rien personne aucun aucune sans ni non nulle guère",
    "it": "non mai niente nulla nessuno nessuna nessun senza né no",
    "pt": "não nunca jamais ninguém nada nenhum nenhuma sem nem",
    "nl": "niet geen nooit niemand niets zonder noch nee nergens",
    "sv": "inte aldrig ingen inget inga utan nej ej varken",
    "da": "ikke aldrig ingen intet uden nej hverken",
    "no": "ikke aldri ingen intet uten nei verken",
    "fi": "ei en et emme ette eivät älä ilman",
    "tr": "değil yok hiç hiçbir asla ne hayır",
    "ru": "не нет ни никогда никто ничто ничего без нельзя никакой",
    "uk": "не ні немає ніколи ніхто нічого без",
    "bg": "не няма никога никой нищо без ни",
    "pl": "nie nigdy nikt nic bez żaden żadna ani",
    "cs": "ne není nikdy nikdo nic bez žádný žádná ani",
    "el": "δεν δε μη μην όχι ποτέ κανείς τίποτα χωρίς ούτε",
    "vi": "không chưa chẳng chả đừng chớ",
    "id": "tidak bukan belum jangan tanpa tak",
    "ro": "nu niciodată nimeni nimic fără nici",
    "hu": "nem ne soha senki semmi nélkül sem nincs",
    "ar": "لا لم لن ليس ليست لست غير دون بدون ما كلا ولا ولم ولن وليس",
    "fa": "نه نیست نبود هیچ هرگز بدون بی نمی",
    "he": "לא אין אינו אינה אל בלי מעולם",
    "hi": "नहीं न मत बिना कभी",
}
_WITHIN = {
    "ja": "ない|なか|なく|なけ|ませ|ずに|ざる|不|無|未|非|否",
    "zh": "不|没|沒|未|无|無|非|莫|勿|别|別|否",
    "ko": "않|못|없|아니|안",
    "th": "ไม่|มิได้|ไร้|ปราศจาก",
    "lo": "ບໍ່",
    "my": "မ",
    "km": "មិន|ឥត|គ្មាន",
}
"""Where words are written without spaces, or with their endings: what is in a word that negates."""

_TURKISH = re.compile(r"m[aeiu]y?")

_SURROUNDINGS = 3
"""How many tokens on either side are read where words are written without spaces."""

_DETERMINERS = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem im am zum zur vom beim ins ans "
    "mein sein ihr unser dieser diese dieses diesen diesem jeder jede jedes jeden aller alle viele mehr mit und für "
    "von zu".split()
)


def matter_of(
    pasted: Sequence[Token],
    published: Sequence[Token],
    names: Collection[str],
    code: str,
    around: tuple[str, str] = ("", ""),
) -> Matter:
    """What the difference between two runs of tokens is about, in the language `code`; either may be empty.

    `names` has the forms that are names in the text or in the sentence. `around` is what both runs are read in where
    words are written without spaces: the pasted and the published surroundings.
    """
    alone = min(len(pasted), len(published)) == 0
    if alone and max(len(pasted), len(published)) >= CLAUSE and code not in _WITHIN:
        return Matter.WORDS
    ours, theirs = Counter(one.norm for one in published), Counter(one.norm for one in pasted)
    differing = {*(ours - theirs), *(theirs - ours)}
    if any(map(partial(is_number, code=code), differing)):
        return Matter.NUMBER
    if differing & set(names):
        return Matter.NAME
    if _negations(pasted, around[0], code) != _negations(published, around[1], code) or _turkish(
        pasted, published, code
    ):
        return Matter.NEGATION
    return Matter.WORDS


def is_number(norm: str, code: str) -> bool:
    """Whether a token says how many, or when."""
    if any(one.isdecimal() for one in norm) or norm in _SIGNS or norm in _ENGLISH_NUMBERS:
        return True
    return norm in _HAN_NUMBERS if code in ("ja", "zh") else _is_listed(norm, code)


@cache
def _number_pattern(code: str) -> re.Pattern[str] | None:
    listed = "|".join(filter(None, (language(code).numbers, language(code).dates)))
    return re.compile(listed, re.IGNORECASE) if listed else None


def _is_listed(norm: str, code: str) -> bool:
    pattern = _number_pattern(code)
    return pattern is not None and pattern.fullmatch(norm) is not None


def _negations(tokens: Sequence[Token], around: str, code: str) -> int:
    if code in _WITHIN:
        return len(re.findall(_WITHIN[code], around))
    return sum(one.norm in _negating(code) for one in tokens)


@cache
def _negating(code: str) -> frozenset[str]:
    return frozenset(map(folded, _NEGATIONS.get(code, _NEGATIONS["en"]).split()))


def _turkish(pasted: Sequence[Token], published: Sequence[Token], code: str) -> bool:
    """Whether a verb of one run has the negating ending of Turkish, and the same verb of the other does not."""
    if code != "tr" or len(pasted) != len(published):
        return False
    return any(
        _is_negated(short.norm, long.norm) or _is_negated(long.norm, short.norm)
        for short, long in zip(pasted, published, strict=True)
    )


def _is_negated(verb: str, other: str) -> bool:
    return len(other) > len(verb) and any(
        other.startswith(verb[:at]) and (match := _TURKISH.match(other, at)) and other[match.end() :][-2:] == verb[-2:]
        for at in range(2, len(verb))
    )


def names_in(tokens: Sequence[Token], text: str, code: str, *, capitals: bool = False) -> frozenset[str]:
    """The forms that are names in a text. With `capitals`, these mark none: the text is all in capitals, or a headline.

    A name begins with a capital letter inside a sentence, or opens one and is a name elsewhere or before another name.
    In German every noun has a capital, so there only what follows no article is taken for one.
    """
    if capitals:
        return frozenset()
    common = stop_words(code)
    found = {one.norm for one in tokens if one.is_capital and one.norm not in common}
    if language(code).nouns_have_capitals:
        found = {
            one.norm
            for before, one in zip((None, *tokens), tokens, strict=False)
            if one.is_capital and one.norm not in common and not (before and before.norm in _DETERMINERS)
        }
    small = {one.norm for one in tokens if text[one.start].islower()}
    for one, after in zip(tokens, tokens[1:], strict=False):
        if (
            text[one.start].isupper()
            and after.is_capital
            and after.norm in found
            and text[one.end : after.start] == " "
        ):
            found |= {one.norm} - common - small
    return frozenset(found)


def surroundings(tokens: Sequence[Token], first: int, last: int) -> str:
    """A run of tokens with those next to it, as one text."""
    return "".join(one.norm for one in tokens[max(0, first - _SURROUNDINGS) : last + _SURROUNDINGS])
