"""Where an article came from, as its `source` says it in one string."""

SAMPLE = "sample"
"""The `source` of the bundled articles."""

UPLOAD = "upload: "
"""How the `source` of an article begins that came as a file, before its name."""

PASTED = "pasted"
"""The `source` of an article that was pasted."""


def is_address(place: str) -> bool:
    """Whether articles are to be read from the web there, not from a file."""
    return place.lower().startswith(("http://", "https://"))
