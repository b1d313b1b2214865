"""One visit as the clinic speaks of it: what, with whom, where and when, before anybody has it."""

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, timedelta

from bookings.availability import Shape, Visit
from clinic.models import Clinic, Equipment, Practitioner, Room
from treatments.models import Service

STAMP = "%Y%m%dT%H%MZ"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The minutes and the price of a visit as they are agreed: a copy, so that editing a service changes no visit."""

    prepare: int
    hands_in: int
    rest: int
    hands_out: int
    cleaning: int
    price: int

    @classmethod
    def of(cls, source: object) -> "Parts":
        """Copy them from a service, or from an appointment made earlier."""
        return cls(**{part.name: getattr(source, part.name) for part in fields(cls)})

    def as_fields(self) -> dict[str, int]:
        """As an appointment keeps them."""
        return asdict(self)

    @property
    def shape(self) -> Shape:
        return Shape(prepare=self.prepare, hands_in=self.hands_in, rest=self.rest, hands_out=self.hands_out, cleaning=self.cleaning)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """People, room and time for one visit."""

    service: Service
    parts: Parts
    practitioner: Practitioner
    room: Room
    equipment: Equipment | None
    start: datetime
    packs: bool = field(default=False, compare=False)  # whether it packs the day well, at a clinic that suggests such times

    @property
    def clinic(self) -> Clinic:
        return self.service.clinic

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.parts.shape.total)

    @property
    def local_start(self) -> datetime:
        return self.start.astimezone(self.clinic.tz)

    @property
    def local_end(self) -> datetime:
        return self.end.astimezone(self.clinic.tz)

    @property
    def local_date(self) -> date:
        return self.local_start.date()

    @property
    def value(self) -> str:
        """How a form names it: `20261126T0910Z-` and the practitioner's key; the room is chosen when it is taken."""
        return f"{self.start:{STAMP}}-{self.practitioner.key}"

    def visit(self, patient: int | None) -> Visit:
        """What it takes of every timeline, once it is known who comes."""
        return Visit(
            shape=self.parts.shape,
            start=self.start,
            practitioner=self.practitioner.timeline_id,
            room=self.room.timeline_id,
            machine=self.equipment.timeline_id if self.equipment else None,
            patient=patient,
        )


def read_value(value: str) -> tuple[datetime, str] | None:
    """Read back what `Slot.value` wrote: the start and the practitioner's key, or None for anything else."""
    stamp, _, key = value.partition("-")
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC), key
    except ValueError:
        return None
