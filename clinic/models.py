"""The ground: sites, people, rooms, hours, access and what was done."""

from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from clinic.enums import LinkPurpose, Role, TimelineKind, Weekday
from clinic.keys import new_key
from clinic.querysets import AbsenceQuerySet, ClinicQuerySet, LinkQuerySet, PlaceQuerySet, PractitionerQuerySet, TaskQuerySet

BOUNDED = Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False)


class KeyField(models.CharField):
    """A public name for a row: made once, never guessed, never changed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 40, "default": new_key, "unique": True, "editable": False} | kwargs)


def zone_exists(name: str) -> None:
    """Refuse a name that the zone database does not hold."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone, like Europe/London.")


class Clinic(models.Model):
    """One site: its address, zone and house rules."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    place = models.CharField(max_length=80)
    address = models.CharField(max_length=200)
    directions = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=30)
    email = models.EmailField()
    opening = models.CharField(max_length=200, blank=True)
    zone = models.CharField(max_length=60, validators=[zone_exists])
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=10, default="en-gb")
    closed_on_holidays = models.BooleanField(default=True)
    hold_minutes = models.PositiveSmallIntegerField(default=10)
    min_notice_minutes = models.PositiveIntegerField(default=120)
    horizon_days = models.PositiveSmallIntegerField(default=120)
    step_minutes = models.PositiveSmallIntegerField(default=10)
    cancel_notice_hours = models.PositiveSmallIntegerField(default=24)
    release_days = models.PositiveSmallIntegerField(
        default=3, help_text="Days after a first visit until dates kept for a course are let go, if none is prescribed."
    )
    answers_last_days = models.PositiveSmallIntegerField(
        default=180, help_text="Days after which a patient’s health answers are asked again, before the next visit."
    )
    remind_mail_hours = models.PositiveSmallIntegerField(default=48, help_text="Hours before a visit at which the mail to remind goes.")
    remind_sms_hours = models.PositiveSmallIntegerField(default=24, help_text="Hours before a visit at which the SMS to remind goes.")
    quiet_from = models.TimeField(default=time(21), help_text="From when on patients hear nothing that can wait.")
    quiet_until = models.TimeField(default=time(8), help_text="The same time as above means: no quiet hours.")
    escalate_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="Minutes for which a worrying answer may wait for its practitioner until others are told."
    )
    summary_at = models.TimeField(default=time(7), null=True, blank=True, help_text="When the staff get the summary of their day.")
    max_resting = models.PositiveSmallIntegerField(default=2)
    packs_days = models.BooleanField(default=True, help_text="Whether times that pack a day well are suggested before the others.")
    least_useful_minutes = models.PositiveSmallIntegerField(default=30, help_text="A gap shorter than this is of no use to anybody.")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    objects = ClinicQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.place}"

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def city(self) -> str:
        """The zone's place in words, to name it beside a time: `London`."""
        return self.zone.rsplit("/", 1)[-1].replace("_", " ")


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """Somebody who signs in: by e-mailed code, or by password."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.PATIENT)
    clinics = models.ManyToManyField(Clinic, related_name="staff", blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_clinic_staff(self) -> bool:
        return self.role in Role.staff()


class Timeline(models.Model):
    """Anything that can be in only one place at a time: a practitioner, a room, a machine or a patient."""

    kind = models.CharField(max_length=20, choices=TimelineKind)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} timeline {self.pk}"


class Practitioner(models.Model):
    """Somebody who treats, at one clinic."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="practitioners")
    timeline = models.OneToOneField(Timeline, models.PROTECT)
    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="practitioner")
    name = models.CharField(max_length=120)
    letters = models.CharField(max_length=40, blank=True)
    register = models.CharField(max_length=80, blank=True)
    registration = models.CharField(max_length=40, blank=True)
    profession = models.CharField(max_length=80, blank=True)
    about = models.CharField(max_length=300, blank=True)
    speaks = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    leaves_on = models.DateField(null=True, blank=True, help_text="The first day on which they can no longer be booked.")

    objects = PractitionerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        words = self.name.split()
        return (words[0][:1] + words[-1][:1]).upper() if len(words) > 1 else self.name[:2].upper()

    @property
    def short_name(self) -> str:
        """`R. Mehta`, with a space that does not break."""
        first, _, rest = self.name.partition(" ")
        return f"{first[:1]}.\N{NO-BREAK SPACE}{rest}" if rest else first


class Room(models.Model):
    """A place where one visit at a time happens."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="rooms")
    timeline = models.OneToOneField(Timeline, models.PROTECT)
    name = models.CharField(max_length=60)
    features = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    objects = PlaceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Equipment(models.Model):
    """A machine that one visit at a time can use."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="equipment")
    timeline = models.OneToOneField(Timeline, models.PROTECT)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "equipment"

    def __str__(self) -> str:
        return self.name


class WeeklyHours(models.Model):
    """Wall-clock hours that repeat each week, in the clinic's zone; `ends` at 00:00 means the end of the day."""

    timeline = models.ForeignKey(Timeline, models.CASCADE, related_name="hours")
    weekday = models.CharField(max_length=1, choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        verbose_name_plural = "weekly hours"
        constraints = [
            models.UniqueConstraint(fields=["timeline", "weekday", "starts"], name="hours_start_once"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")) | Q(ends="00:00"), name="hours_end_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class Absence(models.Model):
    """A stretch when one timeline, or a whole clinic, takes no visits."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="absences")
    timeline = models.ForeignKey(Timeline, models.CASCADE, null=True, blank=True, related_name="absences")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=80)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=BOUNDED, name="absence_bounded")]
        indexes = [models.Index(fields=["clinic", "timeline"])]

    def __str__(self) -> str:
        return self.reason


class Task(models.Model):
    """Something a person at the clinic should do: for one user, or for whoever has the role. It points at things by key."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="tasks")
    for_role = models.CharField(max_length=20, choices=Role)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="tasks")
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=40)
    words = models.CharField(max_length=200)
    due = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "about"], condition=Q(done_at=None), name="one_open_task_about_a_thing")]
        indexes = [models.Index(fields=["clinic", "due"], condition=Q(done_at=None), name="open_tasks")]

    def __str__(self) -> str:
        return self.words


class AuditEntry(models.Model):
    """One deed: who did what to which thing. Rows are never changed or removed: a trigger refuses it."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    by_words = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["kind", "about"])]

    def __str__(self) -> str:
        return f"{self.by_words}: {self.verb} {self.about}"


class Link(models.Model):
    """A way in that was sent to somebody: good for one purpose, one thing and a limited time; only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=20, choices=LinkPurpose)
    about = models.CharField(max_length=40)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["purpose", "about"])]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.about}"


class Throttle(models.Model):
    """How often something happened in one window of time, so that doors can be kept from being hammered."""

    name = models.CharField(max_length=120)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "window"], name="one_count_per_window")]
        indexes = [models.Index(fields=["window"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.count}"
