"""Judges a question by its words alone: whether it is about the articles at all, and which names it has.

The confidence of an answer measures how similar a sentence is to the question. That is not enough in two cases.
"Thanks!" and "write a poem about Lee" are similar to something in any library. And a question may be about somebody
whom no article mentions. Both cases are recognized here.
"""

import re
from collections.abc import Mapping, Set

from index.answering.smalltalk import Talk, take_apart
from index.languages import ENGLISH, matching, orders, stop_words
from index.types import Span
from index.words import STOP_WORDS, term_number, terms

_ASKING = re.compile(
    r"\A(?:(?:and|so|now|then|also|but|just) )*(?:(?:can|could|will|would) (?:you|u) (?:please |kindly |just |now )?"
    r"|i (?:want|need|would like) you to |you (?:must|should|have to|need to) |let us |please )?"
)

_WORKS = (
    r"(?:poems?|songs?|lyrics|haikus?|limericks?|raps?|sonnets?|stor(?:y|ies)|fairy ?tales?|essays?|novels?|jokes?"
    r"|puns?|riddles?|tweets?|posts?|blogs?|captions?|e ?mails?|letters?|speech(?:es)?|articles?|headlines?|reviews?"
    r"|recipes?|code|scripts?|programs?|functions?|sql|python|javascript|html|regex|summar(?:y|ies)|plans?|images?"
    r"|pictures?|lines?|sentences?|paragraphs?|words?|reply|response|homework|dialogue|play|conversation)"
)
# How an order to the bot, a question about the bot, or a calculation begins.
_TURNS = (
    rf"(?:write|compose) (?:\w+ ){{0,6}}?{_WORKS}\b",
    r"(?:generate|create|draft|invent|make up|come up with|make me|produce) (?:me |us )?(?:a|an|another|some|the|your)"
    rf" (?:\w+ ){{0,6}}?{_WORKS}\b",
    rf"(?:give|send|sing|read|tell) (?:me |us )?(?:a|an|another|some|your best) (?:\w+ ){{0,3}}?{_WORKS}\b",
    r"(?:ignore|disregard|forget|override|bypass) (?:\w+ ){0,4}?"
    r"(?:instructions?|rules?|prompts?|guidelines|limits|articles?|everything|training|filters?|above|previous)\b",
    r"(?:translate|summari[sz]e|sum up|paraphrase|rephrase|rewrite|reword|proofread|roleplay|role play|brainstorm)\b",
    r"(?:pretend|imagine) (?:that )?(?:you|to be|i am|we are)\b",
    r"(?:act|behave|talk|speak|answer|respond|reply) (?:\w+ ){0,2}?(?:as|like) (?:if|a|an|the|you|my)\b",
    r"you are now\b|from now on (?:you|answer|speak|respond|only|act)\b",
    r"repeat (?:after me|this|the (?:words?|text|above))\b|say (?:hello|hi|that|this)\b",
    r"(?:show|print|reveal|output|tell|give)(?: me)? your (?:\w+ )?(?:prompts?|instructions|rules|code|secrets?)\b",
    r"(?:sing|dance|rap|joke)(?: (?:for|to|with) (?:me|us))?$|flip a coin\b|roll a di(?:e|ce)\b",
    r"(?:set|start) (?:a|an|the) (?:timer|alarm|reminder)\b|remind me\b(?! (?:wh[aeioy]|how\b))"
    r"|search (?:the )?(?:web|internet)\b",
    r"(?:who|what) are you(?: (?:and|called|exactly|really|up to|doing)\b|$)",
    r"who (?:made|built|created|trained|programmed|wrote|owns|runs) (?:you|this bot)\b",
    r"what (?:can|do) you do(?: for me)?$|what is your (?:name|job|purpose|favou?rite \w+|opinion|prompt|age)$",
    r"are you (?:an? )?(?:bot|robot|ai|human|real|alive|sentient|chatgpt|gpt|machine|person|there|okay|sure|married)\b",
    r"do you (?:like|love|hate|have (?:feelings|a name|friends)|dream|know me|remember me|speak|believe)\b",
    r"how old are you\b|where are you(?: from| located)?$|how do you work\b|help(?: me)?$|will you marry\b",
    r"(?:what is )?(?:minus )?\d[\d ]*(?:times|plus|minus|divided by|multiplied by|x|to the power of) \d",
    r"(?:what is )?(?:the )?(?:square |cube )?root of \d|(?:solve|calculate|compute|multiply|divide) (?:\w+ ){0,3}?\d",
    r"what (?:time|day|date|year|month) is it(?: now| today)?$|what is the (?:time|date)(?: now| today)?$",
    r"(?:what|how) (?:is|will be) the weather(?: going to be)?(?: like)?(?: in [\w ]{1,30}?| here| there)?"
    r"(?: now| today| tomorrow| tonight| this week| outside)?$",
    r"what is the meaning of life$",
)
_TURN = re.compile("|".join(f"(?:{turn})" for turn in _TURNS))
_APOSTROPHE_IS = re.compile(r"\b(what|who|how|where|that|it)['’]?s\b")

_POSSESSIVE_END = re.compile(r"['’]s?$")
_WORD = re.compile(r"[^\W\d_](?:[\w.&’'-]*\w)?")
_STOP = re.compile("[.?!:…]")
_ABBREVIATED = frozenset("mr mrs ms dr st prof gen sen rep gov vs".split())
_NO_NAMES = STOP_WORDS | frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter god internet mr mrs ms dr".split()
)
_TITLED = 2
"""With this many capitalized stop words inside a sentence, it is in title case, so capitals do not mark names."""


def talk_in(message: str) -> Talk | None:
    """What a message is that asks nothing that articles could say: small talk, or an order; None for a question.

    Greetings, thanks, chatter, links and emoji are removed, and then the start of the rest is compared with fixed lists
    of phrases. Everything that is not on the lists counts as a question. None of the 2,097 questions of newsqa-dev is
    on them.
    """
    parts = take_apart(message)
    if parts.talk:
        return parts.talk
    plain = _APOSTROPHE_IS.sub(r"\1 is", parts.rest.casefold())
    plain = " ".join(re.findall(r"[^\W_]+", plain))
    if _TURN.match(plain) or _TURN.match(_ASKING.sub("", plain, count=1)):
        return Talk.ORDER
    return Talk.ORDER if any(matching(order).match(plain) for order in orders()) else None


def is_about_the_articles(question: str) -> bool:
    """Whether the question asks for something that articles could say, and not for small talk, a task or a sum."""
    return talk_in(question) is None


def without_talk(message: str) -> str:
    """The question in a message, without greetings, thanks, laughter and links around it.

    "lol why did the ferry stop? thanks" is "why did the ferry stop?". What may be a part of the question stays.
    """
    return take_apart(message).question


def names_in(question: str, *, openers: bool = False, code: str = ENGLISH) -> tuple[tuple[str, ...], ...]:
    """The terms of each name in the question, as `spelled_names` finds them."""
    return tuple(found for _, found in spelled_names(question, openers=openers, code=code))


def spelled_names(
    question: str, *, openers: bool = False, code: str = ENGLISH
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each name in the question, as the question spells it, with its terms. A name is a run of capitalized words.

    The first word of a sentence does not count, because it is always capitalized; with `openers` it counts if it is not
    a stop word. Words in all capitals do not count, because articles may spell them out. A question in title case has
    no names. `code` is the language of the question.
    """
    no_names = _NO_NAMES if code == ENGLISH else stop_words(code)
    names: list[tuple[Span, tuple[str, ...]]] = []
    titled = 0
    name_end = previous_end = -1
    previous = ""
    for token in _WORD.finditer(question):
        word = token[0]
        between = question[max(previous_end, 0) : token.start()]
        abbreviated = "." in previous or len(previous) == 1 or previous.casefold() in _ABBREVIATED
        opens = not previous or bool(_STOP.search(between) and not (abbreviated and between.startswith(". ")))
        previous, previous_end = word, token.end()
        titled += not opens and len(word) > 1 and word.istitle() and word.casefold() in STOP_WORDS
        if not word[0].isupper() or word.isupper() or word.casefold() in no_names or (opens and not openers):
            continue
        found = tuple(terms(word, code))
        start = token.start()
        if question[name_end:start] == " " and names:
            before, terms_before = names.pop()
            start, found = before.start, terms_before + found
        name_end = token.end()
        names.append((Span(start, name_end), found))
    if titled >= _TITLED:
        return ()
    return tuple((question[span.start : span.end], found) for span, found in names if found)


def wanted_counts(question: str) -> frozenset[str]:
    """The terms whose counts `unknown_names` needs: those of the names, and related ones ("russia" for "russian")."""
    return frozenset(kin for name in names_in(question) for term in name for kin in _kin(term))


def _kin(term: str) -> frozenset[str]:
    """Terms for a country and its people, from either of them: "russia" and "russian", "japan" and "japanes" (a stem).

    They are made by exchanging endings, so some of them are not real words.
    """
    roots = {term.removesuffix(ending) for ending in ("n", "an", "ian", "es", "i", "ish")}
    return frozenset(root + ending for root in roots for ending in ("", "a", "n", "an", "ian", "es", "i", "ish"))


def unknown_names(question: str, counts: Mapping[str, int]) -> float:
    """The share of the question's names of which no part is in any passage; 0 if it has no names.

    `counts` has the number of passages with each term of `wanted_counts`. 3 of newsqa-dev's 533 specific questions have
    such a name, and 32 of the 133 questions whose article is absent.
    """
    names = names_in(question)
    unknown = sum(not any(counts.get(kin) for term in name for kin in _kin(term)) for name in names)
    return unknown / len(names) if names else 0.0


def names_told_of(question: str, told: Set[int], code: str = ENGLISH) -> str:
    """The names in the question of which all terms are in `told`, as it spells them: "Harry Patch and Ypres", or "".

    `told` has the numbers of terms (`term_number`), and `code` is the language of the question.

    A single word that opens the question is no name here: it is capitalized whatever it is.
    """
    names = [
        _POSSESSIVE_END.sub("", name)
        for name, found in spelled_names(question, openers=True, code=code)
        if told >= set(map(term_number, found)) and not (len(found) == 1 and question.lstrip().startswith(name))
    ]
    names = list(dict.fromkeys(names))
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
