"""Questions that are deleted or edited while they are being answered."""

import asyncio

from bot.asking.withdrawn import WithdrawnQuestions


async def test_a_deleted_message_and_a_deleted_channel_withdraw_their_questions() -> None:
    questions = WithdrawnQuestions()
    with questions.watching(1, 10) as one, questions.watching(2, 20) as two, questions.watching(None) as command:
        assert questions.note({1, 3}) == [3]
        questions.note_channels({20})
        assert one.is_off and two.is_off and not command.is_off
    assert questions.note({1}) == [1]


async def test_of_edits_of_one_message_the_last_comes_in_turn_and_all_others_are_off() -> None:
    questions, order = WithdrawnQuestions(), list[tuple[str, bool]]()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def answer(name: str) -> None:
        async with questions.in_turn(1, 10) as watch:
            begun.set()
            await gate.wait()
            order.append((name, watch.is_off))

    first = asyncio.create_task(answer("first"))
    await begun.wait()
    with questions.watching(1) as menu:  # somebody asks about that message by its menu
        later = [asyncio.create_task(answer(name)) for name in ("second", "third")]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *later)
        assert not menu.is_off
    assert order == [("first", True), ("second", True), ("third", False)]
