"""Screening alone: one set of answers, and ten thousand different ones."""

import random
from datetime import date
from time import perf_counter

from bench.measure import SEED, median_ms
from patients.questionnaire import Answers
from patients.rulebook import rulebook
from patients.ruleset import NONE
from patients.screening import screen

TODAY = date(2026, 11, 20)
MANY = 10_000
TYPED = ("", "warferin 3mg nightly, ramipril, paracetamol when needed", "stopped aspirin two years ago; blue inhaler, vit d")
DETAILS = ("", "My back went when I lifted a box, worse after sitting.", "My mum has epilepsy. I was in a car crash twelve years ago.")


def person(pick: random.Random) -> Answers:
    """Somebody who ticks a thing here and there."""
    given: dict[str, str | list[str]] = {"born": date(pick.randint(1930, 2010), 5, 1).isoformat()}
    for question in rulebook().questions.values():
        values = [option.value for option in question.options if option.value != NONE]
        if question.kind == "many":
            given[question.id] = [pick.choice(values)] if pick.random() < 0.2 else [NONE]
        elif question.kind == "one":
            given[question.id] = pick.choice(values)
    given |= {"medicines_typed": pick.choice(TYPED), "details": pick.choice(DETAILS)}
    return Answers(pick.choice(list(rulebook().complaints)), given)


def screen_one() -> dict[str, object]:
    """One set of answers with both boxes filled."""
    answers = Answers("lower_back", {**person(random.Random(SEED)).given, "medicines_typed": TYPED[1], "details": DETAILS[2]})
    return {"median_ms": median_ms(lambda: screen(answers, rulebook(), today=TODAY))}


def screen_many() -> dict[str, object]:
    """Ten thousand people, one after the other."""
    pick = random.Random(SEED)
    people = [person(pick) for _ in range(MANY)]
    began = perf_counter()
    for answers in people:
        screen(answers, rulebook(), today=TODAY)
    return {"people": MANY, "seconds": round(perf_counter() - began, 2)}
