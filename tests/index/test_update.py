"""An update: what it embeds, what it leaves, what it refuses, and that it lands whole or not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import index.passages
import index.update
from index import Answer, Article, Library, ModelError, ModelMismatch, Progress, Refusal, UpdateReport
from index.storage.store import Store
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL, InterruptedEncoder, crew, crews

CREWS = Article("crews", "The crews", crews(12))  # six passages: sentences 0-2, 2-4, 4-6, 6-8, 8-10, 10-11
QUESTIONS = ("Who is the harbour master?", "How did the council vote?", "Which gate was coated in amber?")


def ids(library: Library) -> list[str]:
    return [article.id for article in library.articles()]


def places_quoted(answer: Answer) -> list[tuple[str, int, int, float]]:
    """What an answer says, without how long it took."""
    return [(q.article.id, q.start, q.end, q.score) for q in answer.closest]


# What the report says


def test_new_articles_are_added_in_the_order_given(library: Library) -> None:
    report = library.update(ARTICLES)
    assert report == UpdateReport(added=("bridge", "harbour", "reading-room", "school"), passages_embedded=4)
    assert library.read_generation() == 1


def test_an_update_tells_added_changed_unchanged_and_removed_apart(town: Library, encoder: WordEncoder) -> None:
    encoder.passages_read = 0
    changed = replace(SCHOOL, text="The school has a roof.")
    new = Article("mill", "The mill", "The mill closed in 2008.")
    report = town.update([new, BRIDGE, changed], remove=["harbour", "nowhere", "harbour"])
    assert report == UpdateReport(
        added=("mill",), changed=("school",), unchanged=("bridge",), removed=("harbour",), passages_embedded=2
    )
    assert encoder.passages_read == 2
    assert ids(town) == ["reading-room", "bridge", "mill", "school"]
    assert town.article("school") == changed


def test_what_is_not_named_stays(town: Library) -> None:
    town.update([SCHOOL])
    assert ids(town) == ["reading-room", "harbour", "bridge", "school"]


def test_an_update_without_a_change_is_no_new_generation(town: Library, encoder: WordEncoder) -> None:
    report = town.update(reversed(ARTICLES))
    assert report == UpdateReport(unchanged=("school", "reading-room", "harbour", "bridge"))
    assert (town.read_generation(), encoder.passages_read) == (1, 4)


def test_articles_come_newest_first_and_those_without_a_date_last(town: Library) -> None:
    assert town.articles() == [READING_ROOM, HARBOUR, BRIDGE, SCHOOL]


def test_an_article_is_kept_with_all_that_it_says_of_itself(library: Library) -> None:
    article = Article(
        "a", "Title", "The gate is shut.", "Ada Finn", "2026-01-02T03:04:05.678+09:00", "2026-01-03",  # type: ignore[arg-type]
        "https://town.example/a?b=c#d", "/articles/ä.md", "Region",
    )  # fmt: skip
    library.update([article])
    assert library.article("a") == article


def test_an_article_taken_out_and_given_in_one_update_is_there_afterwards(town: Library) -> None:
    town.update([HARBOUR, BRIDGE], remove=["harbour"])
    assert ids(town) == ["reading-room", "harbour", "bridge", "school"]
    assert town.check() == ()


# What is embedded


def test_a_changed_article_embeds_only_the_passages_whose_text_changed(library: Library, encoder: WordEncoder) -> None:
    assert library.update([CREWS]).passages_embedded == 6
    report = library.update([replace(CREWS, text=crews(12, recoloured=5))])
    assert report == UpdateReport(changed=("crews",), passages_embedded=1)
    assert encoder.passages_read == 7
    assert [q.text for q in library.ask("Which gate was coated in amber?", limit=1).quotes] == [crew(5, "amber")]


def test_a_sentence_that_two_passages_share_is_embedded_in_both(library: Library) -> None:
    library.update([CREWS])
    assert library.update([replace(CREWS, text=crews(12, recoloured=4))]).passages_embedded == 2


def test_a_paragraph_put_in_front_embeds_nothing_of_what_follows_it_in_passages_of_its_own(library: Library) -> None:
    library.update([Article("a", "A", crew(1))])
    opening = " ".join(f"Loud{n}" for n in range(45)) + "."
    report = library.update([Article("a", "A", f"{opening}\n\n{crew(1)}")])
    assert report.passages_embedded == 1


def test_other_metadata_of_the_same_text_embeds_nothing(town: Library, encoder: WordEncoder) -> None:
    retitled = replace(BRIDGE, title="Another title", author="Ivo Hart", published=None, url=None, section="Roads")
    assert town.update([retitled]) == UpdateReport(changed=("bridge",))
    assert (encoder.passages_read, town.read_generation()) == (4, 2)
    quote = town.ask("How many crossings does Otto make?").quotes[0]
    assert (quote.text, quote.article) == ("He makes nine crossings a day.", retitled)


def test_the_same_passage_in_two_articles_is_read_once(library: Library, encoder: WordEncoder) -> None:
    report = library.update([CREWS, replace(CREWS, id="copy", title="A copy")])
    assert (report.added, report.passages_embedded, encoder.passages_read) == (("crews", "copy"), 6, 6)


def test_a_passage_that_another_article_has_already_is_not_read_again(library: Library, encoder: WordEncoder) -> None:
    library.update([CREWS])
    assert library.update([replace(CREWS, id="copy")]).passages_embedded == 0
    assert encoder.passages_read == 6


@pytest.mark.parametrize("chunk", [1, 256])
def test_text_that_moves_to_another_id_is_not_read_again(
    library: Library, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(index.update, "CHUNK_PASSAGES", chunk)
    library.update([CREWS, HARBOUR])
    encoder.passages_read = 0
    assert library.update([replace(CREWS, id="renamed")], remove=["crews"]).passages_embedded == 0
    report = library.update([replace(HARBOUR, id="renamed"), replace(CREWS, id="harbour")])
    assert report == UpdateReport(added=(), changed=("renamed", "harbour"))
    assert encoder.passages_read == 0
    assert library.article("harbour").text == CREWS.text
    assert {q.article.id for q in library.ask("Which gate did crew7 coat?").quotes} == {"harbour"}
    assert library.check() == ()


def test_text_read_in_an_earlier_chunk_is_not_read_again_in_a_later_one(
    library: Library, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.update, "CHUNK_PASSAGES", 1)
    steps: list[Progress] = []
    library.update([replace(CREWS, id=name) for name in ("a", "b", "c")], on_progress=steps.append)
    assert encoder.passages_read == 6
    assert steps == [Progress(done, 6) for done in range(1, 7)]


def test_a_rebuild_embeds_everything_afresh_and_changes_no_answer(town: Library, encoder: WordEncoder) -> None:
    before = [places_quoted(town.ask(question)) for question in QUESTIONS]
    encoder.passages_read = 0
    report = town.rebuild([HARBOUR, replace(SCHOOL, title="The roof")])
    assert report.changed == ("school",)
    assert sorted(report.unchanged) == ["bridge", "harbour", "reading-room"]
    assert report.passages_embedded == encoder.passages_read == 4
    assert [places_quoted(town.ask(question)) for question in QUESTIONS] == before
    assert town.check() == ()


def test_a_rebuild_takes_out_what_it_is_told_to(town: Library) -> None:
    report = town.rebuild(remove=["harbour"])
    assert report.removed == ("harbour",)
    assert ids(town) == ["reading-room", "bridge", "school"]


def test_a_rebuild_of_an_empty_library_does_nothing(library: Library) -> None:
    assert library.rebuild() == UpdateReport()
    assert library.read_generation() == 0


# Progress


@pytest.mark.parametrize("chunk", [1, 256])
def test_progress_goes_up_to_the_total_one_passage_at_a_time(
    library: Library, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(index.update, "CHUNK_PASSAGES", chunk)
    steps: list[Progress] = []
    library.update([CREWS, HARBOUR], on_progress=steps.append)
    assert steps == [Progress(done, 7) for done in range(1, 8)]


def test_where_nothing_is_to_be_embedded_there_is_no_progress(town: Library) -> None:
    steps: list[Progress] = []
    town.update([replace(SCHOOL, title="Other")], remove=["bridge"], on_progress=steps.append)
    assert steps == []


# Removal


def test_removing_an_article_takes_it_out_of_the_list_and_the_answers(town: Library) -> None:
    assert town.remove("harbour") == UpdateReport(removed=("harbour",))
    assert ids(town) == ["reading-room", "bridge", "school"]
    assert "harbour" not in {q.article.id for q in town.ask("Who is the harbour master?").closest}
    assert town.check() == ()


def test_removing_the_last_article_leaves_an_empty_library_that_can_be_asked(library: Library) -> None:
    library.update([SCHOOL])
    library.remove("school")
    answer = library.ask("Where do pupils learn geometry?")
    assert (library.articles(), answer.answered, answer.closest) == ([], False, ())
    assert library.check() == ()


def test_what_was_removed_is_embedded_again_when_it_comes_back(library: Library, encoder: WordEncoder) -> None:
    library.update([SCHOOL])
    library.remove("school")
    assert library.update([SCHOOL]) == UpdateReport(added=("school",), passages_embedded=1)


# Plan


def test_a_plan_says_what_an_update_would_do_and_changes_nothing(town: Library, encoder: WordEncoder) -> None:
    given = [Article("mill", "The mill", "The mill closed in 2008."), replace(SCHOOL, text="It has one."), BRIDGE]
    bad = Article("bad", "Bad", "")
    planned = town.plan([*given, bad], remove=["harbour"])
    assert planned == UpdateReport(
        added=("mill",), changed=("school",), unchanged=("bridge",), removed=("harbour",),
        refused=(Refusal("bad", "bad is empty; there is nothing in it to quote."),),
    )  # fmt: skip
    assert (town.read_generation(), encoder.passages_read) == (1, 4)
    assert town.articles() == [READING_ROOM, HARBOUR, BRIDGE, SCHOOL]
    assert replace(town.update([*given, bad], remove=["harbour"]), passages_embedded=0) == planned


# What can be quoted


def test_headings_are_read_past_and_never_quoted(library: Library) -> None:
    text = "The bridge opened.\n\n## Who pays\n\nThe county pays.\n\nThe names\n\nSeoul stands for South Korea."
    library.update([Article("a", "A", text)])
    texts = {q.text for question in ("Who pays?", "What are the names?") for q in library.ask(question).closest}
    assert texts == {"The bridge opened.", "The county pays.", "Seoul stands for South Korea."}


def test_a_library_cut_by_earlier_rules_says_so_and_a_rebuild_mends_it(town: Library, encoder: WordEncoder) -> None:
    with town._storage.writing(1) as writer:
        made_with = writer.manifest()
        assert made_with is not None
        writer._set("made_with", json.dumps({n: getattr(made_with, n) for n in made_with.__slots__ if n != "cutting"}))
    for act in (lambda: town.ask("Who bakes bread?"), lambda: town.update([Article("a", "A", "The gate is shut.")])):
        with pytest.raises(ModelMismatch, match="another version of words or of Pullquote; rebuild it, or"):
            act()
    town.rebuild()
    assert town.ask("Who bakes bread?").quotes[0].text == "Volunteers bake bread for the late shift."


# Refusals

REFUSED = {
    "blank id": (Article("  ", "Nameless", "The gate is shut."), "The article 'Nameless' has no id; give it one."),
    "empty": (Article("x", "X", " \n\t "), "x is empty; there is nothing in it to quote."),
    "boilerplate": (
        Article("x", "X", "By Jane Doe\n\nSubscribe to our newsletter"),
        "x holds nothing but boilerplate and headings, nothing to quote; check that it is the whole story.",
    ),
    "headings only": (
        Article("x", "X", "# The levy\n\n## Who pays"),
        "x holds nothing but boilerplate and headings, nothing to quote; check that it is the whole story.",
    ),
    "marks only": (
        Article("x", "X", "… — !!\n\n***"),
        "x holds nothing but boilerplate and headings, nothing to quote; check that it is the whole story.",
    ),
    "null in the text": (
        Article("x", "X", "The gate\x00 is shut."),
        "x holds null characters, so it is not text; export it again as text.",
    ),
    "null in the title": (
        Article("x", "X\x00", "The gate is shut."),
        "x holds null characters, so it is not text; export it again as text.",
    ),
    "surrogate in the text": (
        Article("x", "X", "The gate \ud800 is shut."),
        "x holds broken characters (lone surrogates); save it again as UTF-8.",
    ),
    "surrogate in the file's name": (
        Article("x", "X", "The gate is shut.", source="/articles/\udce9t\udce9.md"),
        "x holds broken characters (lone surrogates); save it again as UTF-8.",
    ),
    "surrogate in the address": (
        Article("x", "X", "The gate is shut.", url="https://town.example/\udcff"),
        "x holds broken characters (lone surrogates); save it again as UTF-8.",
    ),
    "a sentence without end": (
        Article("x", "X", "word " * 5000 + "end."),
        "x runs on for 25,004 characters without the end of a sentence (at most 20,000 can be read); "
        "check that it is the text of an article.",
    ),
}


@pytest.mark.parametrize(("bad", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refused_article_is_named_and_the_rest_lands(library: Library, bad: Article, reason: str) -> None:
    report = library.update([BRIDGE, bad, SCHOOL])
    assert report.refused == (Refusal(bad.id, reason),)
    assert report.added == ("bridge", "school")
    assert ids(library) == ["bridge", "school"]


def test_of_two_articles_with_one_id_the_first_lands_and_the_other_is_named(library: Library) -> None:
    report = library.update([SCHOOL, replace(BRIDGE, id="school"), HARBOUR])
    assert report.refused == (Refusal("school", "Another article has the same id; give each an id of its own."),)
    assert report.added == ("school", "harbour")
    assert library.article("school") == SCHOOL


def test_what_stands_under_the_id_of_a_refused_article_stays(town: Library) -> None:
    report = town.update([replace(SCHOOL, text="")])
    assert (report.changed, report.refused[0].name, town.read_generation()) == ((), "school", 1)
    assert town.article("school") == SCHOOL


def test_a_refused_article_that_is_to_be_removed_is_removed(town: Library) -> None:
    report = town.update([replace(SCHOOL, text="")], remove=["school"])
    assert (report.removed, report.refused[0].name) == (("school",), "school")
    assert ids(town) == ["reading-room", "harbour", "bridge"]


def test_a_rebuild_also_rebuilds_what_a_refused_article_was_to_replace(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL, HARBOUR])
    other = WordEncoder("words 2")
    with Library.open(folder, load_encoder=lambda: other) as library:
        report = library.rebuild([replace(SCHOOL, text="")])
        assert report.refused == (Refusal("school", "school is empty; there is nothing in it to quote."),)
        assert (sorted(report.unchanged), other.passages_read) == (["harbour", "school"], 2)
        assert library.article("school") == SCHOOL


def test_a_rebuild_removes_and_names_what_can_no_longer_be_taken_in(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.passages, "MAX_SENTENCE_CHARACTERS", 90)  # less than the bridge's first sentence
    report = town.rebuild()
    assert report.removed == ("bridge",)
    assert [(r.name, r.reason.split(" (")[0]) for r in report.refused] == [
        ("bridge", "bridge runs on for 93 characters without the end of a sentence")
    ]
    assert ids(town) == ["reading-room", "harbour", "school"]


# All of it, or nothing


@pytest.mark.parametrize("error", [RuntimeError("out of order"), KeyboardInterrupt(), MemoryError(), ModelError("no")])
@pytest.mark.parametrize("source", ["encoder", "progress"])
@pytest.mark.parametrize("method", ["update", "rebuild"])
def test_an_exception_midway_leaves_the_library_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, source: str, method: str
) -> None:
    monkeypatch.setattr(index.update, "CHUNK_PASSAGES", 1)  # so that some articles are written before it comes
    encoder = InterruptedEncoder()
    with Library.open(folder, load_encoder=lambda: encoder, threshold=0.0) as library:
        library.update(ARTICLES)
        answers = [places_quoted(library.ask(question)) for question in QUESTIONS]
        files = {file: file.read_bytes() for file in folder.glob("passages.*")}
        given = [replace(HARBOUR, text=crew(0)), CREWS, replace(SCHOOL, text=crew(30))]

        def stop_at_the_third(progress: Progress) -> None:
            if source == "progress" and progress.done == 3:
                raise error

        if source == "encoder":
            encoder.error, encoder.passages = error, 3
        act: Callable[..., UpdateReport] = getattr(library, method)
        with pytest.raises(type(error)) as caught:
            act(given, remove=["bridge"], on_progress=stop_at_the_third)
        assert caught.value is error

        encoder.error = None
        with Library.open(folder, load_encoder=lambda: encoder, threshold=0.0) as reopened:
            for kept in (library, reopened):
                assert kept.read_generation() == 1
                assert kept.articles() == [READING_ROOM, HARBOUR, BRIDGE, SCHOOL]
                assert [places_quoted(kept.ask(question)) for question in QUESTIONS] == answers
                assert kept.check() == ()
        assert {file: file.read_bytes() for file in folder.glob("passages.*")} == files
        assert library.update(given, remove=["bridge"]).changed == ("harbour", "school")


def test_an_error_of_the_caller_is_not_taken_for_one_of_the_data_folder(library: Library) -> None:
    def broken_pipe(_: Progress) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        library.update(ARTICLES, on_progress=broken_pipe)
    assert library.articles() == []


def test_an_exception_from_the_articles_themselves_leaves_the_library_as_it_was(town: Library) -> None:
    def articles():  # noqa: ANN202 - a generator
        yield Article("mill", "The mill", "The mill closed in 2008.")
        raise OSError("the share is gone")

    with pytest.raises(OSError, match="the share is gone"):
        town.update(articles())
    assert (ids(town), town.read_generation()) == (["reading-room", "harbour", "bridge", "school"], 1)


def test_nothing_of_an_update_is_there_before_its_end(library: Library, folder: Path) -> None:
    seen: list[int] = []

    def look(_: Progress) -> None:
        store = Store(folder)
        with store.reading() as reader:
            seen.append(len(reader.articles()))
        store.close()

    library.update(ARTICLES, on_progress=look)
    assert seen == [0, 0, 0, 0]
    assert len(library.articles()) == 4


# Another model


class OtherModel(WordEncoder):
    name = "other-words"


def test_an_update_with_another_model_names_both_and_the_remedy(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL])
    with Library.open(folder, load_encoder=lambda: OtherModel("words 2")) as library:
        with pytest.raises(ModelMismatch) as caught:
            library.update([HARBOUR])
        assert str(caught.value) == (
            f"The library in {folder} was made with the model words, and the model is now other-words; rebuild it, or "
            "set the model back."
        )
        with pytest.raises(ModelMismatch):
            library.ask("Where do pupils learn geometry?")
        assert (library.articles(), library.read_generation()) == ([SCHOOL], 1)


def test_another_version_of_the_same_model_is_named_as_such(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL])
    with (
        Library.open(folder, load_encoder=lambda: WordEncoder("words 2")) as library,
        pytest.raises(ModelMismatch, match="was made with another version of words or of Pullquote; rebuild it, or"),
    ):
        library.update([HARBOUR])


def test_the_same_model_by_another_name_will_do(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL])
    with Library.open(folder, load_encoder=OtherModel) as library:
        assert library.update([HARBOUR]).added == ("harbour",)


def test_a_rebuild_makes_the_library_the_other_models(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL, HARBOUR])
    other = OtherModel("words 2")
    with Library.open(folder, load_encoder=lambda: other, threshold=0.0) as library:
        library.rebuild([BRIDGE])
        assert other.passages_read == 3
        assert library.ask("Who is the harbour master?").quotes[0].article == HARBOUR
    with Library.open(folder, load_encoder=WordEncoder) as library, pytest.raises(ModelMismatch):
        library.update([READING_ROOM])


def test_an_emptied_library_takes_any_model(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        library.update([SCHOOL])
        library.remove("school")
    with Library.open(folder, load_encoder=lambda: OtherModel("words 2")) as library:
        library.warm()
        assert library.update([SCHOOL]).added == ("school",)


def test_a_library_without_articles_to_embed_loads_no_model(folder: Path) -> None:
    def load() -> WordEncoder:
        raise AssertionError("the model was loaded")

    with Library.open(folder, load_encoder=load) as library:
        library.update([])
        assert library.plan([SCHOOL]).added == ("school",)
        assert library.ask("Where do pupils learn geometry?").answered is False
        assert library.articles() == []
