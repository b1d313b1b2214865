from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from insurers.ledger import Claim, Grant, Rank, allocate

DEC_31, JAN_1, JAN_31 = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 31)
DAYS = st.integers(0, 30).map(lambda days: date(2026, 12, 15) + timedelta(days=days))


def claims(*days, rank=Rank.WAITING):
    return [Claim(id=number, on=day, rank=rank) for number, day in enumerate(days, 1)]


def test_the_last_day_is_included_and_the_next_is_not():
    until_december = Grant(id=7, units=2, last_day=DEC_31)

    assert allocate([until_december], claims(DEC_31, JAN_1)) == {1: 7}


def test_units_come_from_the_approval_that_ends_first():
    later, sooner = Grant(id=1, units=3, last_day=JAN_31), Grant(id=2, units=1, last_day=DEC_31)

    assert allocate([later, sooner], claims(DEC_31, DEC_31, JAN_1)) == {1: 2, 2: 1, 3: 1}


def test_a_promised_unit_is_not_taken_by_an_earlier_visit_that_comes_later():
    promised, earlier = Claim(id=1, on=JAN_31, rank=Rank.PROMISED), Claim(id=2, on=JAN_1)

    assert allocate([Grant(id=7, units=1)], [earlier, promised]) == {1: 7}


def test_a_moved_visit_keeps_its_unit_before_those_who_wait_but_takes_nobody_elses():
    grants = [Grant(id=1, units=1, last_day=DEC_31), Grant(id=2, units=1, first_day=JAN_1)]
    promised = Claim(id=1, on=DEC_31 - timedelta(days=5), rank=Rank.PROMISED)
    moved = Claim(id=2, on=DEC_31 - timedelta(days=9), rank=Rank.MOVED)
    waiting = Claim(id=3, on=DEC_31 - timedelta(days=20))

    assert allocate(grants, [waiting, moved, promised]) == {1: 1}
    assert allocate(grants[:1], [waiting, moved]) == {2: 1}


def test_promises_change_approval_where_that_makes_room_for_one_more():
    wide, narrow = Grant(id=1, units=1, last_day=JAN_31), Grant(id=2, units=1, last_day=DEC_31)
    promised, waiting = Claim(id=1, on=DEC_31, rank=Rank.PROMISED), Claim(id=2, on=JAN_1)

    assert allocate([wide, narrow], [promised, waiting]) == {1: 2, 2: 1}


def test_an_approval_for_one_course_covers_no_other_and_leaves_the_open_one_to_who_has_no_choice():
    knee, any_course = Grant(id=1, units=1, last_day=JAN_31, courses=frozenset([2])), Grant(id=2, units=1, last_day=DEC_31)
    back, of_knee = Claim(id=1, on=DEC_31, course=1), Claim(id=2, on=DEC_31, course=2)

    assert allocate([knee, any_course], [of_knee, back]) == {1: 2, 2: 1}
    assert allocate([knee], [back]) == {}


COURSES = st.sampled_from([None, frozenset([1]), frozenset([2])])
grants_made = st.lists(st.tuples(st.integers(0, 3), DAYS, st.integers(0, 20), COURSES), max_size=4).map(
    lambda rows: [
        Grant(id=n, units=u, first_day=d, last_day=d + timedelta(days=long), courses=courses)
        for n, (u, d, long, courses) in enumerate(rows)
    ]
)
claims_made = st.lists(st.tuples(DAYS, st.integers(1, 2), st.sampled_from(Rank)), max_size=8).map(
    lambda rows: [Claim(id=n, on=day, course=course, rank=rank) for n, (day, course, rank) in enumerate(rows)]
)


@given(grants_made, claims_made)
def test_no_unit_is_given_twice_or_on_a_day_it_does_not_hold(grants, wanted):
    given_out = allocate(grants, wanted)
    by_id = {grant.id: grant for grant in grants}

    assert all(list(given_out.values()).count(grant.id) <= grant.units for grant in grants)
    assert all(by_id[given_out[claim.id]].holds(claim) for claim in wanted if claim.id in given_out)


@given(grants_made, claims_made)
def test_as_many_visits_are_covered_as_can_be(grants, wanted):
    assert len(allocate(grants, wanted)) == most(grants, wanted)


def most(grants, wanted):
    """The largest number of visits that can be covered, found by trying paths: another way than the ledger's."""
    taken: dict[tuple[int, int], Claim] = {}

    def place(claim, seen):
        for unit in ((grant.id, n) for grant in grants if grant.holds(claim) for n in range(grant.units)):
            if unit not in seen:
                seen.add(unit)
                if unit not in taken or place(taken[unit], seen):
                    taken[unit] = claim
                    return True
        return False

    return sum(place(claim, set()) for claim in wanted)


@given(grants_made, claims_made)
def test_whoever_was_promised_a_unit_never_loses_it_to_somebody_who_waits(grants, wanted):
    promised = [claim for claim in wanted if claim.rank == Rank.PROMISED]

    assert sum(claim.id in allocate(grants, wanted) for claim in promised) == most(grants, promised)


@given(grants_made, claims_made)
def test_a_free_unit_that_ends_earlier_is_always_the_one_taken(grants, wanted):
    given_out = allocate(grants, wanted)
    by_id = {grant.id: grant for grant in grants}
    left = {grant.id: grant.units - list(given_out.values()).count(grant.id) for grant in grants}

    for claim in wanted:
        if claim.id in given_out:
            mine = by_id[given_out[claim.id]]
            assert not [other for other in grants if left[other.id] and other.holds(claim) and other.deadline < mine.deadline]
