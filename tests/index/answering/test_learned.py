"""Which learned steps an answer has."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from index.answering.learned import Learned
from index.answering.ranker import Ranker
from index.known import KNOWN_MODELS, MINILM, MULTILINGUAL_E5, SHA256, KnownModel


@dataclass
class Named:
    """As much of an encoder as is asked for."""

    name: str
    fingerprint: str


def learned(encoder: Named, *, ranking: bool = True, reading: bool = True) -> Learned:
    return Learned.of(encoder, ranking=ranking, reading=reading)  # type: ignore[arg-type]


DEFAULT = Named(MINILM.name, Ranker.load(MINILM.ranker).fingerprint)


def test_the_default_model_has_a_ranker_and_a_reader_unless_they_are_turned_off() -> None:
    whole = learned(DEFAULT)
    assert whole.ranker is Ranker.load(MINILM.ranker) and whole.reading
    assert whole.reading.joined.fingerprint == whole.ranker.fingerprint
    assert learned(DEFAULT, reading=False) == Learned(whole.ranker)
    assert learned(DEFAULT, ranking=False) == Learned()


def test_another_model_and_another_version_of_it_have_none() -> None:
    assert learned(Named("words", DEFAULT.fingerprint)) == Learned()
    assert learned(Named(MINILM.name, "another")) == Learned()


def test_a_model_with_a_ranker_alone_is_ranked_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN_MODELS, "ranked", replace(MINILM, name="ranked", reading=None))
    assert learned(Named("ranked", DEFAULT.fingerprint)) == Learned(Ranker.load(MINILM.ranker))
    monkeypatch.setitem(KNOWN_MODELS, "plain", replace(MINILM, name="plain", ranker=None))
    assert learned(Named("plain", DEFAULT.fingerprint)) == Learned()


@pytest.mark.parametrize("known", KNOWN_MODELS.values(), ids=lambda known: known.name)
def test_what_was_fitted_to_a_model_was_fitted_to_its_present_weights(known: KnownModel) -> None:
    for file in filter(None, (known.ranker, known.reading)):
        with np.load(file) as arrays:
            assert str(arrays["fingerprint"]) == f"{known.sha256[:16]}+{SHA256[known.adapter.name][:16]}"


def test_the_multilingual_model_reads_the_languages_that_the_bot_is_for() -> None:
    assert {"en", "ko", "ja", "zh", "de", "es", "fr", "tr", "ru", "ar", "vi"} <= {*MULTILINGUAL_E5.languages}
    assert len(set(MULTILINGUAL_E5.languages)) == len(MULTILINGUAL_E5.languages) == 93
    assert MINILM.languages == ("en",)
