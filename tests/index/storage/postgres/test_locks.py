"""The numbers of PostgreSQL's advisory locks."""

from index.storage.postgres.locks import lock_number


def test_the_number_of_a_lock_is_the_same_in_every_process_and_differs_by_name() -> None:
    assert lock_number("pullquote", "library", "base") == lock_number("pullquote/library/base") == -2243770359173881707
    numbers = {lock_number("pullquote", "library", f"servers/{server}") for server in range(1000)}
    assert len(numbers) == 1000 and all(-(1 << 63) <= number < 1 << 63 for number in numbers)
    assert lock_number("pullquote", "\udcff") != lock_number("pullquote", "\udcfe"), "any name has a number"
