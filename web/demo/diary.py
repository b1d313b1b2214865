"""A few weeks of an invented clinic’s life around today, made through the services everybody uses, with a fixed seed."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from bookings.enums import CancelledBy, Door, State
from bookings.models import Appointment
from bookings.selectors import Openings, Wish
from bookings.services.appointments import book_appointment, cancel_appointment, check_in, mark_dna
from bookings.services.reviews import review_answers
from bookings.services.states import step
from bookings.services.visits import finish_visit, start_insertion, start_removal, start_rest
from bookings.slots import Slot
from clinic.enums import Role
from clinic.models import Absence, Clinic, Practitioner, User
from clinic.services import set_task
from insurers.directory import directory
from insurers.enums import Payer
from insurers.models import Insurer, Policy
from insurers.services import record_authorisation, set_funding
from intervals import local_date, local_day
from patients.enums import Decision, Tier
from patients.models import Intake, Patient
from patients.reviewing import Ruling, stamp_of
from patients.services import adopt_intake, open_intake, register_patient, save_answers, screen_intake
from treatments.enums import Chronicity, Severity
from treatments.models import Acupoint, Condition, Course, Service
from treatments.readiness import Needle, explained, refusal_of
from treatments.selectors import standing_of
from treatments.services.courses import open_assessment, prescribe_course, proposal_for
from treatments.services.records import Draft, save_draft, start_record
from web.demo.places import FIRST_NAMES, LAST_NAMES

WEEKS_BACK, WEEKS_AHEAD = 3, 3
SHAPES = {"policy": ("@#######-##",), "authorisation": ("##-@@-####",)}
HEALTHY = {
    "pregnant": "not_for_me",
    "urgent": ["none"],
    "onset": "year",
    "warnings": ["none"],
    "bleeding": ["none"],
    "medicines": ["none"],
    "conditions": ["none"],
    "history": ["none"],
    "skin": ["none"],
    "treatment": ["none"],
}
FLAGS = [
    {},
    {},
    {},
    {"conditions": ["diabetes"]},
    {"medicines": ["antiplatelet_medication"]},
    {"medicines": ["anticoagulant_medication"]},
    {"treatment": ["fainting_history"]},
]


@dataclass(frozen=True)
class Problem:
    """A problem the demo's patients come with, and how it is treated."""

    complaint: str
    where: str
    condition: str
    severity: Severity
    chronicity: Chronicity
    points: tuple[tuple[str, str, int], ...]


BACK = (("BL23", "both", 20), ("BL25", "both", 25), ("GV4", "midline", 15), ("BL40", "both", 20), ("GB34", "both", 25))
PROBLEMS = [
    Problem("lower_back", "lower_back", "chronic_low_back_pain", Severity.MODERATE, Chronicity.CHRONIC, BACK),
    Problem("lower_back", "lower_back", "acute_low_back_pain", Severity.SEVERE, Chronicity.ACUTE, BACK),
    Problem("sciatica", "lower_back", "sciatica", Severity.MODERATE, Chronicity.SUBACUTE, BACK),
    Problem(
        "neck", "neck", "neck_pain", Severity.MODERATE, Chronicity.CHRONIC, (("LI4", "both", 15), ("SI3", "both", 10), ("GB34", "both", 25))
    ),
    Problem(
        "headache", "head", "headaches", Severity.MILD, Chronicity.CHRONIC, (("LI4", "both", 15), ("LR3", "both", 15), ("GB34", "both", 20))
    ),
]


class Diary:
    """Fills one clinic's weeks; everything random comes from one seeded source."""

    def __init__(self, clinic: Clinic, *, now: datetime, seed: int):
        self.clinic, self.now, self.random = clinic, now, Random(seed)
        self.today = local_date(now, clinic.tz)
        self.first_day = self.today - timedelta(weeks=WEEKS_BACK)
        self.last_day = self.today + timedelta(weeks=WEEKS_AHEAD)
        self.desk = User.objects.filter(clinics=clinic, role="receptionist").first()
        self.names: set[str] = set()

    def fill(self, *, courses: int) -> None:
        """Leave in two weeks, then courses one after another, each with its visits."""
        self.take_leave()
        for _ in range(courses):
            self.add_course()

    def take_leave(self) -> None:
        """Somebody is away for a day and a half the week after next."""
        away = self.clinic.practitioners.working().by_name().last()
        day = self.today + timedelta(days=14 - self.today.weekday() + 2)
        begins, ends = local_day(self.clinic.tz, day).start, local_day(self.clinic.tz, day + timedelta(days=1)).start
        Absence.objects.create(clinic=self.clinic, timeline=away.timeline, during=(begins, ends + timedelta(hours=12)), reason="Training")

    def add_course(self) -> None:
        """One patient: the answers, the first visit, the plan, what followed, and what is ahead."""
        begins = self.first_day + timedelta(days=self.random.randrange(0, WEEKS_BACK * 7 + 6))
        first = self.pick_service(first_visit=True)
        slot = self.free(first, begins, within=10)
        if slot is None:
            return
        told = min(self.now, slot.start) - timedelta(days=self.random.randrange(2, 9), hours=3)
        problem = self.random.choice(PROBLEMS)
        course = self.begin(problem, first, told)
        appointment = self.book(course.sessions.get(number=1), slot, now=told, door=Door.ONLINE)
        if course.intake.tier == Tier.REVIEW:
            self.review(course.intake, appointment, told)
        self.live(appointment, problem)
        if slot.end < self.now and appointment.state == "completed":
            self.go_on(course, slot.practitioner, problem, after=slot)

    def begin(self, problem: Problem, service: Service, told: datetime) -> Course:
        patient = self.somebody(told)
        intake = self.answer(problem, patient, service, told)
        course = open_assessment(patient=patient, clinic=self.clinic, intake=intake, complaint=problem.complaint, now=told).course
        self.fund(course, told)
        return course

    def answer(self, problem: Problem, patient: Patient, service: Service, told: datetime) -> Intake:
        """What the patient said; nobody comes whom the rules would have turned away."""
        techniques = list(service.techniques.values_list("slug", flat=True))
        intake = open_intake(booking_key=f"demo-{patient.key}", clinic=self.clinic, complaint=problem.complaint, now=told)
        healthy = HEALTHY | {"born": patient.date_of_birth.isoformat(), "where": problem.where}
        for given in (healthy | self.random.choice(FLAGS), healthy):
            intake = screen_intake(intake=save_answers(intake=intake, given=given), techniques=techniques, now=told)
            if intake.tier not in (Tier.EMERGENCY, Tier.BLOCK):
                break
        adopt_intake(intake=intake, patient=patient)
        return intake

    def review(self, intake: Intake, appointment: Appointment, told: datetime) -> None:
        """A practitioner has read the answers, or the visit still waits for it."""
        practitioner = appointment.practitioner
        if appointment.start > self.now + timedelta(days=2):
            step(appointment=appointment, to=State.PROVISIONAL, by=self.desk, now=told, waits_for_review=True)
            set_task(
                clinic=self.clinic,
                for_role=Role.PRACTITIONER,
                user=practitioner.user,
                kind="review answers",
                about=intake.key,
                words=f"Read {appointment.patient.name}’s answers: their visit waits for you",
                due=self.now + timedelta(hours=5),
            )
            return
        words = "Spoke on the phone. Press each site for longer, nothing deep."
        ruling = Ruling(decision=Decision.LIMITED, words=words, techniques=("deep_tissue_massage",))
        review_answers(intake=intake, ruling=ruling, as_read=stamp_of(intake), by=practitioner.user, now=told + timedelta(hours=2))

    def fund(self, course: Course, told: datetime) -> None:
        """A third is insured, most of them with a code."""
        if self.clinic.country != "GB" or self.random.random() > 0.35:
            set_funding(course=course, payer=Payer.SELF, now=told)
            return
        insurer = self.random.choice(list(Insurer.objects.listed().filter(pre_authorisation__startswith="required")[:8]))
        number = self.number_like(insurer, "policy")
        set_funding(course=course, payer=Payer.INSURER, insurer=insurer, policy_number=number, now=told)
        if told < self.now - timedelta(days=10) or self.random.random() < 0.4:
            policy = Policy.objects.get(patient=course.patient)
            admin = User.objects.filter(clinics=self.clinic, role="admin").first()
            day = told.astimezone(self.clinic.tz).date()
            code = self.number_like(insurer, "authorisation")
            weeks = self.random.choice([6, 9, 13])
            record_authorisation(
                policy=policy,
                code=code,
                units=self.random.choice([4, 6, 6, 8]),
                first_day=day,
                last_day=day + timedelta(weeks=weeks),
                by=admin,
                now=told,
            )

    def number_like(self, insurer: Insurer, kind: str) -> str:
        """A number of the insurer's own shape, or one that looks like any."""
        shapes = next((each.shapes for each in directory().formats if each.kind == kind and insurer.slug in each.insurers), SHAPES[kind])
        signs = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTUVW", "*": "0123456789"}
        return "".join(self.random.choice(signs.get(sign, sign)) for sign in shapes[0])

    def go_on(self, course: Course, practitioner: Practitioner, problem: Problem, *, after: Slot) -> None:
        """Prescribe, and book the remaining sessions one after another, as far as the demo's weeks go."""
        service = self.follow_up(practitioner)
        self.prescribe(course, problem, practitioner, service, now=after.end)
        day = after.local_date
        for session in course.sessions.planned().filter(number__gt=1).order_by("number"):
            wanted = day + timedelta(days=max(session.gap_min_days, session.gap_max_days - 2))
            slot = self.free(service, wanted, within=5, practitioner=practitioner, patient=course.patient)
            if slot is None or slot.local_date > self.last_day:
                return
            told = min(self.now, after.end + timedelta(minutes=5))
            appointment = self.book(session, slot, now=told, door=Door.COURSE)
            if self.random.random() < 0.06 and slot.start < self.now + timedelta(days=10):
                self.call_off(appointment)
            else:
                self.live(appointment, problem)
            day = slot.local_date

    def prescribe(self, course: Course, problem: Problem, practitioner: Practitioner, service: Service, *, now: datetime) -> None:
        condition = Condition.objects.get(slug=problem.condition)
        proposal = proposal_for(condition=condition, severity=problem.severity, chronicity=problem.chronicity, service=service)
        prescribe_course(
            course=course,
            condition=condition,
            severity=problem.severity,
            chronicity=problem.chronicity,
            techniques=list(service.techniques.all()),
            service=service,
            sessions=proposal.sessions,
            reason="",
            goal=self.random.choice(["Sit through a film", "Garden for an hour", "Sleep through the night", "Carry the shopping home"]),
            by=practitioner.user,
            practitioner=practitioner,
            now=now,
            safety_override="Talked it through, lighter than usual.",
        )

    def live(self, appointment: Appointment, problem: Problem) -> None:
        """Let a visit happen as far as the clock has come."""
        start, end = appointment.start, appointment.end
        if start - timedelta(minutes=8) > self.now:
            return
        if end < self.now and self.random.random() < 0.05:
            mark_dna(appointment=appointment, by=self.desk, now=start + timedelta(minutes=20))
            return
        check_in(appointment=appointment, by=self.desk, now=start - timedelta(minutes=self.random.randrange(1, 8)))
        by = appointment.practitioner.user
        steps = [(start_insertion, start)]
        if appointment.rest:
            resting = start + timedelta(minutes=appointment.prepare + appointment.hands_in)
            steps += [(start_rest, resting), (start_removal, resting + timedelta(minutes=appointment.rest))]
        for go_on, instant in steps:
            if instant > self.now:
                return
            go_on(appointment=appointment, by=by, now=instant)
        if end < self.now:
            self.write(appointment, problem)
            finish_visit(appointment=appointment, by=by, now=end)

    def write(self, appointment: Appointment, problem: Problem) -> None:
        """The record, as a practitioner would leave it: pain eases over the sessions."""
        session, end = appointment.session, appointment.end
        techniques = list(appointment.service.techniques.all()[:1])
        needled = any(technique.needles for technique in techniques)
        needles = self.needles(problem, appointment) if needled else []
        electric = any(technique.slug == "electroacupuncture" for technique in techniques)
        pain = max(1, 7 - session.number // 2 - self.random.randrange(0, 2))
        save_draft(
            record=start_record(session=session, practitioner=appointment.practitioner, now=appointment.start),
            draft=Draft(
                techniques=techniques,
                red_flags_asked=True,
                consent_confirmed=True,
                position="prone",
                retention_minutes=appointment.rest or None,
                needle_make="Tewa 0.25 x 40 mm" if needles else "",
                needle_lot="T2411-07" if needles else "",
                needle_expiry=date(self.today.year + 2, 6, 30) if needles else None,
                needles_out=sum(needle.needles for needle in needles) if needles else None,
                electro_hz="2/100" if electric else "",
                electro_strength="2 mA" if electric else "",
                pain_before=pain,
                pain_after=max(0, pain - 1),
                adverse_asked=True,
                note=self.random.choice(
                    ["Bends further, still slow out of the car.", "Slept better. Keep the walking going.", "Stiff in the morning."]
                ),
                next_plan="As planned",
                safety_override="Talked it through, lighter than usual." if session.course.intake.flags else "",
                needles=needles,
            ),
            by=appointment.practitioner.user,
            now=end,
        )

    def needles(self, problem: Problem, appointment: Appointment) -> list[Needle]:
        """The usual points, with a reason where a rule asks for one, without those that are closed for this patient."""
        limits = standing_of(appointment.patient).limits
        points = Acupoint.objects.in_bulk([code for code, _, _ in problem.points], field_name="code")
        plain = [
            Needle(
                point=points[code],
                side=side,
                needles=2 if side == "both" else 1,
                depth_mm=min(depth, points[code].depth_max_mm),
                response="yes",
            )
            for code, side, depth in problem.points
        ]
        careful = [replace(needle, reason="Shallow, with care.") if refusal_of(needle, limits) else needle for needle in plain]
        return [needle for needle in careful if refusal_of(explained(needle, limits), limits) is None]

    def call_off(self, appointment: Appointment) -> None:
        now = min(self.now, appointment.start) - timedelta(days=1, hours=self.random.randrange(1, 30))
        cancel_appointment(appointment=appointment, by="Holder of the link", who=CancelledBy.PATIENT, because="Ill", now=now)

    def book(self, session, slot: Slot, *, now: datetime, door: Door) -> Appointment:
        return book_appointment(session=session, slot=slot, by=self.desk, now=now, door=door)

    def free(self, service: Service, day: date, *, within: int, practitioner=None, patient: Patient | None = None) -> Slot | None:
        """One of the free times of a few days, as if asked a while ago."""
        opens = local_day(self.clinic.tz, day).start
        wish = Wish(
            service=service,
            first_day=day,
            last_day=day + timedelta(days=within),
            now=opens - timedelta(days=1),
            practitioner=practitioner,
            patient=patient,
        )
        found = Openings(wish).all(packed=True)
        return self.random.choice(found[: max(1, len(found) // 3)]) if found else None

    def pick_service(self, *, first_visit: bool) -> Service:
        offered = Service.objects.at(self.clinic).offered().first_visits()
        return self.random.choice([*offered, *offered.filter(slug="acupuncture-first"), *offered.filter(slug="acupuncture-first")])

    def follow_up(self, practitioner: Practitioner) -> Service:
        offered = Service.objects.at(self.clinic).offered().filter(practitioners=practitioner, first_visit=False)
        return self.random.choice(list(offered) or list(Service.objects.at(self.clinic).filter(practitioners=practitioner)))

    def somebody(self, told: datetime) -> Patient:
        first, last = self.fresh_name()
        return register_patient(
            clinic=self.clinic,
            first_name=first,
            last_name=last,
            born=date(self.random.randrange(1945, 2002), self.random.randrange(1, 13), self.random.randrange(1, 28)),
            email=f"{first}.{last}@patients.example".lower(),
            mobile=f"07700 900{self.random.randrange(100, 1000)}"
            if self.clinic.country == "GB"
            else f"070-5550-{self.random.randrange(1000, 10000)}",
            now=told,
            by=self.desk,
            language="ja" if self.clinic.country == "JP" else "",
        )

    def fresh_name(self) -> tuple[str, str]:
        country = self.clinic.country
        while True:
            name = self.random.choice(FIRST_NAMES[country]), self.random.choice(LAST_NAMES[country])
            if name not in self.names:
                self.names.add(name)
                return name
