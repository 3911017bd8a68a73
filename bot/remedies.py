"""What mends an error, in the commands and settings of this program: the library knows none of them."""

from index import Problem, PullquoteError, Refusal, Remedy

_WORDS = {
    Remedy.REBUILD_FOR_THE_MODEL: (
        ", and EMBEDDING_MODEL is now {model}; run `pullquote reindex --full` to rebuild it, or set the model back."
    ),
    Remedy.REBUILD_FOR_THE_VERSION: "; run `pullquote reindex --full` to rebuild it, or set the model back.",
    Remedy.START_AFRESH: (
        "; move {folder} away, and put a backup back with `pullquote restore`, or run `pullquote reindex` to start "
        "afresh."
    ),
    Remedy.BUILD_AFRESH: (
        "; move its folder away and put a backup back with `pullquote restore`, or move it and the files passages.* "
        "beside it away and run `pullquote reindex` to build the library afresh from its articles."
    ),
    Remedy.UPGRADE: "; upgrade Pullquote, or use another data folder with --data.",
    Remedy.CHOOSE_DATA_FOLDER: "; make it writable, or name another with --data.",
    Remedy.CHOOSE_DATABASE: "; see that the server runs, and that DATABASE_URL is right.",
    Remedy.CHOOSE_EMBEDDING_MODEL: "; set EMBEDDING_MODEL right, or remove it to use {default}.",
    Remedy.CHOOSE_RERANKER: "; set RERANKER_MODEL right, or remove it.",
    Remedy.CHOOSE_CROSS_ENCODER: "; set RERANKER_MODEL to a CrossEncoder, or remove it.",
    Remedy.CHOOSE_RANKING_MODEL: "; set RERANKER_MODEL to a model for ranking, or remove it.",
    Remedy.FINISH_MOVING: "; run the same `pullquote migrate` again to finish it.",
    Remedy.MEND: "; run `pullquote doctor --mend` first.",
    Remedy.INSTALL: "; run: pip install {package}",
    Remedy.REINSTALL: "; run `pip install --force-reinstall --no-deps {package}`.",
    Remedy.REINSTALL_PULLQUOTE: "; run `pip install --force-reinstall --no-deps .` in a fresh copy of Pullquote.",
    Remedy.RAISE_LIMIT: ", or raise MAX_ARTICLE_BYTES.",
    Remedy.BEGIN_PARTS: "; begin with `pullquote reindex --part 1/4`, if you want four.",
    Remedy.FINISH_PARTS: "; finish them first: `pullquote publish --status` names the next command.",
    Remedy.KEEP_TO_THE_PARTS: "; go on with these, or discard all that is encoded with `pullquote publish --discard`.",
    Remedy.KEEP_TO_THE_MODEL_OF_PARTS: (
        "; set EMBEDDING_MODEL as it was, or discard all that is encoded with `pullquote publish --discard`."
    ),
    Remedy.BEGIN_PARTS_ANEW: "; run the same command again if there is more to encode.",
}
"""How a sentence goes on after an error's cause; what is in braces is one of the error's facts."""


def operator_sentence(error: BaseException) -> str:
    """What `error` says to whoever runs Pullquote: the cause, and which command or setting mends it."""
    if isinstance(error, PullquoteError) and error.remedy:
        return error.cause + _WORDS[error.remedy].format(**error.facts)
    return str(error)


def operator_reason(refusal: Refusal) -> str:
    """The same of a refusal."""
    return refusal.cause + _WORDS[refusal.remedy] if refusal.remedy else refusal.reason


def operator_problem(problem: Problem) -> str:
    """The same of what is wrong with a source."""
    return problem.cause + _WORDS[problem.setting] if problem.setting and not problem.outcome else problem.sentence
