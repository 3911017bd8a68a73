"""PDFs: their text as it is set, and a sentence for those that hold none."""

import io
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfWriter

from index import Article, ArticleError, read_folder
from index.sources.document import read_document
from index.sources.folder import read_paths
from tests.parser import PARSER

LINES = (
    "The ferry opens again",
    "",
    "By Nora Quill",
    "",
    "Ada Brandt bought the ferry from a lighthouse keeper in 2019. She has repaired the",
    "well-known roof of its station twice. The lighthouse keeper keeps a dog, and the light-",
    "house is for sale. Nobody has made an offer for the lighthouse since Christ-",
    "mas of that year.",
)


def pdf(*pages: tuple[str, ...]) -> bytes:
    """A PDF of these lines of text."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (len(pages), b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages)))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, lines in enumerate(pages):
        shown = b"T* ".join(b"(%s) Tj " % line.encode() if line else b"" for line in lines)
        stream = b"BT /F1 12 Tf 14 TL 50 700 Td " + shown + b"ET"
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * number),
            b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf(LINES)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    return written(writer)


def scanned(pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(600, 800)
    return written(writer)


def packed(*pages: tuple[str, ...]) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf(*pages)))
    for page in writer.pages:
        page.compress_content_streams()
    return written(writer)


def read(data: bytes, name: str = "ferry.pdf") -> Article:
    return read_document(data, name, article_id="ferry")


def refusal(data: bytes, name: str = "ferry.pdf") -> str:
    with pytest.raises(ArticleError) as refused:
        read(data, name)
    return str(refused.value)


def test_a_pdf_is_read_as_its_story() -> None:
    article = read(pdf(LINES, ("The next tide is at noon.",)))
    assert (article.title, article.author) == ("The ferry opens again", "Nora Quill")
    assert " ".join(article.text.split()) == (
        "Ada Brandt bought the ferry from a lighthouse keeper in 2019. She has repaired the well-known roof of its "
        "station twice. The lighthouse keeper keeps a dog, and the lighthouse is for sale. Nobody has made an offer "
        "for the lighthouse since Christ-mas of that year. The next tide is at noon."
    )


def test_an_encrypted_pdf_says_so_and_one_that_opens_without_a_password_is_read() -> None:
    assert refusal(encrypted("secret")) == "ferry.pdf is encrypted: save it without a password."
    assert read(encrypted("")).title == "The ferry opens again"


def test_a_scanned_pdf_says_so() -> None:
    assert refusal(scanned(2)) == (
        "ferry.pdf holds pictures of pages and no text, as scans do: recognize its text (OCR), or save the story as "
        ".txt."
    )


def test_a_pdf_with_too_many_pages_says_so() -> None:
    assert refusal(scanned(301)).startswith("ferry.pdf has 301 pages, more than the 300 allowed: ")


def test_a_small_pdf_that_unpacks_to_very_much_text_says_so() -> None:
    data = packed(*[("The ferry sails at noon. " * 10,) * 50] * 4)
    assert len(data) < 12_500
    assert len(read_document(data, "ferry.pdf", article_id="ferry", max_bytes=60_000).text) > 49_000
    with pytest.raises(ArticleError) as refused:
        read_document(data, "ferry.pdf", article_id="ferry", max_bytes=25_000)
    assert str(refused.value) == (
        "ferry.pdf holds more than the 25,000 characters of text allowed, unpacked: split it into its articles, or "
        "have the limit raised."
    )


def test_a_pdf_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sources.pdf.MAX_SECONDS", 0)
    assert refusal(pdf(LINES)) == "ferry.pdf takes more than 0 seconds to read: save the story as .txt."


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%\xe2\xe3",
        pdf(LINES)[:40],
        b"%PDF-1.4\n" + bytes(range(256)) * 20,
        b"%PDF-1.4\ntrailer<</Root 1 0 R>>",
    ],
    ids=["head", "cut", "noise", "trailer"],
)
def test_a_broken_pdf_says_so(data: bytes) -> None:
    assert refusal(data) == "ferry.pdf is a broken PDF: save it again, or save the story as .txt."


def test_every_beginning_of_a_pdf_ends_in_an_article_or_a_refusal() -> None:
    whole = pdf(LINES)
    for end in range(0, len(whole), 37):
        try:
            assert read(whole[:end]).text
        except ArticleError as error:
            assert str(error).startswith("ferry.pdf ")


def test_what_is_called_a_pdf_or_a_page_and_is_none_says_so() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("story.txt", "The ferry opens again.")
    assert refusal(archive.getvalue()).startswith("ferry.pdf is no PDF, whatever its name says: ")
    assert refusal(archive.getvalue(), "ferry.html") == (
        "ferry.html is a ZIP archive or an Office document, not text: save it as plain text in UTF-8."
    )


def test_a_pdf_is_read_where_it_is_named_and_passed_over_in_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "ferry.pdf"
    path.write_bytes(pdf(LINES))
    (article,) = read_paths([path], PARSER).articles
    assert (article.id, article.source) == ("ferry", str(path))
    assert read_folder(path.parent, PARSER).articles == ()
