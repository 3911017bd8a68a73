"""Extracts the text of a PDF, within limits: a PDF of a few kilobytes may contain gigabytes of text."""

import io
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import ArticleError, Remedy

if TYPE_CHECKING:
    from pypdf import PageObject

MAX_PAGES = 300

MAX_SECONDS = 3.0
"""Of processor time for the text of one PDF. A million characters take one second."""

_WORD = re.compile(r"\w+")
_BROKEN_WORD = re.compile(r"(?<!\w)(\w{1,40})-\n(\w{1,40})(?!\w)")
"""A word that is hyphenated at the end of a line. The number of letters is limited, so that no text makes it slow."""
_BLOCK_GAP = 1.8
"""A new block begins if a line is more than this many times its font size below the line before."""


def text_of_pdf(data: bytes, label: str, max_bytes: int) -> str:
    """The words of a PDF, with its line breaks, and a blank line between blocks and between pages.

    `label` names the PDF in messages. Raises ArticleError if it is broken, encrypted or without text, has more than
    `max_bytes` characters of text, or takes too long.
    """
    if b"%PDF-" not in data[:1024]:
        raise ArticleError(f"{label} is no PDF, whatever its name says: save it as a PDF, or the story as .txt.")
    from pypdf import PdfReader

    budget = _Budget(label, max_bytes)
    try:
        pdf = PdfReader(io.BytesIO(data))
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise ArticleError(f"{label} is encrypted: save it without a password.")
        count = len(pdf.pages)
        if count > MAX_PAGES:
            raise ArticleError(
                f"{label} has {count:,} pages, more than the {MAX_PAGES} allowed: split it into its articles."
            )
        text = "\n\n".join(_text_of_page(page, budget) for page in pdf.pages)
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # pypdf can raise anything for a broken file
        raise ArticleError(f"{label} is a broken PDF: save it again, or save the story as .txt.") from error
    if not any(character.isalnum() for character in text):
        raise ArticleError(
            f"{label} holds pictures of pages and no text, as scans do: recognize its text (OCR), or save the story as "
            ".txt."
        )
    known = set(_WORD.findall(text))
    text = text.replace("\0", "").replace("\xad\n", "")
    return _BROKEN_WORD.sub(lambda m: m[1] + m[2] if m[1] + m[2] in known else f"{m[1]}-{m[2]}", text)


@dataclass(slots=True)
class _Budget:
    """The limits for the text of one PDF, and how much of them is used.

    It counts the processor time of this thread, so other work of the machine does not matter.
    """

    label: str
    max_characters: int
    characters: int = 0
    began: float = field(default_factory=time.thread_time)

    def spend(self, characters: int = 0) -> None:
        """Count extracted text. Raises ArticleError if there is too much of it or if it takes too long.

        Once over the limit, every later call raises again, because pypdf only logs what is raised inside a form.
        """
        self.characters += characters
        if self.characters > self.max_characters:
            raise ArticleError(
                f"{self.label} holds more than the {self.max_characters:,} characters of text allowed, unpacked: split "
                "it into its articles",
                Remedy.RAISE_LIMIT,
            )
        if time.thread_time() - self.began > MAX_SECONDS:
            raise ArticleError(f"{self.label} takes more than {MAX_SECONDS:g} seconds to read: save the story as .txt.")


def _text_of_page(page: "PageObject", budget: _Budget) -> str:
    """The words of a page in the order of the file, which follows the columns."""
    pieces: list[str] = []
    last: float | None = None

    def add(text: str, whole: list[float], line: list[float], _font: object, size: float) -> None:
        nonlocal last
        budget.spend(len(text))
        if not text.strip():
            pieces.append(text)
            return
        height = line[5] * whole[3] + whole[5]
        if last is not None and last - height > _BLOCK_GAP * abs(size * line[3] * whole[3]):
            pieces.append("\n\n")
        pieces.append(text)
        last = height

    page.extract_text(visitor_operand_before=lambda *_: budget.spend(), visitor_text=add)
    budget.spend()
    blocks = re.split(r"\n\s*\n", "".join(pieces))
    return "\n\n".join(stripped for block in blocks if (stripped := block.strip()))
