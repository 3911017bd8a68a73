"""Tells from the form of a message among people whether it asks something that articles could say.

Where every message may be a question, most are, but people also talk to each other there. "Ferry strike dates?", "tell
me who won" and "when does it open" ask; "I think the ferry was late again" does not. Between them are bare phrases such
as "mayor election results", which may be meant as questions.

The lists are of forms, not of topics: words that questions begin with, orders to tell something, words that a statement
has and a bare phrase has not. They are of eight languages, and compared without accents and case.
"""

import re
import unicodedata
from enum import IntEnum

from index.answering.intent import talk_in, without_talk


class Asking(IntEnum):
    """How far a message asks something."""

    NOT = 0
    """It is talk, or a statement."""
    PERHAPS = 1
    """A bare phrase. Whether it is a question is seen when the articles answer it."""
    PLAINLY = 2
    """It has the form of a question, or tells to tell something."""


LOOKED_AT = 1000
"""How many characters of a message are looked at: no question is longer."""

BARE_WORDS = 10
"""How many words a bare phrase has at the most."""

BARE_CHARACTERS = 24
"""How many characters it has in Chinese and Japanese, which put no spaces between words."""


def _words(*lists: str) -> str:
    """The words of lists as alternatives of a pattern, without accents. A blank in a word is written `_`."""
    return "|".join(re.escape(_folded(word)).replace("_", " ") for one in lists for word in one.split())


def _listed(*lists: str) -> frozenset[str]:
    """The words of lists."""
    return frozenset(" ".join(lists).split())


def _folded(text: str) -> str:
    """The text in lower case, without accents and with straight apostrophes. Japanese and Korean stay composed."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("ı", "i").replace("’", "'"))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


_LEAD = (
    "and but so also ok okay well um uh hmm btw actually please pls quick_question question then now guys all "
    "und aber also bitte mal kurze_frage frage "
    "y pero entonces por_favor una_pregunta pregunta oye "
    "et mais alors donc s'il_vous_plait svp une_question question dites "
    "peki ya ve ama acaba lutfen bir_soru soru"
)
_LEADS = re.compile(rf"(?:(?:{_words(_LEAD)})\b[\s,:;.–—-]*)+")

_INTERROGATIVE = re.compile(
    "(?:"
    + _words(
        "who whom whose what which when where why how who's what's where's when's how's whats wheres hows",
        "wer wen wem wessen was welche welcher welches welchen welchem wann wo woher wohin warum wieso weshalb wie"
        " wieviel wieviele wofur womit worum wodurch wovon worüber",
        "quien quienes que cual cuales cuando donde adonde como cuanto cuantos cuanta cuantas",
        "qui quoi quel quelle quels quelles quand ou pourquoi comment combien lequel laquelle qu'est-ce est-ce"
        " qu'est qu'a que qu'ont",
        "kim kimin kimler kime ne neden nicin niye nerede nereye nereden nasil hangi kac ne_zaman",
    )
    + r")(?![\w'])|(?:por|para|de|a|en|con|desde|hasta) (?:que|quien|cual|cuando|donde|cuanto)\b"
    + r"|(?:in|on|at|for|from|to|by|since|until|under|during|after|before|with|about|near|of|through|into) (?:what"
    r"|which|whom|whose|when|where)\b"
    + r"|(?:um|seit|bis|fur|mit|von|aus|bei|zu|an|auf) (?:wie|wann|wen|wem|welche\w*|wo|was)\b"
    + r"|(?:a|de|en|pour|depuis|jusqu'a|par|avec|dans) (?:qui|quoi|quel\w*|quand|ou|combien)\b"
)

_AUXILIARY = re.compile(
    r"(?:(?:is|are|was|were|isn't|aren't|wasn't|weren't)"
    r"(?! (?:not|also|so|too|late|great|fine|good|bad|nice|ok|still|just|now|already|always|never|really|very|it me)\b)"
    r"|(?:do|does|did|don't|doesn't|didn't)(?! (?:not|it|so|that|this|your|the same)\b)"
    r"|(?:can|could|will|would|should|won't|shouldn't|couldn't|wouldn't)"
    r"(?! (?:not|be|have|do|confirm|love|like|never|also|go|see|try|check|say|use|get|come|make|look|only|still)\b)"
    r"|(?:has|have|had|hasn't|haven't)(?! (?:to|a|an|been|not|no|fun|some|my|had|got|just|never|always|enough)\b)"
    r") \w"
    r"|(?:ist|sind|war|waren|hat|haben|hatte|hatten|wird|werden|wurde|wurden|kann|konnen|darf|durfen|muss|mussen|soll"
    r"|gibt|gab|kommt|fahrt|fahren|bleibt|macht) (?:der|die|das|den|dem|ein\w*|es|man|er|sie|wir|dies\w*|jemand|noch"
    r"|schon|in|im|am|auch|[\w-]+ \w+)\b"
    r"|(?:hay|existe[n]?) (?:\w+ (?:de|del|sobre|en|para)|alg\w+)\b|(?:existe|existen|esta|estan|sera|seran|fue"
    r"|fueron|es|son|ha|han|habra|puede|pueden|puedo|va|van|tiene"
    r"|tienen|sabes|sabe) (?:el|la|los|las|un|una|algun\w*|alguien|ya|que|cierto|verdad|si|posible|de|a|en|otr[oa]s?"
    r"|mas|abiert[oa]s?)\b"
    r"|(?:y a-t-il|a-t-(?:il|elle|on)|ont-(?:ils|elles)|est-(?:il|elle|ce)|sont-(?:ils|elles)|peut-on|va-t-\w+"
    r"|avez-vous|as-tu|sait-on|savez-vous|faut-il|doit-on)\b"
    r"|(?:any|anything|anyone|anybody|does anyone|someone)(?: (?:news|updates?|info|information|word|word yet|idea"
    r"|ideas|details|reports?|articles?|stories|new|more|else)\b.* (?:on|about|from|of|who|what|when|where|why|how|if"
    r"|yet|today)\b| (?:on|about) \w| know)"
)

_TELLING = re.compile(
    r"\b(?:"
    r"(?:tell|show|give|remind|find|get|fetch|send) (?:me|us)\b|let (?:me|us) know (?!if you)"
    r"|(?:i|we)(?: would|'d|'ll)? (?:really |just |also )?(?:want|like|need|love|wish)(?:ed)? to "
    r"(?:know|learn|hear|find out|see what|read|understand|ask)\b"
    r"|(?:i'm|i am|we're|we are|am|was|i was) (?:wondering|looking for|searching for|trying to (?:find|learn|know"
    r"|understand)|curious|interested in)\b|(?:i|we) wonder\b|need (?:info|information|details)\b"
    r"|wondering (?:if|who|what|when|where|why|how|whether)|looking for (?:info|information|details|articles?|news)\b"
    r"|(?:i|we) (?:do not|don't|can't|cannot) (?:know|understand|find|get|remember) (?:who|what|when|where|why|how|if"
    r"|which|the)\b|(?:find|figure|finding|figuring) out (?:who|what|when|where|why|how|which|if|whether)"
    r"|my question is|question about|is that true|is it true|do you know|does any(?:one|body) know"
    r"|any(?:one|body) knows?"
    r"|(?:sag|sagt|sagen sie|zeig|zeigt|zeigen sie|nenn|nenne|nennt|nennen sie|erklar\w*|erzahl\w*|such\w*) (?:mir|uns"
    r"|bitte|mal|die|den|das|alle|einen|etwas)\b|(?:ich|wir) (?:mochte|mochten|wurde gern\w*|will|wollen"
    r"|wusste gern\w*)"
    r" (?:gern\w* )?(?:wissen|erfahren)|ich (?:frage mich|suche|wusste gern\w*)\b|(?:mochte|wurde|wollte)\b.*\bwissen\b"
    r"|weiss (?:jemand|wer|man)\b|wisst ihr\b"
    r"|(?:dime|dinos|digame|cuentame|cuentanos|explicame|explica|muestrame|muestra|ensename|busca|buscame|enumera)\b"
    r"|(?:quiero|quisiera|quisieramos|queremos|me gustaria|necesito) (?:saber|conocer)\b|me pregunto\b|alguien sabe\b"
    r"|(?:dis|dites|montre|montrez|explique|expliquez|donne|donnez|raconte|racontez|cherche|trouve)-(?:moi|nous)\b"
    r"|(?:je veux|je voudrais|j'aimerais|nous voulons|on voudrait) (?:bien )?(?:savoir|connaitre)|je me demande\b"
    r"|quelqu'un sait\b|je cherche\b"
    r"|(?:soyle|soyler|anlat|anlatir|acikla|aciklar|goster|gosterir|listele|bul|bulur|ozetle)(?:sene|seniz|in|iniz"
    r"| misin\w*| mısın\w*)?$|bana .*\b(?:soyle|anlat|acikla|goster|bul)\w*|merak ediyor\w*|bilen var\b"
    r"|ogrenmek isti\w+|bilmek isti\w+"
    r")"
)

_ORDER = re.compile(
    r"(?:list|name|explain|describe|compare|show|find|define|outline|search(?: for)?|look up|details (?:on|about)"
    r"|give|state|quote|report|remind me|count|identify|mention|recap|info on|information (?:on|about)|more (?:on"
    r"|about)"
    r"|what about|how about|same for|tell)\b(?! (?:it|that|this|calling|up|of)\b(?: \w+)?$)"
    r"|(?:nenne?|liste|zeige?|erklare?|beschreibe?|vergleiche?|finde?|mehr (?:uber|zu)|infos? (?:uber|zu)"
    r"|was ist mit)\b"
    r"|(?:nombra|lista|describe|compara|explica|encuentra|mas sobre|informacion sobre|y que pasa con)\b"
    r"|(?:liste|nomme|decris|compare|explique|trouve|plus d'infos?|plus sur|infos? sur|et pour)\b"
)

_CJK_ASKING = re.compile(
    r"何(?!も|とも|か$)|なに(?!も|か$)|いつ(?!も|か|の間)|どこ(?!も|か$)|誰(?!も|か$)|だれ(?!も|か$)|なぜ|どうして"
    r"|どうやって|どう(?:な|い|です"
    r"|思)|どの|どれ|どんな|いくら|いくつ|教えて|知りたい|について(?:は)?$|(?:です|ます|した|せん|でしょう|のです"
    r"|んです)か[。.]?$|[るたい]の[?？]$"
    r"|(?:かな|だっけ|っけ)$|気になります?$|調べて"
    r"|什么(?!的$)|甚么|什麼|谁|誰|哪|几(?:点|个|月|号|时|人|天|年|次)|多少|怎么(?!会这样|啦)|怎麼|怎样|为什么"
    r"|為什麼|为何|何时|如何|是否|是不是"
    r"|有没有|有沒有|能不能|会不会|多久|多大|多远|吗$|嗎$|呢$|告诉我|介绍一下|请问|说说|列出|解释|想知道|想了解"
    r"|查一下|讲讲"
)
_CJK_SAYING = re.compile(
    r"(?:と思う|と思います|と思った|みたい|らしい|かも|かもね|だよね|ですね|ますね|よね|だね|だよ|ですよ|ますよ"
    r"|でした|ました|です|ます|だった|った|んだ|だ|ね|よ|な"
    r"|ない|たい|した|[ぁ-ん])[。!！.…wｗ笑]*$"
    r"|我(?!国|们国)|[你您他她咱]|(?:见|见面|了|的|吧|啊|呀|哦|嘛|啦|哈|着|过|喔|哎|唉)[。!！.…~]*$"
    r"|[很真太挺好](?:[好棒晚慢快贵冷热美累难多]|无聊|漂亮|厉害|有意思)"
    r"|觉得|感觉|好像|希望|听说|又[^\s]{1,4}了|都[^\s]{1,6}了|[今昨明]天(?:真|很|好|太)"
)
_KOREAN_ASKING = re.compile(
    r"(?:언제(?!나|든)|어디(?!든|서나)|누가|누구(?!나|든)|왜|무엇|뭐(?!든|라고 하)|무슨|어떻게|어떤|어느|몇|얼마"
    r"|어때|알려\s?(?:줘|주)|말해\s?(?:줘|주)"
    r"|설명해|찾아\s?(?:줘|주)|보여\s?(?:줘|주)|궁금|알고\s?싶)|(?:까요?|나요|가요|[은는던]지요?|인가|입니까|습니까"
    r"|니까|을까|죠|냐)[?？.]?$"
)
_KOREAN_SAYING = re.compile(
    r"(?:다|요|네|지|음|임|어|아|데|거든|군|구나|야|자|래|께|게|고|듯|함|됨|ㅋ|ㅎ|ㅠ|해|돼|와|워|려|겨)[.!~…ㅋㅎㅠ]*$"
)
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

_SAYING = _listed(
    "i i'm i've i'd i'll im ive we we're we've we'll you you're you've ur he he's she she's they they're it it's me my"
    " our your yours that's there's here's is are was were am be been isn't aren't wasn't weren't has have had hasn't"
    " haven't do does did don't doesn't didn't will won't would wouldn't could couldn't should shouldn't can can't"
    " cannot"
    " must gonna wanna let's lets think guess hope believe feel felt loved hated went got saw came heard looks looked"
    " seems seemed sounds sounded thought knew needs wants maybe probably luckily sadly apparently honestly literally"
    " basically lmao omg wow please never always everyone nobody somebody myself anyway happened disagree excited",
    "ich wir ihr mich mir dich dir uns mein meine meinen dein deine bist habe haben hatte hatten wird werden wurde"
    " wurden kann kannst muss soll glaube glaub denke denk finde hoffe hoff habs bins hab leider endlich echt",
    "yo estoy esta estan estaba soy somos hemos tengo tiene tienen creo pienso espero supongo parece quiero vamos"
    " gracias tambien nos vemos fue fueron era eran",
    "j'adore j'ai j'y j'en je j'etais j'aime j'espere nous vous ils elles c'est c'etait etait etaient suis avait crois"
    " pense espere",
    "bence sanirim galiba herhalde umarim keske inanmiyorum geldi gitti oldu aldi verdi dedi kaldi vardi yoktu cikti"
    " kacti bitti degil gorusuruz olmus",
)
"""Words that a bare phrase has not."""

_HALF_SAYING = [
    (_listed(half), _listed(articles))
    for half, articles in (
        (
            "this that these those not just again too very really so here there now today yesterday tomorrow us mine"
            " its him them took made said told won lost need want like love hate good bad best nice great happy sad",
            "",
        ),
        (
            "du ist war hat bin sind waren er sie es nicht doch eben schon wieder sehr so mal auch gestern heute morgen"
            " unser hier da",
            "die der das ein eine zu am im",
        ),
        (
            "es son no ya muy me mi mis tu te nos ha he has han hay voy va lo se ayer hoy que aqui alli",
            "un una el la los las",
        ),
        (
            "est sont ai as a ont on tu il elle moi mon ma mes ton ta pas tres trop encore fait faut ce cette hier y en"
            " se demain arrive",
            "un une le la les dans",
        ),
        (
            "ben biz sen siz bana sana bize benim senin bizim var yok cok yine hic bu bir dun bugun yarin da de ki once"
            " eve",
            "",
        ),
    )
]
"""Words of each language that a statement has two of, or one and an article: alone, they may be another language's."""

_BEGINS_SAYING = _listed(
    "so too almost not no stop go come wait look see check follow enjoy happy good nice great cool awesome congrats"
    " congratulations welcome sorry thanks going sitting heading waiting watching coming leaving trying feeling having"
    " lovely beautiful poor love loving hate yay yes nah brb back off time lol well just still said thx omw haha ha"
    " fingers wrong merci danke bonne bon menuda menudo na ach super"
    " schone schoner schones schonen gute guter guten so viel bis wie que quelle quel trop tres muy bueno buen buena"
    " iyi guzel cok ne"
)
"""Words that a bare phrase does not begin with."""

_TURKISH_VERB = re.compile(
    r"\b\w{2,}(?:yor|yorum|yoruz|yorlar|yorsun|mistim|acagim|ecegim|acagiz|ecegiz|uruz|iriz)$"
    r"|\b\w{4,}d[iu](?:m|k|n|lar|ler|niz)?$"
)

_PEOPLES = re.compile(
    r"(?:you|u|ya|y'?all)\b(?: (?:guys|all))?(?: (?:ok|okay|there|coming|in|good|sure|mean|serious|know|think|guys|up"
    r"|ready|free|around|alright|feeling|going|mad|kidding|joking|want|see|saw|hear|heard)\b.*|)$"
    r"|(?:are|r|were) (?:you|u|ya)\b|(?:did|didn't) (?:you|u|anyone|anybody|everyone|y'all)(?: guys| all| else)? (?:see"
    r"|watch|hear|catch|go|get|have|enjoy|eat|sleep|like|notice|read|make it|try|check|remember|miss|really|just)\b"
    r"|have (?:you|u|y'all)(?: guys| all| ever)? (?:seen|heard|tried|been|read|had|got|eaten|watched)\b"
    r"|do (?:you|u)(?: guys| all| even| really)? (?:like|think|want|agree|mind|love|hate|live|work|wanna|care|play)\b"
    r"|(?:would|will) (?:you|u) (?:like|mind|be|come|go|join|stop|marry|please)\b"
    r"|can (?:you|u) (?:believe|hear me|see me|send me a|call|come|pick|stop|imagine)\b"
    r"|how(?:'s| is| was| are| were|'re)? (?:your|you|u|everyone|everybody|y'all|life|work|things|the family)\b"
    r"|how (?:cool|nice|cute|funny|weird|crazy|awesome|sad|great|lovely|dare|come you) (?:is|was|are|that|you)?\b"
    r"|what(?:'s| is| are|'re) (?:you|u|y'all|wrong with you|your (?:plan|plans|problem|favou?rite|take|opinion"
    r"|name))\b"
    r"|what (?:do|did|would|about) (?:you|u|y'all)\b(?! (?:know|have on|say about|report|write))"
    r"|where(?:'s| is| are| were|'re| do| did) (?:you|u|everyone|everybody|y'all)\b|why (?:are|did|do|would"
    r"|don't) (?:you|u|y'all)\b"
    r"|who(?:'s| is| are|'re)? (?:you|u|in\b(?! (?:the|charge|court|office))|up for|coming|with me|there|here|else"
    r"|ready"
    r"|hungry|wants|agrees|cares|knew|needs (?:a|coffee)|playing tonight)\b"
    r"|(?:wanna|want to|shall we|care to|fancy|see you|should we (?:meet|go|get|start)|can we (?:meet|talk|go|not))\b"
    r"|(?:any(?:one|body)|some(?:one|body)|every(?:one|body)) (?:up for|coming|there|here|around|going to|in for|ok"
    r"|else|"
    r"want|wanna|else|awake|free|hungry|playing|online|remember me)\b"
    r"|(?:why not|so what|what the|wtf|who knows|who cares|guess what|you know what|know what i mean|says who|what if i"
    r"|what a|what an|which one of you)\b|(?:bist du|seid ihr|hast du|habt ihr|kommst du|kommt ihr|willst du|wollt ihr"
    r"|wie geht|wo bist|wo seid|was machst|was macht ihr|wer kommt mit|wer ist dabei|magst du|sollen wir)\b"
    r"|(?:estas|estais|como estas|donde estas|que haces|has visto|viste|quieres|vienes|quien viene|te gusta|vamos)\b"
    r"|(?:tu viens|tu as vu|t'as vu|vous venez|vous avez vu|ca va|tu fais quoi|on y va|qui vient|tu veux|t'es|tu es)\b"
    r"|(?:nasilsin|ne yapiyorsun|geliyor musun|gordun mu|neredesin|kim geliyor|iyi misin|ister misin)\b"
)
_CJK_PEOPLES = re.compile(
    r"元気ですか|見ました\?|一緒に(?:行|し|食)|大丈夫ですか|あなたは|みんな(?:は|も)?(?:どう|元気|いる)"
    r"|行きませんか|しませんか|飲みに"
    r"|你(?:在|吃|好|去|来|看|们|觉得|喜欢|想|呢|还好|没事)|一起(?:去|吃|来|玩)|要不要一起|大家(?:都)?(?:在|好"
    r"|觉得)|谁(?:要|想|来)(?:一起|去|玩|吃)"
    r"|잘\s?지내|밥\s?먹|봤어|같이\s?(?:갈|가|먹|할)|괜찮아|뭐\s?해|어디야|올\s?거|갈래|먹을래"
)

_TAGS = frozenset(
    _folded(tag)
    for tag in (
        "right, really, seriously, huh, eh, ok, okay, no, yes, what, wait, wait what, wut, sure, correct, true, "
        "lol, hm, "
        "is it, isn't it, is that so, innit, pardon, sorry, like, so, and, you sure, for real, fr, same, how come, "
        "say what, "
        "oder, wirklich, echt, ne, gell, was, wie bitte, ja, nein, ach ja, stimmt, "
        "verdad, en serio, de verdad, no, si, que, eh, vale, "
        "vraiment, ah bon, n'est ce pas, hein, quoi, serieux, non, oui, "
        "gercekten, gercekten mi, oyle mi, degil mi, ciddi misin, ne, hadi ya, "
        "本当, 本当に, 本当ですか, ほんと, まじ, まじで, マジ, そうなの, そうですか, え, "
        "진짜, 진짜요, 정말, 정말요, 그래, 그래요, 네, 뭐, "
        "真的, 真的吗, 是吗, 对吗, 是么, 好吗, 啥, 什么"
    ).split(",")
    for tag in (tag.strip(),)
)

_ASIDE = re.compile(
    r"(?:when|what|where|while|if|why|how) (?:i|i'm|i've|we)\b|(?:what|such) an? \w+|how (?:nice|sad|cool|cute|funny"
    r"|awful|lovely|great|weird|true|rude|wonderful|terrible)(?: \w+)?$|who (?:cares|knows|knew)|whatever|however|"
    r"which (?:is|was|means)|no (?:idea|clue|one)|what (?:the|a|if)\b|why (?:not|me|oh)|so (?:what|true|much)|"
    r"wie (?:schon|schade|geil|suss|nett|bitte)|was fur (?:ein|eine)\b|wenn|als|wo ich|wie gesagt|"
    r"que (?:bien|pena|bonito|bueno|lastima|guay|rico|mal|tal|va|risa|frio|calor|asco|horror|miedo|alegria|fuerte)"
    r"|cuando (?:yo|era|llegue|estaba)|como (?:siempre|dije)|"
    r"quel(?:le)? (?:dommage|chance|horreur|beau|belle|bonheur|bonne|sale)|quand (?:j'|je|on)|comme|ou (?:pas|alors)|"
    r"ne (?:guzel|yazik|kadar guzel|mutlu|iyi|fark)"
)
_SAYER = re.compile(
    r"(?:i|i'm|i've|i'll|im|ive|we|we're|we've|my|our) (?!(?:wonder|need to know|want to know))"
    r"|(?:ich|wir|mein\w*) |(?:creo|pienso|espero|supongo|yo|me) |(?:je|j'|on|nous|moi) ?|(?:bence|ben|biz|sanirim) "
)
_TURNED = re.compile(
    rf"(?:^|[,;:–—-] ?|\b(?:but|so|and|or|aber|und|pero|mais|ama) )(?:{_INTERROGATIVE.pattern}|is|are|was|were|does"
    rf"|did|do"
    r"|has|can|could|will|would|should|is there|are there)\b"
)
_ENDS_ASKING = re.compile(
    r" (?:who|what|when|where|why|how|wann|wo|warum|wer|cuando|donde|quand|ou|pourquoi|ne zaman|nerede|kim|neden|kac)$"
)
_SPOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_LINKS = re.compile(r"<?\b(?:https?://|www\.)[^\s<>]+>?", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?…。！？؟\n]+(?:[.](?=\w)[^.!?…。！？؟\n]*)*[.!?…。！？؟]*")
_TURKISH_PARTICLE = re.compile(r"\b(?:m[iu]|mi?y(?:iz|im|di)|m[iu]s[iu]n(?:iz)?|m[iu]dir|m[iu]y[dm]\w*)\b")
_NO_PARTICLE = re.compile(r"\bmi (?:casa|opinion|amig\w*|vida|herman\w*|\w+ (?:es|fue|esta))\b")


def asking_in(message: str) -> Asking:
    """How far a message among people asks something that articles could say. Talk and orders to the bot do not."""
    message = message[:LOOKED_AT]
    if talk_in(message):
        return Asking.NOT
    said = _folded(_LINKS.sub(" ", without_talk(message)))[:LOOKED_AT]
    sentences = [one.strip() for one in _SENTENCE.findall(said) if any(map(str.isalnum, one))]
    found = [_asking_of(one, alone=len(sentences) == 1) for one in sentences]
    return max(found, default=Asking.NOT)


def _asking_of(sentence: str, *, alone: bool) -> Asking:
    """How far one sentence asks something. `alone` says that it is the whole message."""
    asks = bool(re.search(r"[?？؟]", sentence))
    words = sentence.strip(" .!?…。！？؟,;:-–—\"'“”¿¡()*_~")
    words = re.sub(r"^[¿¡\"'“(*_]+", "", words)
    bare = words[found.end() :] if (found := _LEADS.match(words)) and found.end() < len(words) else words
    if _is_among_people(bare, words):
        return Asking.NOT
    if _TELLING.search(bare) or _ORDER.match(bare):
        return Asking.PLAINLY
    if asks:
        says = _SAYER.match(bare) and not _TURNED.search(bare[1:])
        return Asking.NOT if says and not _HAN.search(bare) else Asking.PLAINLY
    if _has_form_of_question(bare):
        return Asking.PLAINLY
    if _ASIDE.match(bare) or _states(bare, words) or "!" in sentence or "！" in sentence or not alone:
        return Asking.NOT
    is_short = len(bare) <= BARE_CHARACTERS if _HAN.search(bare) else len(bare.split()) <= BARE_WORDS
    return Asking.PERHAPS if is_short else Asking.NOT


def _is_among_people(bare: str, words: str) -> bool:
    """Whether a sentence is what people ask each other, or no more than "really?"."""
    if bare in _TAGS or words in _TAGS:
        return True
    if _TELLING.search(bare):
        return False
    return bool(_PEOPLES.match(bare) or _CJK_PEOPLES.search(bare))


def _has_form_of_question(bare: str) -> bool:
    """Whether a sentence without a question mark is one by its words."""
    if _HANGUL.search(bare):
        return bool(_KOREAN_ASKING.search(bare))
    if _HAN.search(bare):
        return bool(_CJK_ASKING.search(bare))
    if _ASIDE.match(bare):
        return False
    if _INTERROGATIVE.match(bare) or _AUXILIARY.match(bare):
        return True
    if _ENDS_ASKING.search(bare):
        return _SAYING.isdisjoint(_SPOKEN.findall(bare))
    particle = _TURKISH_PARTICLE.search(bare) and not _NO_PARTICLE.search(bare)
    return bool(particle or re.search(r"\b(?:ne zaman|ne kadar|nerede|nasil|neden|kac|hangi|kim|nicin)\b", bare))


def _states(bare: str, said: str) -> bool:
    """Whether a sentence has what a bare phrase has not: a verb, or somebody who speaks or is spoken to."""
    if _HANGUL.search(bare):
        return bool(_KOREAN_SAYING.search(bare))
    if _HAN.search(bare):
        return bool(_CJK_SAYING.search(bare))
    words = _SPOKEN.findall(bare)
    if (
        not _BEGINS_SAYING.isdisjoint((words[0], said.partition(" ")[0]))
        or not _SAYING.isdisjoint(words)
        or _TURKISH_VERB.search(bare)
    ):
        return True
    return any(
        not half.isdisjoint(words) and sum(word in half or word in articles for word in words) > 1
        for half, articles in _HALF_SAYING
    )
