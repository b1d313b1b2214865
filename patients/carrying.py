"""What of earlier answers still counts when somebody is asked again. It is told in the questions of the first form."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from patients.questionnaire import Answers, pages_for
from patients.ruleset import NONE, NOT_SURE, Question, Rulebook

FIRST, VISIT = "first", "visit"
Given = dict[str, str | list[str]]


def known(given: Mapping[str, object], book: Rulebook) -> Given:
    """The answers that these rules can read: a question or a choice that is no longer theirs is left out."""
    found: Given = {}
    for name, value in given.items():
        question = book.questions.get(name)
        if question and question.kind in ("one", "many"):
            kept = [each for each in _values(value) if question.option(each)]
            if kept:
                found[name] = kept if question.kind == "many" else kept[0]
        elif question:
            found[name] = value
    return found


def outdated(given: Mapping[str, object], book: Rulebook) -> list[str]:
    """The questions whose answers these rules can't read as a whole."""
    readable = known(given, book)
    return [name for name, value in given.items() if _values(value) != _values(readable.get(name, []))]


def asked_each_visit(book: Rulebook) -> frozenset[str]:
    """The questions of the first form about how somebody is now: their answers are of the day, and never taken over."""
    return frozenset(name for question in _questions(VISIT, book) for name in question.instead_of)


def about_the_problem(book: Rulebook) -> frozenset[str]:
    """The questions of the first form about what brings somebody: where it is, and since when."""
    asked = (question for question in _questions(FIRST, book) if question.kind == "one")
    return frozenset(question.id for question in asked if any(option.regions or option.facts for option in question.options))


def lasting(given: Mapping[str, object], book: Rulebook, *, same_problem: bool) -> Given:
    """What may be taken over after “nothing has changed”; how somebody is now is always asked afresh."""
    afresh = asked_each_visit(book) | (frozenset() if same_problem else about_the_problem(book))
    return {name: value for name, value in known(given, book).items() if name not in afresh}


def told_so_far(answers: Answers, book: Rulebook, *, today: date) -> Given:
    """All that was said by now, with what was said on the day of a visit in its place among the first answers.

    “None of these” on the day takes back only what the same question asked before; something new is added and takes nothing back.
    """
    first = {question.id: question for question in _questions(FIRST, book)}
    told = {name: value for name, value in answers.given.items() if name in first}
    shown = (question for page in pages_for(replace(answers, form=VISIT), book, today=today) for question in page.questions)
    for question in shown:
        if question.id in answers.given:
            _place(told, question, answers.values(question.id), first)
    return told


def _place(told: Given, question: Question, values: tuple[str, ...], first: Mapping[str, Question]) -> None:
    """Put one answer of the day where it belongs."""
    match question.kind:
        case "text":
            _append(told, next(each.id for each in first.values() if each.reads == question.reads), values)
        case "one":
            for name in question.instead_of:
                told[name] = values[0]
        case "many":
            _take_back(told, question, first)
            for value in values:
                _add(told, question, value, first)


def _append(told: Given, name: str, values: Iterable[str]) -> None:
    """Keep each text as it was typed: read one by one, they stay short."""
    texts = [value for value in (*_values(told.get(name, "")), *values) if value.strip()]
    texts = list(dict.fromkeys(texts))
    told[name] = texts if len(texts) > 1 else "".join(texts)


def _take_back(told: Given, question: Question, first: Mapping[str, Question]) -> None:
    """Take out what this question has just asked again."""
    asked = {option.raises for option in question.options if option.raises}
    for name in question.instead_of:
        if name in told:
            kept = [value for value in _values(told[name]) if value != NOT_SURE and first[name].option(value).raises not in asked]
            told[name] = kept or [NONE]


def _add(told: Given, question: Question, value: str, first: Mapping[str, Question]) -> None:
    """Tick what was said in the first question that knows it; what is only ever true of one day has no place there."""
    home = _home(question, question.option(value).raises or question.options[0].raises, first)
    if value == NONE or home is None:
        return
    ticked = value if value == NOT_SURE else next(each.value for each in home.options if each.raises == question.option(value).raises)
    others = [each for each in _values(told.get(home.id, [])) if each not in (NONE, ticked)]
    told[home.id] = [*others, ticked]


def _home(question: Question, rule: str, first: Mapping[str, Question]) -> Question | None:
    """The question of the first form that asks for the same rule."""
    ordered = [*(first[name] for name in question.instead_of), *first.values()]
    return next((each for each in ordered if each.kind == "many" and any(option.raises == rule for option in each.options)), None)


def in_short(given: Mapping[str, object], book: Rulebook) -> list[tuple[str, str]]:
    """Earlier answers a page a line: what was said yes to, and what was typed."""
    rows = []
    for page in (book.pages[name] for name in book.forms[FIRST]):
        asked = [question for question in page.questions if question.kind != "date" and question.id in given]
        if asked:
            said = [words for question in asked for words in _said(question, _values(given[question.id]))]
            rows.append((page.title, "; ".join(said) or "Nothing to report"))
    return rows


def _said(question: Question, values: list[str]) -> list[str]:
    if question.kind == "text":
        return [value for value in values if value.strip()]
    return [option.words for option in question.options if option.value in values and option.value != NONE and _says_something(option)]


def _says_something(option) -> bool:
    return bool(option.raises or option.facts or option.regions or option.value == NOT_SURE)


def _questions(form: str, book: Rulebook) -> list[Question]:
    return [question for page in book.forms[form] for question in book.pages[page].questions]


def _values(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
