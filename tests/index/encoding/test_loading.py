"""Models are what was published, and those that are not there are named."""

from pathlib import Path

import pytest

from index import DEFAULT_MODEL_SHA256, Library, ModelError, Remedy, SentenceTransformerEncoder
from index.encoding.loading import bundled_model_folder
from index.encoding.weights import sha256_of
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE


def test_the_bundled_weights_are_the_published_ones() -> None:
    published = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert sha256_of(bundled_model_folder() / "model.safetensors") == published == DEFAULT_MODEL_SHA256


# Models that are not there


def test_an_unknown_model_is_named_with_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr("socket.socket.connect", no_network)
    with pytest.raises(ModelError) as caught:
        SentenceTransformerEncoder("nobody/no-such-model")
    assert "'nobody/no-such-model' cannot be loaded" in str(caught.value)
    assert caught.value.remedy is Remedy.CHOOSE_EMBEDDING_MODEL


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ModelError, match=f"'{tmp_path}' cannot be loaded"):
        SentenceTransformerEncoder(str(tmp_path))


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    for file in bundled_model_folder().rglob("*"):
        copy = tmp_path / file.relative_to(bundled_model_folder())
        if file.is_dir():
            copy.mkdir(exist_ok=True)
        elif file.suffix == ".safetensors":
            copy.write_bytes(file.read_bytes()[:100_000])
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(file)
    with pytest.raises(ModelError, match=f"'{tmp_path}' cannot be loaded"):
        SentenceTransformerEncoder(str(tmp_path))


def test_a_library_whose_model_cannot_be_loaded_stays_as_it_was(folder: Path) -> None:
    def load() -> SentenceTransformerEncoder:
        raise ModelError("there is none")

    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([BRIDGE])
    with Library.open(folder, load_encoder=load) as library:
        for act in (lambda: library.update(ARTICLES), library.warm, lambda: library.ask("Which gate?")):
            with pytest.raises(ModelError, match="there is none"):
                act()
        assert (library.articles(), library.read_generation()) == ([BRIDGE], 1)
