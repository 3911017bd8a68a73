"""What can go wrong, as one tree. Each message says the cause and the remedy, for whoever can act on it.

The library knows no commands and no settings. Where a remedy goes by one, the error carries it as a `Remedy` beside its
cause, so that whoever has commands and settings can name them.

PullquoteError
├── QuestionError        a question that cannot be asked
├── ArticleError         an article that cannot be taken in
│   ├── Conflict         somebody else has changed it since
│   ├── NoRoom           the library may hold no more
│   └── TooCostly        a document that takes too long, or too much memory, to read
├── SourceError          a file, folder or address that articles cannot be read from
│   └── SourceGone       a web address that says nothing is there any more
├── ParserError          the process that reads documents cannot be used
├── ModelError           an embedding model that cannot be loaded or used
├── OutOfResources       the machine has run out of memory, open files, threads or disk space
└── LibraryError         a library that cannot be opened, read or written
    ├── LibraryBusy      another process is updating it
    ├── LibraryDamaged   its database does not hold together
    └── ModelMismatch    it was made with another model
"""

from enum import Enum


class Remedy(Enum):
    """What helps where it goes by a command or a setting of the program around the library.

    The value is how a sentence goes on after the error's cause, in words that are right in any program; `{names}` in it
    stand for the error's facts.
    """

    REBUILD_FOR_THE_MODEL = ", and the model is now {model}; rebuild it, or set the model back."
    REBUILD_FOR_THE_VERSION = "; rebuild it, or set the model back."
    START_AFRESH = "; put a copy of it back, or move {folder} away to start afresh."
    BUILD_AFRESH = "; put a copy of it back, or move it away and build the library afresh from its articles."
    UPGRADE = "; upgrade Pullquote, or use another data folder."
    CHOOSE_DATA_FOLDER = "; make it writable, or name another."
    CHOOSE_EMBEDDING_MODEL = "; name another, or use {default}."
    CHOOSE_RERANKER = "; name another, or none."
    CHOOSE_CROSS_ENCODER = "; name a CrossEncoder, or none."
    CHOOSE_RANKING_MODEL = "; name a model for ranking, or none."
    INSTALL = "; install {package}."
    REINSTALL = "; install {package} again."
    REINSTALL_PULLQUOTE = "; install Pullquote again from a fresh copy."
    RAISE_LIMIT = ", or have the limit raised."

    @property
    def clause(self) -> str:
        """The value without its full stop, for a sentence that goes on."""
        return self.value.removesuffix(".")


class PullquoteError(Exception):
    """Anything that Pullquote can explain. `str(error)` is a plain sentence with the remedy."""

    def __init__(self, cause: str, remedy: Remedy | None = None, **facts: str) -> None:
        """`cause` is the whole sentence, or, with a `remedy`, its beginning; `facts` are what the remedy names."""
        super().__init__(cause if remedy is None else cause + remedy.value.format(**facts))
        self.cause = cause
        self.remedy = remedy
        self.facts = facts

    @property
    def is_general(self) -> bool:
        """Whether its remedy names no facts, so that cause and remedy say it all."""
        return self.remedy is not None and not self.facts


class QuestionError(PullquoteError):
    """A question that cannot be asked: empty, too long, or without a word in it."""


class ArticleError(PullquoteError):
    """An article that cannot be taken in."""


class Conflict(ArticleError):
    """Under an article's id stands something else than when the change of it was made up."""


class NoRoom(ArticleError):
    """An article that does not fit into what the library may hold."""


class TooCostly(ArticleError):
    """A document that takes too long, or too much memory, to read, or breaks the program that reads it."""


class SourceError(PullquoteError):
    """A file, folder or address that articles cannot be read from."""


class SourceGone(SourceError):
    """A web address that says that nothing is there any more."""

    def __init__(self, cause: str, advice: str) -> None:
        """The message is made of both: what is so, and what can be done about it, neither with a full stop."""
        super().__init__(f"{cause}: {advice}.")
        self.cause = cause
        self.advice = advice


class ParserError(PullquoteError):
    """The process that reads documents cannot be started, or is about to end."""


class ModelError(PullquoteError):
    """An embedding model that cannot be loaded or used."""


class OutOfResources(PullquoteError):
    """The machine has run out of something. Nothing is wrong with what was to be read or written."""

    def __init__(self, message: str, resource: str) -> None:
        """`resource` says of what, in words that anybody knows, such as "memory"."""
        super().__init__(message)
        self.resource = resource


class LibraryError(PullquoteError):
    """A library that cannot be opened, read or written."""


class LibraryBusy(LibraryError):
    """Another process is updating the library."""


class LibraryDamaged(LibraryError):
    """The library's database does not hold together."""


class ModelMismatch(LibraryError):
    """The library was made with another model or other passage settings."""
