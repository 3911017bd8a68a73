"""Libraries with articles in several languages, from the text to the answer."""

import json
import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from index import (
    KNOWN_MODELS,
    Answer,
    Article,
    Library,
    Outcome,
    Quote,
    Span,
    as_line,
    copy_database,
    make_change,
    neighbours,
    read_export,
)
from index.answering.answer import compose
from index.answering.context import context_around
from index.answering.cues import FORMS, Mark, cues_of
from index.answering.equals import own_language_first
from index.answering.features import kinds_of
from index.answering.followup import interpret, leans
from index.answering.intent import is_about_the_articles, names_in
from index.answering.question import Question, Spoken
from index.answering.recency import asks_for_newest, without_newest
from index.answering.search import Ranking
from index.answering.tuning import Tuning
from index.known import MINILM, MULTILINGUAL_E5
from index.storage.store import DATABASE
from index.storage.types import Scope
from index.text import split_sentences
from index.words import term_number, terms
from tests.encoder import WordEncoder
from tests.index.answering.searching import found_at
from tests.index.town import SCHOOL

GERMAN = Article(
    "bruecke", "Die alte Brücke",
    "Der Stadtrat hat am Montag beschlossen, die alte Brücke wieder zu öffnen. Die Arbeiten dauerten zwei Jahre. "
    "Nach Angaben der Ingenieure wurden dabei sämtliche Stahlseile erneuert.",
)  # fmt: skip
JAPANESE = Article(
    "hashi", "古い橋",
    "市議会は月曜日、古い橋を再び開通させることを決めた。工事は二年かかり、費用は九億円だった。鋼鉄製の吊りケーブルは全て交換された。",
)  # fmt: skip
ENGLISH = Article(
    "bridge", "The old bridge",
    "The council voted on Monday to reopen the old bridge. The work took two years. Engineers replaced all the cables.",
)  # fmt: skip


def open_library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder, threshold=0.0)


def test_each_article_has_the_language_of_its_text_also_in_lists_and_answers(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([GERMAN, JAPANESE, ENGLISH])
        assert {article.id: article.language for article in library.articles()} == {
            "bruecke": "de", "hashi": "ja", "bridge": "en",
        }  # fmt: skip
        assert {headline.id: headline.language for headline in library.headlines()}["hashi"] == "ja"
        assert library.ask("Who replaced the cables?").closest[0].article.language == "en"
        assert library.update([GERMAN]).unchanged == ("bruecke",)


def test_an_answer_names_the_language_of_its_question_beside_those_of_its_quotes(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([GERMAN, ENGLISH])
        answer = library.ask("Wer hat die Stahlseile erneuert?")
        assert (answer.language, answer.closest[0].article.language) == ("de", "de")
        assert library.ask("Who replaced the cables?").language == "en"
        library.remove("bruecke")
        answer = library.ask("Wer hat die cables erneuert?")
        assert (answer.language, answer.closest[0].article.language) == ("de", "en")


def test_what_is_undone_or_read_from_lines_has_the_language_of_its_text(folder: Path, tmp_path: Path) -> None:
    with open_library(folder) as library:
        library.update([GERMAN])
        library.update([replace(ENGLISH, id="bruecke")], keep_for=timedelta(days=1))
        assert library.article("bruecke").language == "en"
        library.roll_back()
        assert library.article("bruecke").language == "de"
        line = as_line(library.article("bruecke"))
        assert json.loads(line)["language"] == "de"
        lines = (line.replace('"de"', '"fr"'), as_line(JAPANESE))
        (tmp_path / "lines.jsonl").write_text("\n".join(lines))
        make_change(library, read_export(library, tmp_path / "lines.jsonl", 9_000))
        assert {a.id: a.language for a in library.articles()} == {"bruecke": "de", "hashi": "ja"}


def test_a_copy_of_a_library_has_the_languages_of_its_articles(folder: Path, tmp_path: Path) -> None:
    with open_library(folder) as library:
        library.update([GERMAN, JAPANESE])
        (tmp_path / "copy").mkdir()
        copy_database(folder / DATABASE, tmp_path / "copy" / DATABASE)
    with open_library(tmp_path / "copy") as library:
        assert library.articles_by_language() == {"de": 1, "ja": 1}


def test_words_find_an_article_in_its_own_language_among_others(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([GERMAN, JAPANESE, ENGLISH])
        with library._storage.reading() as snapshot:
            assert snapshot.languages() == ("de", "en", "ja")
            for question, article_id in (
                ("Wer erneuerte das Stahlseil?", "bruecke"), ("ケーブルは交換されましたか", "hashi"),
                ("Was any cable replaced?", "bridge"),
            ):  # fmt: skip
                asked = Question.of(question, WordEncoder().encode_question(question), Spoken.of(question, [snapshot]))
                (first, *_) = snapshot.passages(snapshot.best_by_words(asked.terms, 5, Scope()))
                assert first.article_id == article_id, question


def test_a_word_of_a_question_has_the_terms_that_the_articles_have(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([GERMAN, ENGLISH])
        with library._storage.reading() as snapshot:
            spoken = Spoken.of("Welche Brücken hat der Council of Engineers?", [snapshot])
            assert (spoken.language, spoken.others) == ("de", ("en",))
            asked = Question.of("Welche Brücken hat der Council?", WordEncoder().encode_question("x"), spoken)
            assert asked.terms == (*terms("Brücke", "de"), *terms("council"))


def test_english_articles_have_the_terms_that_they_had_and_english_questions_too(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([ENGLISH])
        with library._storage.reading() as snapshot:
            (stored,) = snapshot.passages(snapshot.passage_ids(Scope()).tolist())
            whole = [*terms(ENGLISH.title), *terms(ENGLISH.text)]
            assert stored.all_terms == [term_number(term) for term in whole]
            question = "What did the engineers replace?"
            asked = Question.of(question, WordEncoder().encode_question(question), Spoken.of(question, [snapshot]))
            assert asked == Question.of(question, asked.encoding)


def test_an_update_tells_the_languages_of_what_was_stored_before_there_were_any_and_embeds_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("index.passages.tell_language", lambda _: "en")
        with open_library(folder) as library:
            library.update([GERMAN, ENGLISH])
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("UPDATE articles SET language = NULL")
    read: list[int] = []
    encoder = WordEncoder()
    with Library.open(folder, load_encoder=lambda: encoder, threshold=0.0) as library:
        assert library.article("bruecke").language is None
        generation = library.read_generation()
        report = library.update([])
        read.append(encoder.passages_read)
        assert (report.passages_embedded, report.changed, read) == (0, (), [0])
        assert {article.id: article.language for article in library.articles()} == {"bruecke": "de", "bridge": "en"}
        assert library.read_generation() == generation + 1  # because terms have changed
        assert library.check() == ()
        with library._storage.reading() as snapshot:
            (found,) = snapshot.passages(snapshot.best_by_words(terms("Stahlseil", "de"), 5, Scope()))
            assert found.article_id == "bruecke"
        library.update([])
        assert library.read_generation() == generation + 1


def test_telling_that_all_is_english_makes_no_new_generation(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([ENGLISH])
        with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
            connection.execute("UPDATE articles SET language = NULL")
        library.update([])
        assert (library.article("bridge").language, library.read_generation()) == ("en", 1)


@pytest.mark.parametrize(
    ("code", "question", "kinds"),
    [
        ("de", "Wie viele Brücken gibt es und wann öffneten sie?", ("number", "when")), ("de", "Wie kam er hin?",
        ("how",)),
        ("es", "¿Por qué y dónde cerró?", ("why", "where")), ("fr", "Qui a payé ?", ("who",)),
        ("tr", "Köprü ne zaman açıldı?", ("when",)), ("ja", "橋はいつ、なぜ閉鎖されたか", ("when", "why")),
        ("ko", "다리는 언제 누가 지었나?", ("when", "who")), ("zh", "大桥什么时候开通？", ("when",)), ("zh",
        "大桥长多少米？", ("number",)),
        ("ru", "Когда?", ("what",)),
    ],
)  # fmt: skip
def test_the_kind_of_a_question_is_told_by_its_question_words(code: str, question: str, kinds: tuple[str, ...]) -> None:
    assert kinds_of(question, code) == kinds


@pytest.mark.parametrize(
    ("code", "question", "rest"),
    [
        ("de", "Was ist das Neueste zur Brücke?", "Was ist zur Brücke?"), ("es", "¿Qué pasa ahora con el puente?",
        "¿Qué pasa con el puente?"),
        ("fr", "Où en est le pont actuellement ?", "Où en est le pont ?"), ("tr", "Köprünün şu anda durumu nedir?",
        "Köprünün durumu nedir?"),
        ("ja", "橋の最新の状況は？", "橋の状況は？"), ("ko", "다리의 최신 소식은?", "다리의 소식은?"), ("zh",
        "大桥最新的消息是什么？", "大桥消息是什么？"),
    ],
)  # fmt: skip
def test_the_newest_is_asked_for_in_any_of_these_languages(code: str, question: str, rest: str) -> None:
    assert asks_for_newest(question, code)
    assert without_newest(question, code) == rest
    assert not asks_for_newest(rest, code)


LEANING = {
    "de": ("Und warum?", "Was sagte er dazu?"), "es": ("¿Y por qué?", "¿Qué dijo él?"), "fr": ("Et pourquoi ?",
    "Qu'a-t-il dit ?"),
    "tr": ("Peki neden?", "Onu kim söyledi?"), "ja": ("それはなぜですか？", "彼は何と言いましたか？"),
    "ko": ("그럼 왜?", "그는 뭐라고 했나?"),
    "zh": ("那么为什么呢？", "他说了什么？"),
}  # fmt: skip
STANDING = {
    "de": "Wann hat der Stadtrat die Brücke geöffnet?", "es": "¿Cuándo abrió Bilbao el puente?",
    "fr": "Quand Paris a-t-il fermé le pont ?", "tr": "Belediye köprüyü ne zaman açtı?",
    "ja": "市議会は橋をいつ開通させましたか？",
    "ko": "시의회는 언제 다리를 열었나?", "zh": "市议会什么时候开放大桥？",
}  # fmt: skip


@pytest.mark.parametrize("code", LEANING)
def test_follow_ups_lean_on_the_answer_before_and_whole_questions_do_not(code: str) -> None:
    assert [leans(question, code) for question in LEANING[code]] == [True, True]
    assert not leans(STANDING[code], code)
    before = Answer(STANDING[code], answered=False, confidence=0.0)
    assert interpret(LEANING[code][0], before, code).background == STANDING[code]


@pytest.mark.parametrize(
    "order",
    [
        "Schreib mir ein Gedicht über Lee", "Wer bist du?", "Escríbeme un poema", "¿Quién eres?", "Écris-moi un poème",
        "Qui es-tu ?",
        "Bana bir şiir yaz", "Sen kimsin?", "詩を書いて", "あなたは誰ですか", "시를 써줘", "너는 누구야?",
        "给我写一首诗", "你是谁？",
    ],
)  # fmt: skip
def test_orders_and_questions_about_the_bot_are_not_searched_for(order: str) -> None:
    assert not is_about_the_articles(order)


@pytest.mark.parametrize("code", STANDING)
def test_questions_about_the_articles_are_no_orders(code: str) -> None:
    assert is_about_the_articles(STANDING[code])


def test_german_nouns_are_no_names_in_the_cues_but_french_capitals_are() -> None:
    german = cues_of("Am 3. Oktober sagte der Bürgermeister, 1.200 Besucher seien gekommen.", "de")
    french = cues_of("Hier, le maire de Lyon a dit que 12 personnes étaient venues.", "fr")
    assert {mark for _, mark, _ in german.marks} == {Mark.NUMBER, Mark.DATE, Mark.FIGURE}
    assert (term_number("lyon"), Mark.NAME, 4) in french.marks
    assert german.form[FORMS.index("is said")]
    assert french.form[FORMS.index("is said")]


def test_the_cues_of_japanese_are_its_dates_and_numbers() -> None:
    cues = cues_of("彼は1904年に橋を三本建てたと述べた。", "ja")
    assert {mark: word for word, mark, _ in cues.marks if mark is Mark.FIGURE} == {Mark.FIGURE: term_number("1904")}
    assert (term_number("1904"), Mark.DATE, 0) in cues.marks
    assert cues.form[FORMS.index("opens with a pronoun")]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("de", "Anna Beck ist Bürgermeisterin. Sie öffnete die Brücke. Danach regnete es."),
        ("zh", "李明是市长。他开放了大桥。后来下雨。"), ("ko", "김수현은 시장이다. 그는 다리를 열었다. 비가 왔다."),
    ],
)  # fmt: skip
def test_a_quote_that_leans_is_shown_with_the_sentence_before(code: str, text: str) -> None:
    sentences = split_sentences(text, code)
    assert context_around(text, sentences, 1, (1, 1), code).start == 0
    assert context_around(text, sentences, 0, (0, 0), code) == Span(0, sentences[0].end)


def test_a_german_quotation_of_two_sentences_is_shown_with_its_speaker() -> None:
    first = "„Wir haben lange gewartet und viel Geld ausgegeben, und niemand hat gesagt, wie es weitergehen soll mit"
    text = (
        f"{first} der Brücke über den Fluss, die uns alle verbindet und ohne die niemand zur Arbeit kommt. Das war "
        "falsch von der Stadt und von allen, die davon wussten. Heute ist sie offen“, sagte Anna Beck. Es regnete."
    )
    sentences = split_sentences(text, "de")
    assert [text[s.start : s.start + 5] for s in sentences] == ["„Wir ", "Das w", "Heute", "Es re"]
    assert context_around(text, sentences, 0, (0, 0), "de").end == sentences[2].end


def test_the_neighbours_of_a_quote_are_cut_by_its_language() -> None:
    text = "橋は閉鎖された。工事は続く。市長は謝罪した。"
    first, second, third = split_sentences(text, "ja")
    quote = Quote(Article("a", "A", text, language="ja"), second.start, second.end, Span(0, len(text)), 1.0)
    assert neighbours(quote) == (Span(first.start, first.end), Span(third.start, third.end))


def test_the_language_is_no_part_of_what_an_article_is() -> None:
    assert replace(GERMAN, language="de") == GERMAN
    assert names_in("Wann öffnet Rathaus Mitte?", code="de") == (("rathaus", *terms("Mitte", "de")),)


def ranked_in_both(folder: Path, *scored: tuple[str, float]) -> tuple[list[str], list[str]]:
    """For a German question, the articles of the sentences with those scores, best first, and those of the quotes."""
    with open_library(folder) as library:
        library.update([GERMAN, ENGLISH, SCHOOL])
        with library._storage.reading() as snapshot:
            found = [found_at(snapshot, name, 0, (0, 0), score) for name, score in scored]
            ranking = own_language_first(Ranking(tuple(found), 0.9), "de", Tuning())
            answer = compose("Wann öffnet die Brücke?", ranking, 3, 0.0, Tuning(), code="de")
            return [s.article_id for s in ranking.sentences], [q.article.id for q in answer.quotes]


def test_what_is_as_good_in_the_language_of_the_question_comes_first(folder: Path) -> None:
    ranked, quoted = ranked_in_both(folder, ("bridge", 9.0), ("bruecke", 8.5), ("school", 0.0))
    assert (ranked, quoted) == (["bruecke", "bridge", "school"], ["bruecke"])


def test_what_answers_better_comes_first_in_whatever_language(folder: Path) -> None:
    ranked, quoted = ranked_in_both(folder, ("bridge", 9.0), ("bruecke", 7.0), ("school", 0.0))
    assert (ranked, quoted) == (["bridge", "bruecke", "school"], ["bridge"])


def test_what_the_model_does_not_read_is_perhaps_an_answer_at_the_most(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confidence_of(question: str) -> tuple[float, Outcome]:
        answer = library.ask(question)
        return answer.confidence, answer.outcome

    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([GERMAN, ENGLISH])
        german, english = "Wann hat der Stadtrat die alte Brücke geöffnet?", "Who replaced all the cables?"
        read = [confidence_of(german), confidence_of(english)]
        assert all(confidence > Tuning().unread for confidence, _ in read)
        monkeypatch.setitem(KNOWN_MODELS, "words", replace(MINILM, name="words", ranker=None))
        assert confidence_of(english) == read[1]
        assert confidence_of(german) == (Tuning().unread, Outcome.PERHAPS)
        assert confidence_of("Stadtrat Brücke") == (Tuning().unread, Outcome.PERHAPS)  # the sentence is German
        library.remove("bruecke")
        assert confidence_of("Wer hat nun die cables replaced?")[0] == Tuning().unread  # the question is


def test_an_answer_in_another_language_is_a_little_surer_than_the_ranker_says_but_never_very_sure(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confidence_of(question: str) -> float:
        return library.ask(question).confidence

    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([GERMAN])
        german, vague, sure = (
            "Wann hat der Stadtrat sie geöffnet?",
            "Who did Stadtrat all the city?",
            "Who did Stadtrat the Brücke?",
        )
        plain = {question: confidence_of(question) for question in (german, vague, sure)}
        monkeypatch.setitem(KNOWN_MODELS, "words", replace(MULTILINGUAL_E5, name="words", ranker=None))
        assert confidence_of(german) == plain[german]
        odds = math.exp(0.6) * plain[vague] / (1 - plain[vague])
        assert plain[vague] < confidence_of(vague) == pytest.approx(odds / (1 + odds))
        assert plain[sure] > 0.8 > confidence_of(sure) == 0.79


def test_a_name_that_an_article_in_another_language_may_spell_otherwise_is_no_unknown_one(folder: Path) -> None:
    with open_library(folder) as library:
        library.update([JAPANESE, ENGLISH])
        assert library.ask("Did Zorbo replace the cables?").confidence == 0
        assert library.ask("Did Zorbo 工事は二年かかり replace?").closest[0].article.id == "hashi"
        assert library.ask("Did Zorbo 工事は二年かかり replace?").confidence > 0


def test_further_quotes_are_in_the_language_of_the_first_as_others_may_say_the_same(folder: Path) -> None:
    _, quoted = ranked_in_both(folder, ("school", 9.0), ("bruecke", 8.0), ("bridge", 7.9))
    assert quoted == ["school", "bridge"]
