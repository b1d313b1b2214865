"""What a practitioner must know before touching a patient, in a heading and a line, with what lies behind it."""

from dataclasses import dataclass

from patients.enums import Decision, Tier
from treatments.catalogue import catalogue
from treatments.safety import Limits
from treatments.selectors import Standing
from web.practitioner.words import decision_words

SHOWN_POINTS = 6


@dataclass(frozen=True)
class Banner:
    """The safety banner of one patient."""

    standing: Standing

    @property
    def tier(self) -> str:
        tier = Tier(self.standing.findings[0].tier)
        return "review" if tier == Tier.CAUTION else tier.value

    @property
    def heading(self) -> str:
        first, *others = self.standing.findings
        more = f", and {len(others)} more" if others else ""
        decided = "Answers wait for your review" if self.standing.waits else decision_words(self.standing)
        return f"{first.words}{more}. {decided}".removesuffix(". ")

    @property
    def line(self) -> str:
        """What a clinician decided, then what is closed."""
        intake = self.standing.intake
        decided = intake.decision_words if intake and intake.decision == Decision.LIMITED else ""
        closed = closed_words(self.standing.limits)
        return " ".join(part for part in (decided, closed) if part)


def banner_of(standing: Standing) -> Banner | None:
    """The banner, or None where nothing was found."""
    return Banner(standing) if standing.findings else None


def closed_words(limits: Limits) -> str:
    """`Closed: cupping, deep tissue massage; 12 points, among them LI4 and SP6.`"""
    techniques = [catalogue().techniques[name].name for name in limits.blocked_techniques]
    if len(techniques) == len(catalogue().techniques):
        techniques = ["every technique"]
    points = limits.blocked_points
    parts = [", ".join(techniques)] if techniques else []
    if points:
        more = f"{len(points)} points, among them " if len(points) > SHOWN_POINTS else "points "
        parts.append(more + ", ".join(points[:SHOWN_POINTS]))
    areas = [name.replace("_", " ") for name in sorted(limits.blocked_regions)]
    parts += [f"needles in the {', '.join(areas)}"] if areas else []
    return f"Closed: {'; '.join(parts)}." if parts else ""
