"""Shows an article after a change by hand, with the buttons that take the change back and edit the article."""

from bot.desk.buttons import DeskAction, DeskButton, undo_buttons
from bot.desk.replies import article_reply, cited, notes_on
from bot.languages import say, say_many
from bot.markdown import md
from bot.services.editor import AppliedChange
from bot.ui.reply import Reply
from index import Article, Library, short_key, sources_of


def edit_buttons(library: Library, article: Article) -> list[DeskButton]:
    """The button that edits an article; none for one that is read again from a source, which would undo the edit.

    For worker threads.
    """
    return [] if sources_of(library, article) else [DeskButton(DeskAction.EDIT, short_key(article.id))]


def changed_article(made: AppliedChange) -> tuple[Reply, list[DeskButton]]:
    """The article as it is after the change, and its buttons. For worker threads."""
    library, report = made.library, made.report
    (article_id,) = (*report.added, *report.changed, *report.unchanged)
    article = library.article(article_id)
    edit = edit_buttons(library, article)
    buttons = [*undo_buttons(made.undo), *edit]
    warning = [made.warning] if made.warning else []
    if report.unchanged:
        elsewhere = any(source.address != article.url for source in made.change.source_update.sources)
        same = (
            say("It is the same story, which has this address as well now.")
            if elsewhere
            else say("It has not changed since.")
        )
        return article_reply(md("Here already: {}", cited(article.title)), article, same, warning), buttons
    count = say_many("{} sentence can be quoted.", "{} sentences can be quoted.", len(library.sentences(article.id)))
    notes = notes_on(article, library.now(), read_again=not edit)
    title = cited(article.title)
    heading = md("Added: {}", title) if report.added else md("Changed: {}", title)
    return article_reply(heading, article, count, [*notes, *warning]), buttons
