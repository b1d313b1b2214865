"""docker-compose.yml, Dockerfile and .env.example against the code they talk about, without Docker."""

import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from celery.bin.celery import celery as celery_commands
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("image") == "meridian"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
CODE = (ROOT / "clinic/settings.py").read_text() + (ROOT / "clinic/env.py").read_text()
READ = set(re.findall(r'(?:env\.\w+|required|environ\.get)\(\s*"([A-Z_]+)"', CODE))


def commands() -> list[list[str]]:
    """Every program that a container of ours is told to run, as words."""
    told = [SERVICES[name]["command"] for name in OURS]
    told += [shlex.join(check[1:]) for name in OURS if (check := SERVICES[name].get("healthcheck", {}).get("test")) and check[0] == "CMD"]
    told.append(shlex.join(json.loads(re.search(r"^CMD (.+)$", DOCKERFILE, re.M)[1])))
    lines = [words[2] if (words := shlex.split(line))[:2] == ["sh", "-c"] else line for line in told]
    return [shlex.split(part) for line in lines for part in (line.split(" && ") if "manage.py" in line else [line])]


def filled(text: str, values: dict[str, str]) -> str:
    """`text` with compose's ${NAME:-default} and ${NAME:?reason} filled in."""
    return re.sub(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}", lambda found: values.get(found[1]) or (found[3] if found[2] == "-" else ""), text)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_each_command_can_run(words):
    match words:
        case ["python", "manage.py", name, *_]:
            assert name in get_commands()
        case ["python", "-c", program]:
            compile(program, "health check", "exec")
        case ["gunicorn", application, *options]:
            module, _, name = application.partition(":")
            assert callable(getattr(import_module(module), name))
            assert subprocess.run([Path(sys.executable).parent / "gunicorn", "--check-config", application, *options]).returncode == 0
        case ["celery", "-A", package, name, *options]:
            assert import_module(f"{package}.celery").app.main == package
            known = {flag for option in celery_commands.commands[name].params for flag in option.opts} | {"ping"}
            assert {word for word in options if word.startswith("--")} <= known
        case _:
            pytest.fail(f"nobody knows how to check {words}")


def test_each_name_the_application_reads_is_in_the_example_and_the_other_way_round():
    assert READ | {"POSTGRES_PASSWORD"} == set(EXAMPLE)


def test_each_name_in_the_compose_file_is_one_the_application_reads():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    given = {name for service in OURS for name in SERVICES[service]["environment"]}

    assert (asked - set(EXAMPLE), given - READ) == (set(), set())


def test_the_settings_load_with_what_compose_gives():
    example = {**EXAMPLE, "SECRET_KEY": "k" * 60}
    given = {name: filled(value, example) for name, value in SERVICES["web"]["environment"].items()}
    program = "import django; django.setup(); from django.conf import settings; print(settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_NAME)"
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "clinic.settings", "ENV_FILE": "", **given}

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert (said.stdout, said.stderr) == ("['clinic.example', 'localhost'] __Host-session\n", "")


def test_the_health_check_asks_a_page_that_exists():
    address = re.search(r"http://[^']+", SERVICES["web"]["healthcheck"]["test"][-1])[0]

    assert callable(resolve(urlsplit(address).path).func)


def test_services_wait_for_services_that_exist_and_volumes_are_declared():
    awaited = {name for service in SERVICES.values() for name in service.get("depends_on", {})}
    mounted = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}

    assert awaited - set(SERVICES) == set()
    assert mounted == set(COMPOSE["volumes"])


def test_everything_that_stays_up_says_whether_it_is_well():
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"setup"}


def test_redis_keeps_what_it_was_given():
    assert SERVICES["redis"]["command"].split()[1:] == [
        "--appendonly", "yes", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction",
    ]  # fmt: skip


def test_the_image_runs_as_nobody_special_and_builds_from_files_that_exist():
    copied = [word for line in re.findall(r"^COPY ((?!--from)[^\n]+)$", DOCKERFILE, re.M) for word in line.split()[:-1]]

    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.M) == ["meridian"]
    assert [name for name in copied if not (ROOT / name).exists()] == []
