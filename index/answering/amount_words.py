"""The words of amounts, by language: numbers, what multiplies and qualifies them, units, and what happens to people.

Lists are separated by commas. The languages are those that messages are in; in others, only digits are read.
"""

from collections.abc import Mapping

NUMBER_WORDS: Mapping[str, str] = {
    "en": "0 zero,1 one,2 two,3 three,4 four,5 five,6 six,7 seven,8 eight,9 nine,10 ten,11 eleven,12 twelve"
    ",13 thirteen,14 fourteen,15 fifteen,16 sixteen,17 seventeen,18 eighteen,19 nineteen,20 twenty,30 thirty"
    ",40 forty,50 fifty,60 sixty,70 seventy,80 eighty,90 ninety,100 hundred",
    "de": "2 zwei,3 drei,4 vier,5 fünf,6 sechs,7 sieben,8 acht,9 neun,10 zehn,11 elf,12 zwölf,13 dreizehn"
    ",14 vierzehn,15 fünfzehn,16 sechzehn,17 siebzehn,18 achtzehn,19 neunzehn,20 zwanzig,30 dreißig,40 vierzig"
    ",50 fünfzig,60 sechzig,70 siebzig,80 achtzig,90 neunzig,100 hundert",
    "fr": "2 deux,3 trois,4 quatre,5 cinq,6 six,7 sept,8 huit,9 neuf,10 dix,11 onze,12 douze,13 treize,14 quatorze"
    ",15 quinze,16 seize,20 vingt,30 trente,40 quarante,50 cinquante,60 soixante,100 cent",
    "es": "2 dos,3 tres,4 cuatro,5 cinco,6 seis,7 siete,8 ocho,9 nueve,10 diez,11 once,12 doce,13 trece,14 catorce"
    ",15 quince,16 dieciséis,17 diecisiete,18 dieciocho,19 diecinueve,20 veinte,30 treinta,40 cuarenta"
    ",50 cincuenta,60 sesenta,70 setenta,80 ochenta,90 noventa,100 cien",
    "tr": "2 iki,3 üç,4 dört,5 beş,6 altı,7 yedi,8 sekiz,9 dokuz,10 on,20 yirmi,30 otuz,40 kırk,50 elli,60 altmış"
    ",70 yetmiş,80 seksen,90 doksan,100 yüz",
}

MULTIPLES: Mapping[str, Mapping[str, float]] = {
    "en": {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "m": 1e6, "bn": 1e9, "k": 1e3},
    "de": {"tausend": 1e3, "millionen": 1e6, "million": 1e6, "mio.": 1e6, "milliarden": 1e9, "mrd.": 1e9},
    "fr": {"mille": 1e3, "millions": 1e6, "million": 1e6, "milliards": 1e9, "milliard": 1e9},
    "es": {"mil": 1e3, "millones": 1e6, "millón": 1e6, "mil millones": 1e9},
    "tr": {"bin": 1e3, "milyon": 1e6, "milyar": 1e9},
    "ja": {"万": 1e4, "億": 1e8},
    "ko": {"천": 1e3, "만": 1e4, "억": 1e8},
    "zh": {"千": 1e3, "万": 1e4, "亿": 1e8},
}

ROUGHLY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "about": "about,around,approximately,some,roughly,close to,an estimated,estimated at,circa,perhaps,as much as",
        "over": "more than,over,upwards of,exceeding,above,in excess of",
        "least": "at least,a minimum of",
        "under": "nearly,almost,just under,not quite",
        "most": "up to,as many as,fewer than,less than,under,at most,no more than,below,a maximum of",
    },
    "de": {"about": "etwa,rund,ungefähr,circa,ca.,gut", "over": "mehr als,über", "least": "mindestens",
           "under": "fast,knapp,beinahe", "most": "bis zu,weniger als,höchstens,unter"},
    "fr": {"about": "environ,quelque,à peu près,autour de", "over": "plus de", "least": "au moins",
           "under": "près de,presque", "most": "jusqu'à,moins de,au plus"},
    "es": {"about": "unos,unas,cerca de,alrededor de,aproximadamente", "over": "más de", "least": "al menos",
           "under": "casi", "most": "hasta,menos de"},
    "tr": {"about": "yaklaşık,takriben", "over": "fazla", "least": "en az", "under": "neredeyse", "most": "en fazla"},
    "ja": {"about": "約,およそ", "least": "少なくとも", "most": "最大"},
    "ko": {"about": "약,대략", "least": "최소", "most": "최대"},
    "zh": {"about": "约,大约,大概", "over": "超过", "least": "至少", "under": "近", "most": "最多"},
}  # fmt: skip

CLASSES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "dead": "die,dies,died,dying,dead,death,deaths,kill,kills,killed,killing,fatality,fatalities,lives,perished,"
        "death toll,bodies,drowned,lost their lives",
        "hurt": "injured,injures,injuries,injuring,injure,wounded,wounding,wounds,hurt,hospitalized,hospitalised,"
        "taken to hospital,taken to hospitals",
        "arrested": "arrest,arrests,arrested,arresting,detained,detaining,taken into custody",
        "missing": "missing,unaccounted for",
        "rescued": "rescued,rescuing,saved,pulled out alive,pulled to safety",
        "moved": "evacuated,evacuating,displaced,homeless,evacuate,flee,fled",
    },
    "de": {"dead": "tote,toten,tot,todesopfer,getötet,starben,gestorben,kamen ums leben,ums leben,sterben",
           "hurt": "verletzt,verletzte,verletzten", "arrested": "festgenommen,festnahmen,verhaftet",
           "missing": "vermisst,vermisste"},
    "fr": {"dead": "mort,morts,mortes,tué,tués,tuées,décès,sont morts,ont péri,victimes",
           "hurt": "blessé,blessés,blessées", "arrested": "arrêtés,arrêtées,interpellés,arrestations",
           "missing": "disparus,disparues"},
    "es": {"dead": "muertos,muertas,murieron,fallecieron,fallecidos,muertes,muerto,murió",
           "hurt": "heridos,heridas,lesionados", "arrested": "detenidos,detenidas,arrestados",
           "missing": "desaparecidos,desaparecidas"},
    "tr": {"dead": "öldü,ölü,hayatını kaybetti,öldürüldü,yaşamını yitirdi,öldüğü", "hurt": "yaralandı,yaralı",
           "arrested": "gözaltına,tutuklandı", "missing": "kayıp"},
    "ja": {"dead": "死亡,死者,亡くな,犠牲", "hurt": "けが,負傷,怪我", "arrested": "逮捕", "missing": "行方不明"},
    "ko": {"dead": "사망,숨졌,숨진,목숨", "hurt": "부상,다쳤,다친", "arrested": "체포", "missing": "실종"},
    "zh": {"dead": "死亡,遇难,丧生,身亡,死", "hurt": "受伤,伤者", "arrested": "被捕,逮捕", "missing": "失踪"},
}  # fmt: skip
"""What happens to people, in the words that say so."""

PARTS: Mapping[str, str] = {
    "en": "including, among them, of them, of whom, of which, some of whom, up from, down from, compared with,"
    " compared to, from, instead of, rather than, not, an increase of, a rise of",
    "de": "darunter, davon, einschließlich, nach, statt",
    "fr": "dont, parmi lesquels, y compris, contre",
    "es": "entre ellos, incluidos, incluyendo, frente a",
    "tr": "aralarında",
    "ja": "うち, そのうち",
    "ko": "이 가운데, 이 중",
    "zh": "其中, 包括",
}

CURRENCIES: Mapping[str, str] = {"$": "$", "US$": "$", "£": "£", "€": "€", "¥": "¥", "₩": "₩", "₺": "₺"}

MEASURES: tuple[tuple[str, str, float], ...] = (
    ("(?:us |u\\.s\\. )?dollars?|dólares|dollar", "$", 1.0),
    ("euros?|avro", "€", 1.0),
    ("pounds?(?: sterling)?", "£", 1.0),
    ("yen|円", "¥", 1.0),
    ("yuan|元|人民币", "CN¥", 1.0),
    ("won|원", "₩", 1.0),
    ("lira|liras", "₺", 1.0),
    ("square (?:kilometers|kilometres|km)|sq\\.? ?km|km²|quadratkilometer", "area", 1e6),
    ("square miles|sq\\.? miles?", "area", 2.59e6),
    ("hectares?|ha|hektar|hectáreas", "area", 1e4),
    ("acres?", "area", 4046.86),
    ("square (?:feet|foot)|sq\\.? ?ft", "area", 0.0929),
    ("square (?:meters|metres)|m²|sq\\.? ?m|quadratmeter|metrekare", "area", 1.0),
    ("km/h|kph|kmh|kilomet(?:er|re)s (?:per|an) hour", "speed", 1.0),
    ("mph|miles (?:per|an) hour", "speed", 1.609344),
    ("kilomet(?:er|re)s?|km|kilómetros|kilomètres|kilometern|公里|キロ|킬로미터", "length", 1000.0),
    ("miles?", "length", 1609.344),
    ("met(?:er|re)s?|m|mètres?|metros?|metern|米|メートル|미터", "length", 1.0),
    ("feet|foot|ft", "length", 0.3048),
    ("yards?", "length", 0.9144),
    ("inch(?:es)?|in\\.", "length", 0.0254),
    ("centimet(?:er|re)s?|cm", "length", 0.01),
    ("millimet(?:er|re)s?|mm", "length", 0.001),
    ("(?:metric )?tonnes?|tons?|tonnen|toneladas", "weight", 1000.0),
    ("kilograms?|kilos?|kg|kilogramm", "weight", 1.0),
    ("lbs?", "weight", 0.4536),
    ("lit(?:er|re)s?|litros", "volume", 1.0),
    ("gallons?", "volume", 3.785),
    ("megawatts?|MW", "power", 1e6),
    ("gigawatts?|GW", "power", 1e9),
    ("degrees?(?: celsius| fahrenheit)?|°[CF]?", "degrees", 1.0),
    ("seconds?|sekunden|secondes|segundos|saniye|秒|초", "time", 1.0),
    ("minutes?|minuten|minutos|dakika|分钟|分間", "time", 60.0),
    ("hours?|stunden|heures?|horas?|saat|小时|時間|시간", "time", 3600.0),
    ("days?|tage?n?|jours?|días?|gün|天|日間|일간", "time", 86400.0),
    ("weeks?|wochen?|semaines?|semanas?|hafta|周|週間", "time", 604800.0),
    ("months?|monate?n?|mois|meses|个月|か月|ヶ月|개월", "time", 2629800.0),
    ("years?|jahre?n?|ans|années|años?|yıl|年間|년간", "time", 31557600.0),
)
"""What follows a number, what that measures, and the factor to one unit for all of it."""

QUALITIES: Mapping[str, frozenset[str]] = {
    "vague": frozenset(
        "new local other old young big small major minor differ separ whole full least said say sinc ago averag today"
        " yesterday report accord week month year day hour far current near main public nation total".split()
    ),
    "things": frozenset("home hous build shop car vehicl flight school acr road bus buse tree busi jobs job".split()),
}
"""Terms that do not say what is counted; and terms of things, to which nothing happens as it does to people."""
