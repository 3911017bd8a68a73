"""All errors of the library, as one tree. Each message says the cause and the remedy, for the person who can act on it.

The library knows no commands and no settings. If the remedy needs one, the error carries a `Remedy` beside its cause,
and the program around the library names its own command or setting.

PullquoteError
├── QuestionError        a question that cannot be asked
├── ArticleError         an article that cannot be taken in
│   ├── Conflict         somebody else has changed it since
│   ├── NoRoom           the library may hold no more
│   └── TooCostly        a document that takes too long, or too much memory, to read
├── SourceError          a file, folder or address that articles cannot be read from
│   └── SourceGone       a web address that answers "not found" or "gone"
├── ParserError          the process that reads documents cannot be used
├── ModelError           an embedding model that cannot be loaded or used
├── OutOfResources       the machine has run out of memory, open files, threads or disk space
└── LibraryError         a library that cannot be opened, read or written
    ├── LibraryBusy      another process is updating it
    ├── LibraryDamaged   its database is damaged
    ├── LibraryUnreachable   its server cannot be reached, or the connection was lost
    └── ModelMismatch    it was made with another model
"""

from enum import Enum


class Remedy(Enum):
    """A remedy that needs a command or a setting of the program around the library.

    The value continues the sentence after the error's cause, in words that fit any program. `{names}` in it are filled
    in from the error's facts.
    """

    REBUILD_FOR_THE_MODEL = ", and the model is now {model}; rebuild it, or set the model back."
    REBUILD_FOR_THE_VERSION = "; rebuild it, or set the model back."
    START_AFRESH = "; put a copy of it back, or move {folder} away to start afresh."
    BUILD_AFRESH = (
        "; put a copy of it back, or move it and the files passages.* beside it away, and build the library afresh "
        "from its articles."
    )
    UPGRADE = "; upgrade Pullquote, or use another data folder."
    CHOOSE_DATA_FOLDER = "; make it writable, or name another."
    CHOOSE_DATABASE = "; see that the server runs, and that its address is right."
    CHOOSE_EMBEDDING_MODEL = "; name another, or use {default}."
    CHOOSE_RERANKER = "; name another, or none."
    CHOOSE_CROSS_ENCODER = "; name a CrossEncoder, or none."
    CHOOSE_RANKING_MODEL = "; name a model for ranking, or none."
    FINISH_MOVING = "; finish it, or name another place."
    MEND = "; mend it first."
    INSTALL = "; install {package}."
    REINSTALL = "; install {package} again."
    REINSTALL_PULLQUOTE = "; install Pullquote again from a fresh copy."
    RAISE_LIMIT = ", or have the limit raised."
    BEGIN_PARTS = "; begin with any of the parts."
    FINISH_PARTS = "; finish them first."
    KEEP_TO_THE_PARTS = "; go on with these, or discard them first."
    KEEP_TO_THE_MODEL_OF_PARTS = "; use that model, or discard the parts first."
    BEGIN_PARTS_ANEW = "; begin the parts anew if there is more to encode."

    @property
    def clause(self) -> str:
        """The value without its full stop, for use in the middle of a sentence."""
        return self.value.removesuffix(".")


class PullquoteError(Exception):
    """Any error that Pullquote can explain. `str(error)` is a plain sentence with the remedy."""

    def __init__(self, cause: str, remedy: Remedy | None = None, **facts: str) -> None:
        """`cause` is the whole sentence or, with a `remedy`, its beginning. `facts` fill in the names in the remedy."""
        super().__init__(cause if remedy is None else cause + remedy.value.format(**facts))
        self.cause = cause
        self.remedy = remedy
        self.facts = facts

    @property
    def is_general(self) -> bool:
        """Whether it has a remedy without facts, so that `cause` and `remedy` alone give the whole message."""
        return self.remedy is not None and not self.facts


class QuestionError(PullquoteError):
    """A question that cannot be asked: empty, too long, or without a word in it."""


class ArticleError(PullquoteError):
    """An article that cannot be taken in."""


class Conflict(ArticleError):
    """Somebody else has changed the article since this change of it was prepared."""


class NoRoom(ArticleError):
    """An article that does not fit into what the library may hold."""


class TooCostly(ArticleError):
    """A document that takes too long, or too much memory, to read, or breaks the program that reads it."""


class SourceError(PullquoteError):
    """A file, folder or address that articles cannot be read from."""


class SourceGone(SourceError):
    """A web address that answers "not found" or "gone"."""

    def __init__(self, cause: str, advice: str) -> None:
        """The message joins both: what is wrong, and what to do about it. Neither has a full stop."""
        super().__init__(f"{cause}: {advice}.")
        self.cause = cause
        self.advice = advice


class ParserError(PullquoteError):
    """The process that reads documents cannot be started, or is about to end."""


class ModelError(PullquoteError):
    """An embedding model that cannot be loaded or used."""


class OutOfResources(PullquoteError):
    """The machine has run out of a resource. The data that should be read or written is fine."""

    def __init__(self, message: str, resource: str) -> None:
        """`resource` names the resource in everyday words, such as "memory"."""
        super().__init__(message)
        self.resource = resource


class LibraryError(PullquoteError):
    """A library that cannot be opened, read or written."""


class LibraryBusy(LibraryError):
    """Another process is updating the library."""


class LibraryDamaged(LibraryError):
    """The library's database is damaged."""


class LibraryUnreachable(LibraryError):
    """The server that the library is on cannot be reached, or the connection to it was lost.

    What only reads may be tried again, from the beginning. Nothing was changed, unless the message says otherwise.
    """


class ModelMismatch(LibraryError):
    """The library was made with another model or other passage settings."""
