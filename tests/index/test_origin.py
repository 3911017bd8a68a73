import pytest

from index import Article, Origin, OriginKind


@pytest.mark.parametrize(
    ("source", "kind", "place", "name"),
    [
        ("/home/ana/news/ferry.md", OriginKind.FILE, "/home/ana/news/ferry.md", "ferry.md"),
        ("HTTPS://Example.org/ferry", OriginKind.ADDRESS, "HTTPS://Example.org/ferry", "HTTPS://Example.org/ferry"),
        ("upload: ferry.md", OriginKind.UPLOAD, "ferry.md", "upload: ferry.md"),
        ("pasted", OriginKind.PASTED, "", "pasted"),
        ("sample", OriginKind.SAMPLE, "", "sample"),
        ("the archive", OriginKind.ELSEWHERE, "the archive", "the archive"),
        ("", OriginKind.ELSEWHERE, "", "elsewhere"),
    ],
)
def test_the_source_of_an_article_is_read_and_written_alike(
    source: str, kind: OriginKind, place: str, name: str
) -> None:
    origin = Article("ferry", "Ferry", "It sails.", source=source).origin
    assert origin == Origin(kind, place)
    assert origin.source == source
    assert (origin.name(in_full=False), origin.name(in_full=True)) == (name, source or "elsewhere")


def test_an_article_without_a_source_is_from_elsewhere() -> None:
    assert Article("ferry", "Ferry", "It sails.").origin == Origin(OriginKind.ELSEWHERE)


def test_a_file_is_within_its_folders_and_nothing_else_is() -> None:
    file = Origin.of("/news/2026/ferry.md")
    assert [file.is_within(place) for place in ("/news", "/news/2026/ferry.md", "/news/20", "/other")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not Origin.of("https://example.org/news").is_within("/")
