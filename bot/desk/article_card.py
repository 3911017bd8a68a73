"""Shows an article after a change by hand, with the buttons that take the change back and edit the article."""

from discord.utils import utcnow

from bot.desk.buttons import DeskAction, DeskButton, undo_buttons
from bot.desk.replies import article_reply, notes_on
from bot.services.editor import AppliedChange
from bot.ui.reply import Reply
from bot.wording import counted
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
        same = "It is the same story, which has this address as well now." if elsewhere else "It has not changed since."
        return article_reply("Here already", article, same, warning), buttons
    count = counted(len(library.sentences(article.id)), "sentence")
    notes = notes_on(article, utcnow(), read_again=not edit)
    heading = "Added" if report.added else "Changed"
    return article_reply(heading, article, f"{count} can be quoted.", [*notes, *warning]), buttons
