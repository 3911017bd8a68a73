"""The benchmarks measure what they say: clocks that tests turn, and inputs so small that the figures are known."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psycopg
import pytest
from typer.testing import CliRunner

from bot.services.opening import open_base
from index import Article, Library, SentenceTransformerEncoder, Span, Timing
from index.encoding.encoder import PassageText
from index.evaluate import EvaluationSet, KnownQuestion
from index.passages import cut, prepare
from tests import postgres
from tests.encoder import WordEncoder
from tests.tools.benchmark import across, beside, cold, encode, engines, peer, scale, together
from tests.tools.benchmark.__main__ import app
from tests.tools.benchmark.articles import articles_of
from tests.tools.benchmark.hashed import DIMENSION, HashedEncoder
from tests.tools.benchmark.measuring import Meter, Spread, in_fresh_process, peak_mib, seconds_without
from tests.tools.benchmark.news import PASSAGES_AN_ARTICLE, Newsroom
from tests.tools.benchmark.scale import Figure, Place


class Hands:
    """A clock that stands still until somebody turns it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def turn(self, seconds: float) -> None:
        self.seconds += seconds


# What they share


def test_a_spread_has_the_median_and_the_95th_percentile() -> None:
    spread = Spread.of([number / 1000 for number in range(101)])
    assert (spread.median, spread.percentile_95, spread.count) == (pytest.approx(0.05), pytest.approx(0.095), 101)
    assert str(spread) == "median 50.0 ms, 95th percentile 95.0 ms (101)"


def test_what_a_meter_counts_meanwhile_is_left_out() -> None:
    hands = Hands()
    meter = Meter(hands)

    def action() -> None:
        hands.turn(1)
        with meter.running():
            hands.turn(10)
        hands.turn(2)

    with meter.running():
        hands.turn(100)  # before the action, so it does not count
    assert seconds_without(meter, action) == 3
    assert meter.seconds == 110


def test_a_fresh_process_does_not_inherit_the_peak_of_memory() -> None:
    much = np.ones(50_000_000)  # 400 MB
    assert peak_mib() > 380 and much[-1] == 1
    assert in_fresh_process(peak_mib) < 200


def test_articles_come_from_lines_from_files_or_from_the_bundled_story(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("# The harbour\n\nThe harbour opened in 1904.\n")
    assert [article.title for article in articles_of(tmp_path)] == ["The harbour"]
    (tmp_path / "articles.jsonl").write_text('{"id": "a", "title": "", "text": "It rained."}\n')
    assert articles_of(tmp_path) == [Article("a", "a", "It rained.")]
    assert len(articles_of(None)) == 8


COMMANDS: dict[str, tuple[str, tuple[object, ...], dict[str, object]]] = {
    "scale 1000 200": ("scale", ([1000, 200], None), {"processor_time": False}),
    "scale 200 --keep built --processor-time": ("scale", ([200], Path("built")), {"processor_time": True}),
    "scale 200 --database-url self": ("beside", ([200], None, "self"), {}),
    "across de en": ("across", (Path("de"), [Path("en")], "multilingual-e5-small", None), {}),
    "across de de en --limit 9 --model words": ("across", (Path("de"), [Path("de"), Path("en")], "words", 9), {}),
    "cold --rounds 2": ("cold", (2,), {}),
    "together": ("together", (None,), {}),
    "together news": ("together", (Path("news"),), {}),
    "encode news": ("encode", (Path("news"),), {}),
}


@pytest.mark.parametrize(("line", "called"), COMMANDS.items(), ids=COMMANDS)
def test_a_command_calls_its_benchmark(
    line: str, called: tuple[str, tuple[object, ...], dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *arguments = called
    calls: list[list[object]] = []
    monkeypatch.setattr(f"tests.tools.benchmark.{name}.main", lambda *given, **named: calls.append([given, named]))
    assert CliRunner().invoke(app, line.split()).exit_code == 0
    assert calls == [arguments]


def test_peer_reads_the_set_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "articles.jsonl").write_text('{"id": "a", "title": "", "text": "It rained in Ely.", "split": "dev"}\n')
    answer = '"answers": [{"text": "Ely", "start": 13}], "answerable": true'
    (tmp_path / "questions.jsonl").write_text(
        f'{{"id": "1", "question": "Where?", "article_id": "a", "split": "dev", {answer}}}\n'
        f'{{"id": "2", "question": "Where did it rain?", "article_id": "a", "specific": true, {answer}}}\n'
    )
    calls: list[Any] = []
    monkeypatch.setattr(peer, "main", lambda *given: calls.append(given))
    assert CliRunner().invoke(app, ["peer", str(tmp_path), "--specific", "--rounds", "2"]).exit_code == 0
    ((known, rounds, model),) = calls
    assert [question.text for question in known.questions] == ["Where did it rain?"]
    assert (rounds, model) == (2, "all-MiniLM-L6-v2")


def a_set(folder: Path, *articles: tuple[str, str, str]) -> EvaluationSet:
    """A folder of articles, each with a text, a question and the text of its answer, read."""
    folder.mkdir()
    rows = [(str(at), *article) for at, article in enumerate(articles)]
    written = [json.dumps({"id": folder.name + at, "title": "", "text": text}) for at, text, _, _ in rows]
    (folder / "articles.jsonl").write_text("\n".join(written))
    asked = [
        {
            "id": at, "question": question, "article_id": folder.name + at, "answerable": True,
            "answers": [{"text": answer, "start": text.index(answer)}],
        }
        for at, text, question, answer in rows
    ]  # fmt: skip
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, asked)))
    return across.read_set(folder)


def test_across_counts_answers_in_any_of_the_languages_and_asks_again_without_a_quarter_of_the_articles(
    tmp_path: Path,
) -> None:
    english = a_set(
        tmp_path / "en",
        ("The bridge opened in 1904. It is old.", "When did the bridge open?", "1904"),
        ("The school was built of brick. Nobody knows when.", "What was the school built of?", "brick"),
    )
    german = a_set(
        tmp_path / "de",
        ("Die Brücke wurde 1904 geöffnet und ist sehr alt.", "Wann wurde die Brücke geöffnet?", "1904"),
        ("Die Schule ist aus Ziegeln gebaut, sagt der Bürgermeister.", "Woraus ist die Schule gebaut?", "Ziegeln"),
    )
    with Library.open(tmp_path / "data", load_encoder=WordEncoder) as library:
        assert across.measure(library, german, [german, english], None) == (
            "2 questions: H@1 1.000, H@3 1.000, article@1 1.000, first in the question's language 1.000; "
            "answered 1.000; of 1 absent ones answered 0.000, AUROC 1.000"
        )
        assert [headline.id for headline in library.headlines()] == ["de1", "en1"]


def test_across_joins_the_paragraphs_of_a_file_of_training_data(tmp_path: Path) -> None:
    rows = [
        {"group": "0", "passage": "It rained.", "questions": [{"question": "What did it do?", "answers": [[3, 9]]}]},
        {"group": "0", "passage": "In Ely.", "questions": [{"question": "Where?", "answers": [[3, 6]]}]},
    ]
    (tmp_path / "en.jsonl").write_text("\n".join(map(json.dumps, rows)))
    known = across.read_set(tmp_path / "en.jsonl")
    assert [article.text for article in known.articles] == ["It rained.\n\nIn Ely."]
    text = known.articles[0].text
    assert [text[a.start : a.end] for q in known.questions for a in q.answers] == ["rained", "Ely"]
    assert {question.article_id for question in known.questions} == {known.articles[0].id}


def test_a_process_that_a_benchmark_starts_has_no_model_in_its_memory() -> None:
    program = "import sys, tests.tools.benchmark.__main__; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "sentence_transformers", "discord", "txtai", "faiss"} & set(loaded)


# Synthetic news, and the encoder for it


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(Newsroom().articles(range(300)))


def test_an_article_is_made_from_its_number_alone(articles: Sequence[Article]) -> None:
    assert Newsroom().article(250) == articles[250]
    assert Newsroom(seed=1).article(250).text != articles[250].text
    assert len({article.text for article in articles}) == len({article.id for article in articles}) == 300


def test_the_news_have_a_long_tail_of_words(articles: Sequence[Article]) -> None:
    held = [set(article.text.lower().replace(".", "").replace(",", "").split()) for article in articles]
    words, counts = np.unique(np.concatenate([list(words) for words in held]), return_counts=True)
    assert 10_000 < len(words) < 40_000
    assert (counts == 1).mean() > 0.5, "more than half of the words are in one article alone"
    common = np.sort(counts[np.char.str_len(words) > 4])[::-1]
    assert common[0] > 270 and 30 < common[50] < 150, "a few made-up words are in most articles"


def test_the_dates_are_spread_over_fifteen_years(articles: Sequence[Article]) -> None:
    years = [article.published.year for article in articles if article.published]
    assert len(years) == 300 and set(years) == set(range(2011, 2026))
    assert max(years.count(year) for year in set(years)) < 45


def test_an_article_has_about_four_passages(articles: Sequence[Article], hashed: HashedEncoder) -> None:
    passages = [len(cut(prepare(article), hashed).passages) for article in articles]
    assert np.mean(passages) == pytest.approx(PASSAGES_AN_ARTICLE, abs=0.15)


@pytest.fixture(scope="module")
def hashed() -> HashedEncoder:
    return HashedEncoder()


def passages_of(articles: Iterable[Article], encoder: HashedEncoder) -> list[PassageText]:
    return [text for article in articles for text in cut(prepare(article), encoder).texts]


def test_encodings_have_the_size_of_real_ones_and_are_the_same_every_time(
    articles: Sequence[Article], hashed: HashedEncoder
) -> None:
    texts = passages_of(articles[:3], hashed)
    again = dict(HashedEncoder().encode_passages(texts))
    for number, encoding in hashed.encode_passages(texts):
        count = len(texts[number].sentences)
        assert encoding.vector.shape == (DIMENSION,) and encoding.sentences.shape == (count, DIMENSION)
        assert np.linalg.norm(encoding.sentences, axis=1) == pytest.approx(1, abs=1e-5)
        assert encoding.tokens.shape == (encoding.token_counts.sum(), 48) and len(encoding.token_counts) == count
        assert encoding.token_counts.sum() == len(hashed.tokenize(texts[number].text))
        assert np.array_equal(encoding.vector, again[number].vector)
        assert np.array_equal(encoding.tokens, again[number].tokens)


def test_a_passage_is_nearer_to_its_article_than_to_others_and_a_question_is_near_its_passage(
    articles: Sequence[Article], hashed: HashedEncoder
) -> None:
    texts = [passages_of([article], hashed) for article in articles[:60]]
    owners = np.repeat(np.arange(60), [len(found) for found in texts])
    encodings = hashed.encode_passages([text for found in texts for text in found])
    vectors = np.stack([encoding.vector for _, encoding in encodings])
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    assert (owners[cosines.argmax(axis=1)] == owners).mean() > 0.95
    assert 0.03 < np.median(cosines) < 0.2, "texts have something in common, as in the model"
    asked = hashed.encode_questions([Newsroom().question(number).question for number in range(60)])
    nearest = owners[(-(np.stack([one.vector for one in asked]) @ vectors.T)).argsort(axis=1)[:, :10]]
    assert (nearest == np.arange(60)[:, np.newaxis]).any(axis=1).mean() > 0.7, "of 60 articles, in the nearest passages"


def test_the_encoder_counts_its_own_time_alone_and_records_vectors(articles: Sequence[Article]) -> None:
    hands, record = Hands(), io.BytesIO()
    encoder = HashedEncoder(record, hands)
    encoder._vectors = turned(encoder._vectors, hands, 2)  # type: ignore[method-assign]
    texts = passages_of(articles[:2], encoder)
    vectors = []
    for _, encoding in encoder.encode_passages(texts):
        vectors.append(encoding.vector)
        hands.turn(50)  # what is done with an encoding is no time of the encoder
    encoder.encode_question("What was said?")
    assert encoder.spent.seconds == 2 * (len(texts) + 1)
    assert record.getvalue() == np.stack(vectors).astype("<f2").tobytes()


def turned(function: Callable[..., Any], hands: Hands, seconds: float) -> Callable[..., Any]:
    """`function`, which now takes that long."""

    def slow(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the function takes
        hands.turn(seconds)
        return function(*args, **options)

    return slow


# scale


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps on little, in this process."""
    monkeypatch.setattr(scale, "in_fresh_process", lambda step, *given: step(*given))
    for name, value in {"CHUNK": 8, "QUESTIONS": 4, "STARTS": 1, "CHANGES": 2, "UNCHANGED": 5, "BLOCK": 20}.items():
        monkeypatch.setattr(scale, name, value)


def stored_vectors(place: Place) -> list[bytes]:
    rows = np.fromfile(place.vectors, dtype="<f2").reshape(-1, DIMENSION)
    return sorted(row.tobytes() for row in rows)


@pytest.mark.usefixtures("small")
def test_a_build_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    whole, parted = Place(tmp_path / "whole"), Place(tmp_path / "parted")
    built = scale.build(whole, 60)
    assert 60 <= built.passages <= 68 and built.articles == pytest.approx(built.passages / PASSAGES_AN_ARTICLE, abs=2)
    scale.build(parted, 30)
    with parted.vectors.open("ab") as record:
        record.write(bytes(5_000))  # of an update that did not come to its end
    with parted.opened(HashedEncoder()) as library:
        library.update(scale.extra_articles()[:1])  # of a measurement that did not come to its end
    resumed = scale.build(parted, 60)
    assert resumed.passages == scale.passages_in(parted) == len(stored_vectors(parted))
    with whole.opened(HashedEncoder()) as one, parted.opened(HashedEncoder()) as two:
        shared = set(one.content_hashes().items()) & set(two.content_hashes().items())
        assert len(shared) == min(built.articles, resumed.articles) >= 14
    again = scale.build(parted, 60)
    assert again == resumed == parted.built, "what is built is not built again"


@pytest.mark.usefixtures("small")
def test_every_step_is_measured_and_leaves_the_library_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scale.main([60], tmp_path)
    out = capsys.readouterr().out
    place = Place(tmp_path / "60")
    built = place.built
    taken = sum(file.stat().st_size for file in place.library.iterdir()) / built.passages / 1024
    rows = {line[:44].strip(): line[44:].strip() for line in out.splitlines() if len(line) > 55}
    assert rows["passages"] == f"{built.passages}"
    assert float(rows["disk a passage, KiB"]) == pytest.approx(taken, abs=0.1)
    assert rows["recall of the nearest 100"] == "1.000"
    names = (
        "build, s", "open, ms", "first question, ms", "question, median, ms", "question with since, median, ms",
        "question of one article, median, ms", "add one article, ms", "remove one article, ms",
        "update with 5 unchanged articles, ms", "memory, questions, MiB",
    )  # fmt: skip
    assert all(float(rows[name].replace(",", "")) > 0 for name in names)
    with place.opened(HashedEncoder()) as library:
        assert len(library.articles()) == built.articles
        assert all(article.id.startswith("story-") for article in library.articles())


@pytest.mark.usefixtures("small")
def test_steps_are_timed_by_the_clock_of_their_place(tmp_path: Path) -> None:
    hands = Hands()
    place = Place(tmp_path, hands)
    assert scale.build(place, 20).seconds == 0
    figures = [*scale.starts(place, 4), *scale.additions(place, 4), *scale.removals(place, 4), *scale.recall(place, 4)]
    assert all(figure.value == 0 for figure in figures if figure.unit == "ms")


@pytest.mark.usefixtures("small")
def test_additions_and_removals_change_one_article_each(tmp_path: Path) -> None:
    place = Place(tmp_path)
    articles = scale.build(place, 20).articles
    added, memory = scale.additions(place, articles)
    with place.opened(HashedEncoder()) as library:
        assert {"extra-0", "extra-1"} < library.content_hashes().keys()
    removed, _ = scale.removals(place, articles)
    with place.opened(HashedEncoder()) as library:
        assert len(library.content_hashes()) == articles
    assert (added.name, removed.name) == ("add one article", "remove one article")
    assert added.value > 0 and removed.value > 0 and memory.value > 50


@pytest.mark.parametrize(("kept", "share"), [(100, 1.0), (70, 0.7), (0, 0.0)])
def test_recall_counts_what_is_found_of_the_nearest(
    kept: int, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.random.default_rng(0).standard_normal((500, DIMENSION)).astype(np.float32)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f2")
    place = Place(tmp_path)
    vectors.tofile(place.vectors)

    class Snapshot:
        def nearest(self, vector: Any, limit: int, _: object) -> list[int]:  # noqa: ANN401 - as stores take it
            order = np.argsort(-(vectors.astype(np.float32) @ vector)).tolist()
            return [*order[:kept], *order[-(limit - kept) :]][:limit]

        def passages(self, ids: Sequence[int]) -> list[SimpleNamespace]:
            return [SimpleNamespace(vector=vectors[i].astype(np.float32)) for i in ids]

        def passage_total(self) -> int:
            return len(vectors)

    class Storage:
        def __init__(self, _: Path) -> None:
            pass

        @contextmanager
        def reading(self) -> Iterator[Snapshot]:
            yield Snapshot()

    monkeypatch.setattr(scale, "EmbeddedStorage", Storage)
    monkeypatch.setattr(scale, "BLOCK", 130)
    monkeypatch.setattr(scale, "QUESTIONS", 3)
    found, _ = scale.recall(place, 100)
    assert found.value == pytest.approx(share)


def test_questions_that_take_long_are_not_all_asked() -> None:
    hands = Hands()
    encoder: Any = SimpleNamespace(spent=Meter(hands))
    asked: Any = list(range(100))
    numbers: list[int] = []

    def ask(number: int, _: object) -> None:
        numbers.append(number)
        with encoder.spent.running():
            hands.turn(1000)
        hands.turn(25)

    assert scale.spread_of(asked, encoder, ask) == Spread(25, 25, 3)
    assert numbers == [0, 1, 2]
    assert [figure.note for figure in scale.in_two("question", Spread(25, 25, 3))] == [" of 3", " of 3"]


def test_since_reaches_back_a_year_five_and_ten_in_turn() -> None:
    days = [scale.day_before_the_end(number) for number in range(4)]
    assert [day.year for day in days] == [2024, 2020, 2015, 2024] and days[0] == date(2024, 12, 28)


def test_the_table_says_what_grows_faster_than_the_root_of_the_size() -> None:
    def column(add: float, ask: float) -> list[Figure]:
        return [
            Figure("build", 12.5, "s", grows=False),
            Figure("add", add, "ms"),
            Figure("ask", ask, "ms", note=" of 3"),
        ]

    lines = list(scale.table({100: column(20, 2), 400: column(41, 3.9), 1600: column(41, 8)}))
    assert [line.split() for line in lines] == [
        "passages 100 400 1,600 root 2.00 root 2.00".split(),
        "build, s 12.5 12.5 12.5".split(),
        "add, ms 20.0 41.0 41.0 × 2.05 ! × 1.00".split(),
        "ask, ms 2.000 of 3 3.900 of 3 8.000 of 3 × 1.95 × 2.05 !".split(),
    ]


def test_a_step_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    place = Place(tmp_path)
    built = scale.build(place, 20)
    (figures,) = [in_fresh_process(scale.idle_update, place, built.articles)]
    assert [figure.name for figure in figures] == ["update with 500 unchanged articles", "memory, that update"]
    assert 50 < figures[1].value < 600


# beside


@pytest.mark.usefixtures("small")
def test_both_engines_are_measured_with_the_same_news_and_nothing_is_left_in_the_database(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(beside, "in_fresh_process", lambda step, *given: step(*given))
    for name, value in {"SERVERS": 4, "SERVER_PASSAGES": 8, "UPDATED": 8, "WARM": 2, "ROUNDS": 3}.items():
        monkeypatch.setattr(beside, name, value)
    used, make_schema = [], postgres.schema

    @contextmanager
    def schema(url: str) -> Iterator[postgres.Place]:
        with make_schema(url) as made:
            used.append(made.schema)
            yield made

    monkeypatch.setattr(postgres, "schema", schema)
    beside.main([60], tmp_path, postgres_server)
    out = capsys.readouterr().out
    rows = {
        line[:50].strip(): line[50:].split() for line in out.splitlines() if line.startswith("  ") and len(line) > 55
    }
    assert rows["recall of the nearest 100"][:2] == ["1.000", "1.000"]
    both = (
        "question, median, ms", "question with since, 95th percentile, ms", "question of one article, median, ms",
        "add one article, ms", "update of 8 passages, ms", "question of one of them, median, ms",
        "memory of a process that asks, MiB",
    )  # fmt: skip
    assert all(float(number.replace(",", "")) > 0 for name in both for number in rows[name][:2])
    assert float(rows["times there and back, a question"][1]) > 3
    assert 10 < float(rows["disk a passage, KiB"][0]) < 2_000 and float(rows["disk a passage, KiB"][1]) > 0
    with Place(tmp_path / "60").opened(HashedEncoder()) as library:
        assert all(article.id.startswith("story-") for article in library.articles())
    with psycopg.connect(postgres_server) as connection:
        schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname = %s", (used[0],)).fetchall()
    assert schemas == []


def test_processor_time_is_none_of_a_server() -> None:
    result = CliRunner().invoke(app, "scale 200 --processor-time --database-url self".split())
    assert result.exit_code == 2 and "no processor time of this process" in result.output


# peer


RAIN = Article("rain", "Rain", "It rained in Ely on Monday. The river rose by two feet.")
TRAM = Article("tram", "Tram", "The tram opened in 1904. It carries two lanes.")
ELY = KnownQuestion("1", "Where did it rain?", "rain", (Span(13, 16),))
YEAR = KnownQuestion("2", "When did the tram open?", "tram", (Span(19, 23),))
NOBODY = KnownQuestion("3", "Who sang?", "rain")
HANDS = Hands()


@dataclass
class Right:
    """A side that takes ten seconds to index and one to answer; it finds the first sentence of the right article."""

    name: str = "Right one"
    indexing: float = 10
    asking: float = 1

    def index(self, articles: Sequence[Article], folder: Path) -> None:
        folder.mkdir()  # which fails if it is there already
        HANDS.turn(self.indexing)
        self._articles = {article.text.split()[1]: article for article in articles}

    def answer(self, question: str) -> peer.Reply:
        HANDS.turn(self.asking)
        article = self._articles.get("tram" if "tram" in question else "rained")
        end = article.text.index(".") + 1 if article else 0
        found = (peer.Found("elsewhere", 0, 9), peer.Found(article.id, 0, end)) if article else ()
        best = found[::-1] if "tram" in question else found  # the right one is the second where it rained
        return peer.Reply(best, Timing(encode=400, search=500, read=100))


class Wrong(Right):
    """A side that finds nothing, in twice the time."""

    def __init__(self) -> None:
        super().__init__("Wrong one", 20, 2)

    def answer(self, question: str) -> peer.Reply:
        HANDS.turn(self.asking)
        return peer.Reply(())


@contextmanager
def served(side: type[Right]) -> Iterator[peer.Run]:
    pipe, other = Pipe()
    thread = threading.Thread(target=peer.serve, args=(side, [RAIN, TRAM], other, HANDS))
    thread.start()
    yield peer.Run(pipe.recv(), pipe)
    pipe.send(None)
    thread.join()


def test_both_sides_index_in_every_round_and_answer_every_question_once() -> None:
    with served(Right) as ours, served(Wrong) as theirs:
        peer.compare((ours, theirs), [ELY, YEAR, NOBODY, ELY], rounds=2)
    assert (ours.indexing, theirs.indexing) == ([10, 10], [20, 20])
    assert (ours.asking, theirs.asking) == ([1] * 4, [2] * 4)
    assert list(peer.report(ours, theirs)) == [
        "Right one: indexed in 10.0 s (median of 2); a question: median 1000.0 ms, 95th percentile 1000.0 ms (4)",
        "  of that: encode 400.0, search 500.0, rerank 0.0, read 100.0",
        "  H@1 0.333, H@3 1.000 of 3",
        "Wrong one: indexed in 20.0 s (median of 2); a question: median 2000.0 ms, 95th percentile 2000.0 ms (4)",
        "  H@1 0.000, H@3 0.000 of 3",
        "Right one over Wrong one: indexing 0.50, median 0.50, 95th percentile 0.50",
    ]


def test_a_hit_overlaps_the_answer_in_its_article() -> None:
    assert ELY.is_hit("rain", 0, 27)
    assert not ELY.is_hit("rain", 28, 55)
    assert not ELY.is_hit("tram", 0, 27)


def test_a_side_is_a_process_of_its_own() -> None:
    with peer.running(Right, [RAIN, TRAM]) as run:
        assert run.name == "Right one"
        run.pipe.send(Path("/nowhere/at/all"))
        with pytest.raises(EOFError):
            run.pipe.recv()


def test_pullquote_answers_as_a_side(tmp_path: Path, real_encoder: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setattr("index.SentenceTransformerEncoder", lambda _: real_encoder)
    side = peer.Pullquote()
    for name in ("one", "two"):
        side.index([RAIN, TRAM], tmp_path / name)
        reply = side.answer(ELY.text)
        assert reply.found[0] == peer.Found("rain", 0, 27)
        assert reply.timing and reply.timing.encode > 0


def test_txtai_answers_as_a_side(tmp_path: Path) -> None:
    pytest.importorskip("txtai", reason="it comes with the extra `benchmark` alone")
    side = peer.Txtai()
    assert side.name.startswith("txtai 9.")
    for name in ("one", "two"):
        side.index([RAIN, TRAM], tmp_path / name)
        assert side.answer(ELY.text).found[0] == peer.Found("rain", 0, 27)
        assert (tmp_path / name).is_dir()


def test_without_txtai_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "txtai", None)
    with pytest.raises(SystemExit, match=r'run: pip install -e "\.\[benchmark\]"'):
        peer.Txtai()


# cold


def test_cold_takes_turns_and_leaves_out_the_first_round() -> None:
    hands, ran = Hands(), []

    def run(command: Sequence[str]) -> None:
        ran.append(command[0])
        hands.turn({"ask": 2.0, "import": 0.5}[command[0]] * (10 if len(ran) <= 2 else 1))

    seconds = cold.measure({"ask": ["ask"], "import": ["import"]}, 3, run, hands)
    assert ran == ["ask", "import"] * 4
    assert list(cold.report(seconds)) == [
        "ask                 median 2000.0 ms, 95th percentile 2000.0 ms (3)",
        "import              median 500.0 ms, 95th percentile 500.0 ms (3)",
    ]


def test_a_command_that_fails_is_not_measured() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        cold.run([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.slow
def test_cold_asks_the_bundled_story(capsys: pytest.CaptureFixture[str]) -> None:
    cold.main(1)
    lines = dict(line.split("median") for line in capsys.readouterr().out.splitlines()[1:])
    medians = {name.strip(): float(rest.split()[0]) for name, rest in lines.items()}
    assert medians["pullquote ask"] > medians["import bot.cli.app"] > medians["import index"] > medians["python"] > 5


# together


def test_the_stopwatch_runs_from_a_message_to_the_reply_to_it() -> None:
    hands, subscribers = Hands(), []
    backend = SimpleNamespace(subscribers=subscribers, create_message=lambda *_: SimpleNamespace(id=7))
    watch = together.Stopwatch(SimpleNamespace(backend=backend), hands)  # type: ignore[arg-type]
    watch.ask(1, 2, "Who?")
    (see,) = subscribers
    hands.turn(3)
    see("MESSAGE_CREATE", {"content": "another message"})
    see("MESSAGE_CREATE", {"message_reference": {"message_id": "8"}})
    assert watch.seconds == []
    see("MESSAGE_CREATE", {"message_reference": {"message_id": "7"}})
    assert watch.seconds == [3]


async def test_the_bot_is_asked_by_one_by_many_and_while_it_indexes(
    tmp_path: Path, real_encoder: SentenceTransformerEncoder
) -> None:
    settings = together.settings_of(tmp_path)
    with open_base(settings, lambda: real_encoder) as base:
        base.update(articles_of(None))
    async with together.signed_in(settings, lambda: real_encoder) as env:
        lines = [line async for line in together.ask(env, {1: 2, 3: 1}, meanwhile=2)]
    assert [line.split(":")[0] for line in lines[:2]] == ["1 at once", "3 at once"]
    assert "(2); longest gap" in lines[0] and "(3); longest gap" in lines[1]
    assert lines[2].startswith("while 2 articles are indexed, at ") and lines[3].startswith("memory ")


def test_the_bot_starts_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "start", ready)
    assert 0 < together.seconds_to_start(tmp_path) < 60


def ready(_: Path, pipe: Connection) -> None:
    pipe.send("ready")


# encode


def test_encode_says_how_fast_each_is_and_the_median_of_the_ratios() -> None:
    hands = Hands()
    times = iter([4.0, 2.0, 5.0, 1.0, 9.0, 3.0])
    lines = list(
        encode.compare(lambda: hands.turn(next(times)), lambda: hands.turn(next(times)), 10, rounds=3, clock=hands)
    )
    assert lines == [
        "plain 2.5, ours 5.0 passages/s",
        "plain 2.0, ours 10.0 passages/s",
        "plain 1.1, ours 3.3 passages/s",
        "ours over plain, median of 3: 3.00",
    ]


def test_both_engines_give_the_same_answers_of_which_the_figures_tell(
    postgres_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "bridge": "The bridge opened in 1904. It carries two lanes.",
        "ferry": "The ferry sails at noon. Otto Brandt steers it.",
        "school": "The school teaches geometry. It has ninety pupils.",
    }
    articles = tuple(Article(name, name.title(), text) for name, text in texts.items())
    questions = (
        KnownQuestion("1", "When did the bridge open?", "bridge", (Span(22, 26),)),
        KnownQuestion("2", "Who steers the ferry?", "ferry", (Span(25, 36),)),
        KnownQuestion("3", "Where is the lighthouse keeper?", "lighthouse", (Span(0, 5),)),
    )
    engines.main(EvaluationSet(articles, questions), 3, postgres_server, None, WordEncoder())
    shown = capsys.readouterr().out
    assert "3 articles, 3 questions" in shown
    assert shown.count("0.3333 0.6667") == 2  # the ferry is named in another sentence
    assert "the first quote is the same in 100.00%" in shown
    assert "the first 3 are the same in 100.00%" in shown
