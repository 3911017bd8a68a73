"""Bounds how many messages are taken in a minute, from one address and in all."""

import ipaddress
from collections import Counter

PER_ADDRESS, IN_ALL = 120, 600
"""Messages in SECONDS."""

SECONDS = 60.0


class Limiter:
    """Counts messages in windows of a minute. It remembers addresses no longer than that."""

    def __init__(self, per_address: int = PER_ADDRESS, in_all: int = IN_ALL) -> None:
        self._most, self._most_in_all = per_address, in_all
        self._since = 0.0
        self._counts: Counter[str] = Counter()
        self._all = 0

    def allows(self, address: str, now: float) -> bool:
        """Count a message that comes from an address at `now`, in seconds; whether it may be looked at."""
        if not 0 <= now - self._since < SECONDS:
            self._since, self._all = now, 0
            self._counts.clear()
        network = network_of(address)
        if self._counts[network] >= self._most or self._all >= self._most_in_all:
            return False
        self._counts[network] += 1
        self._all += 1
        return True

    def seconds_left(self, now: float) -> int:
        """In how many seconds the next window begins."""
        return max(1, round(self._since + SECONDS - now))


def network_of(address: str) -> str:
    """What counts as one address: of IPv6, the network of 64 bits that one customer has."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((int(ip) >> 64 << 64, 64)))


def client_address(peer: str, forwarded: str) -> str:
    """Who sends a message. A proxy on this machine says so in X-Forwarded-For, whose last entry is its own."""
    last = forwarded.rpartition(",")[2].strip()
    try:
        is_here = ipaddress.ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return peer
    return last if is_here and last else peer
