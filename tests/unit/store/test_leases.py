"""Leases by themselves; what they mean for the queue is in test_queue.py."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from core.store import schema
from tests.review_house import NOW, build, sha


def test_a_lease_is_renewed_by_its_holder_and_swept_when_over(tmp_path: Path) -> None:
    house = build(tmp_path)
    for number in range(2):
        house.add(number)

    def held() -> list[object]:
        with house.engine.connect() as connection:
            return list(connection.execute(sa.select(schema.lease.c.expires_at)).scalars())

    house.leases.hold("ada", [sha(0)], at=NOW)
    house.leases.hold("ada", [sha(0)], at=NOW + timedelta(minutes=5))
    assert held() == [NOW + timedelta(minutes=15)]
    house.leases.hold("ada", [sha(1)], at=NOW + timedelta(hours=1))
    assert held() == [NOW + timedelta(hours=1, minutes=10)]
    house.leases.hold("ada", ["f" * 64], at=NOW)
    assert len(held()) == 1
    house.leases.let_go("ada")
    assert held() == []
