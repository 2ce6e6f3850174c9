"""`make demo`: from mistakes to a better model and back, without a network.

The last line is a JSON object: corrections, before and after (macro-F1), promoted, rolled_back, seconds.
"""

import json
import logging
import tempfile
from pathlib import Path

from tests.demo.walk import run


def main() -> None:
    """Run in a folder that is gone afterwards; the exit status says whether the model got better, came and went."""
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder))
    print(json.dumps(found))
    good = found["after"] > found["before"] and found["promoted"] and found["rolled_back"]
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
