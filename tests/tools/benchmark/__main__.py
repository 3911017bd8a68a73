"""The command line of the benchmarks.

Every command imports what it needs itself: processes that a benchmark starts read this module, and their memory and
their time to start are measured.
"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)

Articles = Annotated[
    Path | None, typer.Argument(help="Articles as for `pullquote articles add`, or an articles.jsonl; else the sample.")
]


@app.command()
def peer(
    folder: Annotated[Path, typer.Argument(help="It holds articles.jsonl and questions.jsonl, or SQuAD.")],
    split: Annotated[str | None, typer.Option(help="Only the questions of this split.")] = None,
    absent_split: Annotated[str | None, typer.Option(help="Leave out the articles of this split.")] = None,
    specific: Annotated[bool, typer.Option("--specific", help="Only the questions marked specific.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Draw this many of the questions.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often both index, in turn.")] = 3,
    model: Annotated[str | None, typer.Option(help="all-MiniLM-L6-v2 or multilingual-e5-small, on both sides.")] = None,
) -> None:
    """Pullquote beside txtai: seconds to index, the time of a question, and how often the first sentences are right."""
    from index import DEFAULT_MODEL, evaluate
    from tests.tools.benchmark.peer import main

    known = evaluate.load(folder, split=split, absent_split=absent_split, specific=specific, limit=limit)
    main(known, rounds, model or DEFAULT_MODEL)


@app.command()
def across(
    questions: Annotated[Path, typer.Argument(help="The set whose questions are asked.")],
    articles: Annotated[list[Path], typer.Argument(help="The sets whose articles are asked, parallel to it.")],
    model: Annotated[str, typer.Option(help="The model to measure.")] = "multilingual-e5-small",
    limit: Annotated[int | None, typer.Option(min=1, help="Draw this many of the questions.")] = None,
) -> None:
    """Questions in one language on articles in others: how often the first quotes are right."""
    from tests.tools.benchmark.across import main

    main(questions, articles, model, limit)


@app.command()
def sieve(
    folder: Annotated[Path, typer.Argument(help="It holds articles.jsonl and questions.jsonl.")],
    asked: Annotated[int, typer.Option(min=10, help="How many of the questions are asked.")] = 500,
    keep: Annotated[Path | None, typer.Option(help="Index here, or use what is indexed here already.")] = None,
    model: Annotated[str | None, typer.Option(help="all-MiniLM-L6-v2 or multilingual-e5-small.")] = None,
) -> None:
    """Questions that wait: how many the sieve loses, and how much it saves."""
    from index import DEFAULT_MODEL, evaluate
    from tests.tools.benchmark.sieve import main

    main(evaluate.load(folder), asked, keep, model or DEFAULT_MODEL)


@app.command()
def engines(
    folder: Annotated[Path, typer.Argument(help="It holds articles.jsonl and questions.jsonl.")],
    asked: Annotated[int, typer.Option(min=1, help="How many of the questions are asked.")] = 300,
    database_url: Annotated[str | None, typer.Option(help="The PostgreSQL; else one is started.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Where the embedded library is indexed, or is already.")] = None,
) -> None:
    """The embedded engine beside PostgreSQL: how far the answers are the same, and how long they take."""
    from index import evaluate
    from tests.tools.benchmark.engines import main

    main(evaluate.load(folder), asked, database_url, keep)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="It holds articles.jsonl and questions.jsonl, or SQuAD.")],
    keep: Annotated[Path | None, typer.Option(help="Index here, or use what is indexed here already.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="What the drawing starts from.")] = 15,
    show: Annotated[bool, typer.Option("--show", help="Print each text that was misjudged.")] = False,
) -> None:
    """How often `verify` is right about texts that are ours, altered, or of no article, made from a set's articles."""
    from index import evaluate
    from tests.tools.benchmark.verify import main

    main(evaluate.load(folder).articles, keep, seed, show=show)


@app.command()
def scale(
    sizes: Annotated[list[int], typer.Argument(min=100, help="How many passages each library has.")],
    keep: Annotated[Path | None, typer.Option(help="Build here, or measure what is built here already.")] = None,
    processor_time: Annotated[
        bool, typer.Option("--processor-time", help="Count processor time, where the machine does other work as well.")
    ] = False,
    database_url: Annotated[
        str | None, typer.Option(help="Measure PostgreSQL there beside SQLite; `self` starts a server for that.")
    ] = None,
) -> None:
    """Measure every step on libraries of synthetic news of several sizes."""
    if database_url is not None:
        if processor_time:
            raise typer.BadParameter("what the server takes is no processor time of this process")
        from tests.tools.benchmark import beside

        beside.main(sizes, keep, database_url)
        return
    from tests.tools.benchmark.scale import main

    main(sizes, keep, processor_time=processor_time)


@app.command()
def cold(rounds: Annotated[int, typer.Option(min=1, help="How often each command is run.")] = 10) -> None:
    """How long `pullquote ask` takes as a process from cold, with the bundled story indexed."""
    from tests.tools.benchmark.cold import main

    main(rounds)


@app.command()
def together(folder: Articles = None) -> None:
    """How fast the bot replies when 20 ask at once, starts, and how much memory it takes."""
    from tests.tools.benchmark.together import main

    main(folder)


@app.command()
def encode(folder: Articles = None) -> None:
    """How fast the encoder is beside plain `SentenceTransformer.encode`."""
    from tests.tools.benchmark.encode import main

    main(folder)


@app.command()
def disagreement(
    folder: Annotated[Path, typer.Argument(help="Real stories: it holds articles.jsonl and questions.jsonl.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Draw this many of the questions.")] = None,
) -> None:
    """How many pairs of articles that differ are found, and how many answers from real stories are said to differ."""
    from index import evaluate
    from tests.tools.benchmark.disagreement import main

    main(evaluate.load(folder, limit=limit))


if __name__ == "__main__":
    app()
