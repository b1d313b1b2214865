"""The supervisor of the embedded servers, as a program: what it hands over, what it ends, what it finds left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from django.conf import settings

from clinic import embedded

ASK = "import os, json, sys; print(json.dumps({k: os.environ[k] for k in ('DATABASE_URL', 'REDIS_URL')}), flush=True)"
WAIT = f"{ASK}; import time; time.sleep(120)"


@pytest.fixture
def kept() -> str:
    """The name of data that nobody else uses, gone afterwards."""
    name = f"test-{os.getpid()}"
    yield name
    embedded.reset(name)


def supervise(*words: str, program: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "clinic.embedded", "run", *words, "--", sys.executable, "-c", program]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)


def leads(supervisor: subprocess.Popen) -> dict[str, str]:
    return json.loads(supervisor.stdout.readline())


def answer(found: dict[str, str]) -> tuple:
    with psycopg.connect(found["DATABASE_URL"]) as connection, redis.Redis.from_url(found["REDIS_URL"]) as line:
        return connection.execute("SELECT 1").fetchone()[0], line.ping()


def folder(found: dict[str, str]) -> Path:
    return Path(found["DATABASE_URL"].partition("host=")[2]).parent


def server_pids(found: dict[str, str]) -> tuple[int, int]:
    return int((folder(found) / "postgres/postmaster.pid").read_text().split()[0]), json.loads((folder(found) / "redis.json").read_text())[
        0
    ]


def gone(*pids: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
            return True
        time.sleep(0.05)
    return False


def child_of(supervisor: subprocess.Popen) -> int:
    return next(one.pid for one in psutil.Process(supervisor.pid).children() if "-c" in one.cmdline())


def test_the_command_gets_both_servers_and_its_status_is_returned():
    supervisor = supervise(program=f"{ASK}; sys.exit(7)")
    found = leads(supervisor)

    assert supervisor.wait(30) == 7
    assert not folder(found).exists()


def test_two_at_once_do_not_share():
    one, other = supervise(program=WAIT), supervise(program=WAIT)
    here, there = leads(one), leads(other)

    assert folder(here) != folder(there)
    assert [answer(here), answer(there)] == [(1, True), (1, True)]
    for supervisor in (one, other):
        supervisor.terminate()
        supervisor.wait(30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_then_the_servers(number):
    supervisor = supervise(program=WAIT)
    found = leads(supervisor)
    pids = [child_of(supervisor), *server_pids(found)]

    supervisor.send_signal(number)

    assert supervisor.wait(30) == 128 + number
    assert gone(*pids)
    assert not folder(found).exists()


def test_a_killed_supervisor_leaves_servers_and_a_command_that_the_next_one_stops():
    supervisor = supervise(program=WAIT)
    found = leads(supervisor)
    pids = [child_of(supervisor), *server_pids(found)]
    supervisor.kill()
    supervisor.wait()
    assert answer(found) == (1, True)

    assert supervise(program="pass").wait(30) == 0

    assert gone(*pids)
    assert not folder(found).exists()


def test_kept_servers_of_a_killed_supervisor_are_adopted(kept):
    supervisor = supervise("--keep", kept, program=WAIT)
    found = leads(supervisor)
    command, servers = child_of(supervisor), server_pids(found)
    supervisor.kill()
    supervisor.wait()

    successor = supervise("--keep", kept, program=WAIT)

    assert leads(successor) == found
    assert server_pids(found) == servers
    assert gone(command)
    successor.terminate()
    successor.wait(30)
    assert gone(*servers)


def test_kept_data_is_there_the_next_time_and_gone_after_a_reset(kept):
    write = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('CREATE TABLE kept ()')"
    assert [supervise("--keep", kept, program=write).wait(30) for _time in range(2)] == [0, 1]

    embedded.reset(kept)

    assert supervise("--keep", kept, program=write).wait(30) == 0


def test_data_in_use_is_refused_to_a_second_supervisor(kept):
    supervisor = supervise("--keep", kept, program=WAIT)
    leads(supervisor)
    in_use = f"The servers of “{kept}” are in use by another terminal: stop it there first."

    with pytest.raises(embedded.Refused, match=in_use):
        embedded.reset(kept)
    with pytest.raises(embedded.Refused, match=in_use), embedded.servers(kept):
        pass

    supervisor.terminate()
    supervisor.wait(30)


def test_a_server_that_died_comes_back_at_the_same_place(kept):
    with embedded.servers(kept) as (ours, found):
        for pid in server_pids(found):
            psutil.Process(pid).kill()
        gone(*server_pids(found))

        ours.revive()

        assert answer(found) == (1, True)
