"""Which sets the ranker is fitted to, and which only measure it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.known import MINILM, MULTILINGUAL_E5
from index.train import __main__ as train
from index.train.__main__ import PLANS, Found, Plan
from index.train.ranker import report_and_fit, report_on
from tests.encoder import WordEncoder

PLAN = replace(PLANS[MINILM.name], most=12)

STREETS = "Ash Birch Cedar Elm Fir Hazel Larch Maple Oak Pine Rowan Willow".split()


def passage(corpus: str, street: str) -> str:
    return f"The {corpus} baker of {street} Street sells rye. His cousin repairs the clocks. Nobody asked about it."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """TRAIN, with a few passages a corpus."""
    for corpus in sorted({corpus for plan in PLANS.values() for corpus in plan.corpora}):
        rows = [
            {
                "group": street,
                "passage": passage(corpus, street),
                "questions": [{"question": f"What does the baker of {street} Street sell?", "answers": [[0, 20]]}],
            }
            for street in STREETS
        ]
        (tmp_path / f"{corpus}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """NEWS, with a few stories in each of its splits."""
    place = tmp_path / "news"
    place.mkdir()
    articles, questions = [], []
    for number, street in enumerate(STREETS):
        text = passage("CNN", street)
        articles.append({"id": street, "title": "", "text": text})
        asked = {
            "id": f"q{number}", "question": f"What does the baker of {street} Street sell?", "article_id": street,
            "answers": [{"text": text[:20], "start": 0}], "answerable": True, "specific": True,
            "split": "dev-absent" if number % 4 == 3 else "dev",
        }  # fmt: skip
        questions.append(asked)
    for name, rows in (("articles", articles), ("questions", questions)):
        (place / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return place


def test_the_news_is_fitted_to_unless_it_is_left_out_and_then_it_only_measures(folder: Path, news: Path) -> None:
    encoder = WordEncoder()
    everything = Found.of(PLAN, folder, news, encoder, without_news=False)
    assert {e.corpus for e in everything.fitted} >= {"news", "news-absent", "xquad-en", "xquad-en-absent"}
    assert everything.measured == []
    open_sets = Found.of(PLAN, folder, news, encoder, without_news=True)
    assert not [e for e in open_sets.fitted if e.corpus.startswith("news")]
    of_news = {"news", "news-absent", "news-unanswered"}
    assert {e.corpus for e in open_sets.measured} == of_news
    assert {e.corpus for e in open_sets.fitted} == {e.corpus for e in everything.fitted} - of_news
    alone = Found.of(PLAN, folder, None, encoder, without_news=True)
    assert alone.measured == []
    assert [e.features.tolist() for e in alone.fitted] == [e.features.tolist() for e in open_sets.fitted]


def test_a_ranker_fitted_without_the_news_is_the_same_whether_the_news_is_there_or_not(
    folder: Path, news: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = WordEncoder()
    rankers = []
    for named in (news, None):
        found = Found.of(PLAN, folder, named, encoder, without_news=True)
        rankers.append(report_and_fit(found.fitted, PLAN.ranked, PLAN.sure, encoder.fingerprint).ranker)
    one, other = rankers
    for name in ("mean", "scale", "signs", "calibration"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for (weights, biases), same in zip(one.layers, other.layers, strict=True):
        assert np.array_equal(weights, same[0]) and np.array_equal(biases, same[1])
    caplog.set_level("INFO")
    report_on(Found.of(PLAN, folder, news, encoder, without_news=True).measured, one)
    assert "news, 9 questions, never fitted to: H@1 " in caplog.text


def test_news_must_be_named_or_left_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        train.main([str(tmp_path)])
    assert "name the folder NEWS, or fit the ranker --without-news" in capsys.readouterr().err


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda plan: plan.model.name)
def test_what_a_plan_counts_is_asked(plan: Plan) -> None:
    asked = {*plan.corpora, "news"}
    foreign = {f"{corpus}-{how}" for corpus in plan.foreign for how in ("foreign", "mixed")}
    assert plan.ranked.keys() - foreign <= asked
    assert {*plan.joined, *plan.unanswered, *plan.foreign} <= plan.ranked.keys()
    unanswered = {f"{corpus}-unanswered" for corpus in plan.unanswered}
    assert plan.sure.keys() <= {*plan.ranked, *(f"{corpus}-absent" for corpus in plan.ranked), *unanswered}


def test_what_measures_other_languages_is_not_fitted_to(folder: Path, news: Path) -> None:
    """SQuAD 2.0 has some of XQuAD's paragraphs."""
    found = Found.of(replace(PLANS[MULTILINGUAL_E5.name], most=12), folder, news, WordEncoder(), without_news=False)
    assert {e.corpus for e in found.fitted} >= {"news", "jaquad", "drcd-absent", "turkish-unanswered"}
    assert not [e for e in found.fitted if e.corpus.startswith(("xquad", "squad2"))]


def test_what_is_made_elsewhere_is_not_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        train.main([str(tmp_path), "--only", "adapter", "--model", MULTILINGUAL_E5.name])
    assert "only the ranker is made here for multilingual-e5-small" in capsys.readouterr().err
