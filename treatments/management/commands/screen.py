import json
import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.clock import now
from patients.questionnaire import AnswersRefused
from patients.rulebook import RuleError, rulebook
from treatments.catalogue import CatalogueError, catalogue
from treatments.trial import screen_told


class Command(BaseCommand):
    help = "Read one intake as JSON from standard input and print what the rules make of it: to try a rule before trusting it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--many", action="store_true", help="read a list of intakes and print a list of answers in the same order")

    def handle(self, *args, many: bool, **options) -> None:
        check_rules()
        told = read_json()
        if many and not isinstance(told, list):
            raise CommandError("With --many, give a list of intakes: [{…}, {…}].")
        answers, refused = answer_each(told if many else [told], many=many)
        if many or not refused:
            self.stdout.write(json.dumps(answers if many else answers[0], indent=None if many else 2))
        if refused:
            raise CommandError("\n".join(refused))


def check_rules() -> None:
    """Read the files first: what they get wrong is no fault of an intake."""
    try:
        rulebook(), catalogue()
    except (RuleError, CatalogueError) as mistake:
        raise CommandError(f"The rules can't be trusted. {mistake}") from None


def read_json() -> object:
    """What stands on standard input."""
    try:
        return json.loads(sys.stdin.buffer.read().decode("utf-8"))
    except UnicodeDecodeError:
        raise CommandError("The intake is not text in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise CommandError(f"The intake is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise CommandError("The intake is not an intake: it is nested too deeply.") from None


def answer_each(intakes: list, *, many: bool) -> tuple[list[dict], list[str]]:
    """An answer for each intake in its place; one that is refused says why and spoils none of the others."""
    today, answers, refused = now().date(), [], []
    for place, intake in enumerate(intakes, 1):
        try:
            answers.append(screen_told(intake, today=today))
        except AnswersRefused as error:
            answers.append({"refused": error.errors})
            refused += [f"{f'Intake {place}, ' if many else ''}{field}: {words}" for field, words in error.errors.items()]
    return answers, refused
