"""Free times under what a page calls them: those that pack the day well are suggested before the others."""

from collections.abc import Iterable

from bookings.slots import Slot

SUGGESTED, OTHERS = "Suggested", "Other times"


def by_fit(slots: Iterable[Slot]) -> list[tuple[str, list[Slot]]]:
    """Each slot once, in the order given within its group; one group without a name where the names would tell nothing apart."""
    slots = list(slots)
    groups = [(SUGGESTED, [slot for slot in slots if slot.packs]), (OTHERS, [slot for slot in slots if not slot.packs])]
    return groups if all(found for _, found in groups) else [("", slots)]
