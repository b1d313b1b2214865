from django.apps import AppConfig


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = "Treatments"

    def ready(self) -> None:
        from treatments.messages import register_kinds  # noqa: PLC0415 - models must be loaded first

        register_kinds()
