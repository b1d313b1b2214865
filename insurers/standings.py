"""How the policies on the board stand, added up, sorted and cut into pages by the database: thousands in one question."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from insurers.enums import CoverState, Payer
from treatments.enums import CourseState

RUNS_OUT_AT = 2

# Each part is read once and hashed, so that the work grows with the rows and not with their product.
STANDINGS = """
WITH paid AS MATERIALIZED ({fundings}),
policies AS MATERIALIZED (
    SELECT DISTINCT ON (policy_id) policy_id, course_id, code_follows FROM paid ORDER BY policy_id, id DESC
),
uses AS MATERIALIZED (
    SELECT authorisation_id, count(*) FILTER (WHERE state = %(consumed)s) AS used, count(*) FILTER (WHERE state = %(reserved)s) AS booked
    FROM insurers_cover WHERE authorisation_id IS NOT NULL GROUP BY authorisation_id
),
said AS MATERIALIZED (
    SELECT a.policy_id,
        coalesce(sum(a.units) FILTER (WHERE a.state = 'granted'), 0) AS units,
        coalesce(sum(u.used) FILTER (WHERE a.state = 'granted'), 0) AS used,
        coalesce(sum(u.booked) FILTER (WHERE a.state = 'granted'), 0) AS booked,
        CASE WHEN NOT bool_or(a.state = 'granted' AND a.last_day IS NULL)
            THEN max(a.last_day) FILTER (WHERE a.state = 'granted') END AS last_day,
        bool_or(a.state = 'asked' AND a.code <> '') AS has_code_to_check,
        bool_or(a.state = 'asked' AND a.code = '') AS is_asked,
        (array_agg(a.state ORDER BY a.recorded_at DESC, a.id DESC))[1] AS last,
        max(a.recorded_at) AS since,
        string_agg(a.code, ', ' ORDER BY a.recorded_at, a.id) FILTER (WHERE a.state <> 'refused' AND a.code <> '') AS codes
    FROM insurers_authorisation a LEFT JOIN uses u ON u.authorisation_id = a.id
    WHERE a.policy_id IN (SELECT policy_id FROM policies)
    GROUP BY a.policy_id
),
alone AS MATERIALIZED (
    SELECT s.course_id, count(*) AS visits, min(c."on") AS first
    FROM insurers_cover c JOIN treatments_session s ON s.id = c.session_id
    WHERE c.state = %(awaiting)s GROUP BY s.course_id
),
beyond AS MATERIALIZED (
    SELECT f.policy_id, sum(a.visits) AS visits, min(a.first) AS first
    FROM alone a JOIN insurers_funding f ON f.course_id = a.course_id AND f.payer = %(insurer)s
    GROUP BY f.policy_id
),
unbooked AS MATERIALIZED (
    SELECT s.course_id, count(*) AS sessions FROM treatments_session s
    WHERE s.dropped_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM insurers_cover c WHERE c.session_id = s.id AND NOT c.state = ANY(%(gone)s))
        AND NOT EXISTS (SELECT 1 FROM treatments_sessionrecord r WHERE r.session_id = s.id)
    GROUP BY s.course_id
),
to_book AS MATERIALIZED (
    SELECT f.policy_id, sum(u.sessions) AS sessions
    FROM unbooked u
    JOIN treatments_course k ON k.id = u.course_id AND k.state = ANY(%(open)s)
    JOIN insurers_funding f ON f.course_id = u.course_id AND f.payer = %(insurer)s
    GROUP BY f.policy_id
),
stand AS MATERIALIZED (
    SELECT p.id AS policy, p.key, p.number, i.name AS insurer, i.slug AS insurer_slug, w.clinic_id AS clinic, w.mobile AS phone,
        w.first_name || ' ' || w.last_name AS patient, t.key AS person, coalesce(t.name, '') AS practitioner,
        coalesce(said.codes, '') AS codes, coalesce(said.units, 0) AS units, coalesce(said.used, 0) AS used,
        coalesce(said.booked, 0) AS booked, said.last_day, coalesce(said.since, p.created_at) AS since,
        beyond.first AS first_beyond, coalesce(to_book.sessions, 0) AS to_book,
        beyond.first <= (%(now)s AT TIME ZONE c.zone)::date + 1 AS is_due,
        CASE
            WHEN said.has_code_to_check THEN 'check'
            WHEN said.is_asked THEN 'asked'
            WHEN beyond.visits > 0 AND said.last = 'refused' THEN 'refused'
            WHEN coalesce(said.units, 0) = 0 AND beyond.visits IS NULL AND to_book.sessions IS NULL THEN 'fine'
            WHEN coalesce(said.units, 0) = 0 AND policies.code_follows THEN 'waiting'
            WHEN coalesce(said.units, 0) = 0 THEN 'missing'
            WHEN beyond.visits > 0 AND said.units > said.used + said.booked THEN 'ends'
            WHEN beyond.visits > 0 THEN 'out'
            WHEN said.units - said.used - said.booked < least(to_book.sessions, %(few)s + 1) THEN 'out'
            ELSE 'fine'
        END AS need
    FROM policies
    JOIN insurers_policy p ON p.id = policies.policy_id
    JOIN insurers_insurer i ON i.id = p.insurer_id
    JOIN patients_patient w ON w.id = p.patient_id
    JOIN clinic_clinic c ON c.id = w.clinic_id
    JOIN treatments_course k ON k.id = policies.course_id
    LEFT JOIN clinic_practitioner t ON t.id = k.practitioner_id
    LEFT JOIN said ON said.policy_id = p.id
    LEFT JOIN beyond ON beyond.policy_id = p.id
    LEFT JOIN to_book ON to_book.policy_id = p.id
),
seen AS MATERIALIZED (
    SELECT * FROM stand
    WHERE need <> 'fine' AND %(insurer_slug)s IN ('', insurer_slug) AND %(clinic)s IN (0, clinic) AND %(person)s IN ('', person)
        AND NOT EXISTS (
            SELECT 1 FROM unnest(%(words)s::text[]) AS word
            WHERE position(word IN lower(patient || ' ' || codes || ' ' || number || ' ' || insurer)) = 0
        )
)
"""
PAGE = """
SELECT json_build_object(
    'needy', (SELECT count(*) FROM stand WHERE need <> 'fine'),
    'fine', (SELECT count(*) FROM stand WHERE need = 'fine'),
    'counts', (SELECT json_object_agg(need, many) FROM (SELECT need, count(*) AS many FROM seen GROUP BY need) AS x),
    'due_count', (SELECT count(*) FROM stand WHERE is_due),
    'due', (SELECT json_agg(x) FROM (SELECT * FROM stand WHERE is_due ORDER BY first_beyond, patient LIMIT %(most_due)s) AS x),
    'rows', (
        SELECT json_agg(x) FROM (
            SELECT * FROM seen WHERE %(need)s IN ('', need) ORDER BY since, first_beyond NULLS LAST, patient, policy
            OFFSET %(start)s LIMIT %(many)s
        ) AS x
    ),
    'insurers', (SELECT json_agg(x ORDER BY x.insurer) FROM (SELECT DISTINCT insurer_slug, insurer FROM stand) AS x),
    'people', (
        SELECT json_agg(x ORDER BY x.practitioner) FROM (SELECT DISTINCT person, practitioner FROM stand WHERE person IS NOT NULL) AS x
    )
)
"""
ONE = "SELECT json_agg(stand) FROM stand"
NOBODY = {"needy": 0, "fine": 0, "counts": None, "due_count": 0, "due": None, "rows": None, "insurers": None, "people": None}


def page_of(fundings: QuerySet, *, now: datetime, wanted: Mapping[str, object], start: int, many: int | None, most_due: int | None) -> dict:
    """One page of the board, with what is counted on it."""
    return _ask(PAGE, fundings, now, dict(wanted) | {"start": start, "many": many, "most_due": most_due}) or NOBODY


def standings(fundings: QuerySet, *, now: datetime) -> list[dict]:
    """Every policy of these fundings, whatever it needs; the newest course names who treats."""
    anything = {"insurer_slug": "", "clinic": 0, "person": "", "words": []}
    return _ask(ONE, fundings, now, anything) or []


def _ask(question: str, fundings: QuerySet, now: datetime, params: Mapping[str, object]):
    try:
        rows = fundings.order_by().values_list("id", "policy_id", "course_id", "code_follows")
        inner = _named(*rows.query.sql_with_params())
    except EmptyResultSet:  # somebody who may see none
        return None
    with connection.cursor() as cursor:
        cursor.execute((STANDINGS + question).format(fundings=inner.sql), inner.params | STATES | params | {"now": now})
        return cursor.fetchone()[0]


class _Named(NamedTuple):
    sql: str
    params: dict[str, object]


def _named(sql: str, params: Iterable[object]) -> _Named:
    """The same statement with a name for each parameter, so that it can stand inside another."""
    names = {f"inner_{number}": value for number, value in enumerate(params)}
    return _Named(sql % tuple(f"%({name})s" for name in names), names)


STATES = {
    "insurer": Payer.INSURER.value,
    "awaiting": CoverState.AWAITING.value,
    "reserved": CoverState.RESERVED.value,
    "consumed": CoverState.CONSUMED.value,
    "gone": [CoverState.RELEASED.value, CoverState.CHARGED.value],
    "open": [state.value for state in CourseState.open()],
    "few": RUNS_OUT_AT,
}
