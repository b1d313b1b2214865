"""A clinic's own rules for insured visits, with the defaults where it has set none."""

from collections.abc import Iterable

from insurers.models import CoverRules


def rules_for(clinic: int) -> CoverRules:
    """The rules of one clinic, by its id."""
    return rules_by_clinic([clinic])[clinic]


def rules_by_clinic(clinics: Iterable[int]) -> dict[int, CoverRules]:
    """The rules of several clinics, by their ids, in one question."""
    wanted = set(clinics)
    kept = {rules.clinic_id: rules for rules in CoverRules.objects.of_clinics(wanted)}
    return {clinic: kept.get(clinic) or CoverRules(clinic_id=clinic) for clinic in wanted}
