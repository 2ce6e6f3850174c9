from pathlib import Path

import numpy as np

from core.training.kept_arrays import keep_array, kept_array

NAME = "ab" * 32


def test_what_is_kept_comes_back_and_what_is_damaged_does_not(tmp_path: Path) -> None:
    assert kept_array(tmp_path, NAME, ndim=1) is None
    row = np.arange(4, dtype=np.float16)
    keep_array(tmp_path, NAME, row)
    found = kept_array(tmp_path, NAME, ndim=1)
    assert found is not None
    np.testing.assert_array_equal(found, row)
    assert found.dtype == row.dtype
    assert kept_array(tmp_path, NAME, ndim=3) is None
    (path,) = tmp_path.rglob("*.npy")
    path.write_bytes(path.read_bytes()[:-3])
    assert kept_array(tmp_path, NAME, ndim=1) is None
    keep_array(tmp_path, NAME, np.array([1.0, np.nan]))
    assert kept_array(tmp_path, NAME, ndim=1) is None
