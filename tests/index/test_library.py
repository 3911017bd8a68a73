"""A library asked: what it quotes, from where, and what it never does."""

import string
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index import Answer, Article, ArticleError, Library, Limits, ModelMismatch, QuestionError, Quote, check_question
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL, InterruptedEncoder, crew, library_of

RIGHT_SENTENCES = {
    "When did the bridge close to lorries?": (BRIDGE, 0, 93),
    "What will they replace before the autumn floods?": (BRIDGE, 94, 149),
    "How much does the county pay?": (BRIDGE, 150, 200),
    "How many crossings does he make?": (BRIDGE, 258, 288),
    "Where did the fishing boats return to?": (HARBOUR, 0, 49),
    "How much silt did the dredger remove?": (HARBOUR, 50, 118),
    "Who is the harbour master?": (HARBOUR, 119, 191),
    "Until when are the doors open?": (READING_ROOM, 0, 64),
    "How did the council vote?": (READING_ROOM, 128, 176),
    "Who bakes bread?": (READING_ROOM, 177, 218),
    "Where do pupils learn geometry?": (SCHOOL, 24, 63),
}


def found(answer: Answer) -> list[tuple[str, str]]:
    return [(q.article.id, q.text) for q in answer.closest]


def said(answer: Answer) -> list[tuple[str, float]]:
    return [(q.text, q.score) for q in answer.closest]


# The right sentence


@pytest.mark.parametrize(("question", "place"), RIGHT_SENTENCES.items(), ids=RIGHT_SENTENCES)
def test_the_first_quote_is_the_sentence_that_answers(
    town: Library, question: str, place: tuple[Article, int, int]
) -> None:
    quote = town.ask(question).quotes[0]
    assert (quote.article, quote.start, quote.end) == place


def test_a_quote_is_the_article_word_for_word_inside_its_context(town: Library) -> None:
    for question in RIGHT_SENTENCES:
        for quote in town.ask(question, limit=10).closest:
            text = quote.article.text
            assert quote.text == text[quote.start : quote.end]
            assert quote.before + quote.text + quote.after == text[quote.context.start : quote.context.end]
            assert text[quote.start - 1 : quote.start] in ("", " ", "\n")


def test_what_came_closest_comes_best_first_and_each_sentence_once(town: Library) -> None:
    quotes = town.ask("How did the council vote on the bridge?", limit=20).closest
    assert len(quotes) == len({(q.article.id, q.start) for q in quotes}) == 15
    assert all(one.score >= other.score for one, other in pairwise(quotes))


@pytest.mark.parametrize("limit", [1, 2, 3, 15])
def test_the_limit_is_how_many_quotes_there_are_at_the_most(town: Library, limit: int) -> None:
    unlimited = town.ask("Who is the harbour master, and how did the council vote?", limit=99).quotes
    assert [q.text.split()[0] for q in unlimited[:2]] == ["Lena", "The"]
    answer = town.ask("Who is the harbour master, and how did the council vote?", limit=limit)
    assert answer.quotes == unlimited[:limit]


def test_a_sentence_far_below_the_first_is_not_quoted_and_ten_are_close(town: Library) -> None:
    answer = town.ask("Who bakes bread?")
    assert [q.text for q in answer.quotes] == ["Volunteers bake bread for the late shift."]
    assert len(answer.closest) == 10


def test_both_facts_that_a_question_asks_for_are_quoted(town: Library) -> None:
    answer = town.ask("Who is the harbour master, and how did the council vote?")
    assert {(q.article.id, q.start) for q in answer.quotes[:2]} == {("harbour", 119), ("reading-room", 128)}


def test_the_answer_holds_the_question_without_the_space_around_it(town: Library) -> None:
    assert town.ask("  Who bakes bread?\n").question == "Who bakes bread?"


def test_asking_twice_gives_the_same_answer(town: Library) -> None:
    assert said(town.ask("Who bakes bread?")) == said(town.ask("Who bakes bread?"))


def test_confidence_is_between_nought_and_one_and_higher_where_the_answer_is(town: Library) -> None:
    known = town.ask("Who is the harbour master?").confidence
    unknown = town.ask("Which comet crossed Jupiter's orbit?").confidence
    assert 0 <= unknown < known <= 1


@pytest.mark.parametrize(("threshold", "answered"), [(0.0, True), (1.1, False)])
def test_below_the_threshold_there_is_no_quote_but_what_came_closest(
    folder: Path, encoder: WordEncoder, threshold: float, answered: bool
) -> None:
    with Library.open(folder, load_encoder=lambda: encoder, threshold=threshold) as library:
        library.update(ARTICLES)
        answer = library.ask("Who bakes bread?")
    assert answer.answered is answered
    assert [q.text for q in answer.quotes[:1]] == ["Volunteers bake bread for the late shift."][: int(answered)]
    assert answer.closest[0].text == "Volunteers bake bread for the late shift."


@pytest.mark.parametrize(("threshold", "answered"), [(0.0, True), (1.1, False), (None, True)])
def test_a_question_may_have_a_threshold_of_its_own(town: Library, threshold: float | None, answered: bool) -> None:
    answer = town.ask("How did the council vote?", threshold=threshold)
    assert (answer.answered, bool(answer.quotes)) == (answered, answered)
    assert answer.closest


def test_the_parts_of_the_time_add_up_to_the_whole(town: Library) -> None:
    answer = town.ask("Who bakes bread?")
    timing = answer.timing
    assert min(timing.encode, timing.search, timing.rerank) > 0
    assert answer.elapsed_ms == timing.total == pytest.approx(timing.encode + timing.search + timing.rerank)


# What cannot be asked


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "The question is empty; ask something about the articles."),
        (" \n\t", "The question is empty; ask something about the articles."),
        ("?!… — 🤷", "The question holds no words; ask something about the articles."),
        (
            "Who bakes \udcff bread?",
            "The question holds bytes that are no text; write it in UTF-8.",
        ),
        (
            "word " * 2000 + "end",
            "The question has 10,003 characters, and at most 1,000 are read; ask it in fewer words.",
        ),
    ],
    ids=["empty", "blank", "wordless", "broken", "too long"],
)
def test_what_is_no_question_is_refused_in_a_sentence(town: Library, question: str, reason: str) -> None:
    with pytest.raises(QuestionError) as caught:
        town.ask(question)
    assert str(caught.value) == reason
    with pytest.raises(QuestionError) as caught:
        check_question(question)
    assert str(caught.value) == reason


def test_a_question_of_a_thousand_characters_is_asked(town: Library) -> None:
    question = "Who bakes the bread? ".ljust(999, "x") + "?"
    assert len(question) == 1000
    assert town.ask(question).quotes[0].text == "Volunteers bake bread for the late shift."


def test_a_question_of_stop_words_alone_is_asked(town: Library) -> None:
    assert 0 <= town.ask("What is it?").confidence <= 1


def test_words_that_mean_something_to_the_full_text_are_only_words(town: Library) -> None:
    for question in ('bread" OR "ferry', "NEAR(bread, ferry)", "terms:bread AND NOT ferry*", "title : bread ^ (ferry"):
        texts = {q.text for q in town.ask(question).quotes}
        assert "Volunteers bake bread for the late shift." in texts


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(town: Library, limit: int) -> None:
    with pytest.raises(QuestionError, match=f"The limit is {limit}; ask for at least one quote."):
        town.ask("Who bakes bread?", limit=limit)


# One article, some days


def test_one_article_alone_can_be_asked(town: Library) -> None:
    answer = town.ask("How did the council vote?", article_id="bridge", limit=10)
    assert {q.article.id for q in answer.closest} == {"bridge"}
    assert len(answer.closest) == 5


def test_an_unknown_article_is_named(town: Library) -> None:
    with pytest.raises(ArticleError) as caught:
        town.ask("Who bakes bread?", article_id="nowhere")
    assert str(caught.value) == "There is no article 'nowhere' here; look for its id in the list of articles."
    for act in (town.article, town.remove):
        with pytest.raises(ArticleError, match="There is no article 'nowhere' here"):
            act("nowhere")
    with pytest.raises(ArticleError, match="There is no article"):
        town.article("\udcff")


PERIODS = {
    "since a day": ("2026-04-15", None, {"harbour", "reading-room"}),
    "since the day after": ("2026-04-16", None, {"reading-room"}),
    "until a day, which counts whole": (None, "2026-04-15", {"bridge", "harbour"}),
    "until the day before": (None, "2026-04-14", {"bridge"}),
    "one day": ("2026-04-15", "2026-04-15", {"harbour"}),
    "a day without an article": ("2026-04-16", "2026-04-16", set()),
    "until a moment": (None, "2026-04-15T16:30:00", {"bridge"}),
    "until just after it": (None, "2026-04-15T16:30:01", {"bridge", "harbour"}),
    "in another zone": ("2026-04-15T18:30:00+02:00", "2026-04-15T18:30:01+02:00", {"harbour"}),
    "as dates": (date(2026, 3, 2), date(2026, 4, 15), {"bridge", "harbour"}),
    "as datetimes": (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC), {"bridge"}),
    "blank": ("", "", {"bridge", "harbour", "reading-room", "school"}),
}


@pytest.mark.parametrize(("since", "until", "expected"), PERIODS.values(), ids=PERIODS)
def test_only_articles_of_the_period_are_quoted(
    town: Library, since: str | None, until: str | None, expected: set[str]
) -> None:
    answer = town.ask("How did the council vote on the school bridge?", limit=20, since=since, until=until)
    assert {q.article.id for q in answer.closest} == expected
    assert answer.answered is bool(expected)


def test_an_answer_says_what_it_was_limited_to_and_how_many_have_no_date(town: Library) -> None:
    assert town.ask("Who bakes bread?").limits == Limits()
    assert town.ask("Who bakes bread?", article_id="school").limits == Limits(SCHOOL)
    march, april = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    answer = town.ask("Who bakes bread?", since="2026-03-01", until="2026-03-31")
    assert answer.limits == Limits(since=march, until=april, undated=1)
    assert town.ask("Thanks!", since="2026-03-01").limits == Limits(since=march, undated=1)
    both = town.ask("Who bakes bread?", article_id="bridge", since="2026-03-01")
    assert both.limits == Limits(BRIDGE, since=march), "a single article is either in the period or not"


def test_articles_without_a_date_are_counted_in_all_libraries(town: Library) -> None:
    with library_of(replace(SCHOOL, id="other"), replace(HARBOUR, id="undated", published=None)) as other:
        assert town.ask("Who bakes bread?", since="2026-03-01", beside=[other]).limits.undated == 3


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        (
            "2026-04-16",
            "2026-04-15",
            "No article can be published since 2026-04-16 and until 2026-04-15; swap the two.",
        ),
        ("yesterday", None, "'yesterday' is no date for 'since'; write it as 2026-01-31."),
        (None, "2026-02-30", "'2026-02-30' is no date for 'until'; write it as 2026-01-31."),
        (None, "9999-12-31", "'9999-12-31' is no date for 'until'; write it as 2026-01-31."),
    ],
)
def test_a_period_that_is_none_is_refused_in_a_sentence(
    town: Library, since: str | None, until: str | None, reason: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        town.ask("Who bakes bread?", since=since, until=until)
    assert str(caught.value) == reason
    with pytest.raises(QuestionError) as caught:
        check_question("Who bakes bread?", since=since, until=until)
    assert str(caught.value) == reason
    check_question("Who bakes bread?", since="2026-04-15", until="2026-04-16")


# An empty library


def test_an_empty_library_has_no_answer(library: Library) -> None:
    answer = library.ask("Who bakes bread?")
    assert (answer.answered, answer.confidence, answer.quotes, answer.closest) == (False, 0.0, (), ())
    assert (library.articles(), library.read_generation(), library.check()) == ([], 0, ())


def test_an_empty_library_beside_another_changes_nothing(town: Library, tmp_path: Path) -> None:
    with Library.open(tmp_path / "empty", load_encoder=WordEncoder, threshold=0.0) as empty:
        alone = said(town.ask("Who bakes bread?"))
        assert said(town.ask("Who bakes bread?", beside=[empty])) == alone
        assert said(empty.ask("Who bakes bread?", beside=[town])) == alone


# The same story twice


def test_the_same_story_under_two_ids_is_quoted_once(town: Library) -> None:
    town.update([replace(READING_ROOM, id="reprint", title=READING_ROOM.title)])
    texts = [q.text for q in town.ask("How did the council vote?", limit=20).closest]
    assert texts[0] == "The council voted eleven to four for the change."
    assert len(texts) == len(set(texts)) == 15


def test_a_near_copy_of_a_sentence_is_left_out(library: Library) -> None:
    original = "The council of the town voted eleven to four for longer hours in the reading room on Monday"
    library.update([Article("a", "A", f"{original}."), Article("b", "B", f"“{original} evening.”")])
    answer = library.ask("How did the council vote?")
    assert len(answer.closest) == 1


def test_sentences_that_share_half_their_words_are_both_quoted(town: Library) -> None:
    town.update([Article("a", "A", "The council voted nine to six against longer nights in May.")])
    assert [q.text for q in town.ask("How did the council vote?").quotes] == [
        "The council voted eleven to four for the change.",
        "The council voted nine to six against longer nights in May.",
    ]


# Context


def test_a_quote_that_opens_with_he_or_they_brings_the_sentence_before_it(town: Library) -> None:
    quote = town.ask("How many crossings does he make?").quotes[0]
    assert quote.before.endswith("Otto Brandt carries the lorries on his ferry meanwhile. ")
    quote = town.ask("What will they replace before the autumn floods?").quotes[0]
    assert (
        quote.before == "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables. "
    )


@pytest.mark.parametrize("pronoun", ["He", "They", "“It", "This"])
def test_the_sentence_before_comes_along_over_the_border_of_a_passage(library: Library, pronoun: str) -> None:
    first = " ".join([crew(1)[:-1], crew(2).lower()])  # two sentences' length in one
    second = f"{pronoun} later varnished " + " ".join(f"plank{n}" for n in range(40)) + "."
    library.update([Article("a", "A", f"{first} {second}")])
    with library._storage.reading() as reader:
        assert [p.passage.first for p in reader.passages([1, 2])] == [0, 1]  # each in a passage of its own
    quote = library.ask("What was varnished?").quotes[0]
    assert (quote.text, quote.before) == (second, f"{first} ")


def test_a_quote_on_its_own_feet_brings_nothing_over_the_border_of_a_passage(library: Library) -> None:
    first = " ".join([crew(1)[:-1], crew(2).lower()])
    second = "Carpenters later varnished " + " ".join(f"plank{n}" for n in range(40)) + "."
    library.update([Article("a", "A", f"{first} {second}")])
    quote = library.ask("What was varnished?").quotes[0]
    assert (quote.text, quote.before, quote.after) == (second, "", "")


# Libraries beside one another


def test_libraries_beside_one_another_answer_as_one() -> None:
    with library_of(*ARTICLES) as whole, library_of(BRIDGE, SCHOOL) as one, library_of(HARBOUR, READING_ROOM) as other:
        for question in RIGHT_SENTENCES:
            expected = whole.ask(question)
            for answer in (one.ask(question, beside=[other]), other.ask(question, beside=[one])):
                assert found(answer) == found(expected)
                assert [q.score for q in answer.closest] == pytest.approx([q.score for q in expected.closest], abs=1e-6)
                assert answer.confidence == pytest.approx(expected.confidence, abs=1e-6)


def test_nothing_comes_from_a_library_that_is_not_named() -> None:
    with library_of(BRIDGE) as base, library_of(HARBOUR) as ours, library_of(READING_ROOM) as theirs:
        del theirs
        for question in RIGHT_SENTENCES:
            assert {q.article.id for q in base.ask(question, limit=20).closest} == {"bridge"}
            assert {q.article.id for q in base.ask(question, limit=20, beside=[ours]).closest} == {"bridge", "harbour"}


def test_an_article_of_the_library_beside_can_be_asked_alone() -> None:
    with library_of(BRIDGE) as base, library_of(HARBOUR) as ours:
        quotes = base.ask("Who is the harbour master?", article_id="harbour", beside=[ours], limit=9).closest
        assert [q.article.id for q in quotes] == ["harbour"] * 4
        with pytest.raises(ArticleError):
            base.ask("Who is the harbour master?", article_id="harbour")


def test_the_same_article_in_both_libraries_is_quoted_once() -> None:
    with library_of(HARBOUR) as base, library_of(HARBOUR) as ours:
        assert len(base.ask("Who is the harbour master?", beside=[ours], limit=9).closest) == 4


def test_a_library_of_another_model_beside_is_named() -> None:
    with (
        library_of(BRIDGE) as base,
        library_of(HARBOUR, encoder=WordEncoder("words 2")) as other,
        pytest.raises(ModelMismatch) as caught,
    ):
        base.ask("Who is the harbour master?", beside=[other])
    assert str(caught.value).startswith(f"The library in {other.folder} was made with another version of words or of")


@given(data=st.data(), split=st.lists(st.integers(0, 2), min_size=9, max_size=9))
@settings(max_examples=12)
def test_however_articles_are_split_over_libraries_the_answer_is_that_of_one(
    data: st.DataObject, split: list[int]
) -> None:
    verbs = st.sampled_from("built painted closed sold measured".split())
    places = st.sampled_from("mill quay tower market station orchard".split())
    articles = []
    for number in range(9):
        body = " ".join(
            f"Person{number}x{n} {data.draw(verbs)} the {data.draw(places)} near lane{number * 7 + n} in year{n}."
            for n in range(data.draw(st.integers(1, 8)))
        )
        articles.append(Article(f"a{number}", f"Story{number} of the {data.draw(places)}", body))
    question = f"Who {data.draw(verbs)} the {data.draw(places)}?"
    parts = [[a for a, part in zip(articles, split, strict=True) if part == number] for number in range(3)]
    with (
        library_of(*articles) as whole,
        library_of(*parts[0]) as a,
        library_of(*parts[1]) as b,
        library_of(*parts[2]) as c,
    ):
        expected, answer = whole.ask(question), a.ask(question, beside=[b, c])
    assert found(answer) == found(expected)
    assert [q.score for q in answer.closest] == pytest.approx([q.score for q in expected.closest], abs=1e-6)
    assert answer.confidence == pytest.approx(expected.confidence, abs=1e-6)


# Whatever the text


TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            ["The gate is shut. ", "“Is it?” she asked. ", "\n\n", "• An item\n", "Мост закрыт. ", "橋は閉じた。",
             "😀 ", "ﬁve ﬂoors… ", "e\u0301t\u0301e\u0301 ", "\u200b", "Mr. Orrin’s No. 10 bus ", "By Ada Finn\n",
             "\r\n", "3.5 "]
        ),
        max_size=40,
    ).map("".join),
)  # fmt: skip


@given(texts=st.lists(TEXTS, min_size=1, max_size=3), question=st.text(min_size=1, max_size=60))
@settings(max_examples=40)
def test_every_quote_is_byte_for_byte_the_article(texts: list[str], question: str) -> None:
    articles = {f"a{number}": Article(f"a{number}", "T", text) for number, text in enumerate(texts)}
    with library_of(*articles.values()) as library:
        assert {a.id: a for a in library.articles()}.items() <= articles.items()
        for asked in (question, "Is the gate shut, Mr. Orrin?"):
            try:
                answer = library.ask(asked, limit=100)
            except QuestionError:
                continue
            for quote in answer.closest:
                text = articles[quote.article.id].text
                assert quote.text.encode() == text[quote.start : quote.end].encode()
                assert quote.text == quote.text.strip() != ""
                assert quote.before + quote.text + quote.after == text[quote.context.start : quote.context.end]
            assert 0 <= answer.confidence <= 1


@given(text=TEXTS)
@settings(max_examples=40)
def test_the_sentences_of_a_stored_article_are_in_order_and_disjoint(text: str) -> None:
    with library_of(Article("a", "T", text)) as library, library._storage.reading() as reader:
        for article in reader.articles():
            _, sentences = reader.with_sentences(article.id)
            assert sentences
            assert all(0 <= s.start < s.end <= len(text) for s in sentences)
            assert all(one.end <= other.start for one, other in pairwise(sentences))
            stored = reader.passages(reader.columns().rows["id"].tolist())
            assert {n for s in stored for n in range(s.passage.first, s.passage.last + 1)} == set(range(len(sentences)))
            assert all(len(s.terms) == s.passage.last - s.passage.first + 1 for s in stored)


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_updating_twice_with_the_same_articles_embeds_nothing_and_changes_no_answer(texts: list[str]) -> None:
    articles = [Article(f"a{number}", "T", text) for number, text in enumerate(texts)]
    encoder = WordEncoder()
    with library_of(*articles, encoder=encoder) as library:
        questions = ("Is the gate shut?", "Which bus is No. 10?")
        before, read = [said(library.ask(q)) for q in questions], encoder.passages_read
        report = library.update(articles)
        assert (report.added, report.changed, report.passages_embedded) == ((), (), 0)
        assert encoder.passages_read == read
        assert [said(library.ask(q)) for q in questions] == before


# Whatever the order of updates


IDS = st.sampled_from(string.ascii_lowercase[:5])


class LibraryAgainstDict(RuleBasedStateMachine):
    """A library beside a plain dict that is changed in the same way; both say the same at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.encoder = InterruptedEncoder()
        self.model: dict[str, Article] = {}
        self.versions = 0

    @initialize()
    def open_library(self) -> None:
        self.library = Library.open(self.folder.name, load_encoder=lambda: self.encoder, threshold=0.0)

    def teardown(self) -> None:
        self.library.close()
        self.folder.cleanup()

    def new_version(self, article_id: str, shared: bool) -> Article:
        self.versions += 1
        ending = "Every story ends with this line." if shared else ""
        text = f"The token of this version is zork{self.versions}, says its keeper.\n\n{ending}"
        return Article(article_id, f"Title {article_id}", text)

    @rule(changed=st.dictionaries(IDS, st.booleans(), max_size=3), removed=st.sets(IDS, max_size=2), full=st.booleans())
    def update(self, changed: dict[str, bool], removed: set[str], full: bool) -> None:
        articles = [self.new_version(article_id, shared) for article_id, shared in changed.items()]
        report = (self.library.rebuild if full else self.library.update)(articles, remove=sorted(removed))
        assert set(report.removed) == (removed & self.model.keys()) - changed.keys()
        for article_id in removed:
            self.model.pop(article_id, None)
        self.model |= {article.id: article for article in articles}

    @rule(old=IDS, new=IDS)
    def rename(self, old: str, new: str) -> None:
        if old in self.model and old != new:
            moved = replace(self.model.pop(old), id=new)
            assert self.library.update([moved], remove=[old]).passages_embedded == 0
            self.model[new] = moved

    @rule(article_id=IDS, removed=st.sets(IDS, max_size=2))
    def fail(self, article_id: str, removed: set[str]) -> None:
        self.encoder.error, self.encoder.passages = KeyboardInterrupt(), 0
        with pytest.raises(KeyboardInterrupt):
            self.library.update([self.new_version(article_id, False)], remove=removed)
        self.encoder.error = None

    @rule()
    def reopen(self) -> None:
        self.library.close()
        self.library = Library.open(self.folder.name, load_encoder=lambda: self.encoder, threshold=0.0)

    @rule()
    def lose_the_index(self) -> None:
        for file in Path(self.folder.name).glob("passages.*"):
            file.unlink()
        self.reopen()

    @invariant()
    def holds_the_articles_of_the_dict(self) -> None:
        assert self.library.articles() == sorted(self.model.values(), key=lambda a: a.id)

    @invariant()
    def answers_with_what_is_there_and_nothing_else(self) -> None:
        for version in range(max(1, self.versions - 3), self.versions + 1):
            word = f"zork{version}"
            holders = {a.id for a in self.model.values() if f"{word}," in a.text}
            closest = self.library.ask(f"Who says {word}?").closest
            assert {q.article.id for q in closest if f"{word}," in q.text} == holders
            assert not holders or f"{word}," in closest[0].text
            assert all(self.model[q.article.id] == q.article for q in closest)


TestLibraryAgainstDict = LibraryAgainstDict.TestCase
TestLibraryAgainstDict.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)


def test_the_state_machine_keeps_versions_apart() -> None:
    """The sentences of two versions must not be near copies, or one would hide the other."""
    machine = LibraryAgainstDict()
    try:
        one, other = (set(machine.new_version("a", False).text.split()) for _ in range(2))
        assert len(one & other) / len(one | other) < 0.85
    finally:
        machine.folder.cleanup()


def test_a_quote_compares_equal_to_one_of_the_same_place(town: Library) -> None:
    first, second = (town.ask("Who bakes bread?").quotes[0] for _ in range(2))
    assert isinstance(first, Quote)
    assert first == second
