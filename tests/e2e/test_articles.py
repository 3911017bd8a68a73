"""`pullquote articles`: add, list, show, remove."""

from pathlib import Path

from index import Library
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, TIDES, Run

HILLS = (
    "# The last sheep of Corrie Hill\n\nThe farmer Ross Tait sold his last forty sheep in October. He keeps the dog.\n"
)


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_add_takes_files_and_folders_and_says_what_came_in(pullquote: Run) -> None:
    write("tides.md", TIDES)
    write("archive/2025/hills.md", HILLS)
    added = pullquote("articles", "add", "tides.md", "archive")
    assert (added.code, added.err) == (0, "")
    assert added.out == ("added: tides\nadded: 2025/hills\nAdded 2.\n")


def test_adding_again_leaves_what_is_the_same_and_replaces_what_changed(pullquote: Run) -> None:
    write("tides.md", TIDES)
    write("hills.md", HILLS)
    pullquote("articles", "add", "tides.md", "hills.md")
    again = pullquote("articles", "add", "tides.md", "hills.md")
    assert (again.code, again.out) == (0, "Changed no article; 2 unchanged.\n")
    write("tides.md", TIDES.replace("lighthouse\nkeeper in 2019", "circus in 2020"))
    changed = pullquote("articles", "add", "tides.md")
    assert changed.out == "changed: tides\nChanged 1; 1 unchanged.\n"
    answer = pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1")
    assert answer.quotes == ["Its owner, Ada Brandt, bought the oven from a circus in 2020."]


def test_the_first_articles_of_ones_own_take_the_place_of_the_sample(pullquote: Run) -> None:
    assert len(pullquote("articles", "list").out.splitlines()) == 8
    write("tides.md", TIDES)
    planned = pullquote("articles", "add", "tides.md", "--dry-run")
    assert planned.out == "would add: tides\nWould add 1.\n"
    assert planned.err == "The sample story would make way for your own articles.\n"
    added = pullquote("articles", "add", "tides.md")
    assert added.out == "added: tides\nAdded 1.\n"
    assert added.err == "The sample story made way for your own articles.\n"
    assert pullquote("articles", "list").out == "tides\t2026-02-03\tThe bakery that opens with the tide\tNora Quill\n"


def test_an_article_of_the_sample_that_is_removed_by_hand_is_named(pullquote: Run, sample: None) -> None:
    removed = pullquote("articles", "remove", "fans")
    assert (removed.out, removed.err) == ("removed: fans\nRemoved 1; 7 unchanged.\n", "")


def test_an_article_with_the_id_of_one_of_the_sample_takes_the_place_of_all(pullquote: Run, sample: None) -> None:
    write("fans.md", TIDES)
    added = pullquote("articles", "add", "fans.md")
    assert (added.out, added.err) == (
        "added: fans\nAdded 1.\n",
        "The sample story made way for your own articles.\n",
    )


def test_list_shows_all_articles_newest_first_parted_by_tabs(pullquote: Run) -> None:
    write("tides.md", TIDES)
    write("hills.md", HILLS)
    write("old.md", TIDES.replace("2026-02-03", "1999-12-31").replace("Ada Brandt", "Otto Brandt"))
    pullquote("articles", "add", ".")
    assert pullquote("articles", "list").out.splitlines() == [
        "tides\t2026-02-03\tThe bakery that opens with the tide\tNora Quill",
        "old\t1999-12-31\tThe bakery that opens with the tide\tNora Quill",
        "hills\t\tThe last sheep of Corrie Hill\t",
    ]


def test_list_fills_a_new_library_first(pullquote: Run) -> None:
    listed = pullquote("articles", "list")
    assert listed.err == "The library was empty: indexed the bundled sample story, 8 articles.\n"
    assert listed.out.splitlines()[0].startswith("notebook\t2026-01-12\t")


def test_show_shows_one_article_whole_and_unwrapped(pullquote: Run) -> None:
    write("tides.md", TIDES)
    pullquote("articles", "add", "tides.md")
    shown = pullquote("articles", "show", "tides")
    with Library.open("pullquote-data") as library:
        article = library.article("tides")
    assert shown.code == 0
    assert shown.out.splitlines()[:6] == [
        "The bakery that opens with the tide",
        "Nora Quill · 3 February 2026",
        "https://example.org/tides",
        str(Path("tides.md").resolve()),
        "language: en",
        "",
    ]
    assert shown.out.endswith(f"\n\n{article.text}\n")


def test_list_and_show_as_json(pullquote: Run) -> None:
    write("tides.md", TIDES)
    pullquote("articles", "add", "tides.md")
    (listed,) = pullquote("articles", "list", "--json").json
    assert listed == {
        "id": "tides",
        "title": "The bakery that opens with the tide",
        "author": "Nora Quill",
        "published": "2026-02-03T00:00:00+00:00",
        "updated": None,
        "section": None,
        "url": "https://example.org/tides",
        "source": str(Path("tides.md").resolve()),
        "language": "en",
        "embargo": None,
        "private": False,
    }
    shown = pullquote("articles", "show", "tides", "--json").json
    assert (shown.pop("text").startswith("The harbour bakery"), shown) == (True, listed)


def test_remove_takes_one_article_out_and_it_is_quoted_no_more(pullquote: Run) -> None:
    write("tides.md", TIDES)
    write("hills.md", HILLS)
    pullquote("articles", "add", "tides.md", "hills.md")
    removed = pullquote("articles", "remove", "tides")
    assert (removed.code, removed.err) == (0, "")
    assert removed.out == "removed: tides\nRemoved 1; 1 unchanged.\n"
    assert pullquote("articles", "list").out == "hills\t\tThe last sheep of Corrie Hill\t\n"
    assert BAKERY_ANSWER not in pullquote("ask", BAKERY_QUESTION).out


def test_a_library_whose_every_article_was_removed_stays_empty(pullquote: Run) -> None:
    write("tides.md", TIDES)
    pullquote("articles", "add", "tides.md")
    pullquote("articles", "remove", "tides")
    assert (pullquote("articles", "list").out, pullquote("articles", "list").err) == ("", "")
    answer = pullquote("ask", BAKERY_QUESTION)
    assert (answer.code, answer.out) == (1, "The articles do not hold an answer to that.\n")


def test_a_file_whose_id_another_article_has_is_refused_and_replaces_nothing(pullquote: Run) -> None:
    write("one/story.md", TIDES)
    write("two/story.md", HILLS)
    pullquote("articles", "add", "one")
    added = pullquote("articles", "add", "two")
    assert added.code == 2
    assert "two/story.md has the id 'story'" in added.err
    assert str(Path("one/story.md").resolve()) in added.err
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]


def test_a_file_that_is_named_by_another_folder_is_still_one_article(pullquote: Run) -> None:
    Path("news").mkdir()
    Path("news/tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "news").code == 0
    again = pullquote("articles", "add", ".")
    assert again.out == ("added: news/tides\nremoved: tides\nAdded 1, removed 1.\n")
    assert [line.split("\t")[0] for line in pullquote("articles", "list").out.splitlines()] == ["news/tides"]


def test_a_file_that_moved_keeps_its_id(pullquote: Run) -> None:
    write("one/tides.md", TIDES)
    pullquote("articles", "add", "one")
    Path("one").rename("two")
    moved = pullquote("articles", "add", "two")
    assert (moved.code, moved.out.splitlines()[0]) == (0, "changed: tides")
