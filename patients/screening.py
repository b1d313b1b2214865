"""Answers in, screening out: which rules speak, how strongly, and for which techniques. No judgement beyond the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from patients.enums import Act, Action, Taken, Tier, Urgency
from patients.medicines import Mention, Reading, recogniser
from patients.questionnaire import Answers, Case, Said, holds, read
from patients.ruleset import Combination, Rule, Rulebook
from patients.signs import Heard, Sense, listen
from patients.wording import is_unread

UNSURE, UNANSWERED, UNCLEAR, UNREAD, UNKNOWN = "unsure_answer", "unanswered", "unclear_words", "unread_words", "unknown_medicine"
MAYBE_PREGNANT = "possible_pregnancy"
TRIMESTERS = frozenset({"pregnancy_first_trimester", "pregnancy_second_trimester", "pregnancy_third_trimester"})
POINTS = "point_selection"
QUOTED = 200  # letters of somebody's words
ADULT = 16  # for a younger patient somebody else may be writing


@dataclass(frozen=True)
class Finding:
    """One rule that spoke: what was said, what it means for each technique, and where the rule comes from."""

    rule: str
    name: str
    tier: Tier
    action: Action
    urgency: Urgency
    said: str
    advice: str
    tell: str
    note: str
    why: str
    source: str
    unsourced: bool
    source_read: bool
    actions: Mapping[str, Act]
    reviews: bool
    sure: bool = True
    combination: bool = False


@dataclass(frozen=True)
class Screening:
    """What the rules made of one set of answers; a practitioner's judgement prevails over all of it."""

    tier: Tier
    findings: tuple[Finding, ...]
    flags: tuple[str, ...]
    combinations: tuple[str, ...]
    regions: tuple[str, ...]
    blocked: frozenset[str]
    review: frozenset[str]
    blocked_regions: tuple[str, ...]
    warned_regions: tuple[str, ...]
    blocked_points: tuple[str, ...]
    warned_points: tuple[str, ...]
    medicines: tuple[Mention, ...]
    unknown: tuple[str, ...]
    heard: tuple[Heard, ...]
    missing: tuple[str, ...]
    version: str
    techniques: tuple[str, ...]

    @property
    def emergency(self) -> bool:
        return self.tier == Tier.EMERGENCY

    @property
    def needs_review(self) -> bool:
        """Whether any rule asks for a clinician, whatever technique is wanted."""
        return any(finding.reviews for finding in self.findings)

    @property
    def highest_action(self) -> str:
        """The strongest action any rule asks for, or `none`; a medicine nobody knows is a remark, and asks for nothing."""
        speaking = {finding.action for finding in self.findings if finding.rule != UNKNOWN}
        actions = [action for action in Action if action in speaking]
        return actions[0].value if actions else "none"

    @cached_property
    def open_to(self) -> tuple[str, ...]:
        """The techniques that could be booked online, some only after a review: what is still safe to offer."""
        return tuple(technique for technique in self.techniques if self.tier_for([technique]).rank > Tier.BLOCK.rank)

    def tier_for(self, techniques: Iterable[str]) -> Tier:
        """The tier if these techniques were wanted."""
        wanted = frozenset(techniques)
        return worst(tier_of(finding, wanted, self.techniques) for finding in self.findings)


def worst(tiers: Iterable[Tier]) -> Tier:
    """The worst of some tiers; clear, when there are none."""
    return min(tiers, key=lambda tier: tier.rank, default=Tier.CLEAR)


def tier_of(finding: Finding, wanted: frozenset[str], every: tuple[str, ...]) -> Tier:
    """What a finding means for the techniques wanted; with none named, the careful reading."""
    if finding.action == Action.EMERGENCY:
        return Tier.EMERGENCY
    acts = {finding.actions.get(technique) for technique in wanted or every}
    if acts == {Act.BLOCK} or (wanted and Act.BLOCK in acts):
        return Tier.BLOCK
    if finding.reviews or (wanted and Act.REVIEW in acts) or (not wanted and finding.action == Action.BLOCK):
        return Tier.REVIEW
    return Tier.CAUTION


def screen(answers: Answers, book: Rulebook, *, today: date, techniques: Iterable[str] = (), country: str = "GB") -> Screening:
    """Screen the answers of a form for the techniques wanted; `AnswersRefused` where they can't be read."""
    return screen_case(read(answers, book, today=today, techniques=techniques), book, today=today, country=country)


def screen_case(case: Case, book: Rulebook, *, today: date, country: str = "GB") -> Screening:
    """Screen what is known of a person, whatever form it was asked on."""
    reader, child = recogniser(book), case.age is not None and case.age < ADULT
    readings = [reader.read(text, today=today, of_child=child) for text in case.medicine_texts]
    loose = [reader.read(text, today=today, of_child=child, strict=True) for text in case.texts]
    mentions = tuple(mention for reading in (*readings, *loose) for mention in reading.mentions)
    unknown = tuple(dict.fromkeys(word for reading in readings for word in reading.unknown))
    texts = zip((*case.texts, *case.medicine_texts), (*loose, *readings), strict=True)
    heard = tuple(_as_treated(each, reading) for text, reading in texts for each in listen(text, book, today=today))
    case = _with_typed(case, mentions, heard)
    raised = _raised(case, book)
    findings = [_finding(book.rules[rule], said, book, country) for rule, said in raised.items()]
    findings += [_combined(each, raised, book, country) for each in book.combinations if _together(each, case, raised)]
    findings += [_finding(book.house_rules[rule], said, book, country) for rule, said in _house(case, unknown, heard, book)]
    return _screening(findings, case, book, medicines=mentions, unknown=unknown, heard=heard)


def _as_treated(heard: Heard, reading: Reading) -> Heard:
    """`apixaban since my DVT`: what a medicine of the same text treats is put to a person."""
    taken = {mention.flag for mention in reading.mentions if mention.taken.counts}
    return replace(heard, sense=Sense.UNCLEAR) if heard.counts and heard.treated_by in taken - {""} else heard


def _with_typed(case: Case, mentions: Iterable[Mention], heard: Iterable[Heard]) -> Case:
    """The case with what was typed in it, beside what was ticked."""
    raised = dict(case.raised)
    against_clots: set[str] = set()
    for mention in mentions:
        if mention.flag and mention.taken.counts:
            said = Said(f"“{mention.typed}”, read as {mention.name}" + ("" if mention.taken == Taken.NOW else " (not clear if taken now)"))
            raised[mention.flag] = (*raised.get(mention.flag, ()), said)
            if mention.drug_class == "antiplatelet":
                against_clots.update(mention.generic.split(" with "))
    for each in heard:
        if each.counts:
            raised[each.rule] = (*raised.get(each.rule, ()), Said(f"“{each.words}”"))
    if set(raised) & TRIMESTERS and not case.raised.get(MAYBE_PREGNANT):
        raised.pop(MAYBE_PREGNANT, None)
    facts = set(case.facts)
    if len(against_clots) > 1:
        facts.add("two_antiplatelets")
    if "severe_or_worsening_symptoms" in raised:
        facts |= {"pain_new_or_worse", "pain_new_or_changed"}
    return replace(case, raised=raised, facts=frozenset(facts))


def _raised(case: Case, book: Rulebook) -> dict[str, tuple[Said, ...]]:
    """Every rule that speaks, in the order of the rule book: those raised by words, and those worked out."""
    raised = {}
    for rule in book.rules.values():
        if rule.id in case.raised:
            raised[rule.id] = case.raised[rule.id]
        elif rule.computed and holds(rule.computed, case, unknown=False):
            raised[rule.id] = (Said(f"Aged {case.age}"),)
    return raised | _of_points(case, book, raised)


def _of_points(case: Case, book: Rulebook, raised: Mapping[str, object]) -> dict[str, tuple[Said, ...]]:
    """The rules about points that speak because such a point is wanted, and whatever flag they wait for is raised."""
    found = {}
    for rule in book.rules.values():
        codes = [code for code in rule.points.codes if code in case.points] if rule.points and POINTS in rule.asked else []
        if codes and (not rule.points.only_with or rule.points.only_with & set(raised)):
            found[rule.id] = (Said(f"Wanted: {', '.join(codes)}"),)
    return found


def _together(each: Combination, case: Case, raised: Mapping[str, object]) -> bool:
    """Whether a combination speaks. A part the patient was not sure of counts."""
    if not all(rule in raised for rule in each.all):
        return False
    beside = any(rule in raised for rule in each.any)
    context = holds(each.when, case, unknown=True)
    if each.either:
        return beside or context
    return context and (beside or not each.any)


def _house(case: Case, unknown: tuple[str, ...], heard: Iterable[Heard], book: Rulebook) -> list[tuple[str, tuple[Said, ...]]]:
    """What the answers themselves give reason to ask."""
    open_questions = [f"“{book.questions[name].legend}”" for name in case.missing]
    unclear = [f"“{each.words}”" for each in heard if each.unclear]
    lists = {
        UNSURE: [f"Not sure: “{legend}”" for legend in case.unsure],
        UNANSWERED: ["Not answered: " + ", ".join(open_questions)] if open_questions else [],
        UNCLEAR: unclear,
        UNREAD: [f"“{text[:QUOTED]}”" for text in (*case.texts, *case.medicine_texts) if is_unread(text)],
        UNKNOWN: [f"“{word}”" for word in unknown],
    }
    for each in heard:
        if each.counts and each.rule in book.house_rules:
            lists.setdefault(each.rule, []).append(f"“{each.words}”")
    return [(rule, tuple(Said(words) for words in said)) for rule, said in lists.items() if said]


def _finding(rule: Rule, said: tuple[Said, ...], book: Rulebook, country: str) -> Finding:
    """The finding of a rule; said without being sure, it asks for a review and closes nothing."""
    sure = any(each.sure for each in said)
    action, actions, reviews = rule.action, dict(rule.techniques), rule.reviews
    if not sure and action in (Action.EMERGENCY, Action.BLOCK):
        action, reviews = Action.REVIEW, True
    if not sure:
        actions = {technique: Act.REVIEW if act == Act.BLOCK else act for technique, act in actions.items()}
    return _built(rule, action, actions, "; ".join(dict.fromkeys(each.words for each in said)), book, country, reviews=reviews, sure=sure)


def _combined(each: Combination, raised: Mapping[str, tuple[Said, ...]], book: Rulebook, country: str) -> Finding:
    parts = [rule for rule in (*each.all, *each.any) if rule in raised]
    sure = all(any(said.sure for said in raised[rule]) for rule in each.all)
    action = Action.REVIEW if not sure and each.action == Action.EMERGENCY else each.action
    said = " and ".join(book.rules[rule].name for rule in parts)
    reviews = each.reviews or action == Action.REVIEW
    return _built(each, action, dict(each.techniques), said, book, country, reviews=reviews, sure=sure, combination=True)


def _built(
    rule: Rule | Combination,
    action: Action,
    actions: Mapping[str, Act],
    said: str,
    book: Rulebook,
    country: str,
    **more: bool,
) -> Finding:
    return Finding(
        rule=rule.id,
        name=rule.name,
        tier=action.tier,
        action=action,
        urgency=rule.urgency,
        said=said,
        advice=book.fill(rule.advice, country),
        tell=book.fill(rule.tell, country),
        note=book.fill(rule.note, country),
        why=book.fill(rule.why, country),
        source="; ".join(rule.source),
        unsourced=rule.unsourced,
        source_read=rule.source_read,
        actions=actions,
        **more,
    )


def _screening(findings: list[Finding], case: Case, book: Rulebook, **typed: tuple) -> Screening:
    """Put the findings together: tiers for the techniques wanted, and what they close."""
    every = book.techniques
    found = [replace(finding, tier=tier_of(finding, case.techniques, every)) for finding in findings]
    found.sort(key=lambda finding: finding.tier.rank)
    flags = tuple(finding.rule for finding in findings if finding.rule in book.rules)
    blocked = _blocked(found, every)
    sure = {finding.rule for finding in found if finding.sure}
    return Screening(
        tier=worst(finding.tier for finding in found),
        findings=tuple(found),
        flags=flags,
        combinations=tuple(finding.rule for finding in findings if finding.combination),
        regions=tuple(region for region in book.regions if region in case.regions),
        blocked=blocked,
        review=_named(found, Act.REVIEW) - blocked,
        blocked_regions=_regions(sure, case, book, "exclude"),
        warned_regions=_regions(flags, case, book, "warn"),
        blocked_points=_points(flags, book, "exclude"),
        warned_points=_points(flags, book, "warn"),
        missing=case.missing,
        version=book.version,
        techniques=every,
        **typed,
    )


def _named(findings: Iterable[Finding], act: Act) -> frozenset[str]:
    return frozenset(technique for finding in findings for technique, each in finding.actions.items() if each == act)


def _blocked(findings: Iterable[Finding], every: tuple[str, ...]) -> frozenset[str]:
    if any(finding.action == Action.EMERGENCY for finding in findings):
        return frozenset(every)
    return _named(findings, Act.BLOCK)


def _regions(flags: Iterable[str], case: Case, book: Rulebook, area: str) -> tuple[str, ...]:
    """The regions the patient named, where a rule speaks of the area treated."""
    if any(book.rules[flag].area == area for flag in flags if flag in book.rules):
        return tuple(region for region in book.regions if region in case.regions)
    return ()


def _points(flags: tuple[str, ...], book: Rulebook, action: str) -> tuple[str, ...]:
    """The points the flags exclude or warn of, with those that wait for such a flag; what anatomy alone forbids is not repeated."""
    codes: dict[str, None] = {}
    for rule in book.rules.values():
        speaks = rule.points and rule.points.action == action and (rule.id in flags or rule.points.only_with & set(flags))
        if speaks:
            codes |= dict.fromkeys(rule.points.codes)
    return tuple(codes)
