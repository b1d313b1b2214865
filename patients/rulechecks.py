"""Refuse a rule set that contradicts itself, names what isn't there, or asks what can't be reached."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from patients.enums import Act, Action
from patients.rulefiles import RuleError
from patients.ruleset import ALL, NONE, NOT_SURE, Condition, Page, Question, Rule, Rulebook
from patients.wording import words_of

RULES, QUESTIONS, COMPLAINTS = "contraindications.json", "questionnaire.json", "complaints.json"
MEDICINES, SIGNS, COUNTRIES = "medicines.csv", "signs.json", "countries.json"
WORKED_OUT = frozenset({"two_antiplatelets"})
ASKED_AT = {"intake": "first", "each_visit": "visit"}


def check(book: Rulebook) -> Rulebook:
    """The same rule set, or `RuleError`."""
    for rule in book.rules.values():
        _check_rule(book, rule)
    _check_combinations(book)
    _check_countries(book)
    for complaint in book.complaints.values():
        _known(set(complaint.regions) - {ALL}, book.regions, COMPLAINTS, complaint.id, "regions", "region")
    _check_questionnaire(book)
    _check_reach(book)
    for line, medicine in enumerate(book.medicines, 2):
        _known({medicine.flag} - {""}, book.rules, MEDICINES, f"line {line}", "flag", "rule")
    _check_medicine_names(book)
    for words in book.harmless:
        _check_choice("harmless", words.replace("*", ""))
    for sign in book.signs:
        _known({sign.rule}, {*book.rules, *book.house_rules}, SIGNS, sign.rule, "rule", "rule")
        _known({sign.family, sign.treated_by} - {""}, book.rules, SIGNS, sign.rule, "family", "rule")
        for choice in chain(sign.unless, *sign.groups):
            _check_choice(sign.rule, choice.replace("*", ""))
    return book


def _check_choice(rule: str, choice: str) -> None:
    """Texts are folded before they are compared, so that a choice written in any other way is never heard."""
    heard = " ".join(word.text for word in words_of(choice))
    if heard != choice:
        raise RuleError(SIGNS, rule, "groups", f"“{choice}” can’t be heard: write “{heard}”")


def _known(named: Iterable[str], known: Iterable[str], file: str, record: str, field: str, what: str) -> None:
    for name in sorted(set(named) - set(known)):
        raise RuleError(file, record, field, f"there is no {what} “{name}”")


def _check_rule(book: Rulebook, rule: Rule) -> None:
    blocked = [technique for technique, act in rule.techniques.items() if act == Act.BLOCK]
    if rule.action == Action.EMERGENCY and len(blocked) != len(book.techniques):
        raise RuleError(RULES, rule.id, "techniques", "an emergency must block every technique")
    if rule.action == Action.BLOCK and not blocked:
        raise RuleError(RULES, rule.id, "techniques", "blocks by its action, but names no blocked technique")
    if rule.action == Action.EMERGENCY and not (rule.advice and rule.tell):
        raise RuleError(RULES, rule.id, "advice", "an emergency must say where to go (advice) and what to say there (tell)")
    if rule.asked & set(ASKED_AT) and not rule.advice:
        raise RuleError(RULES, rule.id, "advice", "is asked of the patient, but has no words for them")
    if rule.points:
        _known(rule.points.only_with, book.rules, RULES, rule.id, "points", "rule")
    if rule.computed:
        _check_condition(book, rule.computed, RULES, rule.id, "computed")


def _check_combinations(book: Rulebook) -> None:
    for each in book.combinations:
        _known((*each.all, *each.any), book.rules, RULES, each.id, "all", "rule")
        if not each.all:
            raise RuleError(RULES, each.id, "all", "names no rule")
        if set(each.all) & set(each.any):
            raise RuleError(RULES, each.id, "any", "repeats a rule of “all”")
        if each.id in book.rules:
            raise RuleError(RULES, each.id, "id", "is the id of a rule, too")
        if bool(each.when) != bool(each.when_in_words):
            raise RuleError(RULES, each.id, "when_in_words", "must stand with “when”, and only there")
        if each.action == Action.EMERGENCY and not each.tell:
            raise RuleError(RULES, each.id, "tell", "an emergency must say what to say there")
        if each.when:
            _check_condition(book, each.when, RULES, each.id, "when")


def _check_countries(book: Rulebook) -> None:
    names = {name for values in book.countries.values() for name in values}
    for code, values in book.countries.items():
        for name in sorted(names - set(values)):
            raise RuleError(COUNTRIES, code, name, "must stand in every country or in none")
    for rule in (*book.rules.values(), *book.house_rules.values(), *book.combinations):
        for field in ("advice", "note", "why", "tell"):
            _known(re.findall(r"\{(\w*)\}", getattr(rule, field)), names, RULES, rule.id, field, "placeholder")


def _check_questionnaire(book: Rulebook) -> None:
    for form, pages in book.forms.items():
        _known(pages, book.pages, QUESTIONS, f"form {form}", "forms", "page")
    lost = set(book.pages) - {page for pages in book.forms.values() for page in pages}
    if lost:
        raise RuleError(QUESTIONS, sorted(lost)[0], "forms", "the page is in no form, so nobody can reach it")
    for page in book.pages.values():
        if page.when:
            _check_condition(book, page.when, QUESTIONS, page.id, "when")
        for question in page.questions:
            _check_question(book, page, question)
    for form in book.forms:
        _check_order(book, form)


def _check_question(book: Rulebook, page: Page, question: Question) -> None:
    place = f"{page.id} {question.id}"
    if question.when:
        _check_condition(book, question.when, QUESTIONS, place, "when")
    _known(question.instead_of, book.questions, QUESTIONS, place, "instead_of", "question")
    values = [option.value for option in question.options]
    if len(set(values)) != len(values):
        raise RuleError(QUESTIONS, place, "options", "offers one value twice")
    for option in question.options:
        _known({option.raises} - {""}, book.rules, QUESTIONS, f"{place} {option.value}", "raises", "rule")
        _known(set(option.regions) - {ALL}, book.regions, QUESTIONS, f"{place} {option.value}", "regions", "region")
        if question.kind == "many" and option.value not in (NONE, NOT_SURE) and not option.raises:
            raise RuleError(QUESTIONS, f"{place} {option.value}", "raises", "every choice of a list must raise a rule")
        if option.when:
            _check_condition(book, option.when, QUESTIONS, f"{place} {option.value}", "when")


def _check_condition(book: Rulebook, given: Condition, file: str, record: str, field: str) -> None:
    _known(given.complaints, book.complaints, file, record, field, "complaint")
    _known(given.regions, book.regions, file, record, field, "region")
    _known(given.techniques, book.techniques, file, record, field, "technique")
    _known(given.facts, _facts(book), file, record, field, "fact told by any answer")
    if given.age_from is not None and given.age_to is not None and given.age_from > given.age_to:
        raise RuleError(file, record, field, "ends at a younger age than it starts")
    for question, values in given.answers:
        _known({question}, book.questions, file, record, field, "question")
        _known(values, [option.value for option in book.questions[question].options], file, record, field, f"answer to “{question}”")
    for part in given.any:
        _check_condition(book, part, file, record, field)


def _facts(book: Rulebook) -> set[str]:
    told = {fact for question in book.questions.values() for option in question.options for fact in option.facts}
    return told | WORKED_OUT


def _asks(given: Condition | None) -> Iterator[str]:
    """The questions a condition looks at."""
    if given:
        yield from (question for question, _ in given.answers)
        for part in given.any:
            yield from _asks(part)


def _check_order(book: Rulebook, form: str) -> None:
    """A question may hang only on answers given before it, on an earlier page."""
    before: set[str] = set()
    for page in (book.pages[page] for page in book.forms[form]):
        for holder in (page, *page.questions, *(option for question in page.questions for option in question.options)):
            for asked in _asks(holder.when):
                if asked not in before:
                    raise RuleError(QUESTIONS, page.id, "when", f"hangs on “{asked}”, which is not asked before it: it can't be reached")
        before |= {question.id for question in page.questions}


def _check_reach(book: Rulebook) -> None:
    """Every rule asked of patients must have an answer that raises it, in each form it is asked in."""
    for moment, form in ASKED_AT.items():
        questions = [question for page in book.forms.get(form, ()) for question in book.pages[page].questions]
        raised = {option.raises for question in questions for option in question.options}
        for rule in book.rules.values():
            if moment in rule.asked and rule.id not in raised and not rule.computed:
                raise RuleError(QUESTIONS, rule.id, "raises", f"no answer of form “{form}” raises this rule")


def _check_medicine_names(book: Rulebook) -> None:
    """One way of writing means one medicine."""
    seen: dict[str, str] = {}
    for line, medicine in enumerate(book.medicines, 2):
        for name in (medicine.name, *medicine.misspellings):
            if name.casefold() in book.everyday:
                raise RuleError(MEDICINES, f"line {line}", "name", f"“{name}” stands among the everyday words, too")
            if seen.setdefault(name.casefold(), medicine.generic) != medicine.generic:
                raise RuleError(MEDICINES, f"line {line}", "misspellings", f"“{name}” means {seen[name.casefold()]}, too")
