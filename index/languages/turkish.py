"""Turkish."""

from index.languages.language import Language

TURKISH = Language(
    "tr",
    stemmer="turkish",
    suffix_after_apostrophe=True,
    ordinals_have_stops=True,
    asks={
        "who": "kim, kimler, kimin, kime, kimi, kimden, kimle, hangi kişi",
        "when": "ne zaman, hangi yıl, hangi yılda, hangi tarihte, hangi gün, hangi ay, saat kaçta, kaç yılında",
        "where": "nerede, nereye, nereden, neresi, nerededir, hangi şehirde, hangi ülkede, nerelerde",
        "number": "kaç, kaçı, kaçıncı, ne kadar, kaç tane, yüzde kaç, yüzde kaçı",
        "why": "neden, niçin, niye, ne sebeple, hangi nedenle",
        "how": "nasıl, ne şekilde, ne yolla",
    },
    newest="en son, en yeni, son durum, son haberler, güncel, şu anda, şu an, şimdi, son zamanlarda, şimdiye kadar,"
    " bugünlerde, halen, hâlâ",
    today="bugün, bu akşam, bu gece, bu hafta, bu ay",
    going_on="ve, ama, peki, peki ya, ya, o zaman, ayrıca, başka, ama neden, başka kim, başka ne",
    alone="neden, niye, niçin, nasıl, ne zaman, nerede, kim, ne, hangisi, kaç, gerçekten mi, neden olmasın",
    pointing="orada, oraya, oradan, bunu, bunun, buna, bundan, bunlar, bunları, bunların, şunu, onları, onların,"
    " onlara,"
    " aynısı, aynı, öyle, böyle, bu, şu",
    pronouns="o, onu, onun, ona, ondan, onlar, kendisi, kendisini, kendisine",
    leaning="o, onu, onun, ona, onlar, onların, bu, bunu, bunun, buna, bunlar, bunların, şu, böyle, böylece, ama,"
    " ancak,"
    " fakat, ve, yine de, ayrıca, üstelik, bu nedenle, bu yüzden, dolayısıyla, sonra, daha sonra, orada, burada,"
    " her ikisi,"
    " öte yandan, bununla birlikte, buna rağmen",
    saying="dedi, diyor, söyledi, söylüyor, belirtti, açıkladı, ifade etti, kaydetti, vurguladı, ekledi, aktardı,"
    " anlattı,"
    " sordu, yanıtladı, yazdı, duyurdu, bildirdi, konuştu, göre, diye konuştu, iddia etti, savundu, uyardı",
    reasons="çünkü, nedeniyle, yüzünden, dolayı, için, sayesinde, sebebiyle, sonucunda, neden oldu, yol açtı, amacıyla,"
    " üzere, nedeni, sebebi, bu nedenle, bu yüzden",
    orders=r"(?:lütfen )?(?:bana |bize )?(?:bir )?(?:\w+ ){0,2}?(?:şiir|şarkı|fıkra|hikaye|hikâye|masal|mektup|kod"
    r"|program"
    r"|deneme) (?:yaz|söyle|anlat|oluştur|uydur)|(?:çevir|özetle)\b|sen kimsin|kimsin sen|sen nesin|ne yapabilirsin"
    r"|adın ne|ismin ne|sen (?:bir )?(?:bot|robot|insan)|kaç yaşındasın|saat kaç$|hava nasıl",
    dates=r"\b(?:1\d\d\d|20\d\d)\b|\b(?:ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık"
    r"|pazartesi"
    r"|salı|çarşamba|perşembe|cuma|cumartesi|pazar|dün|bugün|yarın|yüzyıl|on ?yıl|öğle|gece yarısı|(?:geçen|gelecek|bu)"
    r" (?:hafta|ay|yıl|gece)|gün(?:ü|de)?|hafta|ay(?:da)?|yıl(?:ı|ında|da)?|saat|dakika|önce)\b",
    numbers=r"\d+|\b(?:bir|iki|üç|dört|beş|altı|yedi|sekiz|dokuz|on|düzine|yirmi|otuz|kırk|elli|altmış|yetmiş|seksen"
    r"|doksan"
    r"|yüz|yüzlerce|bin|binlerce|milyon|milyar|yarım|yarısı|çeyrek|üçte|iki kez|birkaç|birçok|yüzde|sıfır)\b|[$£€¥₺%]",
)
