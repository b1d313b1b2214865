"""What has to be noticed in time: worrying answers nobody took, tasks that press, the summaries of a day."""

from datetime import datetime

from bookings.staff_messages import promise_summaries
from messaging.staff import tell_of_pressing_tasks
from treatments.services.check_backs import escalate_check_backs


def keep_watch(*, now: datetime) -> None:
    """Do all that has become due by now; run as often as wanted, each thing happens once."""
    escalate_check_backs(now=now)
    tell_of_pressing_tasks(now=now)
    promise_summaries(now=now)
