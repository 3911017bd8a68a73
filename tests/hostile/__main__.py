"""Read hostile documents as the bot does, in child processes within limits, and say what came of them, as JSON.

`python -m tests.hostile [COUNT [SEED]]`
"""

import json
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

from index import Parser, PullquoteError
from index.sources.document import read_document
from index.sources.feed import read_feed
from index.sources.page import read_page
from index.sources.parser import PROCESSES, Task
from index.sources.sitemap import read_sitemap
from index.sources.web import Response
from tests.hostile import HostileDocument, documents


def task_for(document: HostileDocument) -> "Task[object]":
    """What reads a document: a feed, a sitemap and a page as from the web, anything else as a file."""
    response = Response("https://news.example.org/story", document.data, document.media_type)
    if document.kind == "feed":
        return partial(read_feed, response)
    if document.kind == "sitemap":
        return partial(read_sitemap, response)
    if document.kind == "page":
        return partial(read_page, response)
    return partial(read_document, document.data, f"story{document.suffix}", article_id="story")


def is_a_sentence(message: str) -> bool:
    """Whether a message is fit to be shown: one line of some length, to its end."""
    return message.endswith(".") and "\n" not in message and len(message) < 600


def main(count: int = 5000, seed: int = 0) -> None:
    """Read them, two at a time."""
    outcomes: Counter[str] = Counter()
    slowest: dict[str, float] = {}

    def read(document: HostileDocument) -> None:
        began = time.perf_counter()
        try:
            parser.run(task_for(document), f"story{document.suffix}")
            outcome = "read"
        except PullquoteError as error:
            outcome = type(error).__name__ if is_a_sentence(str(error)) else f"not a sentence: {error}"
        outcomes[outcome] += 1
        slowest[f"{document.kind}: {document.name}"] = time.perf_counter() - began

    began = time.perf_counter()
    with Parser() as parser, ThreadPoolExecutor(PROCESSES) as pool:
        waiting = documents(seed, count)
        while some := list(islice(waiting, 10)):  # all at once would be a gigabyte, which is none of the readers'
            list(pool.map(read, some))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    longest = sorted(slowest.items(), key=lambda item: -item[1])[:10]
    sys.stdout.write(
        json.dumps(
            {
                "documents": sum(outcomes.values()),
                "outcomes": dict(outcomes),
                "seconds": round(time.perf_counter() - began, 1),
                "longest_seconds": round(longest[0][1], 2),
                "peak_megabytes": round(peak),
                "slowest": {name: round(seconds, 2) for name, seconds in longest},
            },
            indent=2,
        )
        + "\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
