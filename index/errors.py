"""What can go wrong, as one tree. Each message says the cause and the remedy, for whoever can act on it.

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


class PullquoteError(Exception):
    """Anything that Pullquote can explain. `str(error)` is a plain sentence with the remedy."""


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
