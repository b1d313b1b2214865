"""A case told by hand, to try a rule before trusting it."""

from collections.abc import Iterable

from patients.questionnaire import AnswersRefused, Case, Said
from patients.ruleset import Rulebook

NEW, CHANGED = 13, 52


def told(
    book: Rulebook,
    *,
    ticked: Iterable[str] = (),
    age: int | None = None,
    sex: str = "",
    region: str = "",
    duration_weeks: float | None = None,
    techniques: Iterable[str] = (),
    points: Iterable[str] = (),
    medicines: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> Case:
    """The case of somebody who answered yes to these rules and wrote these words; `AnswersRefused` for ids that aren't ours."""
    yes = tuple(dict.fromkeys(ticked))
    unknown = {
        "ticked": [each for each in yes if each not in book.rules],
        "region": [each for each in (region,) if each and each not in book.regions],
        "techniques": [each for each in techniques if each not in book.techniques],
    }
    if any(unknown.values()):
        raise AnswersRefused({field: f"We don’t know {', '.join(names)}" for field, names in unknown.items() if names})
    return Case(
        age=age,
        sex=sex,
        regions=book.regions_of([region] if region else []),
        techniques=frozenset(techniques),
        points=frozenset(points),
        facts=_facts(duration_weeks),
        raised={each: (Said(f"Yes to “{book.rules[each].question or book.rules[each].name}”"),) for each in yes},
        medicine_texts=tuple(text for text in medicines if text.strip()),
        texts=tuple(text for text in texts if text.strip()),
    )


def _facts(weeks: float | None) -> frozenset[str]:
    """What the length of the complaint means; untold, it means the worst."""
    facts = set()
    if weeks is None or weeks <= NEW:
        facts |= {"pain_new_or_worse", "pain_new_or_changed", "first_time", "sudden_after_minor_strain"}
    if weeks is not None and weeks <= CHANGED:
        facts |= {"pain_new_or_changed", "first_time"}
    return frozenset(facts)
