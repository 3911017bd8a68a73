"""Says what an update of the library did or, with the same words, what it would do."""

from collections.abc import Collection, Iterator

from index import UpdateReport

SAMPLE_GAVE_WAY = "The sample story made way for your own articles."
SAMPLE_WOULD_GIVE_WAY = "The sample story would make way for your own articles."


def changes_in_lines(report: UpdateReport, *, planned: bool, sample: Collection[str] = ()) -> Iterator[str]:
    """A line for each article that was added, changed or removed, or would be (`planned`).

    The bundled articles that make way are left out, and what takes their place is new; their ids are in `sample`.
    """
    for done, verb, ids in _parts(report, sample):
        for article_id in ids:
            yield f"{f'would {verb}' if planned else done}: {article_id}"


def summary(
    report: UpdateReport, held: int, *, planned: bool = False, anew: bool = False, sample: Collection[str] = ()
) -> str:
    """The counts in a sentence: "Added 1, removed 2; 55 unchanged", or "Would add 1, remove 2; 55 unchanged".

    `held` is how many articles the library held before. With `anew`, those that stay the same are embedded anew.
    """
    said = [f"{verb if planned else done} {len(ids):,}" for done, verb, ids in _parts(report, sample) if ids]
    left, rest = held - len(report.changed) - len(report.removed), list[str]()
    if left and anew:
        said.append(f"{'embed' if planned else 'embedded'} {left:,} anew")
    elif left:
        rest.append(f"{left:,} unchanged")
    if report.refused:
        rest.append(f"{len(report.refused):,} refused")
    nothing = "change no article" if planned else "changed no article"
    text = ("would " if planned else "") + (", ".join(said) or nothing)
    return "; ".join(filter(None, (text[0].upper() + text[1:], ", ".join(rest)))) + "."


def _parts(report: UpdateReport, sample: Collection[str]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """What is done to articles, in the past and as a verb, and the ids of these."""
    removed = tuple(article_id for article_id in report.removed if article_id not in sample)
    changed = tuple(article_id for article_id in report.changed if article_id not in sample)
    added = (*report.added, *(article_id for article_id in report.changed if article_id in sample))
    return ("added", "add", added), ("changed", "change", changed), ("removed", "remove", removed)
