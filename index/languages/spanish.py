"""Spanish."""

from index.languages.language import Language

SPANISH = Language(
    "es",
    stemmer="spanish",
    asks={
        "who": "quién, quiénes, a quién, de quién",
        "when": "cuándo, en qué año, qué año, qué día, qué fecha, en qué fecha, desde cuándo, hasta cuándo",
        "where": "dónde, adónde, de dónde, en qué ciudad, en qué país, en qué lugar",
        "number": "cuánto, cuánta, cuántos, cuántas, qué porcentaje, qué cantidad, qué edad, qué tan",
        "why": "por qué, a qué se debe, cuál fue la causa, cuál es la razón",
        "how": "cómo, de qué manera, de qué forma",
    },
    newest="lo último, la última, el último, los últimos, las últimas, lo más reciente, más reciente, más recientes,"
    " reciente, recientes, recientemente, actual, actuales, actualmente, ahora, ahora mismo, hasta ahora, últimamente,"
    " en este momento, hoy en día",
    today="hoy, esta noche, esta semana, este mes",
    going_on="y, e, pero, o, entonces, también, y qué hay de, qué hay de, qué pasa con, qué más, quién más, dónde más",
    alone="por qué, cómo, cuándo, dónde, quién, qué, cuál, cuánto, por qué no, de verdad, en serio",
    pointing="allí, ahí, allá, esto, eso, aquello, este, ese, aquel, estos, esos, estas, esas, esa, ello, el primero,"
    " el segundo, el mismo, la misma, lo mismo, éste, ése",
    pronouns="él, ella, ellos, ellas, le, les, lo, su, sus, suyo, suya",
    leaning="él, ella, ellos, ellas, esto, eso, este, esta, estos, estas, ese, esa, esos, esas, aquello, su, sus, pero,"
    " y, sin embargo, no obstante, además, también, así, entonces, luego, después, allí, ahí, por eso, por ello,"
    " por lo tanto, por tanto, en cambio, mientras tanto, ambos, ambas, dicho, dicha, tal, tales",
    saying="dijo, dice, dijeron, dicen, afirmó, afirma, afirmaron, aseguró, asegura, aseguraron, señaló, señala,"
    " explicó,"
    " explica, explicaron, declaró, declara, declararon, añadió, agregó, indicó, indica, manifestó, sostuvo, anunció,"
    " anunciaron, respondió, contestó, preguntó, comentó, escribió, advirtió, según, de acuerdo con, expresó,"
    " reconoció",
    reasons="porque, ya que, puesto que, debido a, a causa de, por culpa de, gracias a, por eso, por ello, para,"
    " para que,"
    " razón, causa, motivo, provocó, causó, como resultado, tras",
    orders=r"(?:por favor )?(?:puedes |podrías )?(?:escribe|escríbeme|escribir|inventa|invéntame|cuenta|cuéntame|contar"
    r"|canta|cántame|genera|crea|redacta|haz|hazme) (?:un|una|el|la|otro|otra) (?:\w+ ){0,3}?(?:poema|canción|chiste"
    r"|cuento"
    r"|historia|carta|ensayo|rap|código|programa)|(?:traduce|resume|ignora|olvida|finge|actúa)\b|quién eres|qué eres"
    r"|qué puedes hacer|cómo te llamas|eres (?:un|una) (?:bot|robot|ia|persona|humano)|cuántos años tienes|qué hora es"
    r"|qué tiempo hace",
    dates=r"\b(?:1\d\d\d|20\d\d)\b|\b(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre"
    r"|noviembre|diciembre|lunes|martes|miércoles|jueves|viernes|sábado|domingo|ayer|hoy|mañana|anteayer|anoche|siglo"
    r"|década"
    r"|mediodía|medianoche|(?:semana|mes|año|noche) (?:pasad[oa]|próxim[oa]|siguiente)|días?|semanas?|mes(?:es)?|años?"
    r"|horas?|minutos?)\b",
    numbers=r"\d+|\b(?:uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|docenas?|veinte|treinta|cuarenta"
    r"|cincuenta|sesenta|setenta|ochenta|noventa|cien|cientos?|mil|miles|millón|millones|mitad|tercio|cuarto|doble"
    r"|varios"
    r"|varias|muchos|muchas|por ciento|cero|dos veces)\b|[$£€¥%]",
)
