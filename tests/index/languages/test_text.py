"""Sentences, terms and questions in other languages than English: real sentences, with exact offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import any_of, language
from index.text import split_sentences
from index.words import terms, words

CODES = ("de", "es", "fr", "tr", "ja", "ko", "zh", "th", "ar", "el", "hi", "ru", "vi", "cs", "xx")

SENTENCES = {
    "German: ordinals, abbreviations, quotations": ("de", [
        "Der Bürgermeister sagte am 3. Oktober: „Wir öffnen die Brücke. Das ist sicher.“",
        "Laut Dr. Weber kostet sie ca. 3,5 Mio. Euro.", "Kern baut z. B. auch Tunnel.",
        "„Warum erst jetzt?“, fragte Anna Beck.", "»Nie wieder. Nie«, rief er."]),
    "French: guillemets, spaces before marks": ("fr", [
        "Le pont a ouvert en 1904.", "« Nous sommes prêts. Tout est sûr », a dit M. Dupont.", "Où va l'argent ?",
        "Personne ne le sait !", "Mme Petit en doute, p. ex. à l'art. 5."]),
    "Spanish: ¿ and ¡": ("es", [
        "El puente abrió en 1904.", "¿Quién lo pagó?", "¡Nadie lo sabe!",
        "El Sr. López dijo: «No hay dinero. Lo siento».", "La Sra. Ruiz, de EE. UU., llegó el 3 de mayo."]),
    "Turkish: titles, suffixes": ("tr", [
        "Köprü 1904'te açıldı.", "Prof. Dr. Ayşe Demir \"Hazırız. Güvenli.\" dedi.", "3. köprü ne zaman bitecek?",
        "Kimse bilmiyor!"]),
    "Japanese: what follows a quotation belongs to it": ("ja", [
        "橋は1904年に開通した。", "「安全です。心配ありません。」と市長は述べた。", "費用は誰が払うのか？",
        "まだ不明だ！", "工事は続く。"]),
    "Chinese: the speaker behind a quotation": ("zh", [
        "大桥于1904年开通。", "“我们准备好了。一切安全。”市长说。", "谁来付钱？", "没人知道!", "工程仍在继续。"]),
    "Korean: particles behind a quotation": ("ko", [
        "다리는 1904년에 개통됐다.", "시장은 \"준비됐다. 안전하다.\"라고 말했다.", "누가 비용을 내나?",
        "아무도 모른다!",
        "“끝났다.”", "그는 떠났다."]),
    "Thai: a space behind a long enough part": ("th", [
        "สะพานแห่งนี้เปิดให้ใช้งานครั้งแรกเมื่อปี พ.ศ. 2447 โดยมีผู้ว่าราชการจังหวัดเป็นประธานในพิธีเปิดอย่างเป็นทางการ",
        "ชาวบ้านจำนวนมากเดินทางมาร่วมงานและชมขบวนเรือตลอดทั้งวัน"]),
    "Arabic": ("ar", ["افتُتح الجسر عام 1904.", "من دفع الثمن؟", "لا أحد يعلم!",
        "قال العمدة: «نحن جاهزون. كل شيء آمن»."]),
    "Greek: a semicolon asks": ("el", [
        "Η γέφυρα άνοιξε το 1904.", "Ποιος πλήρωσε;", "Κανείς δεν ξέρει.",
        "«Είμαστε έτοιμοι. Όλα καλά», είπε ο δήμαρχος."]),
    "Hindi": ("hi", ["पुल 1904 में खुला।", "किसने पैसे दिए?", "कोई नहीं जानता।"]),
    "Russian: initials": ("ru", ["Мост открыли в 1904 году.", "Никто не знает!",
        "«Мы готовы. Всё безопасно», — сказал мэр А. Б. Иванов."]),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_sentences_are_cut_where_readers_of_the_language_end_them(code: str, expected: list[str]) -> None:
    text = ("" if code in ("ja", "zh") else " ").join(expected)
    found = split_sentences(text, code)
    assert [text[sentence.start : sentence.end] for sentence in found] == expected
    starts = [text.index(expected[0])]
    for before, sentence in zip(expected, expected[1:], strict=False):
        starts.append(text.index(sentence, starts[-1] + len(before)))
    assert [sentence.start for sentence in found] == starts


@given(
    st.sampled_from(CODES),
    st.text(st.sampled_from("aZé ßİı1.,;!?。！？؟।„“”«»「」『』（）()\"'’ \n橋안สปมт\u0301\u093f…:-"), max_size=120),
)
def test_sentences_never_overlap_and_together_hold_all_that_is_no_white_space(code: str, text: str) -> None:
    found = split_sentences(text, code)
    end = 0
    for sentence in found:
        assert end <= sentence.start < sentence.end <= len(text)
        assert not text[end : sentence.start].strip()
        assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip()
        end = sentence.end
    assert not text[end:].strip()


TERMS = {
    "de": ("Die Häuser in MÜNCHEN, 3,5 Mio. und 1.234 Besucher", ["haus", "munch", "3d5", "mio", "1234", "besuch"]),
    "es": ("¿Cuándo compraron los puentes?", ["compr", "puent"]),
    "fr": ("L'école d'été a été fermée", ["ecol", "ferm"]),
    "tr": ("Ankara'da IŞIK ve köprüleri", ["ankar", "ısık", "kopru"]),
    "ja": (
        "東京の新しい橋は１９０４年、ガラス",
        ["東京", "京の", "の新", "新し", "い橋", "橋は", "1904", "年", "ガラ", "ラス"],
    ),
    "zh": ("李在明会见习近平", ["李在", "在明", "明会", "会见", "见习", "习近", "近平"]),
    "ko": ("대통령이 만났다", ["대통", "통령", "령이", "만났", "났다"]),
    "th": ("สะพานเปิด", ["สะ", "ะพ", "พา", "าน", "นเ", "เปิ", "ปิด"]),
    "ru": ("Мосты закрыли в Москве", ["мост", "закр", "москв"]),
    "ar": ("أُغلق الجسر", ["اغلق", "جسر"]),
    "hi": ("पुल बंद है।", ["पुल", "बंद"]),
    "el": ("Η γέφυρα άνοιξε", ["γεφυρ", "ανοιξ"]),
}


@pytest.mark.parametrize("code", TERMS)
def test_terms_are_stems_without_accents_or_pairs_of_characters(code: str) -> None:
    text, expected = TERMS[code]
    assert terms(text, code) == expected


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("de", "Brücken", "Brücke"), ("es", "compraron", "comprar"), ("fr", "fermées", "fermée"), ("tr", "köprüler",
        "köprü"),
        ("ru", "мосты", "моста"), ("tr", "IŞIK", "ışık"), ("de", "STRASSE", "Straße"), ("ja", "ガラス", "ｶﾞﾗｽ"),
    ],
)  # fmt: skip
def test_forms_of_a_word_have_the_same_term(code: str, one: str, other: str) -> None:
    assert terms(one, code) == terms(other, code) != []


@given(st.sampled_from(CODES), st.text(max_size=100))
def test_words_are_in_lower_case_without_white_space_and_terms_are_no_more_than_words(code: str, text: str) -> None:
    said = words(text, code)
    assert all(word and not any(character.isspace() for character in word) for word in said)
    assert len(terms(text, code)) <= len(said)


def test_what_is_listed_is_found_inside_japanese_but_only_as_a_word_in_german() -> None:
    assert any_of(language("ja").newest, language("ja").edges).search("市の最新情報")
    assert not any_of(language("de").newest, language("de").edges).search("Jetztzeit")
    assert any_of(language("ko").pronouns, language("ko").edges).search("어제 그는 떠났다")
