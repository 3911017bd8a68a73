"""How messages put things."""


def counted(number: int, noun: str) -> str:
    """The number and what it counts: "1 article", "2,000 articles"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
