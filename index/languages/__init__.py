"""The languages that texts and questions may be in: one table a language, and how the language of a text is told."""

from index.languages.language import NOWHERE, Edges, Language, any_of, matching
from index.languages.tables import ENGLISH, language, orders, stop_words
from index.languages.telling import language_of_question, tell_language

__all__ = [
    "ENGLISH",
    "NOWHERE",
    "Edges",
    "Language",
    "any_of",
    "language",
    "language_of_question",
    "matching",
    "orders",
    "stop_words",
    "tell_language",
]
