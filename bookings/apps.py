from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = "Bookings"

    def ready(self) -> None:
        from bookings.messages import register_kinds  # noqa: PLC0415 - models must be loaded first

        register_kinds()
