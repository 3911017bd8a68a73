"""`pullquote why`, `pullquote pins …` and `pullquote never-quote …`: what the operator chooses for all servers."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import typer

from bot.choosing.reasons import confidence_of, outcome_of, reasons, sentence_of
from bot.cli.arguments import AsJson, Data
from bot.cli.session import Session, opened_session
from bot.services.choices import Choices, Chosen, State
from bot.services.libraries import Libraries
from bot.services.opening import has_records, open_library, open_records
from bot.storage.choices import ChoiceStore
from index import ArticleError, Considered, Explanation, Quote, check_question

pins_app = typer.Typer(no_args_is_help=True, help="Say which sentence answers a question, in every server.")
never_app = typer.Typer(no_args_is_help=True, help="Say which sentences are never quoted, in no server.")

InArticle = Annotated[str, typer.Option("--article", metavar="ID", help="As `pullquote articles list` shows it.")]
Sentence = Annotated[str, typer.Option("--sentence", metavar="WORDS", help="The sentence, or words that only it has.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As the list shows it.")]

STATES = {
    State.HOLDS: "holds",
    State.GONE: "does not hold: its sentence no longer stands in its article",
    State.BANNED: "does not hold: its sentence is never to be quoted",
}


@contextlib.contextmanager
def _opened_choices(session: Session) -> Iterator[Choices]:
    """What the operator chose, over the base library."""
    settings = session.settings
    open_own = partial(open_library, settings=settings, load_encoder=session.load_encoder)
    with (
        contextlib.closing(open_records(settings)) as database,
        contextlib.closing(Libraries(session.library, session.engine, open_own)) as libraries,
    ):
        yield Choices(ChoiceStore(database), libraries)


def chosen_in(session: Session) -> Chosen:
    """What the operator chose; nothing where there are no records yet, which are not made for that."""
    if not has_records(session.settings):
        return Chosen()
    with _opened_choices(session) as choices:
        return choices.of(None)


def why(
    question: Annotated[str, typer.Argument(help="In plain words.")], as_json: AsJson = False, data: Data = None
) -> None:
    """Answer QUESTION, and say why: what was quoted, what nearly was, and how sure that is."""
    with opened_session(data) as session:
        session.fill()
        chosen = chosen_in(session)
        with session.terminal.busy("Reading the question …"):
            explained = session.library.explain(question, never=chosen.never, pinned=chosen.pinned)
        if as_json:
            session.terminal.write_json(_explanation_as_json(explained))
            return
        for line in (*confidence_of(explained), outcome_of(explained)):
            session.terminal.write(line)
        if explained.pin:
            session.terminal.write(f"The pin is for the question: {explained.pin.question}")
        for quote in explained.left_out:
            session.terminal.write(f"Left out, as it is never to be quoted: {sentence_of(quote)}")
        for one in explained.considered:
            session.terminal.write()
            session.terminal.write(f"{'quoted' if one.is_quoted else 'nearly'}: {sentence_of(one.quote)}")
            session.terminal.write(f"  {one.quote.article.title}", "dim")
            session.terminal.write(f"  {reasons(one, explained.considered[0])}", "dim")


@pins_app.command("add")
def add_pin(
    question: Annotated[str, typer.Argument(help="Who asks the same in other words gets the sentence, too.")],
    article: InArticle,
    sentence: Sentence,
    data: Data = None,
) -> None:
    """Have a sentence answer QUESTION first, in every server; a server's own pin goes before."""
    check_question(question)
    with opened_session(data) as session, _opened_choices(session) as choices:
        quote = _named(choices, sentence, article, session)
        kept = choices.pin(None, question.strip(), quote.key)
        session.terminal.write(f"Pinned as {kept.number}: {sentence_of(quote)}")


@pins_app.command("list")
def list_pins(as_json: AsJson = False, data: Data = None) -> None:
    """Show the pins: number, question, whether it holds, article, sentence."""
    with opened_session(data) as session, _opened_choices(session) as choices:
        pins = choices.pins(None)
        if as_json:
            session.terminal.write_json(
                [
                    {
                        "number": pin.kept.number,
                        "question": pin.kept.question,
                        "holds": pin.state is State.HOLDS,
                        "article": pin.kept.sentence.article_id,
                        "sentence": pin.quote.text if pin.quote else None,
                    }
                    for pin in pins
                ]
            )
            return
        for pin in pins:
            words = sentence_of(pin.quote) if pin.quote else ""
            row = str(pin.kept.number), pin.kept.question, STATES[pin.state], pin.kept.sentence.article_id, words
            session.terminal.write("\t".join(row))


@pins_app.command("remove")
def remove_pin(number: Number, data: Data = None) -> None:
    """Remove a pin."""
    with opened_session(data) as session, _opened_choices(session) as choices:
        if not choices.unpin(None, number):
            raise ArticleError(f"There is no pin {number}; `pullquote pins list` shows them.")
        session.terminal.write(f"Removed pin {number}.")


@never_app.command("add")
def add_never(article: InArticle, sentence: Sentence, data: Data = None) -> None:
    """Have a sentence never be quoted in any server; answers that quote it are struck through by the bot."""
    with opened_session(data) as session, _opened_choices(session) as choices:
        quote = _named(choices, sentence, article, session)
        kept = choices.ban(None, quote)
        session.terminal.write(f"Never quoted from now on, as {kept.number}: {sentence_of(quote)}")


@never_app.command("list")
def list_never(as_json: AsJson = False, data: Data = None) -> None:
    """Show the sentences that are never quoted: number, article, sentence."""
    with opened_session(data) as session, _opened_choices(session) as choices:
        bans = choices.bans(None)
        rows = [
            {
                "number": ban.kept.number,
                "article": ban.kept.sentence.article_id,
                "sentence": ban.quote.text if ban.quote else None,
            }
            for ban in bans
        ]
        if as_json:
            session.terminal.write_json(rows)
            return
        for row in rows:
            said = row["sentence"] or "(it stands in its article no longer)"
            session.terminal.write(f"{row['number']}\t{row['article']}\t{' '.join(str(said).split())}")


@never_app.command("remove")
def remove_never(number: Number, data: Data = None) -> None:
    """Let a sentence be quoted again."""
    with opened_session(data) as session, _opened_choices(session) as choices:
        if not choices.unban(None, number):
            raise ArticleError(f"There is no sentence {number}; `pullquote never-quote list` shows them.")
        session.terminal.write(f"Sentence {number} may be quoted again.")


def _named(choices: Choices, sentence: str, article: str, session: Session) -> Quote:
    """The sentence of that article with those words. Raises ArticleError where there is none, or several."""
    session.library.article(article)
    quote = choices.named(None, sentence, article)
    if quote is None:
        raise ArticleError(
            f"These words name no sentence of {article!r}, or several; copy one whole sentence from `pullquote "
            f"articles show {article}`."
        )
    return quote


def _explanation_as_json(explained: Explanation) -> dict[str, Any]:
    answer, made = explained.answer, explained.confidence
    return {
        "question": answer.question,
        "outcome": answer.outcome.value,
        "confidence": round(answer.confidence, 4),
        "threshold": explained.threshold,
        "by_ranker": round(made.by_ranker, 4) if made else None,
        "by_reader": round(made.by_reader, 4) if made and made.by_reader is not None else None,
        "unknown_names": round(made.unknown, 4) if made else None,
        "pinned_for": explained.pin.question if explained.pin else None,
        "left_out": [quote.text for quote in explained.left_out],
        "considered": [_considered_as_json(one) for one in explained.considered],
    }


def _considered_as_json(one: Considered) -> dict[str, Any]:
    return {
        "text": one.quote.text,
        "article": one.quote.article.id,
        "quoted": one.is_quoted,
        "score": round(one.quote.score, 4),
        "sentence": one.number,
        "of": one.of,
        "words_found": one.found,
        "words_asked": one.asked,
        "reader": None if one.read is None else round(one.read, 4),
        "features": {name: round(value, 4) for name, value in one.features.items()},
    }
