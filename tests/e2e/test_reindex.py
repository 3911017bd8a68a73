"""`pullquote reindex`: the library in line with ARTICLES_DIR."""

from pathlib import Path

import pytest

from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES, Outcome, Run, Start

HILLS = (
    "# The last sheep of Corrie Hill\n\nThe farmer Ross Tait sold his last forty sheep in October. He keeps the dog.\n"
)


@pytest.fixture
def reindex(pullquote: Run) -> Run:
    """`pullquote reindex` with ARTICLES_DIR a folder `stories` that holds tides.md and hills.md; filled already."""
    Path("stories").mkdir()
    Path("stories/tides.md").write_text(TIDES)
    Path("stories/hills.md").write_text(HILLS)

    def reindex(*options: str) -> Outcome:
        return pullquote("reindex", *options, env={"ARTICLES_DIR": "stories"})

    assert reindex().code == 0
    return reindex


def ids(pullquote: Run) -> set[str]:
    return {line.split("\t")[0] for line in pullquote("articles", "list").out.splitlines()}


def test_reindex_says_what_it_added_changed_left_and_removed(reindex: Run, pullquote: Run) -> None:
    Path("stories/new.md").write_text("The ferry to Elmouth runs again from March. It was out of service for a year.")
    Path("stories/tides.md").write_text(TIDES.replace("2019", "2018"))
    Path("stories/hills.md").unlink()
    Path("stories/same.md").write_text(HILLS.replace("sheep", "goats"))
    reindex()
    Path("stories/new.md").write_text("The ferry to Elmouth runs again from April. It was out of service for a year.")
    Path("stories/same.md").unlink()
    Path("stories/extra.md").write_text(HILLS.replace("sheep", "horses"))
    outcome = reindex()
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == ("added: extra\nchanged: new\nremoved: same\nAdded 1, changed 1, removed 1; 1 unchanged.\n")
    assert ids(pullquote) == {"extra", "new", "tides"}


def test_reindex_with_nothing_new_changes_nothing(reindex: Run) -> None:
    outcome = reindex()
    assert (outcome.code, outcome.out) == (0, "Changed no article; 2 unchanged.\n")


def test_dry_run_only_says_what_would_change(reindex: Run, pullquote: Run) -> None:
    Path("stories/hills.md").unlink()
    Path("stories/new.md").write_text("The ferry to Elmouth runs again from March. It was out of service for a year.")
    planned = reindex("--dry-run")
    assert planned.code == 0
    assert planned.out == ("would add: new\nwould remove: hills\nWould add 1, remove 1; 1 unchanged.\n")
    assert ids(pullquote) == {"hills", "tides"}


def test_full_embeds_everything_afresh_and_answers_as_before(reindex: Run, pullquote: Run) -> None:
    outcome = reindex("--full")
    assert (outcome.code, outcome.out) == (0, "Embedded 2 anew.\n")
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]


def test_a_dry_run_counts_as_the_reindex_after_it(reindex: Run, pullquote: Run) -> None:
    Path("other").mkdir()
    Path("other/ferry.md").write_text("The ferry to Elmouth runs again from March. It was out of service for a year.")
    pullquote("articles", "add", "other")
    Path("stories/tides.md").write_text(TIDES.replace("2019", "2018"))
    Path("stories/new.md").write_text("The market opens on Mondays. It closes at noon.")
    Path("stories/hills.md").unlink()
    said = [(reindex("--dry-run", *full).out, reindex("--dry-run", "--json", *full).json) for full in ((), ("--full",))]
    names = "would add: new\nwould change: tides\nwould remove: hills\n"
    assert said[0][0] == f"{names}Would add 1, change 1, remove 1; 1 unchanged.\n"
    assert said[1][0] == f"{names}Would add 1, change 1, remove 1, embed 1 anew.\n"
    assert (said[0][1]["unchanged"], said[1][1]["unchanged"]) == ([], ["ferry"])
    assert reindex("--full").out == (
        "added: new\nchanged: tides\nremoved: hills\nAdded 1, changed 1, removed 1, embedded 1 anew.\n"
    )
    assert reindex("--full", "--dry-run").out == "Would embed 3 anew.\n"
    assert reindex("--dry-run").out == "Would change no article; 3 unchanged.\n"


def test_full_needs_no_articles_dir(reindex: Run, pullquote: Run) -> None:
    outcome = pullquote("reindex", "--full")
    assert (outcome.code, outcome.out) == (0, "Embedded 2 anew.\n")


def test_without_articles_dir_reindex_says_what_to_set(pullquote: Run) -> None:
    complaint = pullquote("reindex").complaint
    assert complaint.startswith("ARTICLES_DIR is not set")
    assert "`pullquote articles add`" in complaint


def test_what_was_removed_by_hand_stays_out_until_it_is_added_again(reindex: Run, pullquote: Run) -> None:
    pullquote("articles", "remove", "tides")
    assert reindex().out == "Changed no article; 1 unchanged.\n"
    assert ids(pullquote) == {"hills"}
    assert pullquote("articles", "add", "stories/tides.md").out.splitlines()[0] == "added: tides"
    assert reindex().out == "Changed no article; 2 unchanged.\n"


def test_what_was_added_from_elsewhere_stays(reindex: Run, pullquote: Run) -> None:
    Path("other").mkdir()
    Path("other/ferry.md").write_text("The ferry to Elmouth runs again from March. It was out of service for a year.")
    pullquote("articles", "add", "other")
    assert reindex().out == "Changed no article; 3 unchanged.\n"
    assert ids(pullquote) == {"ferry", "hills", "tides"}


def test_an_article_from_elsewhere_is_not_replaced_by_one_with_its_id(reindex: Run, pullquote: Run) -> None:
    Path("other").mkdir()
    Path("other/ferry.md").write_text("The ferry to Elmouth runs again from March. It was out of service for a year.")
    pullquote("articles", "add", "other")
    Path("stories/ferry.md").write_text("The ferry to Garth is for sale. Nobody has made an offer.")
    outcome = reindex()
    assert outcome.code == 2
    assert outcome.out == "Changed no article; 3 unchanged, 1 refused.\n"
    assert f"stories/ferry.md has the id 'ferry', which the article from {Path('other').resolve()}" in outcome.err
    assert "Elmouth" in pullquote("articles", "show", "ferry").out


def test_an_articles_dir_that_moved_takes_its_articles_along(reindex: Run, pullquote: Run) -> None:
    Path("stories").rename("moved")
    Path("moved/tides.md").write_text(TIDES.replace("2019", "2018"))
    outcome = pullquote("reindex", env={"ARTICLES_DIR": "moved"})
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("Changed 2.\n")


def test_the_articles_of_a_folder_that_can_no_longer_be_read_stay(
    reindex: Run, pullquote: Run, pullquote_process: Start
) -> None:
    Path("stories/deep").mkdir()
    Path("stories/deep/ferry.md").write_text("The ferry to Elmouth runs again from March. It was out of service.")
    assert reindex().code == 0
    Path("stories/deep").chmod(0)
    outcome = pullquote_process("reindex", bound=True, ARTICLES_DIR="stories").outcome()
    Path("stories/deep").chmod(0o700)
    assert outcome.code == 2
    assert outcome.err.startswith("refused: stories/deep cannot be read (Permission denied)")
    assert ids(pullquote) == {"deep/ferry", "hills", "tides"}


def test_an_article_whose_file_can_no_longer_be_read_is_named_and_stays(reindex: Run, pullquote: Run) -> None:
    Path("stories/tides.md").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    outcome = reindex()
    assert outcome.code == 2
    assert "stories/tides.md is a PNG picture, not text" in outcome.err
    assert outcome.out == "Changed no article; 2 unchanged, 1 refused.\n"
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]


def test_an_emptied_articles_dir_removes_nothing_and_says_so(reindex: Run, pullquote: Run) -> None:
    for path in Path("stories").iterdir():
        path.unlink()
    assert reindex().complaint.startswith("stories holds no article that can be read, so nothing was removed")
    assert ids(pullquote) == {"hills", "tides"}


def test_an_articles_dir_that_is_gone_removes_nothing_and_says_so(reindex: Run, pullquote: Run) -> None:
    Path("stories").rename("moved")
    assert reindex().complaint.startswith("stories cannot be read as a folder (No such file or directory)")
    assert ids(pullquote) == {"hills", "tides"}


def test_articles_dir_may_be_the_data_folder(pullquote: Run) -> None:
    Path("all").mkdir()
    Path("all/tides.md").write_text(TIDES)
    settings = {"ARTICLES_DIR": "all", "DATA_DIR": "all"}
    for _ in range(2):
        assert pullquote("reindex", env=settings).code == 0
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", env=settings).quotes == [BAKERY_ANSWER]
    assert pullquote("articles", "list", env=settings).out.count("\n") == 1


def test_settings_are_read_from_a_file_env(pullquote: Run) -> None:
    Path("stories").mkdir()
    Path("stories/tides.md").write_text(TIDES)
    Path(".env").write_bytes(b"# Windows line ends\r\nARTICLES_DIR=stories\r\nDATA_DIR=kept here\r\n")
    assert pullquote("reindex").code == 0
    assert Path("kept here/library.sqlite3").is_file()
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]
