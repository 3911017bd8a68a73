"""Which questions name their text."""

from index.train.nearest import nearest
from tests.encoder import WordEncoder

TEXTS = ["The baker of Oak Street sells rye.", "The ferry to Lune was late.", "A clock in Oak Street was repaired."]


def test_texts_come_nearest_first() -> None:
    order = nearest(TEXTS, ["When is the ferry late?", "Who repaired the clock?", "Who sells rye?"], WordEncoder())
    assert order[:, 0].tolist() == [1, 2, 0]
    assert sorted(order[0].tolist()) == [0, 1, 2]
    assert nearest(TEXTS, ["Who sells rye?"], WordEncoder(), count=1).tolist() == [[0]]


def test_a_text_is_told_by_its_beginning() -> None:
    texts = ["Bells ring. " * 60 + "The ferry sank.", "The ferry was late."]
    assert nearest(texts, ["Which ferry sank?"], WordEncoder())[0, 0] == 1
