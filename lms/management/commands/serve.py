"""Web and worker together, on this computer only: what `make run` starts."""

import fcntl
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from lms import demo

HOST = "127.0.0.1"
FRAME_MAX = 64 * 1024  # bytes of a socket's message; a command takes at most 16 KB


class Command(BaseCommand):
    help = "Prepares everything, then serves pages, sockets and background jobs until Ctrl-C."

    def handle(self, **options):
        port = self._port()
        with (settings.HOME / "serve.lock").open("a+") as lock:
            self._hold(lock)
            self._need_free(port)
            lock.truncate(0)
            lock.write(f"http://localhost:{port}")
            lock.flush()
            self._run(port)

    def _run(self, port: int) -> None:
        call_command("prepare", stderr=self.stderr)
        worker = Worker()
        worker.start()
        try:
            self._announce(port)
            self._serve(port)
        finally:
            worker.stop()

    def _port(self) -> int:
        text = os.environ.get("PORT", "8000")
        if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
            raise CommandError(f"PORT={text} is no port: give a number from 1 to 65535.")
        return int(text)

    def _hold(self, lock) -> None:
        """Hold the state folder for this process; a second start is told so."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(
                f"ICT Commons is already running with this state folder ({settings.HOME}): "
                f"{lock.read().strip() or 'it is just starting'}. Stop it there with Ctrl-C, "
                "or set ICT_COMMONS_HOME and PORT to start another."
            ) from None

    def _need_free(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise CommandError(
                    f"Port {port} is in use by another program. Try: make run PORT={port + 1}"
                ) from None

    def _announce(self, port: int) -> None:
        self.stdout.write(f"\n  ICT Commons is at  http://localhost:{port}\n")
        signs = demo.sign_ins()
        if signs:
            self.stdout.write(f"\n  Demonstration sign-ins (password: {demo.PASSWORD})\n")
        for sign_in in signs:
            self.stdout.write(f"    {sign_in.employee_id:<9} {sign_in.key:<18} {sign_in.says}")
        self.stdout.write("\n  Ctrl-C ends it.\n")
        self.stdout.flush()

    def _serve(self, port: int) -> None:
        # uvicorn ends its connections, then raises the signal again for us.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            run_web(port)


def run_web(port: int, application: str = "lms.asgi:application") -> None:
    """Serve pages and sockets in this process until a signal ends it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each open line needs a handle
    uvicorn.run(
        application,
        host=HOST,
        port=port,
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=FRAME_MAX,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


class Worker(threading.Thread):
    """Keeps a worker process alive: one that ended is started again after a pause."""

    def __init__(self):
        super().__init__(name="worker", daemon=True)
        self._stopping = threading.Event()
        self._process: subprocess.Popen | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(  # noqa: S603 (our own command, no shell)
                [sys.executable, settings.BASE_DIR / "manage.py", "worker"],
                start_new_session=True,  # Ctrl-C reaches us alone; we end it in order
            )
            self._process.wait()
            if not self._stopping.wait(2):
                sys.stderr.write(f"{time.strftime('%H:%M:%S')} The worker ended; starting it.\n")

    def stop(self) -> None:
        self._stopping.set()
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
