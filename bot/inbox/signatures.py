"""Checks who has signed a message, and when. Pure functions; every comparison takes the same time, right or wrong."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
"""How far the time of a signature may be off."""

TIMESTAMP, SIGNATURE = "X-Pullquote-Timestamp", "X-Pullquote-Signature"
GHOST, HUB = "X-Ghost-Signature", "X-Hub-Signature"

_OWN = re.compile(r"sha256=([0-9a-fA-F]{64})")
_GHOST = re.compile(r"sha256=([0-9a-fA-F]{64}),\s{0,3}t=([0-9]{10,16})")
_HUB = re.compile(r"(sha256|sha384|sha512)=([0-9a-fA-F]{64,128})")
_SECONDS = re.compile(r"[0-9]{9,12}")


class Rejected(Exception):
    """A message that is not taken: the HTTP status, and a sentence for whoever runs the site."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it came: when it was made, what was signed, and the signature itself."""

    at: float
    message: bytes
    signature: bytes


def sign(secret: str, at: int, body: bytes) -> str:
    """The value of the header SIGNATURE for a body that is signed at `at`, in Unix seconds."""
    return f"sha256={hmac.new(secret.encode(), _own_message(str(at), body), hashlib.sha256).hexdigest()}"


def check(secret: str | None, headers: Mapping[str, str], body: bytes, now: datetime) -> bytes:
    """The signature of a message, to tell it again if it comes twice. Raises Rejected unless the secret has signed it.

    Without a secret everything is rejected in the same words: nobody learns which webhooks there are.
    """
    signed = _signed(headers, body)
    known = secret or "no such webhook"
    right = hmac.new(known.encode(), signed.message, hashlib.sha256).digest()
    if not hmac.compare_digest(right, signed.signature) or secret is None:
        raise Rejected(
            401, "The signature does not fit the address and the body: check the secret, and sign the bytes."
        )
    if abs(now.timestamp() - signed.at) > WINDOW.total_seconds():
        minutes = int(WINDOW.total_seconds() // 60)
        raise Rejected(
            401, f"The message was signed more than {minutes} minutes ago or ahead: set the clock right, and sign anew."
        )
    return signed.signature


def _signed(headers: Mapping[str, str], body: bytes) -> Signed:
    """The signature in the headers: our own, or Ghost's, which signs the body and the time in milliseconds."""
    stamp = headers.get(TIMESTAMP, "")
    own = _OWN.fullmatch(headers.get(SIGNATURE, ""))
    if own and _SECONDS.fullmatch(stamp):
        return Signed(float(stamp), _own_message(stamp, body), bytes.fromhex(own[1]))
    if ghost := _GHOST.fullmatch(headers.get(GHOST, "").strip()):
        return Signed(int(ghost[2]) / 1000, body + ghost[2].encode(), bytes.fromhex(ghost[1]))
    raise Rejected(
        401,
        f"The message is not signed: send {TIMESTAMP} with the Unix time, and {SIGNATURE} with sha256= and the "
        "HMAC-SHA256 of that time, a full stop and the body.",
    )


def _own_message(stamp: str, body: bytes) -> bytes:
    return stamp.encode() + b"." + body


def is_signed_by_hub(secret: str, header: str, body: bytes) -> bool:
    """Whether a hub has signed what it sends. https://www.w3.org/TR/websub/#signature-validation."""
    found = _HUB.fullmatch(header.strip())
    method, signature = (found[1], found[2]) if found else ("sha256", "00")
    right = hmac.new(secret.encode(), body, method).digest()
    return hmac.compare_digest(right, bytes.fromhex(signature) if len(signature) % 2 == 0 else b"")
