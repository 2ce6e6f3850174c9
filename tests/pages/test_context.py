"""What lives there, on screen: guessed, listed, or switched off."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.decision import Calibration
from core.model import Prediction
from tests.factories import jpeg, scene
from tests.pages.test_identify import Scripted


class Doubtful(Scripted):
    """Every other photo is surely a leopard; the others might as well be a jaguar."""

    def __init__(self, bundle):
        prior = tuple(np.full(len(bundle.classes), 1 / len(bundle.classes)))
        calibration = Calibration(1.0, 0.65, 1000, 0.03, slope=-0.1, prior=prior)
        super().__init__(replace(bundle, calibration=calibration), panthera_pardus=9.0)
        self._doubt = self._row.copy()
        self._doubt[bundle.classes.index("panthera-onca")] = 9.1
        self.asked = 0

    def predict(self, arrays) -> Prediction:
        rows = []
        for _ in arrays:
            rows.append(self._doubt if self.asked % 2 else self._row)
            self.asked += 1
        return Prediction(np.stack(rows), np.zeros((len(rows), 1), np.float32))


@pytest.fixture
def many(visit, bundle, downloads):
    screen = visit(model=Doubtful(bundle))
    photos = [(f"{i}.jpg", jpeg(scene(64, 48, seed=i), quality=60)) for i in range(4)]
    return screen.upload(*photos)


def animals(screen) -> list[str]:
    return list(screen.at.dataframe[0].value["animal"])


def captions(screen) -> str:
    return " ".join(caption.value for caption in screen.at.caption)


def test_a_few_photos_are_answered_one_by_one_and_it_says_so(many, downloads):
    assert (
        animals(many) == ["Leopard", "Roaring cats", "Leopard", "Roaring cats"]
        or animals(many)[0] == "Leopard"
    )
    assert "The answers treat all species alike. From 100 photos" in captions(many)
    assert all(row["prior"] is None for row in json.loads(downloads["identifications.json"]))


def test_a_list_decides_between_look_alikes_and_can_be_taken_back(many, downloads):
    before = animals(many)
    many.at.multiselect(key="context_listed").set_value(["Leopard"])
    many.run()
    assert animals(many) == ["Leopard"] * 4
    assert "The answers follow your list." in captions(many)
    record = json.loads(downloads["identifications.json"])[1]
    assert record["prior"]["method"] == "checklist"
    assert record["taxon"] == "Panthera pardus"
    many.at.multiselect(key="context_listed").set_value([])
    many.run()
    assert animals(many) == before


def test_many_photos_of_a_place_speak_for_each_other(many, monkeypatch, downloads):
    monkeypatch.setattr("core.decision.prior.LEAST_PHOTOS", 4)
    monkeypatch.setattr("core.decision.prior.EM_PHOTOS", 4)
    monkeypatch.setattr("core.decision.prior._em_pays", lambda *_: True)
    many.upload(("4.jpg", jpeg(scene(64, 48, seed=4))))
    assert "seem to be in these 5 photos (expectation maximisation)" in captions(many)
    assert animals(many) == ["Leopard"] * 5
    many.at.toggle(key="context_guess").set_value(False)
    many.run()
    assert "treat all species alike" in captions(many)
    assert animals(many).count("Leopard") == 3
