"""The fixed words of the diary."""

from django.db.models import TextChoices


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


class CancelledBy(TextChoices):
    PATIENT = "patient", "The patient"
    CLINIC = "clinic", "The clinic"
