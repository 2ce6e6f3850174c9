"""Working through many photos: which one next, why, and what a person said about it."""

from core.review.acts import ActError, parse_acts
from core.review.audit import Audit, audit
from core.review.queue import Lane, QueueItem, order_queue

__all__ = ["ActError", "Audit", "Lane", "QueueItem", "audit", "order_queue", "parse_acts"]
