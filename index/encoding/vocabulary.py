"""Leaves pieces out of a large vocabulary, so that a model which reads English loads faster and takes less memory."""

import json
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray


def latin_part(tokenizer: str) -> tuple[str, NDArray[np.int64] | None]:
    """A tokenizer with the pieces in Latin letters alone, and what number each of them had, int64 (n,).

    Both tokenizers are JSON, as `tokenizers` writes it. Digits, punctuation and signs stay, and so do the pieces that
    are no text. What a text has in other letters is read as unknown. A tokenizer that is not of SentencePiece's unigram
    model stays whole, and there are no numbers.
    """
    parts = json.loads(tokenizer)
    if parts["model"]["type"] != "Unigram":
        return tokenizer, None
    pieces = parts["model"]["vocab"]
    marks = {token["id"] for token in parts["added_tokens"]} | {parts["model"]["unk_id"]}
    kept = [number for number, (piece, _) in enumerate(pieces) if number in marks or all(map(_is_latin, piece))]
    new = {number: place for place, number in enumerate(kept)}
    parts["model"]["vocab"] = [pieces[number] for number in kept]
    parts["model"]["unk_id"] = new[parts["model"]["unk_id"]]
    for token in parts["added_tokens"]:
        token["id"] = new[token["id"]]
    for token in parts["post_processor"]["special_tokens"].values():
        token["ids"] = [new[number] for number in token["ids"]]
    return json.dumps(parts), np.array(kept, dtype=np.int64)


@cache
def _is_latin(character: str) -> bool:
    """Whether it is a Latin letter, or neither a letter nor a mark on one."""
    return unicodedata.category(character)[0] not in "LM" or "LATIN" in unicodedata.name(character, "")
