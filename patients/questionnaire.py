"""Which pages and questions a person sees, what counts as an answer, and what their answers say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from patients.ruleset import NONE, NOT_SURE, Condition, Option, Page, Question, Rulebook

OLDEST = 120
ONSET = "onset"


class AnswersRefused(Exception):
    """Answers that can't be taken, with the words for each question."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{question}: {words}" for question, words in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Answers:
    """What somebody answered so far: the complaint they chose, and answers by question id as they are stored."""

    complaint: str
    given: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    sex: str = ""
    form: str = "first"

    def values(self, question: str) -> tuple[str, ...]:
        value = self.given.get(question, ())
        return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True)
class Said:
    """What raised a rule, in the patient's words; `sure` is false where they weren't, or where words were unclear."""

    words: str
    sure: bool = True


@dataclass(frozen=True)
class Case:
    """What is known of one person, whatever form it was asked on."""

    complaint: str = ""
    age: int | None = None
    sex: str = ""
    regions: frozenset[str] = frozenset()
    techniques: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    raised: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    medicine_texts: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def age_on(born: date, today: date) -> int:
    """Full years on `today`."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def holds(given: Condition | None, case: Case, *, unknown: bool) -> bool:
    """Whether a condition holds; an age or sex nobody told counts as `unknown`."""
    if given is None:
        return True
    return all(
        (
            not given.complaints or case.complaint in given.complaints,
            not given.regions or bool(given.regions & case.regions),
            not given.techniques or bool(given.techniques & case.techniques),
            not given.facts or bool(given.facts & case.facts),
            not given.sex or (case.sex in given.sex if case.sex else unknown),
            _age_fits(given, case.age, unknown),
            all(wanted & set(case.answers.get(question, ())) for question, wanted in given.answers),
            not given.ticked or bool(case.raised),
            not given.any or any(holds(part, case, unknown=unknown) for part in given.any),
        )
    )


def _age_fits(given: Condition, age: int | None, unknown: bool) -> bool:
    if given.age_from is None and given.age_to is None:
        return True
    if age is None:
        return unknown
    return (given.age_from is None or age >= given.age_from) and (given.age_to is None or age <= given.age_to)


def born(answers: Answers) -> date | None:
    """The date of birth they gave, if it is one."""
    try:
        return date.fromisoformat(answers.values("born")[0])
    except (IndexError, ValueError):
        return None


def read(answers: Answers, book: Rulebook, *, today: date, techniques: Iterable[str] = ()) -> Case:
    """What the answers say. An answer the rules don't know is refused; one to a question no longer shown still counts."""
    if answers.complaint not in book.complaints:
        raise AnswersRefused({"complaint": "Choose what brings you"})
    chosen = list(_chosen(answers, book))
    birth = born(answers)
    regions = [region for _, option in chosen for region in option.regions]
    case = Case(
        complaint=answers.complaint,
        age=age_on(birth, today) if birth else None,
        sex=answers.sex,
        regions=book.regions_of(regions or book.complaints[answers.complaint].regions),
        techniques=frozenset(techniques),
        facts=_facts(answers, chosen, book),
        raised=_raised(chosen),
        unsure=tuple(question.legend for question, option in chosen if option.value == NOT_SURE and question.kind == "many"),
        medicine_texts=_texts(answers, book, "medicines"),
        texts=_texts(answers, book, "signs"),
        answers={question: answers.values(question) for question in answers.given},
    )
    return replace(case, missing=_missing(case, book, answers.form))


def _chosen(answers: Answers, book: Rulebook) -> Iterator[tuple[Question, Option]]:
    """Every option that was chosen, with its question."""
    for name in answers.given:
        question = book.questions.get(name)
        if question is None:
            raise AnswersRefused({name: "This question is not one of ours any more. Please answer again."})
        if question.kind in ("one", "many"):
            for value in answers.values(name):
                option = question.option(value)
                if option is None:
                    raise AnswersRefused({name: "This answer is not one of ours any more. Please answer again."})
                yield question, option


def _raised(chosen: Iterable[tuple[Question, Option]]) -> dict[str, tuple[Said, ...]]:
    raised: dict[str, tuple[Said, ...]] = {}
    for question, option in chosen:
        if option.raises:
            said = Said(f"“{option.words}” to “{question.legend}”", sure=not option.unsure)
            raised[option.raises] = (*raised.get(option.raises, ()), said)
    return raised


def _facts(answers: Answers, chosen: Iterable[tuple[Question, Option]], book: Rulebook) -> frozenset[str]:
    """The facts of the chosen options; where the start of the pain was not told on a form that asks it, everything it could mean."""
    told = {fact for _, option in chosen for fact in option.facts}
    asked = {question.id for page in book.forms[answers.form] for question in book.pages[page].questions}
    if ONSET in asked and not answers.values(ONSET):
        told |= {fact for option in book.questions[ONSET].options for fact in option.facts}
    return frozenset(told)


def _texts(answers: Answers, book: Rulebook, reads: str) -> tuple[str, ...]:
    typed = (name for name in answers.given if book.questions[name].reads == reads)
    return tuple(text for name in typed for text in answers.values(name) if text.strip())


def _missing(case: Case, book: Rulebook, form: str) -> tuple[str, ...]:
    shown = (question for page in _shown(case, book, form) for question in page.questions)
    return tuple(question.id for question in shown if question.required and not any(case.answers.get(question.id, ())))


def pages_for(answers: Answers, book: Rulebook, *, today: date) -> list[Page]:
    """The pages this person sees, in order, each with only the questions and choices that concern them."""
    return _shown(read(answers, book, today=today), book, answers.form)


def _shown(case: Case, book: Rulebook, form: str) -> list[Page]:
    pages = []
    for page in (book.pages[name] for name in book.forms[form]):
        if holds(page.when, case, unknown=True):
            questions = tuple(_with_shown_options(each, case) for each in page.questions if holds(each.when, case, unknown=True))
            if questions:
                pages.append(replace(page, questions=questions))
    return pages


def _with_shown_options(question: Question, case: Case) -> Question:
    return replace(question, options=tuple(option for option in question.options if holds(option.when, case, unknown=True)))


def clean_answers(page: Page, data: Mapping, *, today: date) -> dict[str, str | list[str]]:
    """The answers of one page as they are stored, or `AnswersRefused` with words for each question.

    `data` is posted data or plain values. An answer to a question that this person doesn't see is refused.
    """
    errors: dict[str, str] = {}
    cleaned: dict[str, str | list[str]] = {}
    for name in set(data) - {question.id for question in page.questions} - {"csrfmiddlewaretoken"}:
        errors[name] = "This question is not on this page. Go back and answer the questions you see."
    for question in page.questions:
        try:
            cleaned[question.id] = _clean(question, _sent(data, question.id), today)
        except ValueError as error:
            errors[question.id] = str(error)
    if errors:
        raise AnswersRefused(errors)
    return cleaned


def _sent(data: Mapping, name: str) -> list[str]:
    """What was sent for a question, as a list of words."""
    if hasattr(data, "getlist"):
        return data.getlist(name)
    value = data.get(name)
    if value is None:
        return []
    return [str(value)] if isinstance(value, str | date) else [str(item) for item in value]


def _clean(question: Question, sent: list[str], today: date) -> str | list[str]:
    match question.kind:
        case "text":
            return _clean_text(question, sent)
        case "date":
            return _clean_date(question, sent, today)
    values = list(dict.fromkeys(value for value in sent if value))
    if not values or any(question.option(value) is None for value in values):
        raise ValueError(question.empty)
    if question.kind == "one":
        if len(values) > 1:
            raise ValueError(question.empty)
        return values[0]
    if NONE in values and len(values) > 1:
        raise ValueError(question.both)
    return values


def _clean_text(question: Question, sent: list[str]) -> str:
    text = " ".join(sent).replace("\x00", "").strip()
    if len(text) > question.limit:
        raise ValueError(f"Keep it to {question.limit} letters. You can tell us the rest at your visit.")
    return text


def _clean_date(question: Question, sent: list[str], today: date) -> str:
    if not any(value.strip() for value in sent):
        raise ValueError(question.empty)
    try:
        given = date.fromisoformat(sent[0].strip())
    except ValueError:
        raise ValueError("Check the date: we can’t find that day in the calendar") from None
    if given > today or age_on(given, today) > OLDEST:
        raise ValueError("Check the year of your date of birth")
    return given.isoformat()


def in_words(answers: Answers, book: Rulebook, *, today: date) -> list[tuple[str, str]]:
    """Questions shown and what was answered, for “check your answers” and for the clinician."""
    rows = []
    for page in pages_for(answers, book, today=today):
        for question in page.questions:
            rows.append((question.legend, "; ".join(answer_words(question, answers)) or "Not answered"))
    return rows


def answer_words(question: Question, answers: Answers) -> list[str]:
    """What was answered to one question: the words of the choices, or what was typed."""
    values = answers.values(question.id)
    return [option.words for option in question.options if option.value in values] or [value for value in values if value]
