"""A story, and documents of it that are read, or refused."""

import pytest

from index.errors import ArticleError
from index.naming import printable
from index.sources.document import read_document
from index.types import Article

STORY = (
    "The harbour of Port Elgin will close for six weeks in spring, the city council said on Tuesday. "
    "Councillor Mara Lind said the quay “cannot wait another winter.”"
)
MORE = "Fishermen will moor at the old ferry pier until the work is done."


def read(data: str | bytes, name: str = "harbour.md", **options: int) -> Article:
    return read_document(
        data.encode() if isinstance(data, str) else data, name, article_id="harbour", source="/a/harbour", **options
    )


def refusal(data: str | bytes, name: str = "harbour.md", **options: int) -> str:
    with pytest.raises(ArticleError) as refused:
        read(data, name, **options)
    message = str(refused.value)
    assert message.startswith(printable(name))
    assert message.endswith(".")
    assert "\n" not in message
    return message
