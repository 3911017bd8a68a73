"""Corrections as everybody may see them: written down when an update is made, and shown while their articles are.

The base library's are also written into a feed, if the operator has named a file for it.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import SettingsError
from bot.languages import ENGLISH, speaking
from bot.services.correction_feed import feed_of, write_feed
from bot.services.libraries import Libraries
from bot.storage.answers import Fate
from bot.storage.corrections import Correction, CorrectionStore
from bot.storage.database import Database
from index import Earlier, Library, UpdateReport


class PublicCorrections:
    """The corrections of all libraries. For worker threads, since it reads and writes files."""

    def __init__(
        self,
        database: Database,
        feed: Path | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`feed` is the file of the base library's feed, if there is to be one."""
        self.store = CorrectionStore(database, clock)
        self._feed = feed
        self._feed_id = hmac.digest(database.key, b"corrections feed", hashlib.sha256)[:16]

    def note(
        self,
        server: int | None,
        library: Library,
        report: UpdateReport,
        *,
        by_hand: bool = False,
        undoes: bool = False,
    ) -> None:
        """Write down what an update of a library corrected and withdrew; with `undoes`, take back what it undid.

        The bundled sample is nobody's story, so it is not withdrawn when it makes way. An undo corrects nothing itself.
        Nothing is told of what readers do not see, nor any more of what was corrected in it before.
        """
        if undoes:
            put = (*report.added, *report.changed)
            self.store.take_back(server, library.content_hashes(put) if put else {})
            return
        now, hidden = library.now(), _hidden(library, report)
        withdrawn = [
            one for one in report.withdrawn if not one.article.origin.is_sample and one.article.id not in hidden
        ]
        revised = [
            one
            for one in report.revised
            if not one.article.origin.is_sample and one.old.is_open(now) and one.article.id not in hidden
        ]
        self.store.hide(server, hidden)
        self.store.note(server, revised, withdrawn, by_hand=by_hand)

    def listed(self, libraries: Iterable[tuple[int | None, Library]], *, reader: int | None) -> list[Correction]:
        """What was corrected in these libraries, the last first, with the number of answers edited in a server.

        `reader` is that server, or None for direct messages. What concerns an article that is not shown to readers is
        left out.
        """
        edits = self.store.edits()
        return [replace(one, edited=edits.get((one.id, reader), 0)) for one in self._shown(dict(libraries))]

    def listed_in(self, libraries: Libraries, server: int | None) -> list[Correction]:
        """What was corrected in the libraries that a server, or a direct message, is answered from. LibraryError."""
        base, *own = libraries.readable_by(server)
        return self.listed([(None, base), *((server, one) for one in own)], reader=server)

    def listed_for_all(self, base: Library) -> list[Correction]:
        """What was corrected in the base library, the last first, with the number of answers edited anywhere."""
        totals: dict[str, int] = {}
        for (correction, _), number in self.store.edits().items():
            totals[correction] = totals.get(correction, 0) + number
        return [replace(one, edited=totals.get(one.id, 0)) for one in self._shown({None: base})]

    def write_feed(self, base: Library) -> None:
        """Bring the feed up to date, if there is to be one. Raises SettingsError if it cannot be written."""
        if self._feed is None:
            return
        with speaking(ENGLISH):  # whatever was spoken before in this task: the feed is the same for all
            content = feed_of(self.listed_for_all(base), self._feed_id)
        try:
            write_feed(self._feed, content)
        except OSError as error:
            raise SettingsError(
                f"The feed of corrections cannot be written to {self._feed} ({error.strerror or error}); set "
                "CORRECTIONS_FEED to a file in a folder that can be written to."
            ) from error

    def _shown(self, libraries: dict[int | None, Library]) -> list[Correction]:
        """The corrections, without those of articles that are not there for readers."""
        return [
            one
            for one in self.store.listed(libraries)
            if one.fate is Fate.WITHDRAWN or is_shown(libraries[one.server], one.article_id)
        ]


def earlier_words(corrections: Iterable[Correction]) -> list[Earlier]:
    """What stood until each correction, to verify quotations with. What was withdrawn is not among it."""
    return [
        Earlier(one.article_id, reworded.stood, one.at)
        for one in corrections
        if one.fate is Fate.CORRECTED
        for reworded in one.rewordings
    ]


def is_shown(library: Library, article_id: str) -> bool:
    """Whether readers may see that article now."""
    return library.for_readers().headline(article_id) is not None


def _hidden(library: Library, report: UpdateReport) -> set[str]:
    """The ids of the articles that were changed or removed and that readers do not see after that, or did not."""
    changed = filter(None, map(library.headline, report.changed))
    gone = (one.article for one in report.withdrawn)
    return {article.id for article in (*changed, *gone) if not article.is_open(library.now())}
