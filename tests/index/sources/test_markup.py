import pytest

from index.sources.markup import plain_text


@pytest.mark.parametrize(
    ("page", "text"),
    (
        ("<p>a<br>b<br><br>c</p>", "a\nb\n\nc"),
        ("<b>A</b>B <i> C</i>\n<u>D</u>", "AB C D"),
        ("<table><tr><td> a </td>\n<td>b</td></tr>\n<tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("<title>t</title><style>s</style>a<template>x</template>", "a"),
        ("<pre>\n a\n  b\n</pre>c", "a\n  b\n\nc"),
        ("", ""),
    ),
)
def test_plain_text_has_the_words_as_a_reader_sees_them(page: str, text: str) -> None:
    assert plain_text(page) == text
