import json

from django.core.management.base import BaseCommand

from certification.keys import public_keys


class Command(BaseCommand):
    help = "Prints the public keys as a JWK set: all that is needed to check certificates offline."

    def handle(self, **options):
        self.stdout.write(json.dumps({"keys": list(public_keys().values())}, indent=2))
