"""Break things on purpose, one after the other, on servers of their own: one JSON object per line, and 1 when a promise was broken.

python -m tests.faults [--seconds 20] [--seed 20261120] [F1 F2 …]
"""

import argparse
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path
from random import Random

import django

from clinic.embedded import reset, servers

SEED = 20261120
SECONDS = 20.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make faults", description="Faults on purpose")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each lasts")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    name = f"faults-{os.getpid()}"  # like kept data: a server that forgets what it confirmed can't be killed fairly
    try:
        return _run(name, asked)
    finally:
        reset(name)


def _run(name: str, asked: argparse.Namespace) -> int:
    broken = 0
    with servers(name) as (ours, leads), tempfile.TemporaryDirectory() as folder:
        secret = secrets.token_urlsafe()
        os.environ |= {**leads, "DJANGO_SETTINGS_MODULE": "tests.settings", "MESSAGE_LEASE_SECONDS": "2", "SMS_CALLBACK_SECRET": secret}
        os.environ |= {"LOG_LEVEL": "CRITICAL"}
        django.setup()
        from tests.faults.run import run_all  # noqa: PLC0415 - the settings must lead to these servers first

        for verdict in run_all(asked.names, ours, Path(folder), asked.seconds, asked.seed, Random(asked.seed)):
            print(json.dumps(verdict.as_line()), flush=True)  # noqa: T201
            broken += bool(verdict.broken)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
