"""The letter with which a clinic asks an insurer for more sessions of a course."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from clinic.models import Clinic
from insurers.enums import CoverState, Missed
from insurers.models import Authorisation, Cover
from insurers.paper import Letterhead, Paper
from insurers.selectors import day_words, sessions_left
from treatments.models import Course
from treatments.outcomes import PAIN
from treatments.selectors import scores_of


@dataclass(frozen=True)
class Attended:
    """One visit of the course so far: its day, its number, and whether the patient came."""

    on: date
    number: int
    words: str


def attendance_of(course: Course, *, today: date) -> list[Attended]:
    """The visits of a course until today, by date."""
    covers = Cover.objects.of_course(course).filter(on__lte=today).with_record().select_related("session").by_date()
    rows = [(cover, _came(cover)) for cover in covers]
    return [Attended(cover.on, cover.session.number, words) for cover, words in rows if words]


def _came(cover: Cover) -> str:
    if cover.is_signed and not cover.missed:
        return "Attended"
    if cover.missed or cover.state == CoverState.CHARGED:
        return "Not attended" if cover.missed != Missed.WAIVE else "Not attended, excused"
    return ""


def extension_letter(asked: Authorisation, *, now: datetime) -> bytes:
    """The letter as a file: sessions asked, why, attendance and pain so far."""
    course, policy = asked.course, asked.policy
    clinic = course.clinic
    today = now.astimezone(clinic.tz).date()
    paper = Paper(
        title=f"Request for more sessions: {policy.patient.name}", head=head_of(clinic), made=now, foot="Confidential: health information"
    )
    paper.paragraph(f"{policy.insurer.name}\n{day_words(today)}")
    paper.title_line("Request for more sessions")
    paper.facts(_who(asked, course))
    paper.heading("What we ask for")
    paper.paragraph(f"{asked.units_asked} more session{'' if asked.units_asked == 1 else 's'} of {_treatment(course)}.")
    paper.heading("Why")
    paper.paragraph(asked.rationale)
    _attendance(paper, attendance_of(course, today=today))
    _pain(paper, course)
    paper.paragraph(_signed_by(course))
    return paper.content()


def head_of(clinic: Clinic) -> Letterhead:
    return Letterhead(name=f"{clinic.name} {clinic.place}", address=clinic.address, phone=clinic.phone, email=clinic.email)


def _who(asked: Authorisation, course: Course) -> list[tuple[str, str]]:
    policy, left = asked.policy, sessions_left(course)
    codes = Authorisation.objects.of_policy(policy).granted().first_to_end().values_list("code", flat=True)
    return [
        ("Patient", f"{policy.patient.name}, born {day_words(policy.patient.date_of_birth)}"),
        ("Policy holder", policy.holder),
        ("Policy", policy.number),
        ("Scheme", policy.scheme),
        ("Approved so far", f"{left.units} sessions under {', '.join(codes)}; {left.used} used" if left and left.units else ""),
        ("Condition", str(course.condition or "")),
        ("Aim", course.goal),
    ]


def _treatment(course: Course) -> str:
    names = [technique.name.lower() for technique in course.techniques.all()]
    return " and ".join(names) if names else "treatment"


def _attendance(paper: Paper, visits: list[Attended]) -> None:
    paper.heading("Attendance")
    if not visits:
        paper.paragraph("No visit so far.")
        return
    paper.sheet(
        ["Day", "Session", ""], [(day_words(each.on), str(each.number), each.words) for each in visits], widths=[40, 20, 40], right=[]
    )


def _pain(paper: Paper, course: Course) -> None:
    scores = scores_of(course).get(PAIN, [])
    paper.heading("Pain so far, from 0 to 10")
    if not scores:
        paper.paragraph("No score was taken.")
        return
    tz = course.clinic.tz
    paper.sheet(
        ["Day", "Pain"], [(day_words(score.at.astimezone(tz).date()), f"{score.value:g}") for score in scores], widths=[40, 60], right=[]
    )


def _signed_by(course: Course) -> str:
    person = course.practitioner
    if person is None:
        return ""
    return "\n".join(
        _filled([", ".join(_filled([person.name, person.letters])), person.profession, f"{person.register} {person.registration}".strip()])
    )


def _filled(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if part]
