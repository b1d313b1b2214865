"""Where a patient can be reached, as the outbox needs it."""

from messaging.enums import Channel
from messaging.services import Address
from patients.models import Patient


def address_of(patient: Patient) -> Address:
    """Return the patient's name, addresses and language; mail first, SMS where there is a mobile number."""
    return Address(
        recipient=patient.key,
        clinic=patient.clinic,
        name=greeted(patient.first_name, patient.last_name, patient.language),
        mail=patient.email,
        mobile=patient.mobile,
        language=patient.language,
        channels=(Channel.MAIL, Channel.SMS),
        ways=patient.ways,
    )


def greeted(first: str, last: str, language: str) -> str:
    """How a message calls somebody: by the first name, in Japanese by the whole name with the family's in front."""
    return f"{last} {first}".strip() if language.startswith("ja") else first
