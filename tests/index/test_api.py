"""The public API, as DESIGN.md has it."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import index
from index import Article, Library
from tests.index.town import ARTICLES, BRIDGE, SCHOOL

PUBLIC = [
    "BASE", "DEFAULT_MODEL", "DEFAULT_MODEL_SHA256", "DEFAULT_THRESHOLD", "KNOWN_MODELS", "MOVING", "NEAR", "OPINION",
    "Answer", "Article", "ArticleError", "ArticlesRead", "Asking", "AwaitedQuestion", "Change", "Checked",
    "Conditions", "Confidence", "Conflict", "Considered", "Contents", "CrossEncoderReranker", "Difference",
    "Differing", "Disagreement", "Earlier", "Edition", "EmbeddedEngine", "EncodedPart", "Encoder", "Engine",
    "Explanation", "Facts", "Fault", "Former", "Freshness", "Headline", "Hub", "KeptGeneration", "Library",
    "LibraryBusy", "LibraryDamaged", "LibraryError", "LibraryUnreachable", "Limits", "Manner", "Matter", "ModelError",
    "ModelMismatch", "Move", "NewPassages", "NoRoom", "Notice", "NoticedChange", "OnProgress", "Origin", "OriginKind",
    "OutOfResources", "Outcome", "Parser", "ParserError", "PartState", "Passage", "Piece", "Pin", "Problem",
    "Progress", "PullquoteError", "QuestionError", "Quota", "Quote", "Refusal", "RefusedKind", "Remedy", "Revision",
    "Rewording", "Sentence", "SentenceKey", "SentenceTransformerEncoder", "Server", "Size", "Source", "SourceError",
    "SourceGone", "SourcePage", "SourceResult", "SourceUpdate", "Span", "StagedChange", "Staging", "StagingPlan",
    "Talk", "Timing", "TooCostly", "UpdateReport", "Verdict", "Verification", "Web", "Withdrawal", "article_edit",
    "article_removal", "articles_per_source", "as_line", "asking_in", "begin_parts", "change_as_json",
    "change_from_json", "check_connection", "check_database", "check_pasted", "check_question", "close_to_others",
    "complete_address", "copy_database", "encode_part", "evaluate", "find_address", "heeds", "inverse",
    "is_about_the_articles", "is_address", "is_damage", "is_database", "lock_number", "make_change", "make_private",
    "neighbours", "open_engine", "overlapping", "plan_change", "read_address", "read_addresses", "read_all",
    "read_export", "read_files", "read_folder", "read_folder_source", "read_hub", "read_noticed", "read_pasted",
    "read_source", "read_upload", "read_whole_folder", "rests_until", "sample_articles", "seen_in", "short_key",
    "shortage", "source_privacy", "source_removal", "sources_of", "sqlite_code", "staged_change", "talk_in",
    "together", "with_opinion_marked",
]  # fmt: skip


def test_these_names_are_public_and_no_others() -> None:
    assert index.__all__ == PUBLIC


@pytest.mark.parametrize("name", [name for name in PUBLIC if not name.isupper()])
def test_every_public_name_and_what_is_public_in_it_has_a_docstring(name: str) -> None:
    thing = getattr(index, name)
    assert inspect.getdoc(thing)
    assert not (thing.__doc__ or "").startswith(f"{name}(")  # dataclasses write one of their own
    if inspect.isclass(thing) and thing.__module__.startswith("index"):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, (property, classmethod))):
                assert inspect.getdoc(value), f"{name}.{member}"


def test_the_api_of_the_design_works_as_written(folder: Path, tmp_path: Path) -> None:
    articles = ARTICLES
    article_id = "school"

    library = Library.open(folder)
    report = library.update(articles, on_progress=None)
    assert (report.added, report.changed, report.unchanged, report.removed) == (
        tuple(a.id for a in ARTICLES),
        (),
        (),
        (),
    )
    library.remove(article_id)
    assert [article.id for article in library.articles()] == ["reading-room", "harbour", "bridge"]
    answer = library.ask("What did engineers find in the cables?", limit=3, article_id=None, since=None, until=None)
    assert isinstance(answer.answered, bool)
    assert 0 <= answer.confidence <= 1
    assert answer.quotes if answer.answered else answer.quotes == ()
    assert answer.closest
    for quote in answer.closest:
        assert quote.text == quote.article.text[quote.start : quote.end]
    best = answer.closest[0]
    assert (best.article, best.start, best.end, best.before) == (BRIDGE, 0, 93, "")
    assert best.after.startswith(" They will replace both cables")
    assert isinstance(best.score, float)
    library.close()
    with Library.open(folder) as again:
        assert len(again.articles()) == 3


def test_the_signature_of_ask_is_the_designs() -> None:
    parameters = inspect.signature(Library.ask).parameters
    assert list(parameters)[:6] == ["self", "question", "limit", "article_id", "since", "until"]
    assert [parameters[name].default for name in ("limit", "article_id", "since", "until")] == [3, None, None, None]


def test_an_article_takes_its_three_required_fields_in_order() -> None:
    assert Article("a", "Title", "Text.") == Article(id="a", title="Title", text="Text.")


def test_importing_the_library_loads_no_model_and_no_discord() -> None:
    steps = "import sys, index; print({'torch', 'sentence_transformers', 'discord', 'bot'} & set(sys.modules))"
    command = [sys.executable, "-c", steps]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"


def test_opening_and_listing_a_library_loads_no_model(folder: Path) -> None:
    steps = (
        "import sys; from index import Article, Library; library = Library.open(sys.argv[1]);"
        "library.articles(); library.check(); library.plan([Article('a', 'A', 'The gate is shut.')]);"
        "library.ask('Is it?'); print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", steps, str(folder)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_library_says_where_it_is(town: Library) -> None:
    assert town.folder.is_absolute()
    assert town.article("school") == SCHOOL
