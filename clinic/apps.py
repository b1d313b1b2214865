from django.apps import AppConfig

from clinic.celery import app as celery  # so that shared tasks find their application in every process


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"
    celery = celery
