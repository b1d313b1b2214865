from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.availability import (
    Diary,
    Obstacle,
    Opening,
    Order,
    Reason,
    Search,
    Shape,
    Snugness,
    Visit,
    at_cap,
    days_with_openings,
    first_opening,
    fits,
    nearest_openings,
    obstacles,
    occupied,
    one_per_start,
    openings,
)
from intervals import Grid, Interval, comb, local_day, local_days, local_label, start_mask, tick_ceil, tick_floor, ticks, working_mask

DAY = date(2026, 11, 20)
GRID = Grid.over(Interval(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)))
P1, P2, ROOM, ROOM2, MACHINE, PATIENT = 1, 2, 10, 11, 20, 30
ANY_TICK = GRID.everything
NEEDLES = Shape(hands_in=10, rest=25, hands_out=5)
ULTRASOUND = Shape(prepare=5, hands_in=30, cleaning=10)


def at(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock), UTC)


def stretch(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


def diary(timeline: int, *busy: Interval, works: tuple[str, str] = ("09:00", "17:00")) -> Diary:
    return Diary(timeline, GRID.offered([stretch(*works)]), GRID.taken(busy))


def every(minutes: int) -> int:
    return comb(24 * 60 // minutes, minutes // 5)


def clocks(found: list[Opening]) -> list[str]:
    return [f"{opening.start:%H:%M}" for opening in found]


def search(shape: Shape, **changes) -> Search:
    return replace(Search(shape, GRID, every(5), [diary(P1)], [diary(ROOM)]), **changes)


def book(visit: Visit, *diaries: Diary) -> list[Diary]:
    """The diaries with the visit written into them."""
    taken = visit.occupied()
    return [replace(each, busy=each.busy | GRID.taken(part for timeline, part in taken if timeline == each.timeline)) for each in diaries]


def test_the_parts_of_a_visit_take_each_timeline_for_as_long_as_it_is_needed():
    shape = Shape(prepare=5, hands_in=10, rest=25, hands_out=5, cleaning=10)

    assert occupied(shape, at("09:00"), P1, ROOM, MACHINE, PATIENT) == [
        (P1, stretch("09:05", "09:15")),
        (P1, stretch("09:40", "09:45")),
        (ROOM, stretch("09:00", "09:55")),
        (MACHINE, stretch("09:05", "09:45")),
        (PATIENT, stretch("09:00", "09:45")),
    ]


def test_hands_on_parts_without_a_rest_between_are_one():
    assert occupied(Shape(hands_in=20, hands_out=10), at("09:00"), P1, ROOM) == [
        (P1, stretch("09:00", "09:30")),
        (ROOM, stretch("09:00", "09:30")),
    ]


def test_a_practitioner_who_is_the_patient_does_not_clash_with_themselves():
    assert occupied(NEEDLES, at("09:00"), P1, ROOM, patient=P1) == [(P1, stretch("09:00", "09:40")), (ROOM, stretch("09:00", "09:40"))]


def test_a_visit_knows_its_time_its_rest_and_its_timelines_in_the_order_of_locks():
    visit = Visit(NEEDLES, at("11:00"), practitioner=P2, room=ROOM, patient=P1)

    assert visit.during == stretch("11:00", "11:40")
    assert visit.resting == stretch("11:10", "11:35")
    assert visit.timelines == [P1, P2, ROOM]
    assert Visit(ULTRASOUND, at("11:00"), P1, ROOM).resting is None


@pytest.mark.parametrize("phases", ({"hands_in": 0}, {"hands_in": 10, "rest": -5}, {"hands_in": 0, "cleaning": 10}))
def test_a_shape_takes_time(phases):
    with pytest.raises(ValueError, match="takes time"):
        Shape(**phases)


def test_a_visit_over_a_clock_change_takes_elapsed_minutes():
    berlin = ZoneInfo("Europe/Berlin")
    visit = Visit(NEEDLES, datetime(2026, 10, 25, 2, 50, tzinfo=berlin), P1, ROOM)

    assert visit.during.duration == timedelta(minutes=40)
    assert visit.during.start == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)


# --- The scarce room, the machine and the phases


def test_the_loser_of_the_room_is_offered_the_time_when_it_is_clean():
    people, room, machine = [diary(P1), diary(P2)], diary(ROOM), diary(MACHINE)
    wanted = search(ULTRASOUND, practitioners=people, rooms=[room], machines=[machine])
    first = first_opening(wanted)
    assert first == Opening(tick_floor(at("09:00")), Snugness.TOUCHES, P1, ROOM, MACHINE)

    p1, p2, room, machine = book(Visit(ULTRASOUND, at("09:00"), P1, ROOM, MACHINE), *people, room, machine)
    wanted = search(ULTRASOUND, practitioners=[p1, p2], rooms=[room], machines=[machine])
    assert clocks(openings(wanted))[0] == "09:45"
    assert obstacles(Visit(ULTRASOUND, at("09:00"), P2, ROOM, MACHINE), [p1, p2, room, machine], GRID) == [
        Obstacle(ROOM, Reason.BUSY, stretch("09:00", "09:45")),
        Obstacle(MACHINE, Reason.BUSY, stretch("09:05", "09:35")),
    ]


def test_a_practitioner_can_treat_another_while_the_first_rests():
    p1, room, room2 = book(Visit(NEEDLES, at("11:00"), P1, ROOM), diary(P1), diary(ROOM), diary(ROOM2))
    during_the_rest = GRID.offered([stretch("11:00", "11:40")])

    def offered(shape: Shape, *rooms: Diary) -> list[str]:
        return clocks(openings(search(shape, practitioners=[p1], rooms=rooms, starts=during_the_rest)))

    assert offered(Shape(25), room, room2) == ["11:10"]
    assert [opening.room for opening in openings(search(Shape(25), practitioners=[p1], rooms=[room, room2], starts=during_the_rest))] == [
        ROOM2
    ]
    assert offered(Shape(30), room, room2) == []
    assert offered(Shape(25), room) == []
    assert clocks(openings(search(Shape(25), practitioners=[p1], rooms=[room], starts=GRID.since(at("11:00")))))[0] == "11:40"


def test_two_needle_visits_fit_into_each_others_rests():
    p1, room, room2 = book(Visit(NEEDLES, at("11:00"), P1, ROOM), diary(P1), diary(ROOM), diary(ROOM2))
    found = openings(search(NEEDLES, practitioners=[p1], rooms=[room, room2], starts=GRID.offered([stretch("10:30", "11:40")])))

    assert clocks(found) == ["10:35", "10:40", "10:45", "10:50", "11:10", "11:15", "11:20", "11:25"]


def test_maintenance_of_the_only_room_refuses_what_would_run_into_it():
    room = diary(ROOM, stretch("13:00", "14:00"))
    visit = Visit(ULTRASOUND, at("12:30"), P1, ROOM, MACHINE)

    assert not fits(visit, [diary(P1), room, diary(MACHINE)], GRID)
    assert fits(replace(visit, start=at("12:15")), [diary(P1), room, diary(MACHINE)], GRID)


def test_the_cleaning_may_not_run_into_the_next_visit_but_the_practitioner_may_go():
    shape = Shape(hands_in=30, cleaning=10)
    tight = search(shape, practitioners=[diary(P1, works=("09:00", "10:00"))], rooms=[diary(ROOM, stretch("10:00", "11:00"))])
    assert clocks(openings(tight))[-1] == "09:20"

    roomy = search(shape, practitioners=[diary(P1, works=("09:00", "10:00"))])
    assert clocks(openings(roomy))[-1] == "09:30"


def test_a_machine_from_a_pool_and_a_busy_patient_count():
    machines = [diary(20, stretch("09:00", "12:00")), diary(21, stretch("09:00", "10:00"))]
    patient = Diary(PATIENT, ANY_TICK, GRID.taken([stretch("10:00", "10:30")]))
    found = openings(search(Shape(30), machines=machines, patient=patient, starts=every(15)))

    assert clocks(found)[0] == "10:30"
    assert found[0].machine == 21


def test_nothing_is_offered_without_a_room_a_machine_or_hours():
    assert openings(search(NEEDLES, rooms=[])) == []
    assert openings(search(NEEDLES, machines=[])) == []
    assert openings(search(NEEDLES, practitioners=[])) == []
    assert first_opening(search(NEEDLES, practitioners=[Diary(P1, working=0)])) is None


def test_nobody_rests_while_the_practitioner_is_away():
    hours = GRID.offered([stretch("09:00", "11:10"), stretch("11:35", "12:00")])
    visit = Visit(NEEDLES, at("11:00"), P1, ROOM)

    assert clocks(openings(search(NEEDLES, practitioners=[Diary(P1, hours)])))[-1] == "10:30"
    assert obstacles(visit, [Diary(P1, hours), diary(ROOM)], GRID) == [Obstacle(P1, Reason.NOT_WORKING, stretch("11:10", "11:35"))]


def test_a_cap_on_patients_at_rest_counts_each_moment():
    rests = [(tick_floor(at(start)), tick_ceil(at(end))) for start, end in (("10:00", "10:30"), ("10:20", "10:50"))]
    short = Shape(hands_in=5, rest=10, hands_out=5)

    def starts(cap: int | None) -> list[str]:
        p1 = replace(diary(P1), crowded=at_cap(rests, cap, GRID))
        return clocks(openings(search(short, practitioners=[p1], starts=GRID.offered([stretch("09:40", "11:00")]))))

    assert starts(None) == starts(3)
    assert starts(2) == [clock for clock in starts(None) if clock not in ("10:10", "10:15", "10:20")]
    assert starts(1) == ["09:40", "09:45", "10:45", "10:50", "10:55"]
    assert starts(0) == []


def test_a_full_practitioner_is_named_as_the_obstacle():
    p1 = replace(diary(P1), crowded=GRID.taken([stretch("11:15", "11:20")]))
    visit = Visit(NEEDLES, at("11:00"), P1, ROOM)
    assert obstacles(visit, [p1, diary(ROOM)], GRID) == [Obstacle(P1, Reason.TOO_MANY_AT_REST, stretch("11:10", "11:35"))]


def test_a_timeline_that_was_not_offered_is_an_obstacle_and_so_is_the_end_of_the_grid():
    assert obstacles(Visit(Shape(30), at("09:00"), P1, 99), [diary(P1)], GRID) == [
        Obstacle(99, Reason.NOT_OFFERED, stretch("09:00", "09:30"))
    ]
    always = [Diary(P1, ANY_TICK), Diary(ROOM, ANY_TICK)]
    assert [each.reason for each in obstacles(Visit(Shape(30), at("23:45"), P1, ROOM), always, GRID)] == [Reason.NOT_WORKING] * 2


def test_a_visit_off_the_grid_takes_every_tick_it_touches():
    p1, room = book(Visit(Shape(30), at("10:02"), P1, ROOM), diary(P1), diary(ROOM))

    found = clocks(openings(search(Shape(30), practitioners=[p1], rooms=[room])))
    assert [clock for clock in found if "09:25" <= clock <= "10:40"] == ["09:25", "09:30", "10:35", "10:40"]
    assert fits(Visit(Shape(30), at("10:36"), P1, ROOM), [p1, room], GRID)
    assert not fits(Visit(Shape(30), at("10:31"), P1, ROOM), [p1, room], GRID)
    assert not fits(Visit(Shape(31), at("16:30"), P1, ROOM), [p1, room], GRID)


# --- Order


def test_what_touches_a_visit_comes_before_what_leaves_a_gap():
    p1 = diary(P1, stretch("10:00", "11:00"), works=("09:00", "12:10"))
    wanted = search(Shape(30), practitioners=[p1], starts=every(10), least_useful_minutes=30)

    assert [(f"{each.start:%H:%M}", each.snugness) for each in openings(wanted)] == [
        ("09:00", Snugness.TOUCHES),
        ("09:10", Snugness.LEAVES_GAP),
        ("09:20", Snugness.LEAVES_GAP),
        ("09:30", Snugness.TOUCHES),
        ("11:00", Snugness.TOUCHES),
        ("11:10", Snugness.LEAVES_GAP),
        ("11:20", Snugness.LEAVES_GAP),
        ("11:30", Snugness.LEAVES_GAP),
        ("11:40", Snugness.TOUCHES),
    ]
    assert clocks(openings(wanted, order=Order.PACKED)) == [
        "09:00",
        "09:30",
        "11:00",
        "11:40",
        "09:10",
        "09:20",
        "11:10",
        "11:20",
        "11:30",
    ]


def test_what_comes_as_close_as_the_step_lets_it_touches():
    p1 = diary(P1, stretch("10:00", "10:45"), works=("09:00", "12:10"))
    wanted = search(Shape(30), practitioners=[p1], starts=every(10), step_minutes=10)

    snug = {f"{each.start:%H:%M}": each.snugness for each in openings(wanted)}
    assert [clock for clock, snugness in snug.items() if snugness == Snugness.TOUCHES] == ["09:00", "09:30", "10:50", "11:40"]
    assert snug["11:00"] == Snugness.LEAVES_GAP  # a quarter of an hour that nobody can have


def test_packing_keeps_each_day_together(zone):
    tokyo = ZoneInfo("Asia/Tokyo")
    days = local_days(tokyo, date(2026, 11, 20), date(2026, 11, 21))
    grid = Grid.over(Interval(days[date(2026, 11, 20)].start, days[date(2026, 11, 21)].end))
    hours = ((4, time(9), time(10, 20)), (5, time(9), time(10, 20)))
    always = working_mask(hours, tokyo, *days, grid)
    wanted = Search(Shape(30), grid, start_mask(tokyo, *days, 10, grid), [Diary(P1, always)], [Diary(ROOM, always)], None, None, 30)

    packed = [local_label(each.start, tokyo) for each in openings(wanted, order=Order.PACKED, days=days.values())]
    assert packed == ["09:00", "09:50", "09:10", "09:20", "09:30", "09:40"] * 2


def test_with_no_least_useful_time_nothing_leaves_a_gap():
    found = openings(search(Shape(30), starts=every(10), least_useful_minutes=0))
    assert {each.snugness for each in found} == {Snugness.TOUCHES, Snugness.APART}


def test_the_room_that_packs_best_is_chosen_then_the_first_named():
    rooms = [diary(ROOM, works=("08:00", "18:00")), diary(ROOM2, stretch("08:00", "10:00"), works=("08:00", "18:00"))]
    found = {f"{each.start:%H:%M}": each.room for each in openings(search(Shape(30), rooms=rooms, starts=every(30)))}

    assert (found["10:00"], found["11:00"], found["09:00"]) == (ROOM2, ROOM, ROOM)


def test_at_one_start_the_snuggest_practitioner_comes_first_then_the_first_named():
    people = [diary(P1), diary(P2, stretch("10:00", "10:30"))]
    found = openings(search(Shape(30), practitioners=people, starts=every(30)))

    assert [each.practitioner for each in found if each.start == at("10:30")] == [P2, P1]
    assert [each.practitioner for each in found if each.start == at("12:00")] == [P1, P2]
    assert len(one_per_start(found)) == len({each.tick for each in found})
    assert next(each for each in one_per_start(found) if each.start == at("10:30")).practitioner == P2


def test_the_nearest_openings_lie_on_both_sides_in_order_of_time():
    wanted = search(Shape(30), practitioners=[diary(P1, stretch("10:00", "11:00"))], starts=every(15))

    assert clocks(nearest_openings(wanted, at("10:15"), 3)) == ["09:15", "09:30", "11:00"]
    assert clocks(nearest_openings(wanted, at("23:00"), 2)) == ["16:15", "16:30"]
    assert nearest_openings(search(Shape(30), rooms=[]), at("10:15"), 3) == []


# --- Clock changes and far-away days


def shift_starts(zone: ZoneInfo, day: date, opens: time, closes: time, minutes: int) -> list[str]:
    grid = Grid.over(local_day(zone, day))
    hours = working_mask(((day.weekday(), opens, closes),), zone, day, day, grid)
    wanted = Search(Shape(minutes), grid, start_mask(zone, day, day, 30, grid), [Diary(P1, hours)], [Diary(ROOM, hours)])
    return [local_label(each.start, zone) for each in openings(wanted)]


@pytest.mark.parametrize(
    ("place", "day", "labels"),
    (
        ("Europe/Berlin", date(2027, 3, 28), "01:00|01:30|03:00|03:30"),
        ("Europe/London", date(2027, 3, 28), "02:00|02:30|03:00|03:30"),
        ("Europe/Berlin", date(2026, 10, 25), "01:00|01:30|02:00 (UTC+2)|02:30 (UTC+2)|02:00 (UTC+1)|02:30 (UTC+1)|03:00|03:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "01:00|01:30|02:30|03:00|03:30"),
        ("America/Santiago", date(2026, 9, 6), "01:00|01:30|02:00|02:30|03:00|03:30"),
    ),
)
def test_a_night_shift_on_the_day_of_a_clock_change(zone, place, day, labels):
    assert shift_starts(ZoneInfo(place), day, time(1), time(4), 30) == labels.split("|")


def test_a_repeated_time_and_its_twin_are_two_visits(zone):
    berlin, day = ZoneInfo("Europe/Berlin"), date(2026, 10, 25)
    grid = Grid.over(local_day(berlin, day))
    hours = working_mask(((6, time(1), time(4)),), berlin, day, day, grid)
    first, twin = (Visit(Shape(30), datetime(2026, 10, 25, hour, tzinfo=UTC), P1, ROOM) for hour in (0, 1))
    taken = grid.taken(part for timeline, part in first.occupied() if timeline == P1)

    assert fits(twin, [Diary(P1, hours, taken), Diary(ROOM, hours, taken)], grid)
    assert not fits(first, [Diary(P1, hours, taken), Diary(ROOM, hours, taken)], grid)


def test_all_day_leave_closes_the_clinics_day_and_no_other(zone):
    auckland = ZoneInfo("Pacific/Auckland")
    days = local_days(auckland, date(2026, 11, 14), date(2026, 11, 20))
    grid = Grid.over(Interval(days[date(2026, 11, 14)].start, days[date(2026, 11, 20)].end))
    hours = working_mask(tuple((weekday, time(0), time(0)) for weekday in range(7)), auckland, *list(days)[:: len(days) - 1], grid)
    steps = start_mask(auckland, *list(days)[:: len(days) - 1], 15, grid)
    leave = grid.taken([local_day(auckland, date(2026, 11, 17))])

    def starts(busy: int) -> set[datetime]:
        return {each.start for each in openings(Search(Shape(15), grid, steps, [Diary(P1, hours, busy)], [Diary(ROOM, hours)]))}

    closed = Interval(datetime(2026, 11, 16, 11, tzinfo=UTC), datetime(2026, 11, 17, 11, tzinfo=UTC))
    assert starts(0) - starts(leave) == {start for start in starts(0) if start in closed}
    assert len(starts(0) - starts(leave)) == 96
    wanted = Search(Shape(15), grid, steps, [Diary(P1, hours, leave)], [Diary(ROOM, hours)])
    assert days_with_openings(wanted, days) == [day for day in days if day != date(2026, 11, 17)]


def test_a_visit_over_midnight_is_possible_when_both_days_are_worked(zone):
    auckland, friday = ZoneInfo("Pacific/Auckland"), date(2026, 11, 20)
    saturday = friday + timedelta(days=1)
    grid = Grid.over(Interval(local_day(auckland, friday).start, local_day(auckland, saturday).end))
    hours = working_mask(((4, time(22), time(0)), (5, time(0), time(0, 15))), auckland, friday, saturday, grid)
    steps = start_mask(auckland, friday, saturday, 15, grid)
    wanted = Search(Shape(45), grid, steps, [Diary(P1, hours)], [Diary(ROOM, hours)])

    assert [local_label(each.start, auckland) for each in openings(wanted)][-2:] == ["23:15", "23:30"]
    days = local_days(auckland, friday, saturday)
    assert days_with_openings(wanted, days) == [friday]
    assert days_with_openings(replace(wanted, shape=Shape(15)), days) == [friday, saturday]


# --- Against a search of every minute

LENGTH = 48
SMALL = Grid(base=5_984_640, length=LENGTH)
MINUTES = LENGTH * 5
ZERO = SMALL.instant(0)

spans = st.tuples(st.integers(0, MINUTES), st.integers(1, 60)).map(lambda pair: (pair[0], min(pair[0] + pair[1], MINUTES)))
some = st.lists(spans.filter(lambda pair: pair[0] < pair[1]), max_size=4)
working = st.lists(st.tuples(st.integers(0, 20), st.integers(24, 48)).map(lambda pair: (pair[0] * 5, pair[1] * 5)), min_size=1, max_size=2)
rows = st.tuples(working, some)
phases = st.builds(
    Shape,
    hands_in=st.integers(1, 6).map(lambda n: n * 5),
    rest=st.integers(0, 5).map(lambda n: n * 5),
    hands_out=st.integers(0, 3).map(lambda n: n * 5),
    cleaning=st.integers(0, 2).map(lambda n: n * 5),
    prepare=st.integers(0, 1).map(lambda n: n * 5),
)


def minutes_of(pairs) -> set[int]:
    return set(chain.from_iterable(range(*pair) for pair in pairs))


def as_interval(pair: tuple[int, int]) -> Interval:
    return Interval(ZERO + timedelta(minutes=pair[0]), ZERO + timedelta(minutes=pair[1]))


def as_diary(timeline: int, row) -> Diary:
    works, busy = row
    return Diary(timeline, SMALL.offered(map(as_interval, works)), SMALL.taken(map(as_interval, busy)))


def is_free(row, start: int, parts) -> bool:
    """Brute force: each minute of each part is worked and not taken."""
    needed = minutes_of((start + first, start + last) for first, last in parts)
    return needed <= minutes_of(row[0]) - minutes_of(row[1])


@settings(max_examples=300)
@given(phases, st.lists(rows, min_size=1, max_size=3), st.lists(rows, min_size=1, max_size=2), st.none() | st.lists(rows, max_size=2), rows)
def test_openings_are_what_a_search_of_every_minute_finds(shape, people, rooms, machines, patient):
    wanted = Search(
        shape,
        SMALL,
        SMALL.everything,
        [as_diary(index, row) for index, row in enumerate(people)],
        [as_diary(10 + index, row) for index, row in enumerate(rooms)],
        None if machines is None else [as_diary(20 + index, row) for index, row in enumerate(machines)],
        as_diary(30, patient),
    )
    hands = [(shape.prepare, shape.prepare + shape.hands_in), (shape.total - shape.hands_out, shape.total)]
    expected = [
        (start, index)
        for start in range(0, MINUTES, 5)
        for index, row in enumerate(people)
        if is_free(row, start, hands)
        and minutes_of([(start + shape.prepare, start + shape.total)]) <= minutes_of(row[0])
        and any(is_free(room, start, [(0, shape.total + shape.cleaning)]) for room in rooms)
        and (machines is None or any(is_free(machine, start, [(shape.prepare, shape.total)]) for machine in machines))
        and is_free(patient, start, [(0, shape.total)])
    ]

    found = openings(wanted)
    assert sorted(((each.tick - SMALL.base) * 5, each.practitioner) for each in found) == expected
    everybody = [*wanted.practitioners, *wanted.rooms, *(wanted.machines or []), wanted.patient]
    for each in found:
        assert fits(Visit(shape, each.start, each.practitioner, each.room, each.machine, 30), everybody, SMALL)
    assert (first_opening(wanted) or [None])[0] == (found[0].tick if found else None)
    assert sorted(openings(wanted, order=Order.PACKED)) == sorted(found)


@given(rows, rows, st.integers(1, 47), st.integers(0, 31), st.integers(0, 9), st.integers(0, MINUTES))
def test_no_visit_of_odd_minutes_ever_overlaps(person, room, hands_in, rest, hands_out, start):
    shape = Shape(hands_in, rest, hands_out)
    diaries = [as_diary(P1, person), as_diary(ROOM, room)]
    exact = Visit(shape, ZERO + timedelta(minutes=start), P1, ROOM)
    if fits(exact, diaries, SMALL):
        assert is_free(person, start, [(first, last) for first, last in shape.practitioner])
        assert is_free(room, start, [(0, shape.total)])
    for each in openings(Search(shape, SMALL, SMALL.everything, diaries[:1], diaries[1:])):
        assert fits(Visit(shape, each.start, P1, ROOM), diaries, SMALL)


@given(rows, st.integers(1, 8), st.integers(0, 60), st.sampled_from([5, 10, 15, 20, 30, 60]))
def test_snugness_is_what_a_look_at_the_neighbouring_ticks_says(row, length, least, step):
    person = as_diary(P1, row)
    free = set(ticks(person.free))
    gap = -(-least // 5)

    def side(neighbours: list[int]) -> tuple[bool, bool]:
        """Whether it touches something there, and whether what it leaves there is useful."""
        return any(tick not in free for tick in neighbours[: step // 5]), all(tick in free for tick in neighbours[: max(gap, 1)])

    always = [Diary(ROOM, SMALL.everything)]
    lengths = {"least_useful_minutes": least, "step_minutes": step}
    for each in openings(Search(Shape(length * 5), SMALL, SMALL.everything, [person], always, **lengths)):
        bit = each.tick - SMALL.base
        sides = [side([bit - 1 - more for more in range(13)]), side([bit + length + more for more in range(13)])]
        whole = all(touches or useful for touches, useful in sides)
        touching = any(touches for touches, _ in sides)
        assert each.snugness == (Snugness.LEAVES_GAP if not whole else Snugness.TOUCHES if touching else Snugness.APART)
