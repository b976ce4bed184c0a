import os
import signal

from django.core.management.base import BaseCommand

from certification import keys
from lms.worker import run_forever


class Command(BaseCommand):
    help = "Runs the background jobs until it is told to stop (SIGTERM or Ctrl-C)."
    stopping = False

    def handle(self, **options):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        keys.check()
        starter = os.getppid()  # a killed web process must not leave a worker behind
        run_forever(lambda: self.stopping or os.getppid() != starter)

    def stop(self, signum, frame):
        self.stopping = True
