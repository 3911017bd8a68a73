"""Contextual MaxSim: how well the tokens of sentences match the tokens of a question."""

from collections.abc import Callable, Sequence

import numpy as np

from index.answering.block import Block
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.encoding.encoder import dots, products
from index.languages import ENGLISH
from index.types import Floats, Span
from index.words import is_unspaced, terms


def match_tokens(question: Question, rarity: Rarity, block: Block) -> Floats:
    """Match the sentences of the passages with the question: float32 (sentences, 6), in the order of `Signals`.

    Contextual MaxSim (after Khattab & Zaharia 2020, arXiv:2004.12832) is the weighted mean, over the question's tokens,
    of the best cosine with any token of the sentence. The sentence's tokens were encoded within their passage. Only the
    signs of their components are stored, so the cosine of a token with itself is about 0.8.
    """
    asked, tokens = question.encoding, block.tokens
    if not asked.token_spans:
        return np.zeros((len(tokens.lengths), 6), dtype=np.float32)
    terms_of_tokens = [_term_around(question, span) for span in asked.token_spans]
    weights = np.array([rarity.weight(term) for term in terms_of_tokens], dtype=np.float32) * asked.emphasis
    weights /= max(float(weights.sum()), 1e-9)
    content = np.array([term is not None for term in terms_of_tokens])
    content = content if content.any() else np.ones_like(content)

    best = np.zeros((len(tokens.lengths), len(weights)), dtype=np.float32)
    answer = np.zeros(len(tokens.lengths), dtype=np.float32)
    if len(tokens.values):
        directions = asked.tokens if asked.answer is None else np.vstack([asked.tokens, asked.answer])
        met = products(tokens.values, directions)
        cosines = met[:, : len(weights)]
        best = tokens.reduce(np.maximum, cosines)
        if asked.answer is not None:
            repeated = np.ascontiguousarray(cosines.T).max(axis=0, initial=0)  # a fifth of the time of max(axis=1)
            likely = np.exp(np.clip(met[:, -1] - asked.repeats * repeated, -30, 30))
            total = tokens.reduce(np.add, likely)
            answer = np.log(total, out=answer, where=total > 0)
    return np.stack(
        [
            dots(best, weights),
            best[:, content].mean(axis=1),
            best[:, content].min(axis=1),
            dots(block.with_neighbours(best), weights),
            dots(block.over_passages(best), weights),
            answer,
        ],
        axis=1,
    )


def _term_around(question: Question, span: Span) -> str | None:
    """The term of the question around a token: of its word, or of a pair of characters that it is in."""
    if not (is_unspaced(question.text[span.start : span.end]) and question.language != ENGLISH):
        return term_around(question.text, span, question.terms_of)
    near = question.text[max(span.start - 1, 0) : span.end + 1]
    return next(iter(question.terms_of(near)), None)


def term_around(text: str, span: Span, terms: Callable[[str], Sequence[str]] = terms) -> str | None:
    """The term of the word that contains `span`; None if that is a stop word or a punctuation mark.

    The characters between two white spaces are one word ("U.S.", "35,000"), unless they give several ("high-ranking").
    """
    for part_of_word in (_is_no_space, str.isalnum):
        start, end = span.start, span.end
        while start > 0 and part_of_word(text[start - 1]):
            start -= 1
        while end < len(text) and part_of_word(text[end]):
            end += 1
        found = terms(text[start:end])
        if len(found) == 1:
            return found[0] if any(character.isalnum() for character in text[span.start : span.end]) else None
    return None


def _is_no_space(character: str) -> bool:
    return not character.isspace()
