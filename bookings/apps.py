from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = "Bookings"

    def ready(self) -> None:
        from bookings import answer_messages, code_messages, course_messages, messages, nudges, staff_messages, waiting_messages  # noqa: PLC0415 - models must be loaded first

        messages.register_kinds()
        answer_messages.register_kinds()
        code_messages.register_kinds()
        course_messages.register_kinds()
        nudges.register_kinds()
        staff_messages.register_kinds()
        waiting_messages.register_kinds()
