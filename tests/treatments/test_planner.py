from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatments.planner import Costs, Limits, Need, Opening, Preferences, Visit, alternatives, plan, swap

LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)  # a Friday
AIKO, BEN = "Aiko", "Ben"


def at(day, clock="10:00", who=AIKO, zone=LONDON, **more):
    """An opening so many days after Fri 20 Nov 2026, by the clock of the clinic."""
    start = datetime.combine(date(2026, 11, 20) + timedelta(days=day), time.fromisoformat(clock), zone).astimezone(UTC)
    return Opening(start, start + timedelta(minutes=45), who, **more)


def weekly(count, **more):
    return [Need(number, 5, 7, 10, **more) for number in range(1, count + 1)]


def make(needs, openings, **more):
    return plan(needs, openings, **{"now": NOW, "zone": LONDON, **more})


def days(made):
    return [(pick.day - date(2026, 11, 20)).days for pick in made.picks]


def test_the_whole_set_is_best_where_one_after_the_other_is_not():
    """Taking the first day at once would cost every later gap."""
    made = make(weekly(3), [at(1), at(4), at(11), at(18)])

    assert days(made) == [4, 11, 18]
    assert made.cost == 3 * Costs().wait_day


def test_a_perfect_plan_costs_nothing_and_says_why():
    made = make(weekly(2), [at(3), at(10)], prefs=Preferences(practitioner=AIKO))

    assert made.cost == 0
    assert [[reason.words for reason in pick.reasons] for pick in made.picks] == [
        ["The first free day.", "With the practitioner asked for."],
        ["7 days after the visit before, as planned.", "With the practitioner asked for."],
    ]


def test_reasons_say_which_practitioner_is_meant_when_nobody_was_asked_for():
    prefs = Preferences(practitioner=AIKO, wanted_as="of this course", prescriber=AIKO, prescribes_as="of the first visit")
    made = make([Need(1, 0, 0, 0), Need(2, 5, 7, 10, review=True)], [at(3), at(10, who=BEN)], prefs=prefs)

    first, review = ([reason.words for reason in pick.reasons] for pick in made.picks)
    assert first == ["The first free day.", "With the practitioner of this course."]
    assert review == [
        "7 days after the visit before, as planned.",
        "With another practitioner than the visit before.",
        "With another practitioner than the one of this course.",
        "A review without the practitioner of the first visit.",
    ]


def test_a_change_says_in_words_what_it_costs_this_visit_and_the_next():
    made = make(weekly(3), [at(0, "16:00"), at(7), at(14), at(8), at(10), at(7, "14:00")])
    assert days(made) == [0, 7, 14]

    said = {(other.day - date(2026, 11, 20)).days: other.words for other in alternatives(made, 2)}
    assert said == {
        7: "Fits the plan just as well.",
        8: "8 days after the visit before, planned 7. The next visit would come 6 days after it, planned 7.",
    }
    assert [other.extra for other in alternatives(made, 2)] == [0, 2 * Costs().gap_day]


def test_two_days_stay_clear_between_needling_visits():
    needs = [Need(1, 0, 0, 0), Need(2, 1, 1, 7)]

    assert days(make(needs, [at(1), at(2), at(3), at(4)])) == [1, 4]


def test_the_same_time_at_two_prices_is_had_at_the_lower():
    for costs in ((3, 0), (0, 3)):
        made = make([Need(1, 0, 0, 0)], [at(4, cost=cost) for cost in costs])
        assert made.cost == 0


def test_physiotherapy_may_come_sooner_but_the_needles_keep_their_distance():
    needs = [Need(1, 0, 0, 0), Need(2, 1, 1, 7, needling=False), Need(3, 1, 1, 7)]

    assert days(make(needs, [at(1), at(2), at(3), at(4), at(5)])) == [1, 2, 4]


def test_needling_elsewhere_is_kept_clear_too():
    made = make([Need(1, 0, 0, 0)], [at(1), at(2), at(5)], needled=[date(2026, 11, 22)])

    assert days(made) == [5]


def test_a_review_waits_for_the_prescriber():
    needs = [Need(1, 0, 0, 0), Need(2, 5, 7, 10, review=True)]
    openings = [at(1), at(8, who=BEN), at(10)]

    assert [pick.opening.practitioner for pick in make(needs, openings, prefs=Preferences(prescriber=AIKO)).picks] == [AIKO, AIKO]
    assert [pick.opening.practitioner for pick in make(needs, openings, costs=Costs(practitioner_change=0)).picks] == [AIKO, BEN]


def test_the_same_practitioner_is_worth_some_days_but_not_any():
    assert days(make(weekly(2), [at(1), at(8, who=BEN), at(9)])) == [1, 9]
    assert days(make(weekly(2), [at(1), at(8, who=BEN), at(15)])) == [1, 8]


@pytest.mark.parametrize(
    ("prefs", "day"),
    [
        (Preferences(weekdays=frozenset({3})), 6),
        (Preferences(earliest=time(14)), 5),
        (Preferences(latest=time(9)), 4),
        (Preferences(black_outs=((date(2026, 11, 21), date(2026, 11, 24)),)), 5),
        (Preferences(practitioner=BEN), 7),
    ],
)
def test_the_patients_wishes_are_followed(prefs, day):
    costs = Costs(wait_day=1)
    openings = [at(3), at(4, "08:30"), at(5, "15:00"), at(6), at(7, who=BEN)]

    assert days(make([Need(1, 0, 0, 0)], openings, prefs=prefs, costs=costs)) == [day]


def test_strict_wishes_leave_a_session_without_a_date():
    made = make(weekly(1), [at(3)], prefs=Preferences(weekdays=frozenset({1}), strict=True))

    assert (made.picks, [miss.words for miss in made.misses]) == ((), ["Session 1: no free time fits."])


def test_what_does_not_fit_is_named_and_the_rest_is_planned():
    made = make(weekly(3), [at(1), at(8)])

    assert days(made) == [1, 8]
    assert [(miss.number, miss.words) for miss in made.misses] == [(3, "Session 3: no free time fits.")]


def test_a_missing_kind_in_the_middle_does_not_stop_the_rest():
    needs = [Need(1, 0, 0, 0), Need(2, 5, 7, 10, kind="review"), Need(3, 5, 7, 10)]
    made = make(needs, [at(1), at(8), at(15)])

    assert (days(made), [miss.number for miss in made.misses]) == ([1, 8], [2])


def test_a_long_absence_is_planned_around_and_says_what_it_costs():
    made = make(weekly(2), [at(1), at(8), at(22)], prefs=Preferences(black_outs=((date(2026, 11, 25), date(2026, 12, 9)),)))

    assert days(made) == [1, 22]
    assert [reason.words for reason in made.picks[1].reasons if reason.cost] == ["21 days after the visit before, planned 7."]


@pytest.mark.parametrize(
    ("limits", "planned", "missed"),
    [
        (Limits(units=2, hard=True), [1, 8], ["Session 3: the insurer has approved 2 more."]),
        (Limits(last_day=date(2026, 11, 28), hard=True), [1, 8], ["Session 3: no free time fits before cover ends on Sat 28 Nov 2026."]),
        (Limits(last_day=date(2026, 12, 5), hard=True), [1, 8, 15], []),
        (Limits(units=2), [1, 8, 15], []),
    ],
)
def test_what_the_insurer_covers_stops_or_warns(limits, planned, missed):
    made = make(weekly(3), [at(1), at(8), at(15)], limits=limits)

    assert (days(made), [miss.words for miss in made.misses]) == (planned, missed)


def test_sessions_beyond_the_cover_say_so():
    made = make(weekly(3), [at(1), at(8), at(15)], limits=Limits(units=2, last_day=date(2026, 11, 29)))

    assert [reason.code for reason in made.picks[2].reasons if reason.cost] == ["after_cover", "uncovered"]


def test_the_last_day_of_cover_is_judged_where_the_clinic_is():
    late = at(8, "08:00", zone=TOKYO)  # still the day before in UTC

    made = make([Need(1, 0, 0, 0)], [late], zone=TOKYO, limits=Limits(last_day=date(2026, 11, 27), hard=True))

    assert made.picks == ()


def test_a_gap_counts_days_of_the_wall_across_a_clock_change():
    made = plan(weekly(2), [at(-30, "00:30"), at(-23, "00:30")], now=datetime(2026, 10, 1, tzinfo=UTC), zone=LONDON)

    assert [pick.gap for pick in made.picks] == [None, 7]


def test_past_times_are_not_offered():
    assert make(weekly(1), [at(0, "14:59")]).picks == ()
    assert days(make(weekly(1), [at(0, "15:00")])) == [0]


def test_what_stands_before_the_plan_sets_the_first_gap():
    made = make([Need(5, 5, 7, 10)], [at(1), at(4), at(6)], after=Visit(date(2026, 11, 17), AIKO))

    assert days(made) == [4]
    assert made.picks[0].gap == 7


def test_planning_again_moves_only_what_must_move():
    first = make(weekly(3), [at(3), at(10), at(17)])
    kept = [Need(need.number, 5, 7, 10, keep=first.pick(need.number).opening) for need in weekly(3)]
    free = [at(3, "09:00"), at(10, "09:00"), at(12), at(17, "09:00"), at(24)]

    assert [pick.opening for pick in make(kept, free).picks] == [at(3), at(10), at(17)]
    lost = [kept[0], Need(2, 5, 7, 10), kept[2]]
    assert days(make(lost, [opening for opening in free if opening != at(10, "09:00")])) == [3, 12, 17]


def test_alternatives_leave_the_others_where_they_are():
    made = make(weekly(3), [at(1), at(8), at(8, "11:00"), at(9), at(10, who=BEN), at(14), at(15)])

    assert days(made) == [1, 8, 15]
    found = alternatives(made, 2)
    assert [(other.opening, other.extra) for other in found] == [(at(8, "11:00"), 0), (at(9), 8), (at(10, who=BEN), 56)]
    assert all(swap(made, 2, other.opening).cost == made.cost + other.extra for other in found)


def test_a_missed_session_is_offered_what_is_left():
    made = make([Need(1, 0, 0, 0), Need(2, 5, 7, 10, kind="review"), Need(3, 5, 7, 10)], [at(1), at(8)])

    assert alternatives(made, 2) == ()


def test_a_swap_keeps_the_hard_rules():
    made = make(weekly(3), [at(1), at(8), at(15)])

    assert days(swap(made, 2, at(9))) == [1, 9, 15]
    with pytest.raises(ValueError, match="Session 2 would be less than 5 days after the visit before"):
        swap(made, 2, at(3))
    with pytest.raises(ValueError, match="Session 3 would be less than 5 days after session 2"):
        swap(made, 2, at(12))


def test_gaps_out_of_order_are_refused():
    with pytest.raises(ValueError, match="session 2: its gaps are out of order"):
        Need(2, 7, 5, 10)


def test_nothing_to_choose_from_is_an_empty_plan():
    made = make(weekly(2), [])

    assert (made.picks, [miss.number for miss in made.misses], made.complete) == ((), [1, 2], False)


COSTS = Costs()
OPENINGS = st.lists(
    st.builds(
        at,
        day=st.integers(1, 24),
        clock=st.sampled_from(["08:30", "10:00", "15:00"]),
        who=st.sampled_from([AIKO, BEN]),
        kind=st.sampled_from([None, None, None, "other"]),
        cost=st.sampled_from([0, 0, 3]),
    ),
    max_size=8,
    unique=True,
)
GAPS = st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 2), st.integers(0, 4))


@st.composite
def needs_of_a_course(draw):
    needs = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        least, to_ideal, wide, to_most = draw(GAPS)
        needs.append(
            Need(
                number,
                least,
                least + to_ideal,
                least + to_ideal + wide + to_most,
                least + to_ideal + wide,
                review=draw(st.booleans()),
                needling=draw(st.sampled_from([True, True, False])),
                kind=draw(st.sampled_from([None, None, None, "other"])),
            )
        )
    return needs


PREFS = st.builds(
    Preferences,
    practitioner=st.sampled_from([None, AIKO, BEN]),
    prescriber=st.sampled_from([None, AIKO]),
    weekdays=st.sampled_from([frozenset(), frozenset({1, 3})]),
    earliest=st.sampled_from([None, time(9)]),
    latest=st.sampled_from([None, time(12)]),
    black_outs=st.sampled_from([(), ((date(2026, 11, 25), date(2026, 11, 30)),)]),
    same_weekday=st.booleans(),
    strict=st.booleans(),
)
LIMITS = st.builds(
    Limits,
    last_day=st.sampled_from([None, date(2026, 12, 5)]),
    units=st.sampled_from([None, 0, 1, 2]),
    hard=st.booleans(),
)
AFTER = st.sampled_from([None, Visit(date(2026, 11, 19), AIKO), Visit(date(2026, 11, 19), BEN, needling=False)])


def brute_force(needs, openings, prefs, limits, after):
    """The fewest misses and then the least cost, by trying everything."""
    options = [[None, *(opening for opening in openings if opening.kind == need.kind)] for need in needs]
    costs = (cost_of(needs, chosen, openings, prefs, limits, after) for chosen in product(*options))
    return min((cost for cost in costs if cost is not None), default=None)


def cost_of(needs, chosen, openings, prefs, limits, after):
    usable = [opening for opening in openings if allowed(opening, prefs, limits)]
    placed = [(at, need, opening) for at, (need, opening) in enumerate(zip(needs, chosen, strict=True)) if opening]
    if any(opening not in usable for _, _, opening in placed):
        return None
    if limits.hard and limits.units is not None and any(at >= limits.units for at, _, _ in placed):
        return None
    visits = ([(after.day, after.practitioner, after.needling)] if after else []) + [
        (opening.start.astimezone(LONDON).date(), opening.practitioner, need.needling) for _, need, opening in placed
    ]
    needled = [day for day, _, needling in visits if needling]
    if any((later - earlier).days < 3 for earlier, later in pairwise(needled)):
        return None
    total = 0
    first = min((opening.start.astimezone(LONDON).date() for opening in usable), default=None)
    for position, (place, need, opening) in enumerate(placed):
        local = opening.start.astimezone(LONDON)
        total += opening.cost
        previous = position + bool(after) - 1
        if previous >= 0:
            gap = (local.date() - visits[previous][0]).days
            if gap < max(1, need.min_gap):
                return None
            total += 4 * max(0, need.ideal_gap - gap) + 4 * max(0, min(gap, need.max_gap) - need.ideal_last)
            total += 20 * max(0, gap - need.max_gap) + 20 * (visits[previous][1] != opening.practitioner)
            total += 6 * bool(prefs.same_weekday and need.ideal_gap >= 7 and gap % 7)
        else:
            total += 2 * (local.date() - first).days
        total += 30 * (prefs.practitioner not in (None, opening.practitioner)) + 15 * (not on_weekday(local, prefs))
        off = minutes_off(local, prefs)
        total += (10 + 3 * (off // 30)) if off else 0
        kept = need.keep is None or (need.keep.start, need.keep.practitioner) == (opening.start, opening.practitioner)
        total += 0 if kept else 100
        total += 150 * (need.review and prefs.prescriber not in (None, opening.practitioner))
        total += 60 * bool(limits.last_day and local.date() > limits.last_day) + 60 * bool(
            limits.units is not None and place >= limits.units
        )
    return len(needs) - len(placed), total


def allowed(opening, prefs, limits):
    local = opening.start.astimezone(LONDON)
    if any(first <= local.date() <= last for first, last in prefs.black_outs):
        return False
    if limits.hard and limits.last_day and local.date() > limits.last_day:
        return False
    return not prefs.strict or (on_weekday(local, prefs) and not minutes_off(local, prefs))


def on_weekday(local, prefs):
    return not prefs.weekdays or local.weekday() in prefs.weekdays


def minutes_off(local, prefs):
    minute = local.hour * 60 + local.minute
    early = prefs.earliest.hour * 60 - minute if prefs.earliest else 0
    late = minute - prefs.latest.hour * 60 if prefs.latest else 0
    return max(early, late, 0)


@settings(max_examples=500, deadline=None)
@given(needs=needs_of_a_course(), openings=OPENINGS, prefs=PREFS, limits=LIMITS, after=AFTER, data=st.data())
def test_no_plan_is_better_than_the_one_found(needs, openings, prefs, limits, after, data):
    same_kind = {need.number: [None, *(opening for opening in openings if opening.kind == need.kind)] for need in needs}
    needs = [replace(need, keep=data.draw(st.sampled_from(same_kind[need.number]))) for need in needs]
    made = make(needs, openings, prefs=prefs, limits=limits, after=after)

    assert (len(made.misses), made.cost) == brute_force(needs, openings, prefs, limits, after)
    assert cost_of(
        needs, [made.pick(need.number) and made.pick(need.number).opening for need in needs], openings, prefs, limits, after
    ) == (
        len(made.misses),
        made.cost,
    )


@settings(max_examples=200, deadline=None)
@given(needs=needs_of_a_course(), openings=OPENINGS, prefs=PREFS, limits=LIMITS, after=AFTER, data=st.data())
def test_every_alternative_costs_what_it_says(needs, openings, prefs, limits, after, data):
    made = make(needs, openings, prefs=prefs, limits=limits, after=after)
    number = data.draw(st.sampled_from([need.number for need in needs]))

    for other in alternatives(made, number):
        changed = swap(made, number, other.opening)

        assert changed.cost == made.cost + other.extra
        assert changed.pick(number).reasons == other.reasons
        assert [pick.opening for pick in changed.picks if pick.number != number] == [
            pick.opening for pick in made.picks if pick.number != number
        ]
