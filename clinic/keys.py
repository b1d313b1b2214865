"""Names that can't be guessed: for addresses of pages, and for links sent by mail."""

import hashlib
import secrets
import string

LETTERS = string.ascii_lowercase + string.digits


def new_key() -> str:
    """Return a public name for a row: 16 letters and digits, 82 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(16))


def new_token() -> str:
    """Return a secret for a link: 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Return six figures for a person to type."""
    return f"{secrets.randbelow(1_000_000):06d}"


def digest(secret: str) -> str:
    """Return what is stored of a secret: enough to recognise it, useless to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
