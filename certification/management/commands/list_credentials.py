import json

from django.core.management.base import BaseCommand

from certification.models import Credential


class Command(BaseCommand):
    help = "Lists every certificate, newest first."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, as_json, **options):
        rows = [
            {
                "serial": row.serial,
                "state": str(row.state),
                "title": row.title,
                "name": row.name,
                "valid_from": str(row.valid_from),
                "valid_until": str(row.valid_until) if row.valid_until else None,
            }
            for row in Credential.objects.with_state()
        ]
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            until = row["valid_until"] or "-"
            line = f"{row['serial']}  {row['state']:8} {until:10}  {row['name']}: {row['title']}"
            self.stdout.write(line)
