"""Private links: minted for one purpose, recognised by their digest, never stored."""

from datetime import datetime

from clinic.enums import LinkPurpose
from clinic.keys import digest, new_token
from clinic.models import Link


def mint(*, purpose: LinkPurpose, about: str, expires_at: datetime) -> str:
    """Return a new secret that lets its holder do `purpose` to `about` until `expires_at`."""
    token = new_token()
    Link.objects.create(digest=digest(token), purpose=purpose, about=about, expires_at=expires_at)
    return token


def follow(*, purpose: LinkPurpose, token: str, now: datetime) -> str | None:
    """Return what the link is about, or None when it is unknown, spent, or meant for something else."""
    return Link.objects.usable(now).filter(purpose=purpose, digest=digest(token)).values_list("about", flat=True).first()


def revoke(*, purpose: LinkPurpose, about: str, now: datetime) -> None:
    """Make every link to this thing useless from now on."""
    Link.objects.usable(now).filter(purpose=purpose, about=about).update(revoked_at=now)
