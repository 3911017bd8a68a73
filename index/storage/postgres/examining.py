"""Finds what is wrong with a library in its tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from index.storage.blobs import EncodingBlobs, TermBlobs, checksum_of
from index.storage.checking import CheckedPassage, examination_of
from index.storage.postgres.postings import PostgresPostings
from index.storage.postgres.reader import Reader
from index.storage.postings import digest_of
from index.storage.rows import ARTICLE_COLUMNS, BLOB_COLUMNS, hashed
from index.storage.types import Examination, hash_of
from index.types import Fault, Passage


@dataclass(frozen=True, slots=True)
class TablesExamination(Examination):
    """What is wrong with a library in its tables, including its full-text index."""

    words_fault: bool = False


def examine(reader: Reader) -> TablesExamination:
    """Read all that is stored, and say what is wrong with it."""
    passages, digest = [], 0
    for passage, part in _checked_passages(reader):
        passages.append(passage)
        digest += part
    found = examination_of(reader, _altered_articles(reader), passages)
    held = PostgresPostings(reader.connection, reader.row.number).digest()
    words_fault = not found.damaged and held != digest % (1 << 64)
    faults = [Fault("the full-text index is not of the passages that are there", True)] * words_fault
    return TablesExamination((*found.faults, *faults), found.damaged, found.misread, words_fault)


def _altered_articles(reader: Reader) -> list[str]:
    """The ids of the articles that have changed since they were stored, judged by their content hashes."""
    query = f"SELECT {ARTICLE_COLUMNS}, content_hash FROM articles WHERE library = {reader.row.number} ORDER BY id"
    return [fields[0] for *fields, digest in reader.streamed(query) if hash_of(hashed(fields)) != digest]


def _checked_passages(reader: Reader) -> Iterator[tuple[CheckedPassage, int]]:
    """All passages, grouped by article, each with the result of its checksum and its part of the index's digest."""
    rows = reader.streamed(
        f"""SELECT p.id, a.id, start, "end", first, last, p.key, checksum, {BLOB_COLUMNS}
            FROM {reader.row.passages} p JOIN articles a ON a.library = p.library AND a.number = p.article
            WHERE p.library = {reader.row.number} ORDER BY a.id, p.id"""
    )
    for number, article_id, start, end, first, last, key, checksum, counts, terms, cues, *blobs in rows:
        encoding, span = EncodingBlobs(*blobs), Passage(start, end, first, last)
        held = TermBlobs(counts, terms)
        is_sound = checksum == checksum_of(encoding, held, cues)
        digest = digest_of(number, held.unpack_numbers()) if is_sound else 0
        yield CheckedPassage(number, article_id, span, key, is_sound), digest
