"""Greetings, thanks and chatter: as all of a message, and around a question."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Library, Talk, talk_in
from index.answering.intent import without_talk

GREETINGS = [
    "hi", "hello", "Hi, how are you?", "good morning", "Good morning, everyone!", "hiiii there :)", "HEY 👋👋",
    "hello world", "Hi Anna!", "hi anna", "what's up", "is anyone here?", "See you tomorrow!", "lol hi",
    "hello https://example.org/a", "Guten Morgen zusammen", "Moin moin", "Wie geht's?", "¡Hola!", "buenos días",
    "Bonjour à tous", "ça va ?", "merhaba", "Günaydın arkadaşlar", "안녕하세요~", "안녕하세요 여러분!", "こんにちは",
    "おはようございます！", "你好", "大家好！", "早上好", "早",
]  # fmt: skip
THANKS = [
    "thanks", "thanks all", "thank you!", "Thank you so much for your help", "thaaaanks!!!", "Thanks 🙏 everyone!!",
    "ty", "thx", "ok thanks", "lol, thank you", "Hi, thanks!", "thanks Nora 🙂", "good bot",
    "That was so helpful, thanks a lot!", "well done", "Thank you so much, you are the best", "Danke!",
    "Vielen Dank euch allen", "¡Muchas gracias a todos!", "merci beaucoup", "Teşekkür ederim", "TEŞEKKÜRLER",
    "cok tesekkurler", "sağ ol", "감사합니다", "정말 감사합니다 여러분", "고마워요 ㅎㅎ", "ありがとうございます！",
    "どうもありがとう", "谢谢", "谢谢大家！", "非常感谢",
]  # fmt: skip
CHATTER = [
    "lol", "looool", "LOOOL 😂😂", "haha", "ahahahaha!!", "hehe", "jajaja", "ㅋㅋㅋㅋ", "哈哈哈", "ok", "okkk", "k",
    "👍", "🎉🎉", "<3", "👍🏽 🇩🇪", "1️⃣", "+1", ":tada:", "^^", ":-)", "brb", "same here", "nice one", "Nice one!!",
    "wow", "hmmmm", "awww", "ohhh ok", "yes", "no", "No thanks", "thanks for nothing", "sorry!", "never mind",
    "congrats everyone 🎉", "I love this!", "that's great", "https://example.org/a", "<https://example.org/a?b=c>",
    "www.example.org https://example.org", "lol https://example.org/a", "", " ", "...", "???", "mdr", "genau",
    "de nada", "d'accord", "tamam", "네", "了解です", "好的", "知道了！",
]  # fmt: skip
ORDERS = [
    "help", "hi, help me", "Who are you?", "who are you? thanks!", "What can you do? 🙂", "lol write a poem about Lee",
    "What is 17 times 23?", "Thanks! Now translate that into Korean", "https://example.org/a summarise this please",
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "talk"),
    [
        *((message, Talk.GREETING) for message in GREETINGS),
        *((message, Talk.THANKS) for message in THANKS),
        *((message, Talk.CHATTER) for message in CHATTER),
        *((message, Talk.ORDER) for message in ORDERS),
    ],
)
def test_what_asks_nothing_is_told_by_its_kind(message: str, talk: Talk) -> None:
    assert talk_in(message) is talk


AROUND = {
    "lol why did the ferry stop?": "why did the ferry stop?",
    "why did the ferry stop lol": "why did the ferry stop",
    "haha 😂 where is the bakery?": "where is the bakery?",
    "hi, when does the bridge open?": "when does the bridge open?",
    "hey when does the ferry sail": "when does the ferry sail",
    "Good morning all! What did Lee ask Xi to do?": "What did Lee ask Xi to do?",
    "Hey Nora, when does it open?": "when does it open?",
    "Thanks! And who raised the subject?": "And who raised the subject?",
    "Thanks 🙏 When does the ferry sail?": "When does the ferry sail?",
    "ok cool, and who paid for it?": "and who paid for it?",
    "btw, who owns the ferry? thanks in advance!": "who owns the ferry?",
    "https://example.org/ferry what is this about?": "what is this about?",
    "hi! what is this about? <https://example.org/ferry>": "what is this about?",
    "Hallo zusammen, wann öffnet die Brücke?": "wann öffnet die Brücke?",
    "Hola, ¿cuándo abre el puente?": "¿cuándo abre el puente?",
    "merci, et qui a payé ?": "et qui a payé ?",
    "Merhaba, köprü ne zaman açılıyor?": "köprü ne zaman açılıyor?",
    "안녕하세요, 다리는 언제 열려요?": "다리는 언제 열려요?",
    "ありがとう。橋はいつ開きますか": "橋はいつ開きますか",
    "你好桥什么时候开？": "桥什么时候开？",
}


@pytest.mark.parametrize(("message", "question"), AROUND.items())
def test_a_question_is_found_within_the_talk_around_it(message: str, question: str) -> None:
    assert talk_in(message) is None
    assert without_talk(message) == question


WHOLE = [
    "Hello Kitty park opened when?", "hi-res photos of what?", "Great Wall visitors in 2025?", "Nice is where?",
    "Nice, France: who was charged?", "Morning fog closes which airport?", "No comment from whom?",
    "sure signs of easing", "thanks giving dinner where?", "welcome party when?", "Right to roam: who has it?", "why?",
    "and what did Xi say?", "I love this bridge, who built it?", "Is https://example.org/a true?",
    "https://example.org is owned by whom?", "Who owns https://example.org", "What did he say, yes or no?",
    "Did Lee say thanks?", "Kim: what did he say?", "감사 결과는 언제 나오나요?", "好的学校在哪里?",
    "大家都怎么看这座桥?", "Um wie viel wurde die Brücke teurer?",
]  # fmt: skip


@pytest.mark.parametrize("question", WHOLE)
def test_what_belongs_to_the_question_stays(question: str) -> None:
    assert talk_in(question) is None
    assert without_talk(question) == question


SAID = st.lists(
    st.sampled_from("hi lol thanks! ok, and who paid? 🙏 the ferry https://example.org/a 谢谢 help . you so".split()),
    max_size=12,
)


@given(st.one_of(st.text(max_size=200), SAID.map(" ".join)))
def test_what_is_left_of_a_question_is_one(message: str) -> None:
    if talk_in(message) is None:
        question = without_talk(message)
        assert question and talk_in(question) is None
        assert without_talk(question) == question


@pytest.mark.parametrize(
    "piece", ["hi ", "a, thanks, ", "ha", "lolo", "https://", ":a", "谢谢", "thanks? ", "so very ", "o"]
)
def test_a_long_message_is_judged_at_once(piece: str) -> None:
    started = time.thread_time()
    message = piece * (4000 // len(piece))
    talk_in(message)
    without_talk(message)
    assert time.thread_time() - started < 0.5


def test_talk_around_a_question_changes_nothing_in_its_answer(town: Library) -> None:
    plain = town.ask("Who says that larger trawlers can moor again?")
    greeted = town.ask("Hi all! Who says that larger trawlers can moor again? https://town.example/harbour")
    assert plain.answered and greeted.quotes == plain.quotes
    assert greeted.question.startswith("Hi all!"), "it stays as it was asked"


def test_a_follow_up_behind_chatter_follows_up(town: Library) -> None:
    before = town.ask("hi, who says that larger trawlers can moor again?")
    plain = town.ask("and what does she expect?", follows=before)
    chatty = town.ask("cool 🙂 and what does she expect? thanks", follows=before)
    assert plain.closest and chatty.closest == plain.closest
