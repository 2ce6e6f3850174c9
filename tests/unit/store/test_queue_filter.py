"""The filter as a value; what it finds is in test_queue.py."""

from core.store.queue_filter import EVERYTHING, QueueFilter


def test_everything_is_what_nobody_has_decided() -> None:
    assert QueueFilter() == EVERYTHING
    assert EVERYTHING.status == "open"
