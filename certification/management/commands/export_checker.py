import json
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils import timezone

from certification import keys, status_lists
from certification.models import Credential


class Command(BaseCommand):
    help = (
        "Writes the public keys and the signed status lists as one JSON document: all that "
        "verify_credential --bundle needs on a computer without this site."
    )

    def add_arguments(self, parser):
        parser.add_argument("--output", type=Path)

    def handle(self, *, output, **options):
        keys.require_first(Credential.objects.exists)
        text = json.dumps(status_lists.bundle(at=timezone.now()), indent=2)
        if output:
            output.write_text(text)
            self.stderr.write(f"{output}: {len(text)} bytes")
        else:
            self.stdout.write(text)
