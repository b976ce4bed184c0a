"""The bad line of the bench carries everything, and takes its time."""

import socket
import threading
import time

from tests.live.line import Line


def test_a_line_carries_all_and_is_as_slow_as_it_says():
    content = bytes(range(256)) * 40
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo():
            there, _address = server.accept()
            with there:
                while piece := there.recv(4096):
                    there.sendall(piece)

        threading.Thread(target=echo, daemon=True).start()
        line = Line(server.getsockname()[1], bits=400_000, round_trip=0.05, loss=0.0)
        with line, socket.create_connection(("127.0.0.1", line.port)) as here:
            started = time.monotonic()
            threading.Thread(target=here.sendall, args=(content,), daemon=True).start()
            heard = b""
            while len(heard) < len(content):
                heard += here.recv(4096)
            taken = time.monotonic() - started
    assert heard == content
    assert taken >= len(content) * 8 / 400_000 + 2 * 0.05  # the handshake, and there and back


def test_a_lost_packet_comes_late_and_everything_after_it_too():
    line = Line(0, bits=1, round_trip=0, loss=0.5, seed=4)
    waits = [line._lost() for _ in range(2000)]
    assert 0 < sum(wait > 0 for wait in waits) / len(waits) < 0.6
    assert {0.0, 1.0, 3.0, 7.0} <= set(waits)
    assert [Line(0, bits=1, round_trip=0, loss=0)._lost() for _ in range(3)] == [0, 0, 0]
