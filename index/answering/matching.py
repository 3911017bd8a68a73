"""Contextual MaxSim: how well the tokens of sentences match the tokens of a question."""

from collections.abc import Sequence

import numpy as np

from index.answering.question import Question
from index.answering.rarity import Rarity
from index.encoding.encoder import PassageEncoding, products
from index.types import Floats, Span
from index.words import terms


def match_tokens(question: Question, rarity: Rarity, encodings: Sequence[PassageEncoding]) -> Floats:
    """Match the sentences of the passages with the question: float32 (sentences, 6), in the order of `Signals`.

    Contextual MaxSim (after Khattab & Zaharia 2020, arXiv:2004.12832) is the weighted mean, over the question's tokens,
    of the best cosine with any token of the sentence. The sentence's tokens were encoded within their passage. Only the
    signs of their components are stored, so the cosine of a token with itself is about 0.8.
    """
    asked = question.encoding
    if not asked.token_spans:
        return np.zeros((sum(len(encoding.token_counts) for encoding in encodings), 6), dtype=np.float32)
    terms_of_tokens = [term_around(question.text, span) for span in asked.token_spans]
    weights = np.array([rarity.weight(term) for term in terms_of_tokens], dtype=np.float32) * asked.emphasis
    weights /= max(float(weights.sum()), 1e-9)
    content = np.array([term is not None for term in terms_of_tokens])
    content = content if content.any() else np.ones_like(content)

    counts = np.concatenate([encoding.token_counts for encoding in encodings])
    tokens = np.concatenate([encoding.tokens for encoding in encodings])
    holding = counts > 0
    starts = (np.cumsum(counts) - counts)[holding]
    best = np.zeros((len(weights), len(counts)), dtype=np.float32)
    answer = np.zeros(len(counts), dtype=np.float32)
    if len(starts):
        directions = asked.tokens if asked.answer is None else np.vstack([asked.tokens, asked.answer])
        met = products(directions, tokens)
        cosines = met[: len(weights)]
        best[:, holding] = np.maximum.reduceat(cosines, starts, axis=1)
        if asked.answer is not None:
            likely = np.exp(np.clip(met[-1] - asked.repeats * np.maximum(cosines.max(axis=0), 0), -30, 30))
            answer[holding] = np.log(np.add.reduceat(likely, starts))
    return np.stack(
        [
            weights @ best,
            best[content].mean(axis=0),
            best[content].min(axis=0),
            weights @ _widest(best, encodings, 1),
            weights @ _widest(best, encodings, None),
            answer,
        ],
        axis=1,
    )


def _widest(best: Floats, encodings: Sequence[PassageEncoding], reach: int | None) -> Floats:
    """Extend `best` (m, sentences) to the neighbours of each sentence in its passage; None: to the whole passage.

    Each value becomes the maximum over the sentence and the neighbours up to `reach` sentences away.
    """
    wide = best.copy()
    start = 0
    for encoding in encodings:
        end = start + len(encoding.token_counts)
        if reach is None:
            wide[:, start:end] = best[:, start:end].max(axis=1, keepdims=True)
        else:
            wide[:, start + 1 : end] = np.maximum(wide[:, start + 1 : end], best[:, start : end - 1])
            wide[:, start : end - 1] = np.maximum(wide[:, start : end - 1], best[:, start + 1 : end])
        start = end
    return wide


def term_around(text: str, span: Span) -> str | None:
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
