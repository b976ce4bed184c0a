from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.models import CoursePage
from courses.services import export_course, folder_hash


class Command(BaseCommand):
    help = "Writes what is published of a course into an empty folder. Prints the folder's hash."

    def add_arguments(self, parser):
        parser.add_argument("course", metavar="SLUG")
        parser.add_argument("folder", type=Path)

    def handle(self, *, course, folder, **options):
        page = CoursePage.objects.filter(slug=course).first()
        if page is None:
            raise CommandError(f"There is no course {course}.", returncode=2)
        try:
            export_course(page, folder)
        except (FileExistsError, NotADirectoryError):
            raise CommandError(f"{folder} is no empty folder.", returncode=2) from None
        self.stdout.write(folder_hash(folder))
