"""The first page paints without the libraries that take seconds to import."""

import os
import subprocess
import sys

from core.settings import ROOT

FIRST_PAINT = """
import sys
from streamlit.testing.v1 import AppTest

at = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not at.exception, at.exception
assert len(at.file_uploader) == 1
print("loaded:", *[name for name in sys.argv[2:] if name in sys.modules])
"""


def test_the_first_page_needs_no_heavy_library(tmp_path):
    heavy = ["torch", "torchvision", "timm", "sklearn"]
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(ROOT / "app.py"), *heavy],
        cwd=ROOT,
        env={**os.environ, "FIELDMARK_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "loaded:"
    assert not list(tmp_path.iterdir()), "looking at the first page creates nothing"
