"""Web addresses: which of them are fetched, and which may be shown as a link below a quote."""

import ipaddress
from collections.abc import Collection

from yarl import URL

from index.errors import SourceError
from index.naming import named

MAX_ADDRESS = 2000
"""Characters."""

Endpoint = tuple[str, int]
"""An address of a machine and a port on it."""

_PORTS = {"http": 80, "https": 443}


def is_link(address: str, *, beside: str | None = None) -> bool:
    """Whether `address` may be shown to readers as a link: a printable web address without a user name or password.

    It is not fetched, so a host name may point anywhere and any port is allowed. A host that is an IP address must be
    on the public internet, or be the host of the address `beside`, from which the link was read.
    """
    if len(address) > MAX_ADDRESS or not address.isprintable() or " " in address or "\\" in address:
        return False
    try:
        url = URL(address)
        host = url.raw_host
    except (ValueError, UnicodeError):
        return False
    if url.scheme not in _PORTS or not host or url.raw_user is not None or url.raw_password is not None:
        return False
    return not _is_number(host) or is_public(host) or (beside is not None and URL(beside).raw_host == host)


def complete_address(address: str) -> str:
    """`address` in full: with https:// before it where it begins with a host name, as news.example.org/feed does.

    Anything else is returned as it is, and so is what may be the name of a document, such as story.md.
    """
    text = address.strip()
    bare = text.removeprefix("//")
    host, rest = _parted(bare)
    is_document = not rest and host.lower().endswith(_DOCUMENTS) and bare == text
    return f"https://{bare}" if _is_host_name(host) and not is_document else text


def _parted(text: str) -> tuple[str, str]:
    """What stands before the first slash, question mark or number sign, and the rest."""
    end = min((place for mark in "/?#" if (place := text.find(mark)) >= 0), default=len(text))
    return text[:end], text[end:]


_DOCUMENTS = (".md", ".markdown", ".txt", ".html", ".htm", ".pdf")


def _is_host_name(host: str) -> bool:
    """Whether it is a name with a dot in it, such as news.example.org, and perhaps a port."""
    name, colon, port = host.partition(":")
    labels = name.removesuffix(".").split(".")
    named_well = all(label.replace("-", "").isalnum() and label.strip("-") == label for label in labels)
    return len(labels) > 1 and named_well and labels[-1][0].isalpha() and (not colon or port.isdecimal())


def not_public(host: str) -> str:
    """The message for a host that must not be reached."""
    return f"{named(host)} is not on the public internet, and only that is read: name the address that readers use."


def check_address(address: str, allow: Collection[Endpoint] = ()) -> URL:
    """Parse `address` for aiohttp. Raises SourceError unless it is the address of a page on the public web.

    Host names are looked up later, when the connection is made; the IP addresses found are checked then.
    """
    name = named(address)
    malformed = SourceError(f"{name} is not a web address: write it in full, such as https://news.example.org/story.")
    text = address.strip()
    if len(text) > MAX_ADDRESS or not text.isprintable() or " " in text or "\\" in text:
        raise malformed
    try:
        url = URL(text).with_fragment(None)
        host, port = url.raw_host, url.port
    except (ValueError, UnicodeError) as error:
        raise malformed from error
    if url.scheme not in _PORTS or not host:
        raise malformed
    if url.raw_user is not None or url.raw_password is not None:
        raise SourceError(f"{named(str(url.with_user(None)))} was given with a name or password in it: leave them out.")
    if str(url) == str(url.origin()):
        url = url.with_path("/")
    if (host, port) in allow:
        return url
    if port != _PORTS[url.scheme]:
        raise SourceError(f"{name} names the port {port}: only the standard ports of http and https are read.")
    if _is_number(host):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise malformed from None
        if not is_public(host):
            raise SourceError(not_public(host))
    elif "." not in host.rstrip(".") or host.rstrip(".").lower().endswith(_LOCAL_NAMES):
        raise SourceError(not_public(host))
    return url


_LOCAL_NAMES = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa", ".lan", ".intranet")


def _is_number(host: str) -> bool:
    """Whether some program may read `host` as an IP address, in any spelling, such as 0x7f.1 or 2130706433."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return ":" in host or last.isdigit() or last.startswith("0x")


_REFUSED_4 = [
    ipaddress.IPv4Network(network)
    for network in (
        # https://www.iana.org/assignments/iana-ipv4-special-registry
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "168.63.129.16/32"  # the metadata service of Azure, at a public address
    ).split()
]
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = [
    ipaddress.IPv6Network(network)
    # https://www.iana.org/assignments/iana-ipv6-special-registry: Teredo and others, documentation, 6to4
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet. An IPv4 address inside an IPv6 one is judged as IPv4."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _REFUSED_4)
    if ip.scope_id is not None:
        return False
    embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped
    if embedded is not None:
        return is_public(str(embedded))
    return ip in _GLOBAL_6 and not any(ip in network for network in _REFUSED_6)


class Refused(Exception):
    """The host must not be reached; the message is a sentence. It is no OSError, so aiohttp tries no other address."""


def refused(host: str) -> Refused:
    """The error for a host that is not on the public internet."""
    return Refused(not_public(host))
