"""One patient's page: all of it for a practitioner; contact, visits and a silent alert for everybody else."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from bookings.enums import State
from bookings.models import Appointment
from clinic.access import may
from intervals import local_date
from messaging.enums import Group, Way
from patients.models import Patient
from treatments.models import Course, SessionRecord
from treatments.selectors import messages_to, planned_counts, scores_of, standing_of
from web.guard import allow
from web.practitioner.banner import banner_of
from web.practitioner.spark import sparks_of
from web.practitioner.told import told_by
from web.practitioner.words import state_words


@allow("patient.see")
def see_patient(request: HttpRequest, key: str) -> HttpResponse:
    """The page of one patient, as much of it as the role may see."""
    if may(request.user, "patient.history"):
        return see_history(request, key)
    patient = load_patient(request, key)
    alerts = any(finding.alerts for finding in standing_of(patient).findings)
    page = {**desk_page(request, patient), "has_alert": alerts, "plans": plans_of(request, patient)}
    return render(request, "practitioner/patient_desk.html", page)


@allow("patient.history")
def see_history(request: HttpRequest, key: str) -> HttpResponse:
    """Findings, courses, records and scores of one patient."""
    return render(request, "practitioner/patient.html", clinical_page(request, load_patient(request, key)))


def load_patient(request: HttpRequest, key: str) -> Patient:
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("clinic"), key=key)
    request.clinic = patient.clinic
    return patient


def desk_page(request: HttpRequest, patient: Patient) -> dict[str, object]:
    """What everybody at the clinic may know."""
    visits = list(Appointment.objects.visible_to(request.user).of_patient(patient).promised().with_people())
    return {
        "patient": patient,
        "age": patient.age(local_date(request.now, patient.clinic.tz)),
        "ahead": [(visit, state_words(visit, request.now)) for visit in visits if not is_over(visit, request.now)],
        "past": [(visit, state_words(visit, request.now)) for visit in reversed(visits) if is_over(visit, request.now)],
        "told": messages_to(patient),
        "sees_messages": may(request.user, "message.see"),
        "wants": [(Group(group).label, Way(way).label) for group, way in patient.ways.items()],
    }


def is_over(visit: Appointment, now: datetime) -> bool:
    return visit.state in (State.COMPLETED, State.DNA) or (visit.is_ahead and visit.end <= now)


def plans_of(request: HttpRequest, patient: Patient) -> list[tuple[Course, int]]:
    """The open courses whose dates this user may arrange, each with how many sessions it has; not what they are for."""
    courses = list(Course.objects.bookable_by(request.user).of_patient(patient).prescribed().with_people())
    planned = planned_counts(course.pk for course in courses)
    return [(course, planned.get(course.pk, 0)) for course in courses]


def clinical_page(request: HttpRequest, patient: Patient) -> dict[str, object]:
    """What a practitioner needs: findings, courses, records and scores as well."""
    standing = standing_of(patient)
    courses = list(Course.objects.visible_to(request.user).of_patient(patient).newest_first().with_people())
    planned = planned_counts(course.pk for course in courses)
    records = SessionRecord.objects.visible_to(request.user).of_patient(patient).with_what_was_done().saying_whether_told()
    newest = list(records.newest_first()[:8])
    return {
        **desk_page(request, patient),
        "said": told_by(request.user, patient) if any(record.was_told for record in newest) else [],
        "standing": standing,
        "banner": banner_of(standing),
        "courses": [(course, planned.get(course.pk, 0)) for course in courses],
        "records": newest,
        "sparks": sparks_of(scores_of(courses[0])) if courses else [],
    }
