"""What people do about who pays."""

from insurers.services.approvals import UnitsAlreadyUsed, note_refusal, note_request, record_authorisation
from insurers.services.covers import consume_cover, move_cover, release_cover, reserve_cover, reserve_covers
from insurers.services.directory import ChangedMeanwhile, add_insurer, edit_insurer, load_directory
from insurers.services.funding import open_funding, set_funding

__all__ = [
    "ChangedMeanwhile",
    "UnitsAlreadyUsed",
    "add_insurer",
    "consume_cover",
    "edit_insurer",
    "load_directory",
    "move_cover",
    "note_refusal",
    "note_request",
    "open_funding",
    "record_authorisation",
    "release_cover",
    "reserve_cover",
    "reserve_covers",
    "set_funding",
]
