"""The tables of the languages: every list can be looked for, and finds what people write."""

import re
from dataclasses import fields

import pytest
import sentencex
import snowballstemmer

from index.answering.features import KINDS
from index.languages import any_of, language, matching
from index.languages.tables import _STEMMERS, _TABLES, stop_words

WITH_FILES = ("de", "es", "fr", "ja", "ko", "tr", "zh")
LISTS = (
    "newest", "today", "going_on", "alone", "pointing", "pronouns", "leaning", "saying", "reasons", "orders", "dates",
    "numbers",
)  # fmt: skip


@pytest.mark.parametrize("code", WITH_FILES)
def test_a_language_with_a_file_has_every_list_and_its_patterns_can_be_read(code: str) -> None:
    table = language(code)
    assert table.code == code
    assert [name for name in LISTS if not getattr(table, name)] == []
    assert set(table.asks) == set(KINDS) - {"yes or no", "what"}
    for name in ("orders", "dates", "numbers", "goes_on"):
        re.compile(getattr(table, name))
    for name in set(LISTS) - {"orders", "dates", "numbers"}:
        for phrase in getattr(table, name).split(","):
            assert any_of(getattr(table, name), table.edges).search(f" {phrase.strip()} "), (code, name, phrase)
            assert phrase.strip(), (code, name)


def test_every_stemmer_exists_and_every_table_is_listed_by_its_own_code() -> None:
    named = {**_STEMMERS, **{code: table.stemmer for code, table in _TABLES.items() if table.stemmer}}
    assert set(named.values()) <= set(snowballstemmer.algorithms())
    assert {code: table.code for code, table in _TABLES.items()} == {code: code for code in _TABLES}
    assert [name for name in named if not stop_words(name) and name not in ("lt", "ne", "sr", "ta")] == []
    assert len(fields(language("de"))) > len(LISTS)


def test_a_language_that_is_not_known_has_an_empty_table() -> None:
    assert language("xx").stemmer == ""
    assert stop_words("xx") == frozenset()
    assert not matching(language("xx").orders).search("anything")
    assert sentencex.get_sentence_boundaries("xx", "One. Two.")
