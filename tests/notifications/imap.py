"""A small IMAP server for tests: one mailbox, and what of it was seen."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox:
    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.mails: list[bytes] = []
        self.seen: set[int] = set()  # by uid, which counts from 1
        self.hangs_up_after = 0  # commands, when not 0

    def answer(self, command: str, rest: str) -> tuple[list[bytes], str]:
        """The lines of an answer, and how it ends."""
        if command == "LOGIN":
            right = rest.replace('"', "") == f"{self.user} {self.password}"
            return [], "OK in" if right else "NO [AUTHENTICATIONFAILED] wrong password"
        if command == "SELECT":
            right = rest.strip('"') == "INBOX"
            return [b"* %d EXISTS" % len(self.mails)], "OK open" if right else "NO no such folder"
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"], "OK done"
        if command == "UID":
            return self._uid(rest)
        return ([b"* BYE"] if command == "LOGOUT" else []), "OK done"

    def _uid(self, rest: str) -> tuple[list[bytes], str]:
        if rest == "SEARCH UNSEEN":
            unseen = [uid for uid in range(1, len(self.mails) + 1) if uid not in self.seen]
            return [b"* SEARCH " + " ".join(map(str, unseen)).encode()], "OK done"
        verb, uid = rest.split()[0], int(rest.split()[1])
        if verb == "STORE":
            self.seen.add(uid)
            return [b"* %d FETCH (FLAGS (\\Seen))" % uid], "OK done"
        mail = self.mails[uid - 1]
        if "RFC822.SIZE" in rest:
            return [b"* %d FETCH (UID %d RFC822.SIZE %d)" % (uid, uid, len(mail))], "OK done"
        part = re.search(r"<0\.(\d+)>", rest)
        content = mail[: int(part[1])] if part else mail
        head = b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(content))
        return [head + content + b")"], "OK done"


@contextmanager
def serving(mailbox: Mailbox) -> Iterator[int]:
    """The port on which the mailbox is open."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for number, line in enumerate(self.rfile, start=1):
                if number == mailbox.hangs_up_after:
                    return
                tag, command, *rest = line.decode().rstrip("\r\n").split(" ", 2)
                lines, end = mailbox.answer(command.upper(), rest[0] if rest else "")
                for each in lines:
                    self.wfile.write(each + b"\r\n")
                self.wfile.write(f"{tag} {end}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
