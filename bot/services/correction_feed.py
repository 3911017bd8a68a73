"""The feed of corrections: an Atom file (RFC 4287) that the operator can serve."""

import html
import os
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from bot.differences import Part, differences
from bot.storage.answers import Fate
from bot.storage.corrections import Correction
from bot.wording import (
    ITS_ARTICLE_WENT,
    NOTHING_STANDS,
    STANDS,
    STOOD,
    corrected_title,
    edited_answers,
    further_rewordings,
)
from index import Rewording, is_address

ATOM = "http://www.w3.org/2005/Atom"

ENTRIES = 100
"""How many corrections the feed has at most: the last ones."""

_RESERVED = "%/:?#[]@!$&'()*+,;=-._~"
"""What stays as it is in an address."""

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without an entry was updated."""


def feed_of(corrections: Sequence[Correction], feed_id: bytes) -> bytes:
    """The feed with these corrections, the last one first; `feed_id` is 16 bytes that never change.

    The same corrections make the same bytes.
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(_tag("feed"))
    newest = max((one.at for one in corrections), default=_BEGINNING)
    _add(feed, "id", UUID(bytes=feed_id).urn)
    _add(feed, "title", "Corrections")
    _add(feed, "subtitle", "What was corrected or withdrawn in our articles, as Pullquote found it.")
    _add(feed, "updated", _moment(newest))
    _add(ET.SubElement(feed, _tag("author")), "name", "Pullquote")
    _add(feed, "generator", "Pullquote")
    for one in corrections[:ENTRIES]:
        entry = ET.SubElement(feed, _tag("entry"))
        _add(entry, "id", UUID(hex=one.id).urn)
        _add(entry, "title", _clean(corrected_title(one.fate is Fate.WITHDRAWN, one.title)))
        _add(entry, "published", _moment(one.at))
        _add(entry, "updated", _moment(one.at))
        if one.url and is_address(one.url):
            ET.SubElement(entry, _tag("link"), rel="alternate", href=quote(_clean(one.url), safe=_RESERVED))
        _add(entry, "content", _clean(_body(one)), type="html")
    ET.indent(feed)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def write_feed(file: Path, content: bytes) -> None:
    """Put the content in place of the file at once, if it is another; it can be read by whoever serves it.

    Raises OSError.
    """
    if file.is_file() and file.read_bytes() == content:
        return
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.chmod(0o644)
        os.replace(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)


def _body(one: Correction) -> str:
    """What stood and what stands, in HTML with everything of the articles escaped."""
    said: list[str] = []
    for rewording in one.rewordings:
        said += _of_rewording(rewording)
    if not one.rewordings and one.fate is Fate.CORRECTED:
        said.append(f"<p>{html.escape(ITS_ARTICLE_WENT())}</p>")
    if one.further:
        said.append(f"<p>{html.escape(further_rewordings(one.further))}</p>")
    said.append(f"<p>{html.escape(edited_answers(one.edited))}</p>")
    return "".join(said)


def _of_rewording(rewording: Rewording) -> Iterable[str]:
    stood, stands = differences(rewording.stood, rewording.stands)
    yield f"<p>{html.escape(STOOD())} {_marked(stood, 'del')}</p>"
    if stands:
        yield f"<p>{html.escape(STANDS())} {_marked(stands, 'ins')}</p>"
    else:
        yield f"<p>{html.escape(NOTHING_STANDS())}</p>"


def _marked(parts: Iterable[Part], tag: str) -> str:
    return "".join(f"<{tag}>{html.escape(p.text)}</{tag}>" if p.differs else html.escape(p.text) for p in parts)


def _clean(text: str) -> str:
    """The text without characters that XML does not allow."""
    return "".join(char for char in text if char in "\t\n" or (char >= " " and not _is_forbidden(ord(char))))


def _is_forbidden(code: int) -> bool:
    return 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, _tag(name), attributes).text = text


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
