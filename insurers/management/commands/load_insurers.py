"""Bring the directory's files into the tables."""

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from insurers.directory import CatalogueError, directory
from insurers.services import load_directory


class Command(BaseCommand):
    help = "Loads every insurer of the directory; loading again brings changes and loses nothing."

    def handle(self, *args, **options) -> None:
        try:
            book = directory()
        except CatalogueError as error:
            raise CommandError(f"Nothing was changed. {error}") from None
        self.stdout.write(f"{load_directory(book=book, now=clock.now())} insurers are in the directory.")
