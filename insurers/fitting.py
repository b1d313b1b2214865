"""Which courses an approval was given for: by clinic, part of the body, technique and profession."""

from collections.abc import Iterable
from dataclasses import dataclass

from insurers.models import Authorisation
from patients.rulebook import rulebook
from treatments.models import Course, Technique


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a course is: where, by whom, with what; empty where that is not known yet."""

    clinic: str
    clinic_id: int
    regions: frozenset[str]
    techniques: frozenset[str]
    profession: str


def needs_of(courses: Iterable[int]) -> dict[int, Need]:
    """What each of these courses is, by its id."""
    rows = Course.objects.filter(pk__in=list(courses)).select_related("clinic", "practitioner").prefetch_related("techniques")
    return {course.pk: need_of(course) for course in rows}


def need_of(course: Course) -> Need:
    return Need(
        clinic=course.clinic.place,
        clinic_id=course.clinic_id,
        regions=regions_of(course),
        techniques=frozenset(technique.slug for technique in course.techniques.all()),
        profession=course.practitioner.profession if course.practitioner else "",
    )


def regions_of(course: Course) -> frozenset[str]:
    """The parts of the body a course is for: those of what brought the patient; none where that names no part."""
    complaint = rulebook().complaints.get(course.complaint)
    return frozenset(complaint.regions) if complaint else frozenset()


def fitting_courses(approvals: Iterable[Authorisation], courses: Iterable[int]) -> dict[int, frozenset[int] | None]:
    """Which of the courses each approval was given for, by its id; None where it says nothing that could differ."""
    approvals = list(approvals)
    if not any(is_narrow(approval) for approval in approvals):
        return dict.fromkeys((approval.pk for approval in approvals), None)
    needs = needs_of(courses)
    return {
        approval.pk: frozenset(course for course, need in needs.items() if not misfits(approval, need)) if is_narrow(approval) else None
        for approval in approvals
    }


def is_narrow(approval: Authorisation) -> bool:
    return bool(approval.clinic_id or approval.body_area or approval.professions or approval.techniques.all())


def misfits(approval: Authorisation, need: Need, techniques: Iterable[Technique] | None = None) -> list[str]:
    """Why an approval is not for such a course, each in a few words; `techniques` are those of one that is not kept yet."""
    techniques = approval.techniques.all() if techniques is None else techniques
    covered = {technique.slug: technique.name for technique in techniques}
    found = []
    if approval.clinic_id and approval.clinic_id != need.clinic_id:
        found.append(f"it is made out to {approval.clinic.place}, and the visits are at {need.clinic}")
    if approval.body_area in rulebook().regions and need.regions and approval.body_area not in need.regions:
        found.append(f"it is for the {area_words(approval.body_area)}, and the course is for the {_listed(need.regions)}")
    if covered and need.techniques - set(covered):
        found.append(f"it is for {', '.join(covered.values())} only")
    if approval.professions and need.profession and not _treats_under(approval.professions, need.profession):
        found.append(f"it is for treatment by a {approval.professions.lower()}, not by a {need.profession.lower()}")
    return found


def area_words(region: str) -> str:
    return region.replace("_", " ")


def _listed(regions: Iterable[str]) -> str:
    return " and ".join(sorted(map(area_words, regions)))


def _treats_under(professions: str, profession: str) -> bool:
    return profession.strip().casefold() in {part.strip().casefold() for part in professions.split(",")}
