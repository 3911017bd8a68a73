import pytest

from index.errors import ArticleError
from tests.index.sources.documents import STORY, read, refusal

FRENCH = (
    "Le président coréen a déclaré que la réunion s’était bien déroulée. Les négociations reprendront à l’été, "
    "a-t-il ajouté, malgré les réserves exprimées à Pékin. Où en est-on\xa0? «\xa0Très près\xa0», répond-il."
)
GERMAN = "Der Präsident erklärte, die Gespräche würden fortgesetzt. Größere Änderungen seien möglich, hieß es in Köln."
SPANISH = "El presidente señaló que la reunión será el próximo año. ¿Qué pasará mañana? ¡Nadie lo sabe! Costó 5 €."
ENGLISH = "“We don’t know more,” she said at the café — that was all… It cost £5, or 3° of warmth, on 9 km² of A® land."
KOREAN = (
    "이재명 대통령은 서울과 베이징이 한국 문화 콘텐츠에 대한 비공식 제한에 관해 "
    "실무 협의를 진행할 것이라고 밝혔다. K팝도 포함된다."
)
CHINESE = "韩国总统表示，首尔和北京将就中国对韩国文化内容的长期非官方限制举行工作级磋商。双方同意讨论逐步扩大文化交流。"
TAIWAN = "韓國總統表示，首爾和北京將就中國對韓國文化內容的長期非官方限制舉行工作級磋商。雙方同意討論逐步擴大文化交流。"
JAPANESE = "韓国の大統領は、ソウルと北京が韓国の文化コンテンツに対する非公式な制限について実務協議を行うと述べた。"
RUSSIAN = "Президент заявил, что переговоры продолжатся. Стороны обсудили ограничения и согласовали план действий."
GREEK = "Ο πρόεδρος είπε ότι οι συνομιλίες θα συνεχιστούν την επόμενη εβδομάδα. Η εμπιστοσύνη είναι το ζήτημα."
POLISH = "Prezydent powiedział, że rozmowy będą kontynuowane. Złożyły się na to różne przyczyny gospodarcze."
CZECH = "Prezident řekl, že rozhovory budou pokračovat příští týden. Ministr uvedl, že důvěra je nejdůležitější."

TOLD_APART = (
    (FRENCH, "cp1252"),
    (GERMAN, "latin-1"),
    (SPANISH, "cp1252"),
    (ENGLISH, "cp1252"),
    (KOREAN, "euc-kr"),
    (CHINESE, "gb18030"),
    (TAIWAN, "big5"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc_jp"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
    (GREEK, "cp1253"),
)


@pytest.mark.parametrize(
    ("data", "cause"),
    (
        (b"PK\x03\x04\x14\x00\x06\x00", "is a ZIP archive or an Office document, not text"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF, not text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a PNG picture, not text"),
        (b"\xff\xd8\xff\xe0", "is a JPEG picture, not text"),
        (rb"{\rtf1\ansi Hello.}", "is a Rich Text document, not text"),
        (b"Text with\0 a null byte.", "contains null bytes, which no text has"),
        (b"\xef\xbb\xbfText with\0 a null byte.", "contains null bytes, which no text has"),
        ("Text with\0 a null.".encode("utf-16"), "contains control characters, as programs and pictures do"),
        (b"\x01\x02\x03\x04 noise", "contains control characters, as programs and pictures do"),
        (b"\xff\xfeodd", "is in an encoding that cannot be told for certain"),
        (b"\x81\x8d\x8f\x90 what", "is in an encoding that cannot be told for certain"),
    ),
)
@pytest.mark.parametrize("name", ("a.md", "a.txt", "a.html"))
def test_what_is_not_text_is_refused(data: bytes, cause: str, name: str) -> None:
    assert refusal(data, name) == f"{name} {cause}: save it as plain text in UTF-8."


def test_a_stray_control_character_stays() -> None:
    text = f"{STORY} " * 20 + "Stray\x0b here\x08."
    assert read(text, "a.txt").text == text


@pytest.mark.parametrize("encoding", ("utf-8", "utf-8-sig", "utf-16", "utf-32"))
@pytest.mark.parametrize("text", (FRENCH, KOREAN, POLISH))
def test_unicode_is_read_without_its_mark(text: str, encoding: str) -> None:
    assert read(text.encode(encoding), "a.txt").text == text


@pytest.mark.parametrize(("text", "encoding"), TOLD_APART)
@pytest.mark.parametrize("times", (1, 40))
def test_another_encoding_is_told_from_the_text(text: str, encoding: str, times: int) -> None:
    paragraphs = "\n".join([text] * times)
    assert read(paragraphs.encode(encoding), "a.txt").text == paragraphs


@pytest.mark.parametrize(
    ("text", "encoding"),
    (
        *((text, encoding) for text in (POLISH, CZECH) for encoding in ("cp1250", "iso8859-2")),
        *((text, "mac_roman") for text in (FRENCH, GERMAN, ENGLISH[:60])),
        (FRENCH.replace("’", "'"), "cp850"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859-5"),
        (f"{STORY} The word is {KOREAN[:12]}.".replace("“", '"').replace("”", '"'), "euc-kr"),
    ),
)
def test_an_encoding_that_cannot_be_told_is_refused_and_never_guessed(text: str, encoding: str) -> None:
    assert refusal(text.encode(encoding), "a.txt") == (
        "a.txt is in an encoding that cannot be told for certain: save it as plain text in UTF-8."
    )


@pytest.mark.parametrize("start", range(0, 50, 7))
@pytest.mark.parametrize(("text", "encoding"), TOLD_APART)
def test_a_part_of_a_text_is_decoded_right_or_refused(text: str, encoding: str, start: int) -> None:
    part = f"{text} {text}"[start : start + 50]
    try:
        assert read(part.encode(encoding), "a.txt").text == part.strip()
    except ArticleError as refused:
        assert "encoding" in str(refused)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    (
        ("iso-8859-2", "iso-8859-2", POLISH),
        ("windows-1250", "cp1250", CZECH),
        ("euc-kr", "cp949", KOREAN[:9] + "똠방각하"),
        ("ISO-8859-1", "cp1252", ENGLISH),
        ("gb2312", "gbk", CHINESE),
    ),
)
def test_a_page_is_read_in_the_encoding_it_declares(declared: str, encoding: str, text: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>{text}</p></body></html>'
    assert read(page.encode(encoding), "a.html").text == text
    old = f"<meta http-equiv=Content-Type content='text/html; charset={declared}'><p>{text}</p>"
    assert read(old.encode(encoding), "a.html").text == text


@pytest.mark.parametrize("declared", ("utf-16", "utf-7", "unicode_escape", "rot13", "nonsense"))
def test_a_declared_encoding_that_pages_do_not_have_is_not_believed(declared: str) -> None:
    assert "encoding" in refusal(f'<meta charset="{declared}"><p>{POLISH}</p>'.encode("cp1250"), "a.html")


def test_line_breaks_become_line_feeds_and_nothing_else_changes() -> None:
    assert read("One went.\r\nTwo stayed.\rcafe\u0301\u00a0\u2028end.", "a.txt").text == (
        "One went.\nTwo stayed.\ncafe\u0301\u00a0\u2028end."
    )
