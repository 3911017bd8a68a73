"""How many messages are taken in a minute, and from whom they are."""

import pytest

from bot.inbox.limits import Limiter, client_address, network_of


def test_so_many_come_from_one_address_and_so_many_in_all() -> None:
    limiter = Limiter(2, 3)
    assert [limiter.allows("203.0.113.1", 100.0) for _ in range(3)] == [True, True, False]
    assert [limiter.allows(f"203.0.113.{n}", 101.0) for n in (2, 3)] == [True, False]
    assert limiter.seconds_left(101.0) == 59
    assert limiter.allows("203.0.113.1", 160.0)
    assert limiter.allows("203.0.113.1", 10.0)  # the clock was set back


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:203.0.113.1") == network_of("203.0.113.1")
    assert network_of("nonsense") == network_of("") == "unknown"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),  # anybody may write that header
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),  # the proxy's own entry is the last
        ("::1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_a_proxy_on_this_machine_says_who_sends(peer: str, forwarded: str, address: str) -> None:
    assert client_address(peer, forwarded) == address
