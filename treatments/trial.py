"""An intake told as plain values, screened and answered as plain values: to try a rule before trusting it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from patients.cases import told
from patients.enums import Taken
from patients.medicines import Mention
from patients.questionnaire import OLDEST, AnswersRefused
from patients.rulebook import rulebook
from patients.screening import Screening, screen_case
from patients.wording import LONGEST
from treatments.point_names import find_point
from treatments.safety import limits

MOST = 200  # items of a list
WORST_PAIN = "severe_or_worsening_symptoms"


def screen_told(given: object, *, today: date) -> dict[str, object]:
    """What the rules in force make of one intake; `AnswersRefused` with words for each field that can't be read."""
    read = _read(given)
    techniques = [read["requested_technique"]] if read["requested_technique"] else []
    case = told(
        rulebook(),
        ticked=[*read["ticked_question_ids"], *([WORST_PAIN] if read["pain_0_to_10"] == 10 else [])],
        age=read["age"],
        sex=read["sex"],
        region=read["region"],
        duration_weeks=read["duration_weeks"],
        techniques=techniques,
        points=read["requested_points"],
        medicines=read["medicines_as_typed"],
        texts=[read["condition_in_own_words"], read["free_text"]],
    )
    return answer(screen_case(case, rulebook(), today=today))


def answer(screening: Screening) -> dict[str, object]:
    """A screening as plain values, in the words of the rule files."""
    closed = limits(screening)
    return {
        "contraindication_ids": list(screening.flags),
        "combination_rule_ids": list(screening.combinations),
        "highest_action": screening.highest_action,
        "emergency": screening.emergency,
        "needs_review": screening.needs_review,
        "blocked_techniques": [technique for technique in screening.techniques if technique in closed.blocked],
        "blocked_points": closed.blocked_points,
        "blocked_regions": list(closed.blocked_regions),
        "medicines": [_medicine(mention) for mention in screening.medicines if mention.taken != Taken.NOT],
        "unrecognised": list(screening.unknown),
        "ruleset_version": screening.version,
    }


def _medicine(mention: Mention) -> dict[str, str]:
    return {"typed": mention.typed, "read_as": mention.name, "class": mention.drug_class, "status": str(mention.taken)}


def _read(given: object) -> dict:
    """Every field, read and checked; a field that is left out or null says nothing."""
    if not isinstance(given, Mapping):
        raise AnswersRefused({"intake": "must be an object with fields"})
    errors = {name: f"is no field of an intake; these are: {', '.join(FIELDS)}" for name in given if name not in FIELDS}
    values = {}
    for name, (read, empty) in FIELDS.items():
        try:
            values[name] = empty if given.get(name) is None else read(given[name])
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise AnswersRefused(errors)
    return values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be words in quotation marks")
    if len(value) > LONGEST:
        raise ValueError(f"has {len(value)} letters; keep it to {LONGEST}")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("must be a list in square brackets")
    if len(value) > MOST:
        raise ValueError(f"has {len(value)} items; keep it to {MOST}")
    return [_text(item) for item in value]


def _number(value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"must be a number from 0 to {most}")
    return value


def _age(value: object) -> int:
    return int(_number(value, OLDEST))


def _sex(value: object) -> str:
    """`f` and `m` decide what is asked; anything else leaves everything open."""
    letter = _text(value).strip().casefold()[:1]
    return letter if letter in ("f", "m") else ""


def _region(value: object) -> str:
    return _known(value, rulebook().regions, "region")


def _technique(value: object) -> str:
    return _known(value, rulebook().techniques, "technique")


def _known(value: object, names: Iterable[str], what: str) -> str:
    name = _text(value).strip()
    if name and name not in names:
        raise ValueError(f"there is no {what} “{name[:60]}”; these are known: {', '.join(names)}")
    return name


def _rules(value: object) -> list[str]:
    unknown = [name[:60] for name in _texts(value) if name not in rulebook().rules]
    if unknown:
        raise ValueError(f"there is no rule “{'”, “'.join(unknown)}”")
    return list(value)


def _points(value: object) -> list[str]:
    """The codes of every point that may be meant: an old number may mean two."""
    found = [find_point(name) for name in _texts(value)]
    unknown = [match.typed[:60] for match in found if not match.codes]
    if unknown:
        raise ValueError(f"there is no point “{'”, “'.join(unknown)}”")
    return [code for match in found for code in match.codes]


FIELDS: dict[str, tuple[Callable[[object], object], object]] = {
    "age": (_age, None),
    "sex": (_sex, ""),
    "region": (_region, ""),
    "condition_in_own_words": (_text, ""),
    "duration_weeks": (lambda value: _number(value, 52 * OLDEST), None),
    "pain_0_to_10": (lambda value: _number(value, 10), None),
    "requested_technique": (_technique, ""),
    "requested_points": (_points, []),
    "medicines_as_typed": (_texts, []),
    "ticked_question_ids": (_rules, []),
    "free_text": (_text, ""),
}
