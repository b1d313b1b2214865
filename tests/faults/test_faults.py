"""The short form of `make faults`: each fault for two seconds. How fast all recovers is printed there, and no matter here."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow  # it starts and kills servers of its own: beside other tests it would measure them
SHORT = "2"


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict]:
    own = {name: value for name, value in os.environ.items() if name not in ("TEST_CLOCK", "PYTEST_XDIST_WORKER")}
    command = [sys.executable, "-m", "tests.faults", "--seconds", SHORT]
    said = subprocess.run(command, cwd=settings.BASE_DIR, env=own, capture_output=True, text=True, timeout=900)
    found = [json.loads(line) for line in said.stdout.splitlines()]
    assert found, said.stderr[-2000:]
    return {verdict["name"]: verdict for verdict in found}


@pytest.mark.parametrize("name", ["F1", "F2", "F3", "F4", "F5", "F6", "F8", "F9", "F10", "F11", "F13"])
def test_no_promise_is_broken(verdicts, name):
    assert (verdicts[name]["broken"], verdicts[name]["lost"]) == ([], 0)
