"""What is done with the list of services."""

from django.db import transaction

from clinic import audit
from clinic.models import User
from treatments.models import Service


@transaction.atomic
def change_service(*, service: Service, name: str, price: int, online: bool, by: User) -> Service:
    """Call a service by another name or price, or take it off the public page; visits that were booked stay as they were."""
    changed = {"name": name, "price": price, "online": online}
    was = {field: getattr(service, field) for field, value in changed.items() if getattr(service, field) != value}
    if was:
        Service.objects.filter(pk=service.pk).update(**changed)
        audit.record(by, "service.change", service, was=was)
    for field, value in changed.items():
        setattr(service, field, value)
    return service
