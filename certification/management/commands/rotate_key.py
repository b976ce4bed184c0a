from django.core.management.base import BaseCommand, CommandError

from certification import keys
from certification.moments import moment_of


class Command(BaseCommand):
    help = (
        "Makes a further key that signs certificates from now on. Certificates of older keys "
        "still verify. --compromised KID --since MOMENT first marks a key that got out: what it "
        "signed from then on is believed no more."
    )

    def add_arguments(self, parser):
        parser.add_argument("--compromised", metavar="KID")
        parser.add_argument("--since", metavar="MOMENT")

    def handle(self, *, compromised, since, **options):
        if compromised:
            self._mark(compromised, since)
        self.stdout.write(keys.rotate())

    def _mark(self, kid, since):
        moment = moment_of(since or "")
        if moment is None:
            raise CommandError("Give --since as a day or moment, such as 2026-11-25.", returncode=2)
        try:
            keys.mark_compromised(kid, since=moment)
        except KeyError:
            raise CommandError(f"There is no key {kid}.") from None
