"""Models are compiled where that is possible, give what torch gives, and need torch only to be compiled."""

import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index import SentenceTransformerEncoder
from index.encoding import models
from index.encoding.adapter import Adapter
from index.encoding.compiled import FILE, Network, convert, save, tables_in_8_bits
from index.encoding.encoder import PassageText, unit
from index.encoding.kept import VARIABLE, cache_folder
from index.encoding.loading import DEFAULT_MODEL, bundled_model_folder
from index.encoding.models import ABOUT, CompiledModel, TorchModel
from index.known import MINILM
from index.types import Span

TEXT = "The harbour master opened the new bridge. It is 900 metres long."
PASSAGES = [PassageText(TEXT * n, (Span(0, 41), Span(42, 64))) for n in range(1, 6)]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def small_model(folder: Path, *, pooling: str = "mean", dense: bool = False, prompts: bool = False) -> Path:
    """A model of two narrow layers with random numbers, in a folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(1)
    plain = folder.with_name(f"{folder.name}-plain")
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(plain)
    AutoTokenizer.from_pretrained(bundled_model_folder()).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=128)
    modules = [transformer, Pooling(32, pooling_mode=pooling)]
    modules += [Dense(32, 16)] if dense else [Normalize()]
    own = {"query": "query: ", "passage": "passage: "} if prompts else None
    SentenceTransformer(modules=modules, prompts=own, device="cpu").save(str(folder))
    return folder


def are_alike(one: SentenceTransformerEncoder, other: SentenceTransformerEncoder, tolerance: float) -> bool:
    """Whether two encoders give the same numbers."""
    first, second = dict(one.encode_passages(PASSAGES)), dict(other.encode_passages(PASSAGES))
    question = "How long is the bridge?"
    asked, also = one.encode_question(question), other.encode_question(question)
    return all(
        np.allclose(mine, theirs, atol=tolerance)
        for mine, theirs in (
            *((first[n].vector, second[n].vector) for n in first),
            *((first[n].sentences, second[n].sentences) for n in first),
            *((first[n].token_counts, second[n].token_counts) for n in first),
            (asked.vector, also.vector),
            (asked.tokens, also.tokens),
        )
    )


def as_torch(name: str, monkeypatch: pytest.MonkeyPatch) -> SentenceTransformerEncoder:
    with monkeypatch.context() as patch:
        patch.setattr(models, "load", lambda name: TorchModel(name, None))
        return SentenceTransformerEncoder(name)


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
@pytest.mark.parametrize("prompts", [False, True])
def test_a_compiled_model_gives_what_torch_gives(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, pooling: str, prompts: bool
) -> None:
    name = str(small_model(tmp_path / "model", pooling=pooling, prompts=prompts))
    compiled = SentenceTransformerEncoder(name)
    assert isinstance(compiled._model, CompiledModel)
    plain = as_torch(name, monkeypatch)
    assert compiled._model.about == plain._model.about
    assert (
        compiled.window == 126 - 2 * prompts
    )  # 128 tokens without the two special ones, and without "passage" and ":"
    assert are_alike(compiled, plain, 1e-4)


def said_by_models(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "index.encoding.models"]


def test_a_model_with_more_than_pooling_and_normalization_is_run_by_torch(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = str(small_model(tmp_path / "model", dense=True))
    with caplog.at_level(logging.INFO, "index.encoding.models"):
        encoder = SentenceTransformerEncoder(name)
    assert said_by_models(caplog) == [f"{name} is run by torch: it consists of Transformer, Pooling, Dense."]
    assert (encoder.dimension, encoder.token_dimension) == (16, 32)
    ((_, encoding),) = encoder.encode_passages(PASSAGES[:1])
    assert (encoding.vector.shape, encoding.sentences.shape) == ((16,), (2, 16))
    assert np.linalg.norm(encoding.sentences, axis=1) == pytest.approx(np.ones(2), abs=1e-3)
    assert [folder.name for folder in cache.iterdir() if folder.is_dir()] == []


@pytest.mark.parametrize("faster", [False, True])
def test_only_what_torch_runs_runs_in_bfloat16_where_that_is_faster(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, faster: bool
) -> None:
    monkeypatch.setattr(models, "is_faster_in_bfloat16", lambda: faster)
    assert isinstance(models.load(str(small_model(tmp_path / "compiled"))), CompiledModel)
    by_torch = models.load(str(small_model(tmp_path / "dense", dense=True)))
    assert isinstance(by_torch, TorchModel)
    assert str(by_torch.module.dtype) == ("torch.bfloat16" if faster else "torch.float32")


def test_a_model_that_gives_other_numbers_when_compiled_is_run_by_torch(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    name = str(small_model(tmp_path / "model"))
    real = CompiledModel.encode

    def wrong(self: CompiledModel, batch: models.Batch) -> tuple[np.ndarray, np.ndarray]:
        vectors, states = real(self, batch)
        return unit(vectors + 0.01), states

    monkeypatch.setattr(CompiledModel, "encode", wrong)
    with caplog.at_level(logging.INFO, "index.encoding.models"):
        encoder = SentenceTransformerEncoder(name)
    assert said_by_models(caplog) == [f"{name} is run by torch: compiled, it gives other numbers."]
    assert isinstance(encoder._model, TorchModel)


def test_a_model_whose_files_change_is_compiled_again(tmp_path: Path, cache: Path) -> None:
    folder = small_model(tmp_path / "model")
    first = SentenceTransformerEncoder(str(folder))
    small_model(tmp_path / "other", pooling="cls")
    for file in (tmp_path / "other").rglob("*.json"):
        (folder / file.relative_to(tmp_path / "other")).write_bytes(file.read_bytes())
    second = SentenceTransformerEncoder(str(folder))
    assert not are_alike(first, second, 1e-3)
    assert first.fingerprint == second.fingerprint  # of the same weights


# The process


def run(code: str, **environment: str) -> str:
    """What a new process prints that runs the code."""
    return _ran(code, **environment).stdout


def _ran(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )


def test_compiling_says_nothing(folder: Path, tmp_path: Path) -> None:
    ended = _ran(ASK.format(folder=str(folder)), **{VARIABLE: str(tmp_path / "cache")})
    assert (ended.stdout.split()[0], ended.stderr) == ("True", "")


ASK = """
import sys
from index import Library, sample_articles
with Library.open(sys.argv[1] if len(sys.argv) > 1 else {folder!r}) as library:
    if not library.articles():
        library.update(sample_articles())
    answer = library.ask("What did Lee ask Xi to do?")
    unwanted = {{"torch", "transformers", "sentence_transformers", "openvino_telemetry"}}
    print(len(answer.quotes) > 0, *sorted(unwanted & set(sys.modules)))
"""


def test_a_process_that_only_asks_never_imports_torch(folder: Path, real_encoder: SentenceTransformerEncoder) -> None:
    assert cache_folder().is_dir()  # the encoder has been compiled; the reader may not have been
    code = ASK.format(folder=str(folder))
    run(code)
    assert run(code) == "True\n"


def test_nothing_is_reported_to_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing OpenVINO as it comes reports that to its makers, and leaves files with a number in the user's home."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        code = "from index import SentenceTransformerEncoder as E; E().encode_question('Who?')"
        run(code, HOME=str(tmp_path), HTTPS_PROXY=proxy, HTTP_PROXY=proxy, **{VARIABLE: str(cache_folder())})
        with pytest.raises(TimeoutError):
            server.accept()
    assert list(tmp_path.iterdir()) == []


# What is kept


def test_the_default_model_is_kept_with_what_is_known_of_it(real_encoder: SentenceTransformerEncoder) -> None:
    assert isinstance(real_encoder._model, CompiledModel)
    place = default_place()
    assert json.loads((place / ABOUT).read_text()) == {
        "fingerprint": real_encoder.fingerprint,
        "max_tokens": 256,
        "dimension": 384,
        "token_dimension": 384,
        "passage_prompt": "",
        "question_prompt": "",
    }
    assert (place / FILE).is_file()


def default_place() -> Path:
    """Where the default model is kept."""
    name = models._place_of(DEFAULT_MODEL)
    assert name
    return cache_folder() / name


def test_the_default_model_in_8_bits_is_near_that_of_torch(
    real_encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(models, "load", lambda name: TorchModel(name, Adapter.load(MINILM.adapter)))
        plain = SentenceTransformerEncoder()
    assert real_encoder.fingerprint == plain.fingerprint
    asked = [encoder.encode_question("How long is the bridge?") for encoder in (real_encoder, plain)]
    (_, read), (_, also) = ((*encoder.encode_passages(PASSAGES[:1]),)[0] for encoder in (real_encoder, plain))
    for one, other in ((asked[0].vector, asked[1].vector), *zip(read.sentences, also.sentences, strict=True)):
        assert 0.99 < one @ other < 1 - 1e-6
    assert np.mean(np.sum(asked[0].tokens * asked[1].tokens, axis=1)) > 0.99


def test_a_large_table_in_8_bits_gives_nearly_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr("index.encoding.compiled.LARGE_TABLE", 100 * 32)
    torch.manual_seed(1)
    table = torch.nn.Embedding(100, 32)
    network = convert(table, {"ids": torch.zeros(1, 3, dtype=torch.long)}, ["rows"])
    sizes = []
    for make_smaller in (lambda _: None, tables_in_8_bits):
        make_smaller(network)
        save(network, tmp_path)
        sizes.append((tmp_path / FILE).with_suffix(".bin").stat().st_size)
    assert sizes[1] < sizes[0] / 3
    ids = np.array([[0, 99, 41], [7, 7, 1]])
    rows = table(torch.from_numpy(ids)).detach().numpy()
    assert Network(tmp_path).run({"ids": ids})["rows"] == pytest.approx(rows, abs=float(np.abs(rows).max()) / 254)


def test_batches_beside_each_other_give_their_results_in_order(real_encoder: SentenceTransformerEncoder) -> None:
    place = default_place()
    network = Network(place, 2)
    rows = [np.array([[101, 1000 + 7 * n, *([2000] * (n % 5)), 102]]) for n in range(12)]
    together = list(network.run_all({"ids": ids, "mask": np.ones_like(ids)} for ids in rows))
    for ids, found in zip(rows, together, strict=True):
        assert found["states"].shape == (1, ids.shape[1], 384)
        alone = network.run({"ids": ids, "mask": np.ones_like(ids)})
        assert np.allclose(found["vectors"], alone["vectors"], atol=1e-6)
    assert list(network.run_all([])) == []
