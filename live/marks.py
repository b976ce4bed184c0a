"""A client's proof of what it had: the server's own seal over epoch, number and moment.

After a restore from a backup the log goes back, or goes on with other events under the same
numbers. A client that comes with a seal that this server gave, and that the log does not bear
out, proves it, and nobody can claim it without such a seal.
"""

import hmac

from django.utils.crypto import salted_hmac

LENGTH = 22


def mark(epoch: str, seq: int, at: str) -> str:
    """The seal of an event: its moment and a code that only this server can make."""
    return f"{at}|{_code(epoch, seq, at)}" if seq else ""


def moment_in(text: str, epoch: str, seq: int) -> str | None:
    """The moment that a seal states, if this server made it for that number; else None."""
    at, _, code = text.rpartition("|")
    known = hmac.compare_digest(code.encode(), _code(epoch, seq, at).encode())
    return at if known else None


def _code(epoch: str, seq: int, at: str) -> str:
    digest = salted_hmac("live.mark", f"{epoch}|{seq}|{at}", algorithm="sha256")
    return digest.hexdigest()[:LENGTH]
