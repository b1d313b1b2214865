import sys

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Patients"

    def ready(self) -> None:
        from patients.messages import register_kinds  # noqa: PLC0415 - models must be loaded first
        from patients.rulebook import RuleError, rulebook  # noqa: PLC0415

        register_kinds()
        try:
            rulebook()
        except RuleError as mistake:
            sys.exit(f"Meridian doesn’t start: the screening rules can’t be trusted. {mistake}")
