"""Everything that a start needs, in one process: starting Python again costs seconds."""

import hashlib
import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from certification import keys
from certification.models import Credential
from lms.starter import FOLDER


class Command(BaseCommand):
    help = "Brings the database up to date and, in a demonstration, loads the starter content."

    def handle(self, **options):
        began = time.monotonic()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stderr.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        keys.require_first(Credential.objects.exists)
        keys.check()
        if settings.DEMO and self._starter_changed():
            self.stderr.write("Loading the starter content …")
            call_command("load_starter", stderr=self.stderr)
            self._mark.write_text(self._digest)
        self.stderr.write(f"Prepared in {time.monotonic() - began:.1f} s.")

    def _starter_changed(self) -> bool:
        files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
        digest = hashlib.sha256()
        for path in files:
            digest.update(str(path.relative_to(FOLDER)).encode())
            digest.update(path.read_bytes())
        self._digest = digest.hexdigest()
        self._mark = settings.HOME / "starter.loaded"
        return not self._mark.exists() or self._mark.read_text() != self._digest
