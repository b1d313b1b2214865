"""Every rule in words, from the rule files, for the clinicians who sign them off."""

from collections.abc import Iterator

from patients.enums import Act, Tier
from patients.ruleset import Combination, Rule, Rulebook

HEAD = """# The screening rules in words

Made from `patients/rules/` by `python -m patients.rulebook docs`. Don’t edit this page: edit the rules, then make it again.
Rule set {version}: {rules} rules, {combinations} combinations, {medicines} names of medicines, {questions} questions.

A rule marked **no source** stands on nobody’s authority but the author’s. A rule marked *source not read* cites a text from general
knowledge. A clinician checks both kinds first. `{{…}}` is filled with the numbers and services of the clinic’s country.
"""


def in_words(book: Rulebook) -> str:
    """The whole rule set as one page of Markdown."""
    return "\n".join(_lines(book)).rstrip() + "\n"


def _lines(book: Rulebook) -> Iterator[str]:
    yield HEAD.format(
        version=book.version,
        rules=len(book.rules),
        combinations=len(book.combinations),
        medicines=len(book.medicines),
        questions=len(book.questions),
    )
    for tier in Tier:
        rules = [rule for rule in book.rules.values() if rule.action.tier == tier]
        if rules:
            yield f"## {tier.label}\n"
        for rule in rules:
            yield from _rule(rule, book)
    yield "## Combinations\n"
    for combination in book.combinations:
        yield from _combination(combination, book)
    yield "## House rules\n"
    for rule in book.house_rules.values():
        yield from _rule(rule, book)
    yield "## Questions\n"
    for form, pages in book.forms.items():
        yield f"### Form “{form}”\n"
        for page in pages:
            yield from _page(book, page)


def _rule(rule: Rule, book: Rulebook) -> Iterator[str]:
    yield f"### {rule.name} (`{rule.id}`)\n"
    if rule.question:
        yield f"- Asks: {rule.question}"
    yield f"- Means: {rule.action.label.lower()}; how soon: {rule.urgency.label.lower()}"
    yield f"- Kind: {rule.kind.replace('_', ' ')}; where: {rule.where}"
    if rule.computed:
        yield "- Worked out from date of birth, region and start of the pain, not asked"
    yield from _rest(rule, book)
    if rule.points:
        yield f"- Points to {rule.points.action}: {', '.join(rule.points.codes)}"
    if rule.area != "none":
        yield f"- In the area the patient names: {rule.area}"
    yield from _source(rule)


def _combination(rule: Combination, book: Rulebook) -> Iterator[str]:
    yield f"### {rule.name} (`{rule.id}`)\n"
    yield f"- All of: {', '.join(f'`{name}`' for name in rule.all)}"
    if rule.any:
        yield f"- {'One of' if not rule.either else 'Or with one of'}: {', '.join(f'`{name}`' for name in rule.any)}"
    if rule.when_in_words:
        yield f"- {'Or when' if rule.either else 'When'}: {rule.when_in_words}"
    yield f"- Means: {rule.action.label.lower()}; how soon: {rule.urgency.label.lower()}"
    yield from _rest(rule, book)
    yield from _source(rule)


def _rest(rule: Rule | Combination, book: Rulebook) -> Iterator[str]:
    for act in Act:
        named = [technique.replace("_", " ") for technique, each in rule.techniques.items() if each == act]
        if named:
            yield f"- {act.label}: {'every technique' if len(named) == len(book.techniques) else ', '.join(named)}"
    if rule.advice:
        yield f"- Tells the patient: {rule.advice}"
    if rule.note:
        yield f"- Tells the practitioner: {rule.note}"
    yield f"- Why: {rule.why}"


def _source(rule: Rule | Combination) -> Iterator[str]:
    marks = (" **no source**" if rule.unsourced else "") + ("" if rule.source_read or not rule.source else " *source not read*")
    yield f"- Source: {'; '.join(rule.source) or 'none'}{marks}\n"


def _page(book: Rulebook, name: str) -> Iterator[str]:
    page = book.pages[name]
    yield f"#### {page.title}\n"
    for question in page.questions:
        yield f"- {question.legend}"
        for option in question.options:
            yield f"  - {option.words}" + (f" → `{option.raises}`" if option.raises else "")
    yield ""
