"""The laws of the house: what every change must keep, whatever it is about."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from clinic.access import PERMISSIONS

ROOT = Path(__file__).parent.parent
PACKAGES = ["intervals", "clinic", "messaging", "patients", "treatments", "insurers", "bookings", "web"]  # lowest first
PURE = {
    "patients/screening.py",
    "patients/medicines.py",
    "treatments/safety.py",
    "treatments/planner.py",
    "treatments/course_rules.py",
    "treatments/aftercare.py",
    "bookings/assignment.py",
    "bookings/availability.py",
    "insurers/money.py",
    "insurers/formats.py",
    "insurers/invoice_checks.py",
    "insurers/ledger.py",
}
NOT_PURE = ("django", "celery", "requests", "os", "socket", "random")

# Views of libraries, let in by name: each brings its own lock.
LIBRARY_VIEWS = ("allauth.",)
# Doors that may be opened without our token: each checks something better, or keeps nothing.
WITHOUT_TOKEN = {"pages:csp-report", "manage:receipt", "patient:stop"}
# Signed-out visitors may come in here.
PUBLIC = {
    "home",
    "clinic",
    "start",
    "book:",
    "pages:",
    "demo:",
    "account_",
    "visit:",
    "patient:ask",
    "patient:urgent",
    "patient:enter",
    "patient:visit",
    "patient:answers",
    "patient:earlier",
    "patient:offer",
    "patient:question",
    "patient:how",
    "patient:stop",
    "patient:wishes",
    "patient:move",
    "patient:cancel",
    "patient:calendar",
    "manage:health",
    "manage:receipt",
}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def doors(patterns=None, namespace="", prefix="") -> Iterator[tuple[str, str, object]]:
    """Every view of the site: name, path and callable."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from doors(pattern.url_patterns, inner, f"{prefix}{pattern.pattern}")
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", f"{prefix}{pattern.pattern}", pattern.callback


DOORS = sorted(doors(), key=lambda door: door[0])


def is_library(view: object) -> bool:
    return getattr(view, "__module__", "").startswith(LIBRARY_VIEWS)


def is_public(view: object) -> bool:
    return getattr(view, "guard", "") == "public" or str(getattr(view, "guard", "")).startswith("link:")


def test_foreign_keys_point_downwards():
    rank = {package: level for level, package in enumerate(PACKAGES)}
    wrong = [
        f"{model.__name__}.{field.name} points up at {field.related_model.__name__}"
        for model in apps.get_models()
        if model._meta.app_label in rank
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and rank.get(field.related_model._meta.app_label, -1) > rank[model._meta.app_label]
    ]
    assert wrong == []


@pytest.mark.parametrize(("name", "path", "view"), DOORS, ids=[f"{name}" for name, _, _ in DOORS])
def test_every_door_has_a_lock(name, path, view):
    guard = getattr(view, "guard", None)
    assert is_library(view) or guard == "public" or str(guard).startswith("link:") or guard in PERMISSIONS, f"/{path} has no guard"


@pytest.mark.parametrize(("name", "path", "view"), DOORS, ids=[f"{name}" for name, _, _ in DOORS])
def test_every_door_has_a_name(name, path, view):
    assert name.split(":")[-1] != "None", f"/{path} has no name"


def test_who_is_let_in_without_signing_in_stands_in_a_list():
    open_doors = {name for name, _, view in DOORS if not getattr(view, "login_required", True)}
    assert sorted(name for name in open_doors if not name.startswith(tuple(PUBLIC))) == []


def test_every_post_needs_our_token_but_those_in_a_list():
    assert {name for name, _, view in DOORS if getattr(view, "csrf_exempt", False)} == WITHOUT_TOKEN


def test_every_permission_opens_some_door():
    assert sorted(set(PERMISSIONS) - {getattr(view, "guard", "") for _, _, view in DOORS}) == []


def test_login_is_asked_for_by_default():
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE


@pytest.mark.parametrize("name", sorted(PURE))
def test_thinking_is_pure(name):
    tree = ast.parse((ROOT / name).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    assert [module for module in imported if module.split(".")[0] in NOT_PURE] == []
    assert calls & {"datetime.now", "date.today", "timezone.now", "now", "datetime.today"} == set()


def test_only_the_clock_reads_the_clock():
    reads = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|datetime\.utcnow\(|timezone\.localdate\(")
    found = [str(path.relative_to(ROOT)) for path in sources() if reads.search(path.read_text())]
    assert found == ["clinic/clock.py"]


def test_views_decide_nothing_about_rows():
    """A view fetches through `visible_to` and calls services: it neither filters nor saves."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "web").rglob("*.py")
        if not {"management", "demo"} & set(path.parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.objects\.filter\(|\.save\(\)|\.objects\.create\(|\.delete\(\)|\.update\(", line) and "session" not in line
    ]
    assert found == []


def test_forms_name_their_fields():
    found = [str(path) for path in sources() if re.search(r"fields\s*=\s*[\"']__all__[\"']|^\s+exclude\s*=", path.read_text(), re.M)]
    assert found == []


def test_input_is_never_spread_into_a_query_or_a_call():
    spread = re.compile(r"\*\*request\.(GET|POST)|order_by\(\s*request\.")
    assert [str(path) for path in sources() if spread.search(path.read_text())] == []


def test_nothing_is_marked_safe():
    """Escaping is never switched off: neither in a template nor in code."""
    templates = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text())
    ]
    code = [str(path.relative_to(ROOT)) for path in sources() if re.search(r"\bmark_safe\(|\bSafeString\(", path.read_text())]
    assert (templates, code) == ([], [])


def test_pages_carry_no_style_or_script_of_their_own():
    inline = re.compile(r"""\sstyle=["']|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=["']|javascript:""")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if "emails" not in path.parts and inline.search(path.read_text())
    ]
    assert found == []


def test_pages_ask_no_other_host():
    """Links may lead elsewhere; what a page loads comes from here."""
    loads = re.compile(r"""(?:src|data|poster)=["'](?:https?:)?//|<link[^>]+href=["'](?:https?:)?//|@import|url\(["']?(?:https?:)?//""")
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.css")]
    assert [str(path.relative_to(ROOT)) for path in files if loads.search(path.read_text())] == []


def test_colours_are_written_in_one_file():
    """`tokens.css` is the only place that names a colour; everything else uses its names."""
    colour = re.compile(r"(?<![\w&-])#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\brgba?\(|\bhsla?\(")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "static" / "css").rglob("*.css")
        if path.name != "tokens.css" and colour.search(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S))
    ]
    assert found == []


def test_files_can_be_held_in_the_head():
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if len(path.read_text().splitlines()) > 500
    }
    assert long == {}


def test_the_project_speaks_of_itself_alone():
    """No address of a package registry, and no path of a developer's machine."""
    foreign = re.compile(rf"registry\.npmjs|files\.pythonhosted|/home/\w+/|{re.escape(str(ROOT))}/")
    listed = [ROOT / name for name in ("package-lock.json", "requirements.txt", "requirements-dev.txt", "README.md", "Makefile")]
    docs = (ROOT / "docs").rglob("*.md")
    assert [path.name for path in [*listed, *docs] if path.exists() and foreign.search(path.read_text())] == []
