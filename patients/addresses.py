"""Where a patient can be reached, as the outbox needs it."""

from messaging.enums import Channel
from messaging.services import Address
from patients.models import Patient


def address_of(patient: Patient) -> Address:
    """Return the patient's name, addresses and language; mail first, SMS where there is a mobile number."""
    return Address(
        recipient=patient.key,
        clinic=patient.clinic,
        name=patient.first_name,
        mail=patient.email,
        mobile=patient.mobile,
        language=patient.language,
        channels=(Channel.MAIL, Channel.SMS),
    )
