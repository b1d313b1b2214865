"""What a practitioner must know before touching a patient, in a heading and a line, with what lies behind it."""

from dataclasses import dataclass

from patients.enums import Tier
from patients.models import Finding
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
        if not self.standing.findings:
            return "review" if self.standing.ruling else "info"
        tier = Tier(self.standing.findings[0].tier)
        return "review" if tier == Tier.CAUTION else tier.value

    @property
    def heading(self) -> str:
        if not self.standing.findings:
            return "Limited by a clinician" if self.standing.ruling else f"Overruled: {self.overruled[0].words}{more(self.overruled)}"
        first = self.standing.findings[0]
        decided = "Answers wait for your review" if self.standing.waits else decision_words(self.standing)
        return f"{first.words}{more(self.standing.findings)}. {decided}".removesuffix(". ")

    @property
    def line(self) -> str:
        """What a clinician decided, then what is closed."""
        ruling = self.standing.ruling
        return " ".join(part for part in (ruling.decision_words if ruling else "", closed_words(self.standing.limits)) if part)

    @property
    def overruled(self) -> tuple[Finding, ...]:
        """What a clinician overruled, with the reason: shown ever after."""
        return self.standing.overruled_ever


def more(findings: tuple[Finding, ...]) -> str:
    return f", and {len(findings) - 1} more" if len(findings) > 1 else ""


def banner_of(standing: Standing) -> Banner | None:
    """The banner, or None where nothing was found, overruled or limited."""
    return Banner(standing) if standing.findings or standing.overruled_ever or standing.ruling else None


def closed_words(limits: Limits) -> str:
    """`Closed: cupping, deep tissue massage; 12 points, among them LI4 and SP6.`"""
    techniques = [catalogue().techniques[name].name for name in limits.blocked_techniques if name in catalogue().techniques]
    if len(techniques) == len(catalogue().techniques):
        techniques = ["every technique"]
    points = limits.blocked_points
    parts = [", ".join(techniques)] if techniques else []
    if points:
        count = f"{len(points)} points, among them " if len(points) > SHOWN_POINTS else "points "
        parts.append(count + ", ".join(points[:SHOWN_POINTS]))
    areas = [name.replace("_", " ") for name in sorted(limits.blocked_regions)]
    parts += [f"needles in the {', '.join(areas)}"] if areas else []
    return f"Closed: {'; '.join(parts)}." if parts else ""
