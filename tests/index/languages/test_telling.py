"""Which language a text is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import language_of_question, tell_language

TEXTS = {
    "en": "The council voted on Monday to reopen the old bridge. Repairs took two years and cost nine million pounds.",
    "de": "Der Stadtrat hat am Montag beschlossen, die alte Brücke wieder zu öffnen. Die Arbeiten dauerten zwei Jahre.",
    "es": "El ayuntamiento decidió el lunes reabrir el viejo puente. Las obras duraron dos años y costaron mucho.",
    "fr": "Le conseil a décidé lundi de rouvrir le vieux pont. Les travaux ont duré deux ans et coûté neuf millions.",
    "tr": "Belediye meclisi pazartesi günü eski köprüyü yeniden açmaya karar verdi. Çalışmalar iki yıl sürdü.",
    "ja": "市議会は月曜日、古い橋を再び開通させることを決めた。工事は二年かかり、費用は九億円だった。",
    "zh": "市议会星期一决定重新开放旧桥。维修历时两年，耗资九百万元。市长说，大桥现在很安全。",
    "ko": "시의회는 월요일 오래된 다리를 다시 열기로 결정했다. 공사는 2년이 걸렸고 비용은 90억 원이었다.",
    "ru": "Городской совет решил в понедельник вновь открыть старый мост. Ремонт длился два года.",
    "ar": "قرر مجلس المدينة يوم الاثنين إعادة فتح الجسر القديم. استغرقت الإصلاحات عامين وكلفت تسعة ملايين.",
    "th": "สภาเมืองมีมติเมื่อวันจันทร์ให้เปิดสะพานเก่าอีกครั้ง การซ่อมแซมใช้เวลาสองปี",
    "el": "Το δημοτικό συμβούλιο αποφάσισε τη Δευτέρα να ανοίξει ξανά την παλιά γέφυρα.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_the_language_of_an_article_is_told_from_its_text(code: str) -> None:
    assert tell_language(TEXTS[code]) == code


def test_what_has_too_little_to_tell_is_english() -> None:
    assert [tell_language(text) for text in ("", " \n", "1234 56", "…", "Weight: 8 kg")] == ["en"] * 5


def test_an_english_story_with_a_few_foreign_words_stays_english() -> None:
    assert tell_language(f"{TEXTS['en']} Its name, 漢江大橋 or 한강대교, is written on a board (“Brücke”).") == "en"


def test_traditional_chinese_is_chinese_and_chinese_names_do_not_make_japanese_of_it() -> None:
    assert tell_language("市議會星期一決定重新開放舊橋。維修歷時兩年，耗資九百萬元。市長說，大橋現在很安全。") == "zh"


@pytest.mark.parametrize(
    ("question", "held", "told"),
    [
        ("When did the old bridge open again?", ("en",), "en"),
        ("When did the old bridge open again?", ("de",), "en"),
        ("Wann wurde die alte Brücke wieder geöffnet?", ("en",), "de"),
        ("¿Cuándo se volvió a abrir el puente?", ("en",), "es"),
        ("Quand est-ce que le vieux pont a rouvert ?", ("en", "de"), "fr"),
        ("Eski köprü ne zaman ve neden yeniden açıldı?", ("en",), "tr"),
        ("Hamburg'a golü kim attı?", ("en",), "tr"),  # one stop word, two words with letters of the language
        ("What did Erdoğan say about Gülşen?", ("en",), "en"),
        ("古い橋はいつ開通しましたか？", ("en",), "ja"),
        ("旧桥什么时候重新开放？", ("en",), "zh"),
        ("旧橋再開日時", ("ja",), "ja"),
        ("오래된 다리는 언제 다시 열렸나요?", ("en",), "ko"),
        ("Когда открыли мост?", ("uk",), "uk"),
        ("Was Obama in Berlin?", ("en",), "en"),  # one word of two languages decides nothing
        ("Was Obama in Berlin?", ("de",), "de"),
        ("What's Lee's wife's name?", ("en",), "en"),  # "s" alone is a stop word of German, Spanish and French
        ("Who’s Elmouth’s mayor?", ("en",), "en"),
        ("Brexit?", ("de", "en"), "en"),
        ("Brexit?", ("de", "ko"), "de"),
        ("LG전자 CEO?", ("en",), "ko"),
        ("What does 漢江 mean?", ("en",), "en"),
    ],
)
def test_the_language_of_a_question_is_told_by_its_script_its_letters_and_its_stop_words(
    question: str, held: tuple[str, ...], told: str
) -> None:
    assert language_of_question(question, held) == told


@given(st.text(max_size=200))
def test_any_text_has_a_language(text: str) -> None:
    assert tell_language(text)
    assert language_of_question(text, ("en",))
