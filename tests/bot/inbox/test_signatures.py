"""Who has signed a message: only the secret, only now, and in words that tell a stranger nothing."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from bot.inbox.signatures import GHOST, SIGNATURE, TIMESTAMP, Rejected, check, is_signed_by_hub, sign

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
SECRET, BODY = "a secret of some length", b'{"url": "https://news.example.org/ferry"}'


def signed(secret: str = SECRET, at: int = AT, body: bytes = BODY) -> dict[str, str]:
    return {TIMESTAMP: str(at), SIGNATURE: sign(secret, at, body)}


def ghost(secret: str, milliseconds: int, message: bytes) -> dict[str, str]:
    found = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return {GHOST: f"sha256={found}, t={milliseconds}"}


def rejection(secret: str | None, headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(Rejected) as caught:
        check(secret, headers, body, now)
    assert caught.value.status == 401
    return caught.value.sentence


def test_our_own_signature_is_the_hmac_of_the_time_a_full_stop_and_the_body() -> None:
    known = "sha256=" + hmac.new(SECRET.encode(), f"{AT}.".encode() + BODY, "sha256").hexdigest()
    assert sign(SECRET, AT, BODY) == known
    assert check(SECRET, signed(), BODY, NOW) == bytes.fromhex(known.removeprefix("sha256="))


def test_ghost_signs_the_body_and_the_time_in_milliseconds() -> None:
    stamp = AT * 1000 + 1
    assert check(SECRET, ghost(SECRET, stamp, BODY + str(stamp).encode()), BODY, NOW)
    assert "does not fit" in rejection(SECRET, ghost(SECRET, stamp, BODY))
    assert "does not fit" in rejection(SECRET, ghost(SECRET, stamp, BODY + str(stamp + 1).encode()))


def test_another_secret_body_or_time_does_not_fit_and_no_webhook_sounds_the_same() -> None:
    said = rejection("another secret", signed())
    assert said == rejection(SECRET, signed(), b"{}") == rejection(None, signed())
    assert said == rejection(SECRET, signed() | {TIMESTAMP: str(AT + 1)})
    assert said == rejection(None, signed("no such webhook"))


@pytest.mark.parametrize("off", [-301, 301, -100_000, 100_000_000])
def test_a_signature_of_another_time_is_refused(off: int) -> None:
    assert "more than 5 minutes" in rejection(SECRET, signed(at=AT + off))
    assert check(SECRET, signed(at=AT + off), BODY, NOW + timedelta(seconds=off + 299))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: sign(SECRET, AT, BODY)},
        {TIMESTAMP: str(AT)},
        signed() | {SIGNATURE: "sha256=abc"},
        signed() | {SIGNATURE: sign(SECRET, AT, BODY).replace("sha256", "sha1")},
        signed() | {TIMESTAMP: f"{AT}.0"},
        signed() | {TIMESTAMP: "9" * 5000},
        {GHOST: "sha256=, t="},
    ],
)
def test_what_is_not_signed_is_told_how_to_sign(headers: dict[str, str]) -> None:
    assert rejection(SECRET, headers).startswith(f"The message is not signed: send {TIMESTAMP}")


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_a_hub_signs_the_body_alone(method: str) -> None:
    header = f"{method}={hmac.new(SECRET.encode(), BODY, method).hexdigest()}"
    assert is_signed_by_hub(SECRET, header, BODY)
    assert not is_signed_by_hub("another", header, BODY) and not is_signed_by_hub(SECRET, header, b"")
    assert not is_signed_by_hub(SECRET, header[:-1], BODY)
    assert not is_signed_by_hub(SECRET, "", BODY)
    assert not is_signed_by_hub(SECRET, f"sha1={hmac.new(SECRET.encode(), BODY, 'sha1').hexdigest()}", BODY)
