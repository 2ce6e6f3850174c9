"""The rules by which a new model may take the place of an old one: data, in a file that anybody may edit."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from core.errors import FormatError
from core.settings import ROOT

NAME = "gate.toml"
DEFAULT = ROOT / "assets" / NAME


@dataclass(frozen=True, slots=True)
class GateRules:
    """Most that may be lost or gained, as shares; see the comments in `assets/gate.toml`."""

    macro_f1_lost: float
    rank_accuracy_lost: float
    distance_gained: float
    recall_lost: float
    recall_photos: int
    calibration_error_gained: float
    coverage_lost: float
    scene_recall_lost: float
    scene_photos: int
    threatened_may_fall: bool
    corrections_must_help: bool


def read_rules(data: Path | None = None) -> GateRules:
    """Return the rules of a data folder, or those that Fieldmark comes with.

    Raises:
        FormatError: The file cannot be read, or a rule is missing, unknown or of the wrong kind.
    """
    own = data / NAME if data else None
    path = own if own is not None and own.is_file() else DEFAULT
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} cannot be read: {error}") from error
    kinds = {one.name: one.type for one in fields(GateRules)}
    if differing := sorted(set(given) ^ set(kinds)):
        raise FormatError(f"{path}: missing or unknown rules: {', '.join(differing)}")
    for name, value in given.items():
        wanted = (int, float) if kinds[name] is float else kinds[name]
        wrong = isinstance(value, bool) != (kinds[name] is bool)
        if wrong or not isinstance(value, wanted) or value < 0:  # type: ignore[arg-type]
            raise FormatError(f"{path}: {name} = {value!r} is not {_words(kinds[name])}")
    return GateRules(**given)


def _words(kind: object) -> str:
    if kind is float:
        return "a share of 0 or more"
    return "a whole number of 0 or more" if kind is int else "true or false"
