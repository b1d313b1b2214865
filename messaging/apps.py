from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = "Messages"

    def ready(self) -> None:
        from messaging.staff import register_kinds  # noqa: PLC0415 - models must be loaded first

        register_kinds()
