"""Sample words, so that every message can be read before anybody gets one: in the previews, and in the tests.

These are the words that templates share; a kind whose context gives others registers its own `sample(clinic, now)`.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import get_language

from clinic.models import Clinic
from intervals import local_date, local_day

PEOPLE = {"ja": ("山田 花子", "佐藤 健一"), "en": ("Naomi", "Rhea Mehta")}
TOKEN = "8Jq2vK0mXr5tWc7yBn1dLg4hSf9pZa3eUi6oTk2wQxE"  # noqa: S105 - as long as a real one, and opens nothing


def reader() -> str:
    """Whom a sample greets."""
    return _people()[0]


def _people() -> tuple[str, str]:
    return PEOPLE["ja" if get_language() == "ja" else "en"]


def words(clinic: Clinic, now: datetime) -> dict[str, object]:
    """What the contexts of most kinds give: a visit in six days at ten, its links, and what may be said beside."""
    starts = local_day(clinic.tz, local_date(now, clinic.tz) + timedelta(days=6)).start + timedelta(hours=10)
    visits = [_visit(starts + timedelta(weeks=week), clinic) for week in range(3)]
    return visits[0] | {
        "manage_url": f"{settings.SITE_URL}/visit/{TOKEN}/",
        "answer_url": f"{settings.SITE_URL}/question/{TOKEN}/",
        "plan_url": f"{settings.SITE_URL}/plan/",
        "book_url": f"{settings.SITE_URL}/c/{clinic.slug}/",
        "tasks_url": f"{settings.SITE_URL}/tasks/",
        "free_until": starts - timedelta(days=1),
        "answer_by": starts - timedelta(days=1),
        "until": starts - timedelta(days=2),
        "was": starts - timedelta(days=2),
        "due": starts,
        "reference": "7K4P-2DXM",
        "code_needed": True,
        "review_needed": True,
        "is_pressing": False,
        "moves": True,
        "goes_on": True,
        "visits": [visit | {"kept": visit is not visits[0]} for visit in visits],
        "release_days": clinic.release_days,
        "code": "123 456",
        "minutes": 15,
    }


def _visit(starts: datetime, clinic: Clinic) -> dict[str, object]:
    starts = starts.astimezone(clinic.tz)
    return {"starts": starts, "ends": starts + timedelta(minutes=45), "practitioner": _people()[1]}
