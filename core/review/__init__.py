"""Working through many photos: which one next, why, and what a person said about it."""

from core.review.acts import ActError, parse_acts
from core.review.audit import Audit, audit
from core.review.consensus import Consensus, Status, Vote, consensus
from core.review.desk import Desk, Given
from core.review.retirement import DEFAULT_POLICY, POLICIES, Policy, is_retired

__all__ = [
    "DEFAULT_POLICY",
    "POLICIES",
    "ActError",
    "Audit",
    "Consensus",
    "Desk",
    "Given",
    "Policy",
    "Status",
    "Vote",
    "audit",
    "consensus",
    "is_retired",
    "parse_acts",
]
