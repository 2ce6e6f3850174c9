"""docs/bad-input.md lists every code that the code can give, and no other."""

import re

from core.settings import ROOT

RAISED = re.compile(r'\bMedia(Error|Note)\(\s*"(\w+)"')
LISTED = re.compile(r"^\| `(\w+)` \| ([\w, ]+) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_the_table_is_complete():
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "core").rglob("*.py")):
        for kind, code in RAISED.findall(path.read_text("utf-8")):
            found.setdefault(code, set()).add(kind.lower())
    found["unexpected"] = {"error"}  # a note in form only: the reason why there is no answer
    listed = {
        code: set(kinds.split(", "))
        for code, kinds, *_ in LISTED.findall((ROOT / "docs/bad-input.md").read_text("utf-8"))
    }
    assert listed == found


def test_codes_are_sorted_and_explained():
    rows = LISTED.findall((ROOT / "docs/bad-input.md").read_text("utf-8"))
    codes = [code for code, *_ in rows]
    assert codes == sorted(set(codes))
    assert all(meaning.endswith(".") and advice.endswith(".") for *_, meaning, advice in rows)
