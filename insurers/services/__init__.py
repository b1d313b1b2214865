"""What people do about who pays."""

from insurers.services.approvals import (
    CodeKnown,
    NothingAsked,
    UnitsAlreadyUsed,
    note_chase,
    note_refusal,
    note_request,
    record_authorisation,
)
from insurers.services.covers import (
    NotCovered,
    NothingToWaive,
    consume_cover,
    let_patient_pay_for,
    miss_cover,
    move_cover,
    release_cover,
    reserve_cover,
    reserve_covers,
    waive_missed,
)
from insurers.services.directory import ChangedMeanwhile, add_insurer, edit_insurer, load_directory
from insurers.services.documents import NotKept, add_document
from insurers.services.extensions import ask_in_time
from insurers.services.funding import open_funding, set_funding
from insurers.services.policies import PolicyKnown, edit_policy
from insurers.services.rules import set_cover_rules

__all__ = [
    "ChangedMeanwhile",
    "CodeKnown",
    "NotCovered",
    "NotKept",
    "NothingAsked",
    "NothingToWaive",
    "PolicyKnown",
    "UnitsAlreadyUsed",
    "add_document",
    "add_insurer",
    "ask_in_time",
    "consume_cover",
    "edit_insurer",
    "edit_policy",
    "let_patient_pay_for",
    "load_directory",
    "miss_cover",
    "move_cover",
    "note_chase",
    "note_refusal",
    "note_request",
    "open_funding",
    "record_authorisation",
    "release_cover",
    "reserve_cover",
    "reserve_covers",
    "set_cover_rules",
    "set_funding",
    "waive_missed",
]
