"""German."""

from index.languages.language import Language

GERMAN = Language(
    "de",
    stemmer="german",
    nouns_have_capitals=True,
    ordinals_have_stops=True,
    asks={
        "who": "wer, wen, wem, wessen, welche person",
        "when": "wann, seit wann, bis wann, in welchem jahr, an welchem tag, welches jahr, welchem datum",
        "where": "wo, wohin, woher, in welcher stadt, in welchem land, an welchem ort",
        "number": "wie viel, wie viele, wie vielen, wieviel, wieviele, wie oft, wie lange, wie hoch, wie groß,"
        " wie weit,"
        " wie alt, wie schnell, wie schwer, wie lang",
        "why": "warum, weshalb, wieso, weswegen, aus welchem grund",
        "how": "wie, wodurch, womit, auf welche weise",
    },
    newest="das neueste, die neueste, den neuesten, die neuesten, neueste, neuesten, neuester, aktuell, aktuelle,"
    " aktuellen, aktueller, aktuelles, jüngste, jüngsten, zuletzt, derzeit, momentan, gerade, gegenwärtig, zurzeit,"
    " bislang, bisher, jetzt, im moment",
    today="heute, heute abend, diese woche, diesen monat, in dieser woche, in diesem monat",
    going_on="und, aber, oder, also, dann, auch, was ist mit, wie ist es mit, was noch, wer noch, wer sonst, wo sonst",
    alone="warum, weshalb, wieso, wie, wann, wo, wer, was, welche, welcher, welches, wirklich, warum nicht, wie genau",
    pointing="ihnen, dort, daran, darauf, darin, darüber, davon, dafür, dagegen, damit, dazu, danach, davor, dabei,"
    " dadurch, dies, diese, dieser, diesen, diesem, dieses, derselbe, dieselbe, dasselbe, ersterer, letzterer, das",
    pronouns="er, sie, es, ihn, ihm, sein, seine, seinen, seinem, seiner, seines, ihre, ihren, ihrem, ihrer, ihres",
    leaning="er, sie, es, ihn, ihm, ihnen, sein, seine, seinen, seinem, seiner, ihr, ihre, ihren, ihrem, ihrer, dies,"
    " diese, dieser, diesem, diesen, dieses, das, solche, solch, beide, aber, doch, und, so, dennoch, jedoch, trotzdem,"
    " stattdessen, inzwischen, außerdem, zudem, auch, dann, danach, dort, hier, dabei, dafür, dagegen, damit,"
    " daraufhin,"
    " darum, deshalb, deswegen, daher, letzterer, ersterer",
    saying="sagte, sagt, sagten, sagen, erklärte, erklärt, erklärten, teilte, teilten, betonte, betont, berichtete,"
    " berichtet, berichteten, schrieb, schreibt, fügte, antwortete, fragte, forderte, warnte, kündigte, meinte, meint,"
    " äußerte, behauptete, kritisierte, hieß es, heißt es, laut, zufolge, so der, so die",
    reasons="weil, da, denn, wegen, aufgrund, grund, gründe, dank, deshalb, deswegen, daher, darum, um, damit, infolge,"
    " durch, nachdem, verursacht, ursache, führte",
    orders=r"(?:bitte )?(?:kannst du (?:mir )?|könntest du (?:mir )?)?(?:schreib|schreibe|dichte|erfinde|verfasse"
    r"|erzähl"
    r"|erzähle|sing|singe|generiere|erstelle)(?: mir| uns)? (?:ein|eine|einen|das|die|mal) ?(?:\w+ ){0,3}?(?:gedicht"
    r"|lied"
    r"|witz|geschichte|märchen|brief|aufsatz|essay|song|rap|code|programm)|(?:übersetze|fasse|tu so|vergiss"
    r"|ignoriere)\b"
    r"|wer bist du|was bist du|was kannst du|wie heißt du|bist du (?:ein|eine)|wie alt bist du|wie (?:ist"
    r"|wird) das wetter"
    r"|wie spät ist es|wie viel uhr",
    dates=r"\b(?:1\d\d\d|20\d\d)\b|\b(?:januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober"
    r"|november"
    r"|dezember|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|gestern|heute|morgen|übermorgen"
    r"|vorgestern|jahrhundert|jahrzehnt|mittag|mitternacht|(?:letzte[nrs]?|vorige[nrs]?|nächste[nrs]?|diese[nrs]?)"
    r" (?:woche|monat|jahr|nacht)|tag(?:e|en)?|wochen?|monate?n?|jahre?n?|stunden?|minuten?|uhr)\b",
    numbers=r"\d+|\b(?:eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dutzend|zwanzig|dreißig|vierzig"
    r"|fünfzig|sechzig|siebzig|achtzig|neunzig|hundert(?:e|en)?|tausend(?:e|en)?|millionen?|milliarden?|halb|hälfte"
    r"|drittel"
    r"|viertel|zweimal|einmal|mehrere|viele|prozent|null|doppelt)\b|[$£€¥%]",
)
