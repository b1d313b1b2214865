"""What of the diary somebody looks at: read from an address, and written into the next one."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from clinic.models import Clinic
from intervals import local_date

SPANS = "day", "week"
COLUMNS = "practitioner", "room"
SHAPES = "grid", "list"
YEARS = range(2000, 2100)
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Look:
    """A day or a week, by practitioner or by room, as a grid or as a list; perhaps one visit beside it, perhaps some visits only."""

    day: date
    today: date
    span: str = "day"
    columns: str = "practitioner"
    shape: str = "grid"
    visit: str = ""
    words: str = ""
    person: str = ""
    state: str = ""
    mark: str = ""
    clinic: str = ""
    is_unread: bool = False  # the address named a day that there is none of

    @classmethod
    def read(cls, asked: QueryDict, *, today: date) -> "Look":
        """What an address asks for; what can't be read counts as not asked."""
        day, is_unread = read_day(asked.get("day", ""), today)
        return cls(
            day=day,
            today=today,
            span=one_of(asked.get("view"), SPANS),
            columns=one_of(asked.get("by"), COLUMNS),
            shape=one_of(asked.get("as"), SHAPES),
            visit=asked.get("visit", "")[:40],
            words=asked.get("q", "")[:80].strip(),
            person=asked.get("p", "")[:40],
            state=asked.get("s", "")[:20],
            mark=asked.get("m", "")[:20],
            clinic=asked.get("clinic", "")[:60],
            is_unread=is_unread,
        )

    @property
    def is_week(self) -> bool:
        return self.span == "week"

    @property
    def is_list(self) -> bool:
        return self.shape == "list" or self.is_week

    @property
    def first_day(self) -> date:
        """The day itself, or the Monday of its week."""
        return self.day - timedelta(days=self.day.weekday()) if self.is_week else self.day

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=6) if self.is_week else self.day

    @property
    def before(self) -> date:
        return self.day - (WEEK if self.is_week else timedelta(days=1))

    @property
    def after(self) -> date:
        return self.day + (WEEK if self.is_week else timedelta(days=1))

    @property
    def query(self) -> str:
        """The part of an address after the question mark."""
        asked = {
            "day": self.day.isoformat(),
            "view": self.span if self.is_week else "",
            "by": self.columns if self.columns != COLUMNS[0] else "",
            "as": self.shape if self.shape != SHAPES[0] else "",
            "visit": self.visit,
            "q": self.words,
            "p": self.person,
            "s": self.state,
            "m": self.mark,
            "clinic": self.clinic,
        }
        return urlencode({name: value for name, value in asked.items() if value})

    def address(self, **changes: object) -> str:
        """The diary with something changed."""
        return f"{reverse('reception:diary')}?{replace(self, **changes).query}"


def one_of(word: str | None, words: tuple[str, ...]) -> str:
    """The word, if it is one of these; else the first of them."""
    return word if word in words else words[0]


def read_day(words: str, today: date) -> tuple[date, bool]:
    """The day that an address names, or today and that it could not be read."""
    try:
        day = date.fromisoformat(words) if words else today
    except ValueError:
        return today, True
    return (day, False) if day.year in YEARS else (today, True)


def clinics_of(request: HttpRequest) -> tuple[Clinic, list[Clinic]]:
    """The clinic that the page is about, the one asked for or somebody's first, and all that they work at."""
    clinics = list(Clinic.objects.visible_to(request.user).order_by("position", "pk"))
    if not clinics:
        raise Http404
    wanted = request.GET.get("clinic", "")
    request.clinic = next((clinic for clinic in clinics if clinic.slug == wanted), clinics[0])
    return request.clinic, clinics


def today_of(clinic: Clinic, now: datetime) -> date:
    return local_date(now, clinic.tz)


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, or None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


def kept_of(request: HttpRequest) -> str:
    """The day that the diary showed, and its clinic, for the next address."""
    return urlencode([(name, request.GET[name]) for name in ("day", "clinic") if request.GET.get(name)])
