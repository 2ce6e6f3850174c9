"""Embeddings on disk: nothing torn is read, nothing is found that is not nearest."""

from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from core.errors import MediaError
from core.media import embeddings as module
from core.media.embeddings import EmbeddingStore, unit

RANDOM = np.random.default_rng(3)
MODEL = "f" * 64


def names(count: int, start: int = 0) -> list[str]:
    return [f"{number:064x}"[::-1] for number in range(start, start + count)]


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    return EmbeddingStore(tmp_path, MODEL)


def test_the_nearest_are_those_that_looking_at_all_finds(store: EmbeddingStore, monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 64)
    rows = RANDOM.normal(size=(1000, 24)).astype(np.float32)
    assert store.add(names(1000), rows) == 1000
    queries = RANDOM.normal(size=(5, 24)).astype(np.float32)
    kept = np.rint(unit(rows) * 32767) / 32767
    scores = unit(queries) @ kept.T
    for found, row in zip(store.nearest(queries, 7), scores, strict=True):
        best = np.argsort(-row)[:7]
        assert [one.sha256 for one in found] == [names(1000)[i] for i in best]
        assert [one.similarity for one in found] == pytest.approx(row[best], abs=1e-6)


def test_a_photo_is_kept_once_and_finds_itself(store: EmbeddingStore) -> None:
    rows = RANDOM.normal(size=(4, 8))
    assert store.add(names(3), rows[:3]) == 3
    assert store.add(names(4), rows) == 1
    assert store.add([names(4)[0]] * 2, rows[:2]) == 0
    assert len(store) == 4
    (found,) = store.nearest(rows[1], 1)
    assert found[0].sha256 == names(4)[1]
    assert found[0].similarity == pytest.approx(1, abs=1e-4)


def test_more_neighbours_than_photos(store: EmbeddingStore) -> None:
    assert store.nearest(np.ones(8), 5) == [[]]
    store.add(names(2), RANDOM.normal(size=(2, 8)))
    assert len(store.nearest(np.ones(8), 5)[0]) == 2


@pytest.mark.parametrize(("file", "bytes_"), [("vectors", 5), ("vectors", 16 + 3), ("ids", 1), ("ids", 33)])
def test_a_torn_end_is_never_read_and_overwritten(store: EmbeddingStore, file: str, bytes_: int) -> None:
    rows = RANDOM.normal(size=(4, 8))
    store.add(names(3), rows[:3])
    path = store.folder / MODEL[:16] / file
    path.write_bytes(path.read_bytes()[:-bytes_])
    whole = len(store)
    assert whole < 3
    assert [len(found) for found in store.nearest(rows, 9)] == [whole] * 4
    assert store.add(names(4), rows) == 4 - whole
    assert len(store) == 4
    for number in range(4):
        assert store.nearest(rows[number], 1)[0][0].sha256 == names(4)[number]


def test_vectors_without_ids_after_a_crash(store: EmbeddingStore) -> None:
    rows = RANDOM.normal(size=(3, 8))
    store.add(names(2), rows[:2])
    with (store.folder / MODEL[:16] / "vectors").open("ab") as file:
        file.write(bytes(16))  # the vector came to disk, its id did not
    assert len(store) == 2
    store.add(names(3), rows)
    assert store.nearest(rows[2], 1)[0][0].sha256 == names(3)[2]


def test_embeddings_come_back_in_the_order_asked_for(store: EmbeddingStore) -> None:
    rows = RANDOM.normal(size=(3, 8)).astype(np.float32)
    store.add(names(3), rows)
    asked = [names(3)[2], "e" * 64, names(3)[0]]
    there, vectors = store.vectors(asked)
    assert there == (names(3)[2], names(3)[0])
    assert vectors == pytest.approx(unit(rows[[2, 0]]), abs=1e-4)
    assert EmbeddingStore(store.folder, "0" * 64).vectors(asked)[0] == ()


def test_networks_do_not_mix(store: EmbeddingStore) -> None:
    other = EmbeddingStore(store.folder, "e" * 64)
    store.add(names(1), np.ones((1, 8)))
    assert (len(store), len(other)) == (1, 0)
    with pytest.raises(MediaError, match="4 numbers, those before have 8"):
        store.add(names(2), np.ones((2, 4)))
    with pytest.raises(MediaError, match="4 numbers, those here have 8"):
        store.nearest(np.ones(4), 1)
    with pytest.raises(MediaError, match="not a photo's hash"):
        store.add(["../../etc/passwd"], np.ones((1, 8)))


def add_many(folder: Path, start: int) -> None:
    store = EmbeddingStore(folder, MODEL)
    for name in names(40, start):
        store.add([name], np.full(8, int(name[:4], 16) + 1.0))


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    context = get_context("spawn")
    processes = [context.Process(target=add_many, args=(tmp_path, start)) for start in (0, 20)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    store = EmbeddingStore(tmp_path, MODEL)
    assert len(store) == 60
    assert set(store.vectors(names(60))[0]) == set(names(60))
