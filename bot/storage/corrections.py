"""Keeps what was corrected or withdrawn in the articles, how many answers were edited for it, and where it was posted.

What stood is kept of a correction alone. Of an article that is withdrawn no word is kept, nor of its earlier
corrections; if it was removed by hand, its title, address and id go, too: a digest stands in place of the id.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from bot.storage.answers import Fate, digest_of
from bot.storage.database import Database, Row, Transaction
from index import Revision, Rewording, Withdrawal

MOST = 2000
"""How many corrections of a library are kept."""

SLACK = 5
"""By how many seconds a correction may be on record later than the mark of an answer that was edited for it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected or withdrawn: in which library (None for the base library), when, and what stood and stands.

    `article_id` is "" if the article was removed by hand; then there is no title. `further` counts rewordings beyond
    those that are kept. `edited` says how many answers were edited for it, where that was counted.
    """

    id: str
    server: int | None
    article_id: str
    fate: Fate
    at: datetime
    title: str = ""
    url: str | None = None
    rewordings: tuple[Rewording, ...] = ()
    further: int = 0
    edited: int = 0


@dataclass(frozen=True, slots=True)
class CorrectionPost:
    """A message that tells a server of corrections; `message` is None if it is not known whether it was sent."""

    server: int
    channel: int
    at: datetime
    message: int | None
    corrections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorrectionChannel:
    """The channel where a server is told of corrections, and since when."""

    server: int
    channel: int
    since: datetime


class CorrectionStore:
    """The corrections in one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    # What was corrected

    def note(
        self,
        server: int | None,
        revised: Sequence[Revision],
        withdrawn: Sequence[Withdrawal],
        *,
        by_hand: bool,
    ) -> None:
        """Write down what an update of a library changed and withdrew; `by_hand` says that somebody took that out."""
        if not (revised or withdrawn):
            return
        with self._database.writing() as connection:
            at = self._clock().isoformat()
            for one in revised:
                self._add(
                    connection, server, at, one.article.id, Fate.CORRECTED, one.former, one.article.title,
                    one.article.url, json.dumps([asdict(each) for each in one.rewordings], ensure_ascii=False),
                    one.further, json.dumps(list(dict.fromkeys(map(digest_of, one.lost)))),
                )  # fmt: skip
            for gone in withdrawn:
                key, facts = gone.article.id, (gone.article.title, gone.article.url)
                kept = (_hidden(key), "", None) if by_hand else (key, *facts)
                connection.execute(
                    "UPDATE corrections SET article = ?, title = ?, url = ?, rewordings = '[]', further = 0 "
                    "WHERE server IS ? AND article = ?",
                    (*kept, server, key),
                )
                self._add(connection, server, at, kept[0], Fate.WITHDRAWN, gone.former, *kept[1:], "[]", 0, "[]")
            connection.execute(
                "DELETE FROM corrections WHERE id IN (SELECT id FROM corrections WHERE server IS ? "
                "ORDER BY at DESC, rowid DESC LIMIT 1000000 OFFSET ?)",
                (server, MOST),
            )
        self._database.overwrite()

    def _add(self, connection: Transaction, server: int | None, at: str, *values: object) -> None:
        article, fate, *rest = values
        connection.execute(
            "INSERT INTO corrections (id, server, at, article, fate, former, title, url, rewordings, further, digests) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (secrets.token_hex(16), server, at, article, fate, *rest),
        )

    def take_back(self, server: int | None, restored: dict[str, bytes]) -> None:
        """Forget the corrections that were undone: of each article the last one, if its former version is restored.

        `restored` has the content hashes of the articles that an undo has put, by id. What was posted already stays
        known, without its words, until the post is mended.
        """
        with self._database.writing() as connection:
            for article_id, content in restored.items():
                row = connection.execute(
                    "SELECT id, former FROM corrections WHERE server IS ? AND article IN (?, ?) AND NOT taken_back "
                    "ORDER BY at DESC, rowid DESC LIMIT 1",
                    (server, article_id, _hidden(article_id)),
                ).fetchone()
                if row is None or row["former"] != content:
                    continue
                connection.execute(
                    f"UPDATE corrections SET {_TAKEN_BACK} WHERE id = ?",
                    (row["id"],),
                )
            connection.execute(f"DELETE FROM corrections WHERE {_OVER}")
        self._database.overwrite()

    def hide(self, server: int | None, article_ids: Iterable[str]) -> None:
        """Forget all that was corrected in these articles, as readers do not see them any more.

        What was posted stays known, without its words, until the post is mended.
        """
        ids = list(article_ids)
        if not ids:
            return
        with self._database.writing() as connection:
            hidden = connection.executemany(
                f"UPDATE corrections SET {_TAKEN_BACK} WHERE server IS ? AND article = ?",
                [(server, article_id) for article_id in ids],
            ).rowcount
            connection.execute(f"DELETE FROM corrections WHERE {_OVER}")
        if hidden > 0:
            self._database.overwrite()

    def listed(self, servers: Iterable[int | None]) -> list[Correction]:
        """What was corrected in these libraries and not taken back, the last one first."""
        return [_correction(row) for row in self._rows(servers)]

    def forget_older_than(self, days: int) -> int:
        """Forget what is older than that, or from as far in the future; returns how many they were."""
        now, span = self._clock(), timedelta(days=days)
        limits = (now - span).isoformat(), (now + span).isoformat()
        with self._database.writing() as connection:
            gone = connection.execute("DELETE FROM corrections WHERE at < ? OR at > ?", limits).rowcount
        if gone:
            self._database.overwrite()
        return gone

    # How many answers were edited

    def edits(self) -> dict[tuple[str, int | None], int]:
        """How many answers were edited for each correction, by its id and the server of the answers.

        It is the most that was ever counted, as answers are forgotten in time; of direct messages, what is on record.
        """
        kept = self._database.rows("SELECT correction, server, edited FROM correction_edits")
        found: dict[tuple[str, int | None], int] = {(row["correction"], row["server"]): row["edited"] for row in kept}
        for key, number in self._counted_now().items():
            found[key] = max(number, found.get(key, 0))
        return found

    def note_edits(self) -> None:
        """Write down how many answers were edited for each correction, as far as that has grown."""
        counts = [(*key, number) for key, number in self._counted_now().items() if key[1] is not None]
        kept = {tuple(row) for row in self._database.rows("SELECT correction, server, edited FROM correction_edits")}
        if new := [count for count in counts if count not in kept]:
            with self._database.writing() as connection:
                connection.executemany(
                    "INSERT INTO correction_edits SELECT id, ?, ? FROM corrections WHERE id = ? "
                    "ON CONFLICT (correction, server) DO UPDATE SET edited = excluded.edited "
                    "WHERE excluded.edited > correction_edits.edited",
                    [(server, number, correction) for correction, server, number in new],
                )

    def _counted_now(self) -> dict[tuple[str, int | None], int]:
        """The number of answers on record whose messages have marks for a correction, as `edits` has it."""
        by_article: defaultdict[tuple[int | None, str], list[Row]] = defaultdict(list)
        for row in self._database.rows("SELECT * FROM corrections WHERE NOT taken_back ORDER BY at, rowid"):
            by_article[row["server"], row["article"]].append(row)
        if not by_article:
            return {}
        items, field = self._database.items, self._database.field
        marked = self._database.rows(
            f"""SELECT a.id, server,
                       {field("q.value", "article_id")} AS article, {field("q.value", "digest")} AS digest,
                       {field("m.value", "fate")} AS fate, {field("m.value", "at", number=True)} AS at
                FROM answers a, {items("marks")} m, {items("CASE quotes WHEN '[]' THEN closest ELSE quotes END")} q
                WHERE marks <> '[]' AND m.key = q.key AND {field("m.value", "fate")} IS NOT NULL"""
        )
        found: defaultdict[tuple[str, int | None], set[str]] = defaultdict(set)
        for mark in marked:
            for library in {None, mark["server"]}:
                for article in (mark["article"], _hidden(mark["article"])):
                    for correction in _met(by_article.get((library, article), []), mark):
                        found[correction, mark["server"]].add(mark["id"])
        return {key: len(answers) for key, answers in found.items()}

    def quoting(self, corrections: Iterable[Correction], shown: Iterable[tuple[str, str]]) -> set[str]:
        """The ids of the corrections that concern one of the quotes `shown`: pairs of article id and digest."""
        quoted: defaultdict[str, set[str]] = defaultdict(set)
        for article_id, digest in shown:
            quoted[article_id].add(digest)
            quoted[_hidden(article_id)].add(digest)
        wanted = {one.id for one in corrections}
        rows = self._database.rows("SELECT id, article, fate, digests FROM corrections WHERE NOT taken_back")
        return {
            row["id"]
            for row in rows
            if row["id"] in wanted
            and row["article"] in quoted
            and (row["fate"] == Fate.WITHDRAWN or quoted[row["article"]].intersection(json.loads(row["digests"])))
        }

    # Where servers are told

    def channel_of(self, server: int) -> int | None:
        """The channel where a server is told of corrections, if it has named one."""
        row = self._database.row("SELECT channel FROM correction_channels WHERE server = ?", server)
        return row["channel"] if row else None

    def channels(self) -> list[CorrectionChannel]:
        """The channels where servers are told."""
        rows = self._database.rows("SELECT server, channel, since FROM correction_channels ORDER BY server")
        return [CorrectionChannel(row["server"], row["channel"], datetime.fromisoformat(row["since"])) for row in rows]

    def choose_channel(self, server: int, channel: int | None) -> None:
        """Tell a server of corrections there from now on; with None, no more."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM correction_channels WHERE server = ?", (server,))
            if channel is not None:
                values = (server, channel, self._clock().isoformat())
                connection.execute("INSERT INTO correction_channels VALUES (?, ?, ?)", values)

    def posted_in(self, server: int) -> set[str]:
        """The ids of the corrections that a server was told of."""
        rows = self._database.rows("SELECT correction FROM correction_posts WHERE server = ?", server)
        return {row["correction"] for row in rows}

    def begin_post(self, server: int, channel: int, corrections: Iterable[str]) -> None:
        """Note that a message with these corrections is about to be sent, so that it is never sent twice."""
        at = self._clock().isoformat()
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO correction_posts SELECT id, ?, ?, ?, NULL FROM corrections WHERE id = ? "
                "ON CONFLICT DO NOTHING",
                [(server, at, channel, correction) for correction in corrections],
            )

    def end_post(self, server: int, message: int) -> None:
        """Note which message that has become."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE correction_posts SET message = ? WHERE server = ? AND message IS NULL", (message, server)
            )

    def drop_post(self, server: int) -> None:
        """Note that it was not sent."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM correction_posts WHERE server = ? AND message IS NULL", (server,))

    def unsettled_post(self, server: int) -> CorrectionPost | None:
        """The message to a server of which it is not known whether it was sent, as the bot ended meanwhile."""
        return next(iter(self._posts("p.server = ? AND message IS NULL", server)), None)

    def posts_to_mend(self) -> list[CorrectionPost]:
        """The messages that tell of a correction that was taken back since."""
        return self._posts(
            "message IN (SELECT message FROM correction_posts JOIN corrections ON id = correction WHERE taken_back)"
        )

    def post_is_mended(self, message: int) -> None:
        """Forget what was taken back, as that message tells of it no more."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM correction_posts WHERE message = ? AND correction IN "
                "(SELECT id FROM corrections WHERE taken_back)",
                (message,),
            )
            connection.execute(f"DELETE FROM corrections WHERE {_OVER}")

    def _posts(self, condition: str, *values: object) -> list[CorrectionPost]:
        found: dict[tuple[int, int | None], list[Row]] = {}
        query = f"SELECT p.* FROM correction_posts p WHERE {condition} ORDER BY at, correction"
        for row in self._database.rows(query, *values):
            found.setdefault((row["server"], row["message"]), []).append(row)
        return [
            CorrectionPost(
                server, rows[0]["channel"], datetime.fromisoformat(rows[0]["at"]), message,
                tuple(row["correction"] for row in rows),
            )
            for (server, message), rows in found.items()
        ]  # fmt: skip

    def _rows(self, servers: Iterable[int | None]) -> list[Row]:
        servers = list(servers)
        return self._database.rows(
            "SELECT * FROM corrections WHERE NOT taken_back "
            "AND (server IN ? OR server IS NULL AND ?) ORDER BY at DESC, rowid DESC",
            [server for server in servers if server is not None],
            None in servers,
        )


_TAKEN_BACK = "taken_back = TRUE, title = '', url = NULL, rewordings = '[]', digests = '[]'"
"""What becomes of a correction that is taken back."""

_OVER = "taken_back AND id NOT IN (SELECT correction FROM correction_posts)"
"""What holds for a correction that was taken back and of which no message tells any more."""


def _hidden(article_id: str) -> str:
    """What is kept in place of the id of an article that was removed by hand, since an id may be made of its title."""
    return f"removed {digest_of(article_id)}"


def _met(corrections: Sequence[Row], mark: Row) -> list[str]:
    """The ids of those corrections of an article, the oldest first, for which a quote of it was marked."""
    if mark["fate"] not in (Fate.CORRECTED, Fate.WITHDRAWN):
        return []
    earlier = [one for one in corrections if datetime.fromisoformat(one["at"]).timestamp() <= mark["at"] + SLACK]
    reworded = [
        one["id"] for one in earlier if one["fate"] == Fate.CORRECTED and mark["digest"] in json.loads(one["digests"])
    ]
    gone = [one["id"] for one in earlier if one["fate"] == Fate.WITHDRAWN and mark["fate"] == Fate.WITHDRAWN]
    return [*reworded[-1:], *gone[-1:]]


def _correction(row: Row) -> Correction:
    return Correction(
        row["id"],
        row["server"],
        "" if row["article"].startswith("removed ") and not row["title"] else row["article"],
        Fate(row["fate"]),
        datetime.fromisoformat(row["at"]),
        row["title"],
        row["url"],
        tuple(Rewording(**each) for each in json.loads(row["rewordings"])),
        row["further"],
    )
