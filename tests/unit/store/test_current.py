"""What follows from acts, for many photos at once; that a replay gives the same is in the property tests."""

from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from core.store import EventKind, LabelEvent, Lane, Place, schema
from core.store.current import refresh
from core.store.engine import writing
from tests.review_house import LION, NOW, WOLF, House, build, sha


def waits(house: House) -> list[int]:
    """Return the numbers of the photos that wait."""
    q, m = schema.queue_entry.c, schema.media.c
    query = sa.select(m.sha256).join(schema.queue_entry, q.media_id == m.id).where(q.is_open)
    with house.engine.connect() as connection:
        open_now = set(connection.execute(query).scalars())
    return [number for number in range(10) if sha(number) in open_now]


def queued(path: Path, count: int) -> House:
    house = build(path)
    for number in range(count):
        house.add(number)
    house.queue.place(
        Place(sha(number), number + 1, Lane.UNSURE, 0.5, audit=False) for number in range(count)
    )
    return house


def test_each_photo_gets_what_its_own_acts_say(tmp_path: Path) -> None:
    house = queued(tmp_path, 6)
    taken_back = house.says(1, LION)
    house.undoes(1, taken_back)
    house.says(2, WOLF)
    house.says(3, None, kind=EventKind.PERSON)
    house.says(4, None, kind=EventKind.FLAG)
    house.says(5, LION, lane=Lane.UNSURE)
    house.queue.reopen([Place(sha(5), 6, Lane.SUSPECT, 1.0, audit=False)])
    with writing(house.engine) as connection:
        for table in (schema.current_label, schema.current_mark):
            connection.execute(table.delete())
        refresh(connection, [6, 5, 4, 3, 2, 1, 1])
        marks = connection.execute(
            sa.select(schema.current_mark.c.media_id, schema.current_mark.c.kind)
        ).all()
    assert [bool(house.ledger.current(sha(number))) for number in range(6)] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]
    assert house.ledger.current(sha(2)).taxon == WOLF
    assert sorted(marks) == [(4, "person"), (5, "flag")]
    assert waits(house) == [0, 1, 4, 5]  # of the labelled ones only that which is looked at again


def test_nothing_is_asked_where_there_is_nothing(tmp_path: Path) -> None:
    house = queued(tmp_path, 1)
    with writing(house.engine) as connection:
        refresh(connection, [])
        refresh(connection, [1])
    assert waits(house) == [0]


def test_many_acts_take_no_more_statements_than_one(tmp_path: Path) -> None:
    house = queued(tmp_path, 60)
    house.says(59, LION)  # ada is known from here on
    assert statements_of(house, range(1, 50)) == statements_of(house, range(1))


def statements_of(house: House, photos: range) -> int:
    """Return how many statements it takes to keep an act about each of the photos."""
    sent: list[str] = []

    def note(*given: object) -> None:
        sent.append(str(given[2]))

    acts = [LabelEvent(uuid4(), sha(number), EventKind.NOT_ANIMAL, "ada", NOW) for number in photos]
    sa.event.listen(house.engine, "before_cursor_execute", note)
    assert house.ledger.append_all(acts, received_at=NOW) == {}
    sa.event.remove(house.engine, "before_cursor_execute", note)
    return len(sent)
