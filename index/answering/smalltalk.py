"""Finds greetings, thanks and chatter in a message: it may be nothing else, or they stand around a question.

The phrases are in the lists below, the languages one after the other. `a/b` stands for either word, `(a)` for one that
may be missing. Case, accents and punctuation do not count, and letters may be repeated: "Looool!!" is "lol".
"""

import itertools
import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Talk(StrEnum):
    """What people write that is no question about the articles."""

    GREETING = "greeting"
    THANKS = "thanks"
    CHATTER = "chatter"
    """Anything else that asks nothing: laughter, agreement, an emoji or a link by itself, or no words at all."""
    ORDER = "order"
    """An order to the bot, a question about the bot itself, or a sum."""


GREETINGS = """
hi, hiya, hello, hey, heya, howdy, yo, greetings, welcome, good morning/afternoon/evening/night/day, gm, gn, morning,
afternoon, evening, nice/good/great to meet/see you, happy new year, happy birthday/holidays/weekend/friday/easter,
goodnight, merry christmas, bye, bye bye, goodbye, cya, see ya/you, see you later/soon/tomorrow, take care,
how are/r you/u/things, how are you doing/feeling, how is/are it/things going,
(is) anyone/anybody here/there/around/home/awake, how's it going, how do you do, what is/are up, what's up, whats up,
sup, wassup,
hallo, hallöchen, moin, servus, grüezi, grüß gott/dich/euch, morgen, guten morgen/tag/abend, gute nacht, tschüss,
tschüß, auf wiedersehen, bis bald/morgen/später/dann, wie geht's, wie gehts, wie geht es (dir/euch/ihnen),
hola, buenas, buenas tardes/noches, buenos días, buen día, qué tal, cómo estás/está/están, adiós, saludos,
hasta luego/mañana/pronto,
bonjour, bonsoir, salut, coucou, bonne journée/soirée/nuit, ça va, comment ça va, comment allez vous, comment vas tu,
au revoir, à bientôt/demain,
merhaba, merhabalar, selam, selamlar, günaydın, iyi günler/akşamlar/geceler, nasılsın, nasılsınız, naber, ne haber,
hoşça kal, hoşçakal, güle güle, görüşürüz,
안녕, 안녕하세요, 안녕하십니까, 좋은 아침, 좋은 아침이에요, 반가워요, 반갑습니다, 여보세요, 잘 자, 잘 자요,
안녕히 가세요/계세요,
こんにちは, こんばんは, おはよう, おはようございます, おやすみ, おやすみなさい, はじめまして, さようなら, もしもし,
お疲れ様です, お疲れさまです, お元気ですか,
你好, 您好, 你们好, 大家好, 早上好, 上午好, 中午好, 下午好, 晚上好, 早, 早安, 晚安, 嗨, 哈喽, 哈啰, 你好吗, 再见, 再見,
拜拜, 掰掰
"""

THANKS = """
(and/but) (many) thanks, (and/but) thank you/u, thankyou, thx, thnx, tnx, tysm, ty, cheers, ta, kudos, bless you,
well done, (i) (really) appreciate it/that/this, (much) appreciated, (so/very/super) helpful/useful,
(very) good/great/nice/excellent job/work/bot, (very) good/great/nice/excellent/helpful answer,
that/this/it (really) helps/helped, that/this/it/you is/was/are/were (so/very/really) helpful/useful,
that's (so/very/really) helpful/useful, (exactly) what i needed, that's (exactly) what i needed,
danke, dankeschön, danke schön/sehr, vielen/besten/herzlichen/tausend dank, ich danke dir/euch/ihnen, gut gemacht,
gracias, muchas/mil/muchísimas gracias, te/se lo agradezco,
merci, merci beaucoup/bien, mille/grand mercis/merci, un grand merci, je te/vous remercie,
(çok) teşekkürler, (çok) teşekkür ederim/ederiz, (çok) sağ ol/olun, sağol, sağolun, eyvallah,
감사, (정말/너무/대단히) 감사합니다/감사해요/감사드립니다/고마워/고마워요/고맙습니다, 땡큐, ㄱㅅ,
ありがとう, ありがとうございます, ありがとうございました, どうもありがとう, どうもありがとうございます, 感謝します,
サンキュー, あざす,
谢谢, 謝謝, 多谢, 多謝, 感谢, 非常感谢, 感謝, 谢啦, 谢了
"""

CHATTER = """
sorry, excuse me, please, pls, plz, ok, okay, oki, k, kk, cool, nice, great, awesome, amazing, perfect, wonderful,
brilliant, excellent, lovely, fantastic, got it, gotcha, i see, (very) nice/good one, congrats, congratulations, lol,
xd, wow, hm, hmm, mhm, uh, umm, oh, ah, aha, aw, ugh, meh, oops, whoops, ouch, yikes, hooray, yes, yeah, yep, yup, yay,
no, nope, nah, no thanks, no thank you, thanks for nothing, sure, of course, right, alright, all right/good,
never mind, nevermind, nvm, no problem/worries/idea, np, yw, you are welcome, you're welcome, brb, bbl, afk, gtg, g2g,
ttyl, bbs, omg, omfg, wtf, smh, idk, btw, gg, wp, rip, same, same here, me too/neither, so true, true, i agree, agreed,
exactly, totally, absolutely, definitely, indeed, makes sense, fair enough/point, good point/idea/question/luck/stuff,
good to know, (very) interesting, sounds good/great, will do, love it/this, how sad/nice/cool/funny/interesting/lovely,
so sad/good/cool/funny, good/glad to hear, bump, dunno, maybe, probably, i don't/dont know, i don't/dont think so,
i think/guess so, not sure/really, no clue, not bad, no way, for real, be right back, i am back, i'm back,
that's/thats all/it, that is all/it, have fun, have a nice/good/great/lovely day/evening/night/weekend/one,
i (really) love/like/hate you/this/it, i (really) love/like/hate this bot, bad bot, you are/were the best,
you're the best,
that/this/it/you is/was/are/were (so/very/really/just) (a) great/good/nice/awesome/amazing/perfect/cool/funny/brilliant,
that/this/it/you is/was/are/were (so/very/really/just) bad/wrong/useless/stupid/lovely/crazy/insane/wild,
that/this/it/you is/was/are/were (so/very/really/just) sad/terrible/hilarious/interesting/true/right/fine/ok,
you are (such) (a) good/bad/great/nice/useless/stupid bot,
that's/it's/you're (so/very/really/just) great/good/nice/awesome/amazing/perfect/cool/funny/bad/wrong/useless/stupid,
that's/it's (so/very/really/just) crazy/insane/wild/sad/terrible/hilarious/interesting/true/right/fine/ok,
super, toll, prima, klasse, genau, stimmt, ja, nein, doch, bitte, bitte schön, bitteschön, gern, gerne, gern geschehen,
kein problem, alles klar, verstanden, schade, na ja, ach so, bin gleich wieder da, ich auch,
vale, sí, claro, genial, perfecto, por favor, de nada, entendido, qué bien, perdón, lo siento, yo también,
oui, non, d'accord, parfait, de rien, s'il vous/te plaît, svp, stp, pardon, désolé, désolée, mdr, ptdr, génial,
bien sûr, pas de problème, moi aussi,
evet, hayır, tamam, olur, peki, süper, harika, rica ederim, lütfen, bir şey değil, aynen, anladım, ben de,
네, 예, 아니요, 응, 넵, 넹, 오케이, 알겠습니다, 알겠어요, 그렇군요, 맞아요, 좋아요, 대박, 죄송합니다, 미안, 미안해요,
괜찮아요, 천만에요, 저도요,
はい, いいえ, うん, ええ, 了解, 了解です, わかりました, なるほど, すごい, すみません, ごめん, ごめんなさい,
お願いします, いいね, 草, 笑, よろしく, よろしくお願いします, 私も, どういたしまして, どうも, またね,
好, 好的, 好吧, 嗯, 是, 是的, 对, 不, 不是, 可以, 行, 明白, 明白了, 知道了, 收到, 厉害, 不错, 太好了, 太棒了, 赞,
对不起, 不好意思, 抱歉, 请问, 不客气, 没事, 没关系, 我也是, 一样, 666
"""

TAILS = """
there, everyone, everybody, (to) (you) all, y'all, ya, u, both, team, guys, folks, people, friend/friends, mate, man,
bro, dude, bot, pullquote, again, today, then, anyway, too, so/very much, a lot/million/bunch, in advance, you,
for that/this/help/everything/helping/answering/explaining/clarifying/sharing, for letting me/us know, now,
for the/your (quick) help/answer/answers/reply/response/explanation/info/link/quote/time,
alle, allen, zusammen, euch, dir, ihnen, leute, an alle, nochmal, für die hilfe/antwort/info,
a todos/todas, todos, amigos, por todo, por la ayuda/respuesta,
à tous/toutes, tout le monde, pour tout, pour l'aide, pour la réponse, les amis,
herkese, arkadaşlar, millet,
여러분, 모두, 다들, 정말,
みんな, みなさん, 皆さん,
大家, 各位, 你, 您, 你们
"""
"""What may follow one of these and belongs to it: "thanks all", "hi there"."""

HAILS = "hi, hello, hey, hallo, hola, bonjour, salut, merhaba, selam, thanks, thank you, thx, danke, gracias, merci"
"""Behind these, a single word is somebody's name in lower case, too: "hi anna"."""

ASKING = """
who, whom, whose, what, which, when, where, why, how, and, but,
wer, wen, wem, welche, welcher, welches, wann, wo, warum, wieso, wie, und, aber,
quién, quiénes, qué, cuál, cuándo, dónde, cómo, cuánto, cuántos, pero,
qui, que, quoi, quel, quelle, quand, où, pourquoi, combien, et, mais,
neden, niye, nerede, nasıl, hangi, kaç,
누가, 무엇, 뭐, 언제, 어디, 왜, 어떻게, 그리고
"""
"""What a question may begin with, so that it is one behind "lol" even without a comma."""

VERBS = "is, are, was, were, do, does, did, has, have, had, can, could, will, would, should, may, i, tell, help, est"
"""The same behind a greeting or thanks. Behind chatter, they may go on with the sentence: "Nice is where?"."""

_LAUGHTER = re.compile(
    r"a?(?:(?:h+a+){2,}|(?:h+e+){2,}|(?:h+i+){2,}|(?:h+o+){2,}|(?:j+a+){2,}|(?:j+e+){2,})[hj]*"
    r"|(?:lo+)+l+s?|lmf?a+o+|ro+fl+|kee?k|[ㅋㅎㅠㅜ]+|[哈呵嘿嘻]{2,}|w{3,}|笑+"
)
_LONGEST_LAUGHTER = 100
"""Characters."""

_TALK_AFTER = 20
"""How many words of talk are looked for behind a question, at most."""

_LINK = re.compile(r"<?\b(?:https?://|www\.)[^\s<>]+>?", re.IGNORECASE)
_EMOTICON = re.compile(
    r"(?<!\w)(?:[:;=]['’]?-?[()\[\]DPpOo03/\\|*]+|[xX][dD]+|<3+|\+1|:[a-z][a-z_0-9+-]*:|[0-9#*]\ufe0f?\u20e3)(?!\w)"
)
_WITHIN = r"-\w\s'’\"“”„‘«»()/&%$€£#@*_`:"
_BREAK = re.compile(rf"[^{_WITHIN}]|\n")
"""Punctuation or an emoji, behind which something new begins. Hyphens and colons may be inside of what is said."""
_STOP = re.compile(rf"[^{_WITHIN},，、]|\n")
"""The same without commas: "Nice, France" is no chatter before a question."""
_BEFORE_QUESTION = re.compile(r"[^\w\"'“‘„«(¿¡$€£#]+")

_LETTERS = re.compile(r"[^\W_]+")
_REPEATED = re.compile(r"(\w)\1{2,}")
_DOUBLED_END = re.compile(r"(\w)\1$")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,}")
"""Japanese and Chinese, which put no spaces between words."""

Phrase = tuple[str, ...]


def _folded(word: str) -> str:
    """The word in lower case, without accents."""
    apart = unicodedata.normalize("NFD", word.casefold().replace("ı", "i"))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _listed(phrases: str) -> Iterator[Phrase]:
    """The phrases of a list as words, with each choice of words as a phrase of its own."""
    for phrase in phrases.split(","):
        choices = [[*word.strip("()").split("/"), *([""] if word[0] == "(" else [])] for word in phrase.split()]
        for chosen in itertools.product(*choices):
            yield tuple(_folded(word) for word in _LETTERS.findall(" ".join(chosen)))


_LISTS = {Talk.GREETING: GREETINGS, Talk.THANKS: THANKS, Talk.CHATTER: CHATTER}
_PHRASES = {phrase: talk for talk, phrases in _LISTS.items() for phrase in _listed(phrases)}
_TAILS = frozenset(_listed(TAILS))
_HAILS = frozenset(_listed(HAILS))
_ASKING = frozenset(phrase[0] for phrase in _listed(ASKING))
_VERBS = frozenset(phrase[0] for phrase in _listed(VERBS))
_KNOWN = frozenset(word for phrase in (*_PHRASES, *_TAILS) for word in phrase)
_LONGEST = max(map(len, (*_PHRASES, *_TAILS)))
_RUN_ON = {
    word for phrases in (*_LISTS.values(), TAILS) for word in _LETTERS.findall(phrases) if _UNSPACED.fullmatch(word)
}
_WORD = re.compile("|".join((*sorted(_RUN_ON, key=len, reverse=True), _LETTERS.pattern)))
"""A word. In Japanese and Chinese, what is listed is a word of its own where a run of characters begins with it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A message taken apart.

    `kinds` is the talk that it begins with. `rest` is what follows that, without talk at the end; "" if nothing does.
    `question` is the message without the talk and the links around it, as far as these can safely be left out; if there
    is nothing else, all of it.
    """

    kinds: frozenset[Talk]
    rest: str
    question: str

    @property
    def talk(self) -> Talk | None:
        """What the message is if it asks nothing; None if something follows the talk."""
        if self.rest:
            return None
        return next((talk for talk in (Talk.THANKS, Talk.GREETING) if talk in self.kinds), Talk.CHATTER)


def take_apart(message: str) -> Parts:
    """Tell greetings, thanks, chatter, links and emoji from the rest of a message."""
    said = _Said(message)
    kinds, at, begin = set[Talk](), 0, 0
    while found := said.talk_at(at):
        talk, at = found
        kinds.add(talk)
        if said.begins_anew(at, talk):
            begin = at
    if at == len(said.words):
        return Parts(frozenset(kinds), "", message)
    end = said.end_of_question(at)
    rest, question = (_without_links_around(said.between(start, end)) for start in (at, begin))
    return Parts(frozenset(kinds), rest, question)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it is compared, and where it stands in the message."""

    said: str
    start: int
    end: int


class _Said:
    """The words of a message. Links and emoticons count as punctuation."""

    def __init__(self, message: str) -> None:
        self._message = message
        self._text = _EMOTICON.sub(_as_stop, _LINK.sub(_as_stop, message))
        self.words = [_Word(_compared(match[0]), *match.span()) for match in _WORD.finditer(self._text)]

    def talk_at(self, at: int) -> tuple[Talk, int] | None:
        """The talk that begins with that word, and the number of the word behind it; None if none does.

        What is behind the phrase belongs to it: tails, and a name.
        """
        phrase = self._longest(at, _PHRASES)
        if not phrase:
            return None
        talk, end = _PHRASES[phrase], at + len(phrase)
        while len(tail := self._longest(end, _TAILS)) > len(self._longest(end, _PHRASES)):
            end += len(tail)
        return talk, end + (talk is not Talk.CHATTER and self._is_name(end, any_case=phrase in _HAILS))

    def begins_anew(self, at: int, talk: Talk) -> bool:
        """Whether a question may begin with that word, behind such talk, and does not need it."""
        if at >= len(self.words):
            return False
        gap, word = self._gap(at), self.words[at].said
        if talk is Talk.CHATTER:
            return word in _ASKING or bool(_STOP.search(gap))
        return not gap or word in _ASKING or word in _VERBS or bool(_BREAK.search(gap))

    def end_of_question(self, begin: int) -> int:
        """The number of the word behind a question that begins with that one: talk may follow it."""
        for at in range(max(begin + 1, len(self.words) - _TALK_AFTER), len(self.words)):
            if self._ends_in_talk(at):
                return at
        return len(self.words)

    def between(self, begin: int, end: int) -> str:
        """The message from one word to before another one, without the punctuation of what was left out."""
        start = self.words[begin - 1].end if begin else 0
        if end < len(self.words):
            found = self._message[start : self.words[end].start].rstrip(" \n,，、(–—")
        else:
            found = self._message[start:].strip()
        before = _BEFORE_QUESTION.match(found) if begin else None
        return found[before.end() :] if before else found

    def _ends_in_talk(self, at: int) -> bool:
        """Whether the message ends in talk that begins with that word."""
        found = self.talk_at(at)
        if not found or "?" in self._text[self.words[at].end :]:
            return False
        laughs = self.words[at].said == "lol"
        if not laughs and not (_STOP if found[0] is Talk.CHATTER else _BREAK).search(self._gap(at)):
            return False
        while found:
            _, at = found
            found = self.talk_at(at)
        return at == len(self.words)

    def _is_name(self, at: int, *, any_case: bool) -> bool:
        """Whether that word is the name of somebody who is spoken to: alone until the next comma, or the end."""
        if at >= len(self.words) or self._longest(at, _PHRASES) or self.words[at].said in _ASKING | _VERBS:
            return False
        start, end = self.words[at].start, self.words[at].end
        word = self._text[start:end]
        if not word.isalpha() or not (any_case or word.istitle()):
            return False
        if at + 1 < len(self.words):
            return bool(_BREAK.search(self._gap(at + 1)))
        return "?" not in self._text[end:] and "？" not in self._text[end:]

    def _gap(self, at: int) -> str:
        """What stands before that word, behind the word before it."""
        return self._text[self.words[at - 1].end : self.words[at].start]

    def _longest(self, at: int, listed: Container[Phrase]) -> Phrase:
        """The longest listed phrase that begins with that word; empty if there is none."""
        following = tuple(word.said for word in self.words[at : at + _LONGEST])
        return next((following[:n] for n in range(len(following), 0, -1) if following[:n] in listed), ())


def _compared(word: str) -> str:
    """The word as it is compared: without accents, without letters that are repeated for emphasis, laughter as lol."""
    said = _folded(word)
    if said in _KNOWN:
        return said
    if len(said) <= _LONGEST_LAUGHTER and _LAUGHTER.fullmatch(said):
        return "lol"
    shorter = (_REPEATED.sub(r"\1\1", said), _REPEATED.sub(r"\1", said), _DOUBLED_END.sub(r"\1", said))
    return next((one for one in shorter if one in _KNOWN), said)


def _as_stop(match: re.Match[str]) -> str:
    return "." * len(match[0])


def _without_links_around(question: str) -> str:
    """The question without links before and behind it, unless it asks about them: "who owns https://example.org?"."""
    parts = question.split()
    links = [_LINK.fullmatch(part) is not None for part in parts]
    begin, end = 0, len(parts)
    while begin < end and links[begin]:
        begin += 1
    while end > begin and links[end - 1]:
        end -= 1
    if begin and begin < end and _folded(parts[begin]) in _VERBS:
        begin = 0
    if begin < end and parts[end - 1][-1].isalnum():
        end = len(parts)
    return question if (begin, end) == (0, len(parts)) else " ".join(parts[begin:end])
