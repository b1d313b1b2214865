"""The fixed words of the diary."""

from django.db.models import IntegerChoices, TextChoices


class State(TextChoices):
    """Where an appointment stands."""

    HELD = "held", "Held"
    PROVISIONAL = "provisional", "Provisional"
    BOOKED = "booked", "Booked"
    CONFIRMED = "confirmed", "Confirmed"
    ARRIVED = "arrived", "Arrived"
    INSERTING = "inserting", "Inserting"
    RESTING = "resting", "Resting"
    REMOVING = "removing", "Removing"
    COMPLETED = "completed", "Completed"
    DNA = "dna", "Did not attend"
    CANCELLED = "cancelled", "Cancelled"

    @classmethod
    def occupying(cls) -> tuple["State", ...]:
        """Those that take people, rooms and time."""
        return tuple(state for state in cls if state not in (cls.DNA, cls.CANCELLED))

    @classmethod
    def ahead(cls) -> tuple["State", ...]:
        """Promised, and not begun."""
        return cls.PROVISIONAL, cls.BOOKED, cls.CONFIRMED

    @classmethod
    def in_treatment(cls) -> tuple["State", ...]:
        return cls.INSERTING, cls.RESTING, cls.REMOVING

    @classmethod
    def in_the_house(cls) -> tuple["State", ...]:
        return cls.ARRIVED, *cls.in_treatment()


STEPS: dict[State, tuple[State, ...]] = {
    State.HELD: (State.PROVISIONAL, State.BOOKED),
    State.PROVISIONAL: (State.BOOKED, State.CANCELLED),
    State.BOOKED: (State.PROVISIONAL, State.CONFIRMED, State.ARRIVED, State.DNA, State.CANCELLED),
    State.CONFIRMED: (State.PROVISIONAL, State.ARRIVED, State.DNA, State.CANCELLED),
    State.ARRIVED: (State.INSERTING, State.COMPLETED, State.BOOKED, State.CANCELLED),
    State.INSERTING: (State.RESTING, State.COMPLETED),
    State.RESTING: (State.REMOVING, State.COMPLETED),
    State.REMOVING: (State.COMPLETED,),
    State.COMPLETED: (),
    State.DNA: (),
    State.CANCELLED: (),
}


class Door(TextChoices):
    """Which door a booking came in by."""

    ONLINE = "online", "Booked online"
    DESK = "desk", "Booked at the desk"
    COURSE = "course", "Booked with the course"
    IMPORT = "import", "Brought in"
    WAITLIST = "waitlist", "Booked from the waitlist"


class CancelledBy(TextChoices):
    PATIENT = "patient", "The patient"
    CLINIC = "clinic", "The clinic"


class Because(TextChoices):
    """Why the rest of a course is planned again."""

    MISSED = "missed", "A session was missed"
    CANCELLED = "cancelled", "A visit was cancelled"
    MOVED = "moved", "A visit was moved"
    PRESCRIBED = "prescribed", "The course was prescribed"
    IMPROVED = "improved", "Better early: widen the rest"
    STOPPED = "stopped", "It doesn’t help: stop or refer"

    @property
    def is_clinical(self) -> bool:
        """Whether it is a practitioner's decision, with a reason."""
        return self in (Because.IMPROVED, Because.STOPPED)


class Urgency(IntegerChoices):
    """Who is asked first, of those who wait."""

    URGENT = 0, "Urgent"
    SOON = 1, "Soon"
    ANY_TIME = 2, "Any time"


class Waiting(TextChoices):
    """Where somebody on the waitlist stands."""

    WAITING = "waiting", "Waiting"
    OFFERED = "offered", "Has an offer"
    BOOKED = "booked", "Booked"
    CLOSED = "closed", "Off the list"


class Freed(TextChoices):
    """What has become of a time that came free."""

    OPEN = "open", "To be offered"
    OFFERED = "offered", "Offered"
    TAKEN = "taken", "Taken"
    CLOSED = "closed", "Left open"


class Answer(TextChoices):
    """What has become of an offer."""

    OPEN = "open", "Waits for an answer"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Ran out"
    WITHDRAWN = "withdrawn", "Taken back"
