"""Training data: read, and parted so that no article is on both sides."""

import json
from pathlib import Path

import pytest

from index.answering.rarity import Rarity
from index.answering.tuning import Tuning
from index.train.data import TermWeights, hold_out, read
from index.train.examples import as_articles
from index.types import Span


def write(folder: Path, corpus: str, groups: list[str]) -> None:
    rows = [
        {
            "group": group,
            "passage": f"Keeper{n} shut gate{n}. The bell rang.",
            "questions": [{"question": f"Who shut gate{n}?", "answers": [[0, 7]]}, {"question": "Why?", "answers": []}],
        }
        for n, group in enumerate(groups)
    ]
    (folder / f"{corpus}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_a_quarter_is_held_out_and_groups_stay_whole(tmp_path: Path) -> None:
    write(tmp_path, "many", [f"group{n // 3}" for n in range(60)])
    write(tmp_path, "one", ["all"] * 40)
    sources = read(tmp_path, ["many", "one"])
    kept, held = hold_out(sources, 0.25, seed=0)
    assert len(kept) + len(held) == 100
    assert not {s.group for s in kept if s.corpus == "many"} & {s.group for s in held if s.corpus == "many"}
    assert 12 <= sum(s.corpus == "many" for s in held) <= 18
    assert sum(s.corpus == "one" for s in held) == 10
    assert hold_out(sources, 0.25, seed=0) == (kept, held)


def test_the_passages_of_a_group_become_one_article_with_its_answers_in_place(tmp_path: Path) -> None:
    write(tmp_path, "corpus", ["a", "a", "b"])
    sources = read(tmp_path, ["corpus"])
    articles, known = as_articles(sources, joined=True)
    assert [article.id for article in articles] == ["corpus/a", "corpus/b"]
    assert [(question.text, question.unanswered) for question in known[:2]] == [
        ("Who shut gate0?", False),
        ("Why?", True),
    ]
    assert [len(question.answers) for question in known] == [1, 0] * 3, "what the passage does not answer is unanswered"
    texts = {article.id: article.text for article in articles}
    assert [texts[k.article_id][s.start : s.end] for k in known for s in k.answers] == ["Keeper0", "Keeper1", "Keeper2"]
    apart, _ = as_articles(sources, joined=False)
    assert [article.text for article in apart] == [source.text for source in sources]
    assert sources[0].questions[0].answers == (Span(0, 7),)


def test_terms_weigh_what_they_weigh_in_a_library(tmp_path: Path) -> None:
    write(tmp_path, "corpus", ["a", "b", "c"])
    weigh = TermWeights(read(tmp_path, ["corpus"]), background=7)
    rarity = Rarity([], [], Tuning(background_passages=10))
    assert weigh("nowher") == pytest.approx(rarity.weight("nowher"))
    assert weigh("bell") < weigh("gate0") < weigh("nowher")
