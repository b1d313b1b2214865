"""Ending processes and being ended: those named by number and birth, so that a number used again is not mistaken."""

import signal
import time
from contextlib import suppress

import psutil


class Stopped(Exception):
    """Somebody asked the supervisor to stop, with this signal."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


def born(pid: int) -> list:
    return [pid, psutil.Process(pid).create_time()]


def alive(mark: list | None) -> psutil.Process | None:
    """The process that `mark` names, if it still runs."""
    if not mark:
        return None
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(mark[0])
        if abs(process.create_time() - mark[1]) < 1 and _runs(process):
            return process
    return None


def end(processes: list[psutil.Process], number: int, grace: float) -> None:
    """Ask processes to end, all at once, then end them and everything they started."""
    family = [one for process in processes for one in _family(process)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    _still_running(processes, grace)
    for one in _still_running(family, 0):
        with suppress(psutil.NoSuchProcess):
            one.kill()
    _still_running(family, 5)


def _family(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def _still_running(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still run when all have ended or the time is up."""
    deadline = time.monotonic() + seconds
    while (left := [one for one in processes if _runs(one)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE  # whoever should bury it may be slow
    except psutil.NoSuchProcess:
        return False


def listen_for_the_end() -> None:
    """Turn the first INT, TERM or HUP into `Stopped`; the way out is then walked undisturbed."""

    def stop(number: int, _frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
