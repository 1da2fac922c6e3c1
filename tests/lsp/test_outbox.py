"""What waits for a client that reads slowly, or not at all."""

from __future__ import annotations

import threading

from holefit_lsp.outbox import Outbox


class Client:
    """Reads only when it is let."""

    def __init__(self) -> None:
        self.reads = threading.Event()
        self.busy = threading.Event()
        self.got: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.busy.set()
        self.reads.wait(10)
        self.got.append(data)


def waiting(client: Client, soft_limit: int = 100, hard_limit: int = 1000) -> Outbox:
    """An outbox whose thread is held up by a first message."""
    outbox = Outbox(client.write, soft_limit=soft_limit, hard_limit=hard_limit)
    outbox.put(b"first|")
    assert client.busy.wait(10)
    return outbox


def test_frames_go_out_in_order() -> None:
    client = Client()
    client.reads.set()
    outbox = Outbox(client.write)
    for number in range(100):
        outbox.put(b"%d " % number)
    outbox.close()
    assert b"".join(client.got) == b"".join(b"%d " % number for number in range(100))


def test_a_newer_frame_with_the_same_key_replaces_one_that_waits() -> None:
    client = Client()
    outbox = waiting(client)
    outbox.put(b"old a|", key="a")
    outbox.put(b"b|", key="b")
    outbox.put(b"new a|", key="a")
    client.reads.set()
    outbox.close()
    assert b"".join(client.got) == b"first|b|new a|"


def test_what_may_be_lost_is_dropped_past_the_soft_limit() -> None:
    client = Client()
    outbox = waiting(client, soft_limit=20)
    for _ in range(10):
        outbox.put(b"x" * 10, droppable=True)
    outbox.put(b"answer")
    client.reads.set()
    outbox.close()
    assert b"".join(client.got) == b"first|" + b"x" * 20 + b"answer"
    assert outbox.dropped == 8


def test_the_reader_is_held_back_past_the_hard_limit_only() -> None:
    client = Client()
    outbox = waiting(client, hard_limit=20)
    outbox.wait_for_room()
    outbox.put(b"x" * 30)
    reader = threading.Thread(target=outbox.wait_for_room, daemon=True)
    reader.start()
    reader.join(0.05)
    assert reader.is_alive()
    client.reads.set()
    reader.join(10)
    assert not reader.is_alive()
    outbox.close()


def test_a_client_that_is_gone_is_told_once_and_nothing_waits_for_it() -> None:
    gone = threading.Event()

    def write(data: bytes) -> None:
        raise BrokenPipeError

    outbox = Outbox(write, on_broken=gone.set)
    outbox.put(b"x")
    assert gone.wait(10)
    outbox.put(b"y")
    outbox.wait_for_room()
    outbox.close()
