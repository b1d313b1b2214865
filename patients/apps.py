from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Patients"

    def ready(self) -> None:
        from patients.messages import register_kinds  # noqa: PLC0415 - models must be loaded first

        register_kinds()
