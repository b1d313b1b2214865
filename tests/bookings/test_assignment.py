from itertools import product
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bookings.assignment import NOWHERE, Place, assign, disturbance

PLACES = some.builds(Place, cost=some.integers(0, 60), cells=some.frozensets(some.integers(0, 5), max_size=3))


def cheapest(visits):
    """What the best choice costs, by trying all of them."""
    found = []
    for picks in product(*[[None, *range(len(places))] for places in visits]):
        taken = [visits[number][pick] for number, pick in enumerate(picks) if pick is not None]
        if sum(len(place.cells) for place in taken) == len(frozenset().union(*(place.cells for place in taken))):
            found.append(sum(place.cost for place in taken) + NOWHERE * (len(picks) - len(taken)))
    return min(found)


def used_once(visits, choice):
    taken = [visits[number][pick].cells for number, pick in enumerate(choice.picks) if pick is not None]
    return sum(map(len, taken)) == len(frozenset().union(*taken))


@settings(max_examples=300, deadline=None)
@given(some.lists(some.lists(PLACES, max_size=4), max_size=5))
def test_nothing_is_cheaper_and_no_cell_is_used_twice(visits):
    choice = assign(visits)

    picked = sum(visits[number][pick].cost if pick is not None else NOWHERE for number, pick in enumerate(choice.picks))
    assert (choice.cost, picked, choice.proved, used_once(visits, choice)) == (cheapest(visits), choice.cost, True, True)


def test_who_has_only_one_way_gets_it():
    only = [Place(cost=30, cells=frozenset({"ten"}))]
    either = [Place(cost=10, cells=frozenset({"ten"})), Place(cost=35, cells=frozenset({"eleven"}))]

    assert assign([either, only]).picks == (1, 0)


def test_nobody_waits_is_no_work():
    assert assign([]).picks == ()


@pytest.mark.parametrize(("visits", "chairs"), ((30, 40), (30, 12)), ids=("room for all", "too few places"))
def test_a_sick_fortnight_is_arranged_while_somebody_waits(visits, chairs):
    """Thirty visits, some forty places each, half an hour of two people's time and a room: at once, and proved best."""
    random = Random(7)
    each = []
    for _ in range(visits):
        places = []
        for _ in range(40):
            start, person = random.randrange(chairs * 2), random.randrange(2)
            cells = {(person, tick) for tick in range(start, start + 3)} | {("room", person, tick) for tick in range(start, start + 4)}
            places.append(Place(cost=random.randrange(5, 120), cells=frozenset(cells)))
        each.append(places)

    begun = perf_counter()
    choice = assign(each)

    assert (used_once(each, choice), perf_counter() - begun < 5) == (True, True)


def test_the_order_of_what_disturbs_least():
    """Same person near the time, a colleague then, a colleague near it, the same person another day, a colleague another day."""
    costs = [
        disturbance(minutes=0, days=0, colleague=False, hasty=False),
        disturbance(minutes=30, days=0, colleague=False, hasty=False),
        disturbance(minutes=-120, days=0, colleague=False, hasty=False),
        disturbance(minutes=0, days=0, colleague=True, hasty=False),
        disturbance(minutes=45, days=0, colleague=True, hasty=False),
        disturbance(minutes=0, days=1, colleague=False, hasty=False),
        disturbance(minutes=0, days=4, colleague=False, hasty=False),
        disturbance(minutes=0, days=4, colleague=True, hasty=False),
        disturbance(minutes=600, days=90, colleague=True, hasty=True),
        NOWHERE,
    ]
    assert costs == sorted(set(costs))
