"""The articles in a folder that a benchmark is given."""

import json
from pathlib import Path

from index import Article, Parser, read_folder, sample_articles


def articles_of(folder: Path | None) -> list[Article]:
    """Those in its `articles.jsonl` with `id`, `title` and `text`, else in its files; without it the bundled story."""
    if folder is None:
        return list(sample_articles())
    lines = folder / "articles.jsonl"
    if not lines.is_file():
        with Parser() as parser:
            return list(read_folder(folder, parser).articles)
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    return [Article(row["id"], row["title"] or row["id"], row["text"]) for row in rows]
