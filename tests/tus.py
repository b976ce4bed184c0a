"""A small client of the tus protocol, which goes on after whatever happens to its line."""

import base64
import time
import uuid
from collections.abc import Callable

import requests

TUS = {"Tus-Resumable": "1.0.0"}


def metadata(**said: str) -> str:
    pairs = {"kind": "slides", "title": "Slides", "filename": "slides.pdf", **said}
    return ",".join(
        f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in pairs.items()
    )


class _Rest:
    """What is still to be sent, as a file of known length."""

    def __init__(self, content: bytes, at: int, piece: int, on_sent: Callable[[int], None]):
        self.content, self.at, self.piece, self.on_sent = content, at, piece, on_sent

    def __len__(self) -> int:
        return len(self.content) - self.at

    def read(self, _size: int) -> bytes:
        self.on_sent(self.at)
        piece = self.content[self.at : self.at + self.piece]
        self.at += len(piece)
        return piece


class Sender:
    """Sends `content` to a server whose address for new uploads is `endpoint`."""

    def __init__(self, endpoint: str, content: bytes, **said: str):
        self.endpoint, self.content = endpoint, content
        self.said = {"cid": str(uuid.uuid4()), **said}
        self.offsets: list[int] = []  # where it went on, each time

    def send(self, on_sent: Callable[[int], None], piece: int = 64 * 1024) -> str:
        """Send all, whatever happens; the address of the upload. `on_sent` hears each piece."""
        address = self._patiently(self._create)
        while (at := self._patiently(lambda: self._head(address))) < len(self.content):
            self.offsets.append(at)
            try:
                requests.patch(
                    address,
                    data=_Rest(self.content, at, piece, on_sent),
                    headers={
                        **TUS,
                        "Upload-Offset": str(at),
                        "Content-Type": "application/offset+octet-stream",
                    },
                    timeout=30,
                )
            except requests.RequestException:
                time.sleep(0.05)
        return address

    def _create(self) -> str:
        answer = requests.post(
            self.endpoint,
            headers={
                **TUS,
                "Upload-Length": str(len(self.content)),
                "Upload-Metadata": metadata(**self.said),
            },
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        return requests.compat.urljoin(self.endpoint, answer.headers["Location"])

    def _head(self, address: str) -> int:
        return int(requests.head(address, headers=TUS, timeout=30).headers["Upload-Offset"])

    @staticmethod
    def _patiently(step: Callable):
        for _attempt in range(600):
            try:
                return step()
            except (requests.RequestException, KeyError):
                time.sleep(0.05)
        raise TimeoutError("The server does not come back.")
