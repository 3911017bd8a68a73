from datetime import UTC, datetime
from time import thread_time

import pytest

from index.sources.front_matter import MAX_FRONT_MATTER
from index.types import Article
from tests.index.sources.documents import MORE, STORY, read, refusal


@pytest.mark.parametrize("name", ("a.md", "a.txt"))
def test_front_matter_states_the_facts(name: str) -> None:
    article = read(
        "---\nid: port-elgin\ntitle: 'Harbour: closed'\nauthor: Jane Doe\npublished: 2026-01-05\n"
        "updated: 2026-01-06T09:30:00+09:00\nurl: https://example.org/harbour\nsection: World\nlayout: post\n---\n"
        f"\nBy Somebody Else\n\n{STORY}\n",
        name,
    )
    assert article == Article(
        id="port-elgin",
        title="Harbour: closed",
        text=STORY,
        author="Jane Doe",
        published=datetime(2026, 1, 5, tzinfo=UTC),
        updated=datetime(2026, 1, 6, 0, 30, tzinfo=UTC),
        url="https://example.org/harbour",
        source="/a/harbour",
        section="World",
    )


def test_several_authors_are_joined() -> None:
    assert read(f"---\nauthor: [Jane Doe, John Roe]\n---\n{STORY}").author == "Jane Doe, John Roe"
    assert read(f"---\nauthor:\n  - Jane Doe\n---\n{STORY}").author == "Jane Doe"


@pytest.mark.parametrize("value", ("", "~", "null", "''"))
def test_a_key_without_a_value_states_nothing(value: str) -> None:
    article = read(f"---\nid: {value}\ntitle: {value}\npublished: {value}\nurl: {value}\n---\nShort story.")
    assert (article.id, article.title, article.published, article.url) == ("harbour", "Short story.", None, None)


@pytest.mark.parametrize("value", ("1984", "Yes", "007", "2026-01-05"))
def test_a_title_is_text_whatever_it_looks_like(value: str) -> None:
    assert read(f"---\ntitle: {value}\n---\n{STORY}").title == value


@pytest.mark.parametrize(
    ("value", "moment"),
    (
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05 10:00:00 +09:00", datetime(2026, 1, 5, 1, tzinfo=UTC)),
        ("'2026-01-05T10:00:00Z'", datetime(2026, 1, 5, 10, tzinfo=UTC)),
    ),
)
def test_dates_and_times_are_read_in_utc(value: str, moment: datetime) -> None:
    assert read(f"---\npublished: {value}\n---\n{STORY}").published == moment


@pytest.mark.parametrize(
    ("block", "cause"),
    (
        ("title: [unclosed", "has front matter that is not YAML at line 3"),
        ("author: Jane\ntitle: Harbour: closed", "has front matter that is not YAML at line 3"),
        ("a: &a [*a]", "has front matter that is not YAML at line 2"),
        ("[" * 9_000, "has front matter that is not YAML"),
        ("- a\n- b", "has front matter without keys"),
        ("title: [a, b]", "has a list or a mapping for “title”"),
        ("title: {a: b}", "has a list or a mapping for “title”"),
        ("author: [{a: b}]", "has a list or a mapping for “author”"),
        ("id: !!python/object/apply:os.getcwd []", "has a list or a mapping for “id”"),
        ("published: soon", "has a time for “published” that cannot be read"),
        ("updated: 2026-13-45", "has a time for “updated” that cannot be read"),
        ("published: 0001-01-01T00:00:00+14:00", "has a time for “published” that cannot be read"),
        ("url: example.org/a", "has a “url” in its front matter that is not a web address"),
        ("url: javascript:alert(1)", "has a “url” in its front matter that is not a web address"),
        ("url: 'http://['", "has a “url” in its front matter that is not a web address"),
        ("k: v\n" * MAX_FRONT_MATTER, "has front matter of 80,001 characters, more than the 16,000 allowed"),
    ),
)
def test_front_matter_that_is_wrong_names_the_key_or_the_line(block: str, cause: str) -> None:
    assert refusal(f"---\n{block}\n---\n{STORY}").startswith(f"harbour.md {cause}")


def test_aliases_do_not_multiply() -> None:
    bomb = "\n".join(["a0: &a0 [x,x]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
    started = thread_time()
    assert read(f"---\n{bomb}\ntitle: T\n---\n{STORY}").title == "T"
    assert "“author”" in refusal(f"---\n{bomb}\nauthor: *a11\n---\n{STORY}")
    assert thread_time() - started < 2


@pytest.mark.parametrize(
    ("text", "story"),
    (
        (f"---\n{STORY}", f"---\n{STORY}"),
        (f"---\n\n{STORY}\n\n---\n{MORE}", f"---\n\n{STORY}\n\n---\n{MORE}"),
        (f"---\n{MORE}\n---\n{STORY}", f"---\n{MORE}\n---\n{STORY}"),
        (f"----\ntitle: T\n----\n{STORY}", f"----\ntitle: T\n----\n{STORY}"),
        (f"---\n---\n{STORY}", STORY),
    ),
)
def test_a_thematic_break_is_not_front_matter(text: str, story: str) -> None:
    assert read(text, "a.txt").text == story


def test_front_matter_that_multiplies_a_name_a_thousand_times_is_refused() -> None:
    said = refusal(f"---\nsection: &a {'x' * 12_000}\nauthor: [{','.join(['*a'] * 1200)}]\n---\n{STORY}")
    assert said == "harbour.md has a “author” in its front matter that is too long: write one line of text."


def test_an_embargo_and_what_is_private_are_stated_however_the_key_is_spelled() -> None:
    article = read(f"---\nembargo: 2026-05-01 09:30 +02:00\nPrivate: Yes\n---\n{STORY}")
    assert (article.embargo, article.private) == (datetime(2026, 5, 1, 7, 30, tzinfo=UTC), True)
    assert read(f"---\nEmbargo: 2026-05-01\nprivate: false\n---\n{STORY}").private is False
    assert read(f"---\nprivate:\n---\n{STORY}").private is False


def test_what_is_neither_private_nor_public_is_refused() -> None:
    assert refusal(f"---\nprivate: members\n---\n{STORY}").endswith(
        "has “private: members” in its front matter: write true or false."
    )
    assert "has a time for “embargo” that cannot be read" in refusal(f"---\nembargo: soon\n---\n{STORY}")
