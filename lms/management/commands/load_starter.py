from django.core.management.base import BaseCommand, CommandError

from lms.starter import FOLDER, parts


class Command(BaseCommand):
    help = "Loads the starter content of the repository; safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("--only", help=f"some of: {','.join(parts())}")

    def handle(self, *, only, **options):
        available = parts()
        wanted = only.split(",") if only else list(available)
        unknown = [name for name in wanted if name not in available]
        if unknown:
            raise CommandError(
                f"No such part: {', '.join(unknown)}. There are {', '.join(available)}.",
                returncode=2,
            )
        for name in available:
            if name in wanted:
                for load in available[name]:
                    self.stderr.write(f"{name}: {load(FOLDER)}")
