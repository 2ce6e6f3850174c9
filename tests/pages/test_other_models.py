"""A model of other people on the Identify page, with species that have no card."""

from core.settings import ROOT
from tests.unit.model.foreign import clip_folder, onnx_file
from tests.unit.test_add import add

PARDINUS = "1_Animalia_Chordata_Mammalia_Carnivora_Felidae_Lynx_pardinus"
ARCTOS = "2_Animalia_Chordata_Mammalia_Carnivora_Felidae_Lynx_arctos"
ZEBRA = (ROOT / "assets" / "samples" / "zebra.jpg").read_bytes()


def test_species_without_a_card_are_named_and_can_be_confirmed(visit, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text(f"{PARDINUS}\n{ARCTOS}\n", encoding="utf-8")
    screen = visit(model=add(str(clip_folder(tmp_path / "clip")), tmp_path / "models", labels=names))
    screen.upload(("zebra.jpg", ZEBRA))
    assert "Lynx" in screen.text("fm-answer")
    assert screen.rungs()[-2].startswith("genus Lynx > 99 %")
    screen.click("choice_0")
    (said,) = [m.value for m in screen.at.markdown if "confirmed" in m.value]
    assert "**Lynx " in said, "by name, though our tree does not list it"
    assert "Noted: Lynx " in screen.text("fm-noted")


def test_a_model_without_features_answers_too(visit, tmp_path):
    names = tmp_path / "labels.txt"
    names.write_text("lion\nleopard\ntiger\nplains zebra\nsomething\nempty\n", encoding="utf-8")
    screen = visit(model=add(str(onnx_file(tmp_path / "net.onnx")), tmp_path / "models", labels=names))
    screen.upload(("zebra.jpg", ZEBRA))
    assert screen.text("fm-answer")
    assert screen.rungs()[0].startswith("kingdom Animals Animalia")
