"""The bot with the multilingual model: readers ask in their own language about articles in theirs and in others."""

from pathlib import Path

import pytest

from index import Article, Library, SentenceTransformerEncoder
from index.known import MULTILINGUAL_E5
from tests.e2e.conftest import Speaks
from tests.e2e.world import World, labels, quotes, text, texts, unescaped

BRIDGE = Article(
    "bridge",
    "엘머스항 새 다리 개통",
    "엘머스항의 새 다리가 3월 2일 개통했다. 길이 412미터인 이 다리는 항구와 구시가지를 잇는다.\n\n"
    "공사에는 4년이 걸렸고 비용은 2400억 원이었다. 시는 다리에 전차 선로를 놓지 않기로 했다. "
    "박수진 시장은 개통식에서 “이제 배를 기다릴 필요가 없다”고 말했다.",
    author="김민서",
    published="2026-03-03",
    section="사회",
    url="https://example.org/ko/bridge",
)
OPENED = "엘머스항의 새 다리가 3월 2일 개통했다."
COST = "공사에는 4년이 걸렸고 비용은 2400억 원이었다."

TIDES = Article(
    "tides",
    "The bakery that opens with the tide",
    "The harbour bakery in Elmouth opens two hours before high tide. Its owner, Ada Brandt, bought the oven from a "
    "lighthouse keeper in 2019.\n\nShe sells four hundred rye loaves on a Saturday. The council wants to move the shop "
    "to the new quay next spring.",
    author="Nora Quill",
    published="2026-02-03",
    url="https://example.org/tides",
)
OVEN = "Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019."

POOL = """---
title: Das Freibad öffnet wieder
author: Jana Weiß
published: 2026-05-02
url: https://example.org/freibad
---

Das Freibad am Hafen öffnet am 15. Mai wieder. Die Sanierung kostete 3,2 Millionen Euro und dauerte zwei Jahre.

Eine Tageskarte kostet künftig fünf Euro. Kinder unter sechs Jahren zahlen nichts.
"""

pytestmark = pytest.mark.settings(embedding_model=MULTILINGUAL_E5.name)


@pytest.fixture(scope="module")
def real_encoder() -> SentenceTransformerEncoder:
    """The multilingual model, in place of the default one."""
    return SentenceTransformerEncoder(MULTILINGUAL_E5.name)


@pytest.fixture(scope="module")
def _sample_folder(real_encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with an article in Korean and one in English, in place of the bundled story."""
    folder = tmp_path_factory.mktemp("languages") / "library"
    with Library.open(folder, load_encoder=lambda: real_encoder) as library:
        library.update([BRIDGE, TIDES])
    return folder


async def test_a_korean_reader_asks_about_a_korean_and_an_english_article(world: World, speaks: Speaks) -> None:
    speaks(world.reader, "ko")
    await world.admin.slash(world.channel, "settings language", language="ko")

    async def asked(question: str, **options: str) -> str:
        given = (await world.reader.slash(world.channel, "ask", question=question, **options)).response
        return text(given)

    opened = await world.mention("새 다리는 언제 개통했습니까?")
    assert quotes(opened)[0] == OPENED
    assert "-# 김민서 · 2026년 3월 3일 · 사회" in text(opened).splitlines()
    assert labels(opened)[0] == "앞뒤 글 보기"

    oven = await asked("빵집 주인은 누구에게서 오븐을 샀나요?")
    assert OVEN in oven
    assert "-# Nora Quill · 2026년 2월 3일 · 영어 원문" in oven.splitlines()

    absent = await asked("레이캬비크에서 밀가루 1킬로그램은 얼마입니까?")
    assert absent.endswith("그 답이 없습니다.**")
    wrong = await asked("새 다리는 언제 개통했습니까?", since="내일")
    assert wrong == "'since' 값 '내일'은(는) 날짜가 아닙니다. 2026-01-31처럼 쓰세요."

    cost = await world.mention("새 다리 공사 비용은 얼마였습니까?")
    assert quotes(cost)[0] == COST
    await world.reader.send(world.channel, "그건 언제 개통했나요?", reply_to=cost)
    assert quotes(world.last)[0] == OPENED
    world.refused()


async def test_a_german_editor_reindexes_in_full_and_readers_find_german_and_english(
    world: World, speaks: Speaks
) -> None:
    speaks(world.admin, "de")
    speaks(world.reader, "de")
    await world.admin.slash(world.channel, "settings language", language="de")
    added = await world.admin.slash(world.channel, "articles add", file=("freibad.md", POOL.encode()))
    assert texts(added.response)[0].startswith("### Hinzugefügt: *Das Freibad öffnet wieder*")
    await world.admin.slash(world.channel, "reindex", full=True)
    assert text(world.last).startswith("### Vollständig neu indexieren\nFertig in ")
    assert text(world.last).endswith("Nichts hat sich geändert.\n-# 1 Artikel wie zuvor · 1 Passage eingebettet")

    pool = await world.mention("Wann macht das Freibad wieder auf?")
    assert quotes(pool)[0] == "Das Freibad am Hafen öffnet am 15. Mai wieder."
    assert "-# Jana Weiß · 2. Mai 2026" in unescaped(text(pool)).splitlines()
    asked = await world.reader.slash(world.channel, "ask", question="Von wem hat die Bäckerin den Ofen gekauft?")
    oven = unescaped(text(asked.response))
    assert OVEN in oven
    assert "-# Nora Quill · 3. Februar 2026 · auf Englisch" in oven.splitlines()
