"""The review page, without a browser."""

import re

from pages._ui import services
from tests.seeded import seed


def test_without_photos_it_says_so(visit):
    screen = visit("review")
    assert "Review" in [t.value for t in screen.at.title]
    assert "None of them is labelled yet" in screen.at.info[0].value


def test_the_numbers_come_from_chance_photos_only(visit, tmp_path, ledger):
    from dataclasses import replace

    from core.review.queue import is_audit
    from tests.unit.store.test_ledger import NOW, says

    hashes = seed(tmp_path, 60)
    for sha256 in hashes:
        (last,) = ledger.predictions(sha256)
        event = replace(says(last.top_k[0][0]), sha256=sha256, shown_prediction=last.id)
        ledger.append(event, received_at=NOW)
    screen = visit("review")
    chance = sum(is_audit(sha256) for sha256 in hashes)
    caption = next(c.value for c in screen.at.caption if "chosen by chance" in c.value)
    assert re.search(rf"the {chance} labelled photos", caption)
    table = screen.at.dataframe[0].value
    assert set(table["right"]) == {f"{chance} of {chance}"}
    assert services.queue().progress() == (60, 60)
