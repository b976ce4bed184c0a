from pathlib import Path

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from yaml import YAMLError

from courses.starter import load_course
from people.models import User


class Command(BaseCommand):
    help = (
        "Makes or updates the course of a folder that export_course wrote, and publishes it. Exit "
        "1 where something in it is wrong or names what this site does not have; nothing is "
        "written then."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder, **options):
        if not (folder / "course.yaml").is_file():
            raise CommandError(f"{folder} holds no course.yaml.", returncode=2)
        people = {person.employee_id: person for person in User.objects.all()}
        try:
            course = load_course(folder, people)
        except ObjectDoesNotExist as error:
            raise CommandError(f"The course names what is not here: {error}") from None
        except (KeyError, TypeError, ValueError, OSError, YAMLError) as error:
            raise CommandError(f"The folder is not as export_course writes it: {error}") from None
        self.stdout.write(f"{course.title}: version {course.versions.first().number}")
