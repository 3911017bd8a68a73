"""Verifies what readers paste, in the libraries that their server may see. Nothing of it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from bot.errors import Updating
from bot.services.choices import Choices
from bot.services.libraries import Libraries
from bot.services.public_corrections import PublicCorrections, earlier_words
from bot.services.queue import WorkQueue
from bot.services.quotes import article_in, joint_fate, stands_in
from bot.storage.answers import AnswerStore, Fate, digest_of
from index import Library, ModelMismatch, Verdict, Verification

MOST_CHARACTERS = 2_000
"""The longest text that is verified for a reader; as much as a message holds."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification, and what became of those of its sentences that answers have quoted, by their numbers.

    Of these the bot keeps digests alone: it can say that a sentence was quoted, and show nothing of it.
    """

    verification: Verification
    fates: dict[int, Fate] = field(default_factory=dict)


class Verifier:
    """Verifies texts."""

    def __init__(
        self,
        libraries: Libraries,
        answers: AnswerStore,
        queue: WorkQueue,
        corrections: PublicCorrections,
        choices: Choices,
    ) -> None:
        self._libraries = libraries
        self._answers = answers
        self._queue = queue
        self._corrections = corrections
        self._choices = choices

    async def verify(self, text: str, server: int | None) -> Verified:
        """Verify a text when it is its server's turn. Raises Busy, TimeoutError, QuestionError, LibraryError."""
        return await self._queue.run(partial(self._verify, text, server), server)

    def _verify(self, text: str, server: int | None) -> Verified:
        library, *beside = libraries = self._libraries.readable_by(server)
        corrected = self._corrections.listed_in(self._libraries, server)
        try:
            never = self._choices.of(server).never
            found = library.verify(text, beside=beside, earlier=earlier_words(corrected), never=never)
        except ModelMismatch as error:
            if any(each.is_current() for each in beside) or not beside:
                raise
            raise Updating from error
        return Verified(found, dict(self._fates(found, server, libraries)))

    def _fates(
        self, found: Verification, server: int | None, libraries: tuple[Library, ...]
    ) -> Iterator[tuple[int, Fate]]:
        """What became of sentences that are in no article as they were pasted, but that answers here have quoted."""
        wanted = {
            digest_of(variant): number
            for number, one in enumerate(found.sentences)
            if one.verdict in (Verdict.ALTERED, Verdict.ABSENT)
            for variant in _variants(found.text[one.span.start : one.span.end])
        }
        for quote in self._answers.quoted(server, wanted) if wanted else ():
            stands = (
                stands_in(article_in(library, quote.article_id), quote.start, quote.end, quote.digest)
                for library in libraries
            )
            if fate := joint_fate(stands):
                yield wanted[quote.digest], fate


def _variants(sentence: str) -> set[str]:
    """The sentence as it may have been published: with straight or curly marks, and one space between words."""
    line = " ".join(sentence.split())
    said = {sentence, line, line.replace("'", "’"), line.replace("’", "'")}
    for one in tuple(said):
        said.add(one.replace("“", '"').replace("”", '"'))
        curly = one
        while '"' in curly:
            curly = curly.replace('"', "“", 1).replace('"', "”", 1)
        said.add(curly)
    return said
