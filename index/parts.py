"""Encodes a library in parts, by as many processes and machines as there are, and publishes it in one step.

Whoever begins reads the articles once and writes down what is to be done to the library, in a staging that no reader
sees. The articles are divided by a hash of their ids. Each part embeds its own and stages the encodings by their keys.
The last step is an ordinary update, or rebuild, whose encoder finds what it is asked for in the staging: so it is one
transaction, and all that holds of an update holds of it. What has changed meanwhile is not staged; it is embedded then.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from index.changes import Change, article_as_json, article_from_json, change_as_json, change_from_json, make_change
from index.encoding.encoder import Encoder, PassageEncoding, PassageText, QuestionEncoding
from index.errors import ArticleError, LibraryError, ModelMismatch, Remedy
from index.library import Library
from index.passages import CUTTING, PASSAGE_TOKENS, cut, key_of_text, prepare
from index.storage.staging import Part, PartState, StagedArticle, Staging, StagingPlan
from index.storage.types import Manifest, content_hash
from index.types import Article, OnProgress, Progress, Quota, Span, UpdateReport

BATCH = 32
"""How many articles are embedded before they are stored: what a part loses that is killed."""


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """What a process did for a part: for how many articles, and how many passages the model read for that."""

    state: PartState
    articles: int
    passages_read: int


def part_of(article_id: str, parts: int) -> int:
    """Which of so many parts, from 1 on, an article belongs to. It is the same on every machine."""
    digest = hashlib.sha256(article_id.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % parts + 1


def begin_parts(
    library: Library,
    staging: Staging,
    parts: int,
    load_encoder: Callable[[], Encoder],
    read: Callable[[], tuple[Change, Sequence[str]]],
    *,
    full: bool = False,
    on_wait: Callable[[], None] = lambda: None,
) -> StagingPlan:
    """What is encoded in parts; it is begun if nothing is. The first process reads, and others wait for that.

    `read` gives the change that is to be made, with sentences about what could not be read. With `full` all articles
    that are stored are embedded again, too. `on_wait` is called where another process reads, or publishes. Raises
    LibraryError if other parts, or with another model, were begun.
    """
    encoder = load_encoder()
    if (plan := staging.plan()) is None:
        with staging.alone(on_wait):
            if (plan := staging.plan()) is None:
                if not full:
                    library.check_current()
                change, notes = read()
                described = _described(change, notes)
                made_with = _manifest_of(encoder)
                staging.begin(parts, made_with, described, _divided(library, change, parts, full=full), whole=full)
                plan = staging.plan()
                assert plan is not None
    _check_same(staging, plan, parts, full=full)
    _check_model(staging, plan, encoder)
    return plan


def _described(change: Change, notes: Sequence[str]) -> str:
    """A change without its articles, with what a JSON of it else has not."""
    more = {"known": list(change.source_update.known), "unchanged": list(change.unchanged), "notes": list(notes)}
    return json.dumps(change_as_json(replace(change, articles=())) | more)


def _divided(library: Library, change: Change, parts: int, *, full: bool) -> Iterator[StagedArticle]:
    """The articles of the change and, with `full`, all others that are stored, each with its part.

    Also those that the change removes: a rebuild embeds the library as it is, and then makes the change.
    """
    stored = library.content_hashes()
    for article in change.articles:
        same = not full and stored.get(article.id) == content_hash(article)
        yield StagedArticle(article.id, part_of(article.id, parts), json.dumps(article_as_json(article)), same)
    if full:
        for article_id in stored.keys() - {article.id for article in change.articles}:
            yield StagedArticle(article_id, part_of(article_id, parts), None)


def _check_same(staging: Staging, plan: StagingPlan, parts: int, *, full: bool) -> None:
    if (plan.parts, plan.whole) != (parts, full):
        what = "all articles that are stored" if plan.whole else "new articles"
        number = "one part" if plan.parts == 1 else f"{plan.parts} parts"
        raise LibraryError(
            f"In {staging.place} {what} are being encoded in {number}, begun at "
            f"{plan.begun:%Y-%m-%d %H:%M} UTC, which is not what is asked for now",
            Remedy.KEEP_TO_THE_PARTS,
        )


def _check_model(staging: Staging, plan: StagingPlan, encoder: Encoder) -> None:
    """Raise ModelMismatch if the parts are encoded with another model, or cut by other rules, than here."""
    here, there = _manifest_of(encoder), plan.made_with
    if replace(there, model=here.model) == here:
        return
    ours = f"this process has {here.model}" if here.model != there.model else "another version of it is here"
    raise ModelMismatch(
        f"The parts in {staging.place} are encoded with the model {there.model}, and {ours}",
        Remedy.KEEP_TO_THE_MODEL_OF_PARTS,
    )


def _manifest_of(encoder: Encoder) -> Manifest:
    return Manifest.of(encoder, PASSAGE_TOKENS, CUTTING)


def encode_part(
    library: Library,
    staging: Staging,
    plan: StagingPlan,
    number: int,
    load_encoder: Callable[[], Encoder],
    on_progress: OnProgress = lambda _: None,
) -> EncodedPart:
    """Embed the articles of a part that are not done, and stage the encodings. Progress is counted in articles.

    What was staged before stays, also if it is interrupted. Raises LibraryBusy if another process works on that part.
    """
    encoder = load_encoder()
    done = read = 0
    with staging.part(plan, number) as part:
        before = staging.states(plan)[number - 1]
        on_progress(Progress(before.done, before.articles))
        while batch := part.lacking(BATCH):
            articles = [article for one in batch for article in _articles_of(library, one, plan)]
            encodings = _encoded(part, articles, encoder)
            part.store([one.id for one in batch], encodings)
            done, read = done + len(batch), read + len(encodings)
            on_progress(Progress(before.done + done, before.articles))
    return EncodedPart(staging.states(plan)[number - 1], done, read)


def _articles_of(library: Library, staged: StagedArticle, plan: StagingPlan) -> Iterator[Article]:
    """What is to be encoded of an article: what comes in and, if all is embedded again, what the library has of it."""
    if staged.article is not None:
        yield article_from_json(json.loads(staged.article))
    if plan.whole:
        with contextlib.suppress(ArticleError):  # the library has it no more, or not yet
            yield library.article(staged.id)


def _encoded(part: Part, articles: Sequence[Article], encoder: Encoder) -> dict[bytes, PassageEncoding]:
    """The encodings of the passages of those articles that are not known."""
    texts: dict[bytes, PassageText] = {}
    for article in articles:
        try:
            pieces = cut(prepare(article), encoder)
        except ArticleError:
            continue  # publishing says why it is refused
        texts |= zip(pieces.keys, pieces.texts, strict=True)
    for key in part.known(texts.keys()):
        del texts[key]
    keys = list(texts)
    return {keys[number]: encoding for number, encoding in encoder.encode_passages(list(texts.values()))}


def staged_change(staging: Staging) -> tuple[StagingPlan, Change, tuple[str, ...]]:
    """What the complete parts are to do to the library, and sentences about what could not be read.

    Raises LibraryError if nothing was begun, or if a part is not complete.
    """
    plan = staging.plan()
    if plan is None:
        raise LibraryError(f"No part of the library in {staging.place} was encoded", Remedy.BEGIN_PARTS)
    if lacking := [state for state in staging.states(plan) if not state.is_complete]:
        named = _in_words([_said_of(state) for state in lacking])
        are = "is" if len(lacking) == 1 else "are"
        raise LibraryError(
            f"Of the {plan.parts} parts of the library in {staging.place}, {named} {are} not complete, so nothing was "
            "published",
            Remedy.FINISH_PARTS,
        )
    work = json.loads(plan.change)
    change = change_from_json(work)
    return (
        plan,
        replace(
            change,
            articles=tuple(article_from_json(json.loads(article)) for article in staging.articles(plan)),
            source_update=replace(change.source_update, known=tuple(work["known"])),
            unchanged=tuple(work["unchanged"]),
            whole=False,
        ),
        tuple(work["notes"]),
    )


def _said_of(state: PartState) -> str:
    left = state.articles - state.done
    articles, at_work = "article" if left == 1 else "articles", ", at work" if state.holder else ""
    return f"{state.number} ({left:,} {articles} left{at_work})"


def _in_words(named: Sequence[str]) -> str:
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


class StagedChange:
    """Makes the change of complete parts, from the encodings that are staged."""

    def __init__(self, staging: Staging, plan: StagingPlan) -> None:
        self._staging = staging
        self._plan = plan

    def make(
        self,
        library: Library,
        change: Change,
        *,
        rebuild: bool = False,
        quota: Quota | None = None,
        on_progress: OnProgress | None = None,
        keep_for: timedelta | None = None,
    ) -> UpdateReport:
        """Do as `make_change` does, without embedding what is staged; then drop the staging. Raises ModelMismatch."""
        encoders: list[StagedEncoder] = []

        def wrap(encoder: Encoder) -> Encoder:
            _check_model(self._staging, self._plan, encoder)
            encoders.append(StagedEncoder(encoder, self._staging, self._plan))
            return encoders[-1]

        report = make_change(
            library.encoding_with(wrap),
            change,
            rebuild=rebuild,
            quota=quota,
            on_progress=on_progress,
            keep_for=keep_for,
        )
        self._staging.drop()
        return replace(report, passages_embedded=sum(encoder.passages_read for encoder in encoders))


class StagedEncoder:
    """An encoder that takes from a staging what is there, and lets the model read the rest."""

    def __init__(self, encoder: Encoder, staging: Staging, plan: StagingPlan) -> None:
        self._encoder = encoder
        self._staging = staging
        self._plan = plan
        self.passages_read = 0
        """How many passages the model had to read."""

    @property
    def name(self) -> str:
        """The name of the model in settings and messages."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """Identifies the model."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """The dimension of passage, sentence and question vectors."""
        return self._encoder.dimension

    @property
    def token_dimension(self) -> int:
        """The dimension of token vectors."""
        return self._encoder.token_dimension

    @property
    def window(self) -> int:
        """The length of the longest passage, in tokens."""
        return self._encoder.window

    def tokenize(self, text: str) -> list[Span]:
        """The spans of the model's tokens in `text`."""
        return self._encoder.tokenize(text)

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        """Find or encode each passage; yields its index in `passages` with its encoding."""
        keys = [*map(key_of_text, passages)]
        found = self._staging.found(self._plan, {*keys})
        yield from ((number, found[key]) for number, key in enumerate(keys) if key in found)
        rest = [number for number, key in enumerate(keys) if key not in found]
        if rest:
            for place, encoding in self._encoder.encode_passages([passages[number] for number in rest]):
                self.passages_read += 1
                yield rest[place], encoding

    def encode_question(self, question: str) -> QuestionEncoding:
        """Encode a question."""
        return self._encoder.encode_question(question)

    def encode_questions(self, questions: Sequence[str]) -> list[QuestionEncoding]:
        """Encode many questions, in their order."""
        return self._encoder.encode_questions(questions)
