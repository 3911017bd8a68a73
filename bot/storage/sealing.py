"""Seals questions, so that nobody can read them from the database without the key's file."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
"""As AES-GCM takes them. They are drawn at random, which is safe for the first 2^32 texts under one key.
https://csrc.nist.gov/pubs/sp/800/38/d/final, section 8.3"""


class Sealer:
    """Seals texts with AES-256-GCM, under a key of its own that is derived from `key`."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(key, b"questions", hashlib.sha256))

    def seal(self, text: str, place: str) -> bytes:
        """Seal a text for the row `place`; it opens for no other one. Returns the nonce and the sealed text."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())

    def unseal(self, sealed: bytes, place: str) -> str | None:
        """The text that was sealed for that row; None if it was sealed under another key or for another row."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            return None
