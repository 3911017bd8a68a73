"""Makes a library anew beside the one that is read: all articles are cut and embedded again, into its next edition.

That takes hours for a large library, so it is done in batches. Each is embedded without any lock, and stored by itself:
who reads or updates the library does not wait, several processes can share the work, and one that is killed leaves what
it has done. At the end the next edition is brought up to the library as it is by then, and takes its place.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from index.encoding.encoder import Encoder, PassageEncoding
from index.errors import ArticleError
from index.passages import CUTTING, PASSAGE_TOKENS, Prepared, prepare
from index.storage.seam import Editions, Records, Storage, Update
from index.storage.types import Manifest, NewPassage
from index.types import Article, OnProgress, Progress, Refusal, Sentence, UpdateReport, Withdrawal
from index.update import write_articles

BATCH = 32
"""How many articles are embedded before they are stored."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was made anew, or refused by the present rules: such articles are in the library no more."""

    passages_embedded: int = 0
    refused: tuple[Refusal, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()

    def told(self, report: UpdateReport, stored: Sequence[str], passages_embedded: int) -> UpdateReport:
        """The report of the change that was made besides, with all that was made anew.

        `stored` has the ids of the articles that were there before, and as many passages were embedded before.
        """
        met = {*report.added, *report.changed, *report.unchanged, *report.removed}
        gone = tuple(refusal.name for refusal in self.refused if refusal.name not in report.added)
        return replace(
            report,
            unchanged=(*report.unchanged, *(article_id for article_id in stored if article_id not in {*met, *gone})),
            removed=(*report.removed, *gone),
            refused=(*report.refused, *self.refused),
            withdrawn=(*report.withdrawn, *self.withdrawn),
            passages_embedded=report.passages_embedded + self.passages_embedded + passages_embedded,
        )


@dataclass(slots=True)
class _Tray:
    """Holds articles with their passages until they are stored."""

    put_there: list[tuple[Article, Sequence[Sentence], list[NewPassage]]] = field(default_factory=list)
    encodings: dict[bytes, PassageEncoding] = field(default_factory=dict)

    def has_encoding(self, key: bytes) -> bool:
        return key in self.encodings

    def encoding(self, key: bytes) -> PassageEncoding:
        return self.encodings[key]

    def put(self, article: Article, sentences: Sequence[Sentence], passages: Iterable[NewPassage]) -> None:
        made = list(passages)
        self.encodings |= {passage.key: passage.encoding for passage in made}
        self.put_there.append((article, sentences, made))


def fill(
    storage: Storage,
    editions: Editions,
    encoder: Encoder,
    patience: float,
    on_progress: OnProgress,
    article_ids: Collection[str] | None = None,
) -> int:
    """Fill the next edition with the articles that it lacks, or with those of these ids; with no id, it is only begun.

    What was begun for another model, or cut by other rules, is begun anew. Returns how many passages the model read.
    Raises LibraryError.
    """
    begin(editions, encoder, patience)
    with storage.reading(whole=True) as snapshot:
        wanted = snapshot.content_hashes(article_ids)
        passages, articles_there = snapshot.passage_total(), snapshot.size().articles
    with editions.looking() as records:
        held = records.content_hashes(wanted) if records else {}
    lacking = [article_id for article_id, digest in wanted.items() if held.get(article_id) != digest]
    total = passages * len(lacking) // max(articles_there, 1)
    embedded = 0
    for start in range(0, len(lacking), BATCH):
        with storage.reading(whole=True) as snapshot:
            articles = [*filter(None, map(snapshot.article, lacking[start : start + BATCH]))]
        tray = _Tray()
        embedded += write_articles(tray, [*_accepted(articles)], encoder, partial(_tell, on_progress, embedded, total))
        if tray.put_there:
            with editions.preparing(patience) as update:
                for article, sentences, made in tray.put_there:
                    update.put(article, sentences, made)
    return embedded


def _tell(on_progress: OnProgress, before: int, total: int, step: Progress) -> None:
    """Tell how far the whole is: `before` as many passages were embedded before this batch, of about `total`."""
    done = before + step.done
    on_progress(Progress(done, max(done, total)))


def begin(editions: Editions, encoder: Encoder, patience: float) -> None:
    """Begin the next edition, unless one is there that was begun for the same model and rules. Raises LibraryError."""
    wanted = Manifest.of(encoder, PASSAGE_TOKENS, CUTTING)
    with editions.looking() as records:
        made_with = records.manifest() if records and records.size().articles else None
    if made_with is not None and made_with != wanted:
        editions.discard(patience)
    if made_with != wanted:
        with editions.preparing(patience) as update:
            update.set_manifest(wanted)


def bring_up(current: Records, update: Update, encoder: Encoder) -> Renewed:
    """Let the next edition hold the articles of the library as it is, while it is published; but not those refused."""
    hashes, held = current.content_hashes(), update.content_hashes()
    for article_id in held.keys() - hashes.keys():
        update.delete(article_id)
    lacking = [article_id for article_id, digest in hashes.items() if held.get(article_id) != digest]
    embedded, refused, withdrawn = 0, list[Refusal](), list[Withdrawal]()
    update.set_manifest(Manifest.of(encoder, PASSAGE_TOKENS, CUTTING))
    for article_id in lacking:
        article = current.article(article_id)
        assert article is not None, "an article is gone while nobody may change the library"
        try:
            prepared = prepare(article)
        except ArticleError as error:
            refused.append(Refusal.of(article_id, error))
            headline = current.headline(article_id)
            assert headline is not None
            withdrawn.append(Withdrawal(headline, hashes[article_id]))
            if article_id in held:
                update.delete(article_id)
        else:
            embedded += write_articles(update, [prepared], encoder, lambda _: None)
    return Renewed(embedded, tuple(refused), tuple(withdrawn))


def _accepted(articles: Iterable[Article]) -> Iterator[Prepared]:
    """The articles that the present rules take, prepared."""
    for article in articles:
        try:
            yield prepare(article)
        except ArticleError:
            continue  # `bring_up` tells
