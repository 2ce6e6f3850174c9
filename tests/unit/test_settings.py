"""Settings from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import ROOT, Settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIELDMARK_{name.upper()}", raising=False)


def test_everything_has_a_default_that_works() -> None:
    settings = Settings()
    assert settings.database == f"sqlite:///{ROOT / 'data' / 'fieldmark.db'}"
    assert (settings.model / "model.json").is_file()
    assert (settings.species_info / "sources.csv").is_file()
    assert settings.annotator == "me"


def test_the_database_follows_the_data_folder_unless_it_has_its_own_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FIELDMARK_DATA", str(tmp_path))
    assert Settings().database == f"sqlite:///{tmp_path / 'fieldmark.db'}"
    monkeypatch.setenv("FIELDMARK_DATABASE_URL", "postgresql+psycopg://host/db")
    assert Settings().database == "postgresql+psycopg://host/db"


@pytest.mark.parametrize("name", ["MAX_MEGAPIXELS", "MAX_MEGABYTES"])
@pytest.mark.parametrize("value", ["0", "-5", "many", "nan"])
def test_a_limit_that_limits_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"FIELDMARK_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_variables_of_others_are_ignored_and_settings_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDMARK_CHROMIUM", "elsewhere")
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.annotator = "you"  # type: ignore[misc]
