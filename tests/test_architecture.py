"""The house keeps its order: who may import whom, and what must stay light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = sorted(path for path in (ROOT / "core").rglob("*.py") if "versions" not in path.parts)
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]

# A room may import rooms of its own layer and of layers before it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "settings", "taxonomy"),
    ("media", "decision"),
    ("model", "species", "place", "store"),
    ("training", "refresh"),
    ("evaluation",),
    ("review",),
    (
        "answering",
        "serving",
        "identify",
        "adapt",
        "correct",
        "add",
        "here",
        "publish",
        "signing",
        "accounts",
        "jobs",
        "lesson",
        "flips",
        "teach",
        "handlers",
    ),
    ("formats", "progress"),
    ("commands",),
    ("__main__",),
)
# A library may be imported only in these files and folders of core.
LIBRARIES = {
    "streamlit": (),
    "plotly": (),
    "torch": ("core/model/", "core/training/", "core/commands/training.py"),
    "torchvision": (),
    "open_clip": ("core/model/clip_classifier.py",),
    "onnxruntime": ("core/model/onnx_classifier.py",),
    "optuna": ("core/training/tuning.py",),
    "huggingface_hub": ("core/model/hub.py",),
    "timm": ("core/model/backbones.py",),
    "sklearn": ("core/training/", "core/evaluation/"),
    "sqlalchemy": ("core/store/",),
    "alembic": ("core/store/",),
    "pygbif": (),
    "pyinaturalist": (),
    "tensorboardX": ("core/training/trackers.py",),
    "mlflow": ("core/training/trackers.py",),
    "wandb": ("core/training/trackers.py",),
    "requests": ("core/refresh/sources.py",),
    "shapely": ("core/place/borders.py",),
    "filelock": ("core/jobs/lock.py", "core/media/embeddings.py"),
    "typer": ("core/__main__.py", "core/commands/"),
}
# Modules that no test file of their own mirrors, and why.
UNMIRRORED = {
    "core/__main__.py": "tests/unit/test_cli.py runs it as a shell does",
    "core/commands/accounts.py": "tests/unit/test_cli_accounts.py",
    "core/commands/backups.py": "tests/unit/test_cli_backups.py",
    "core/commands/evaluation.py": "tests/unit/test_cli.py",
    "core/commands/finetuning.py": "tests/unit/test_cli_finetuning.py",
    "core/commands/jobs.py": "tests/unit/test_cli_jobs.py",
    "core/commands/identify.py": "tests/unit/test_cli.py",
    "core/commands/labels.py": "tests/unit/test_cli_labels.py",
    "core/commands/models.py": "tests/unit/test_serving.py",
    "core/commands/publish.py": "tests/unit/test_publish.py",
    "core/commands/places.py": "tests/unit/test_cli_knowledge.py",
    "core/commands/records.py": "tests/unit/test_cli.py",
    "core/commands/runs.py": "tests/unit/test_cli_training.py",
    "core/commands/shared.py": "tests/unit/test_cli.py",
    "core/commands/similar.py": "tests/unit/test_cli_similar.py",
    "core/commands/species.py": "tests/unit/test_cli_knowledge.py",
    "core/commands/taxonomy.py": "tests/unit/test_cli_knowledge.py",
    "core/commands/training.py": "tests/unit/test_cli.py",
    "core/errors.py": "nothing but names",
    "core/media/colour.py": "seen through the photos of test_decode.py",
    "core/media/notes.py": "a record",
    "core/model/classifier.py": "a protocol and a record",
    "core/place/seas.py": "a table of outlines",
    "core/store/loop_schema.py": "compared with the migrations in test_engine.py",
    "core/store/records.py": "records",
    "core/store/schema.py": "compared with the migrations in test_engine.py",
    "core/taxonomy/labels.py": "a constant",
    "core/training/config.py": "a record",
    "core/training/course.py": "test_finetune.py learns with it",
    "core/training/learner.py": "test_loop.py trains with it",
    "core/training/new_model.py": "test_finetune.py reads what it wrote",
    "core/training/results.py": "records",
}
LONG = {
    "core/store/ledger.py": "the one door of the store; its methods are short",
    "core/store/schema.py": "one table after the other",
    "pages/_ui/services.py": "one short function after the other",
}
MOST_LINES = 300


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{name_of(path)}: imports are absolute"
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            yield node.module


def layer(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


def room(path: Path) -> str:
    parts = path.relative_to(ROOT / "core").parts
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize(
    "path", [p for p in CORE if p.name != "__init__.py" or p.parent.name != "core"], ids=name_of
)
def test_nothing_imports_upward(path: Path) -> None:
    for module in imports(path):
        parts = module.split(".")
        if parts[0] == "core" and len(parts) > 1:
            assert layer(parts[1]) <= layer(room(path)), f"{name_of(path)} imports {module}"
        assert parts[0] not in ("pages", "app"), f"{name_of(path)} imports {module}"


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    for module in imports(path):
        library = module.split(".")[0]
        if library in LIBRARIES:
            assert name_of(path).startswith(LIBRARIES[library] or ("nowhere",)), (
                f"{name_of(path)} imports {module}"
            )


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_screens_do_no_heavy_lifting(path: Path) -> None:
    found = {module.split(".")[0] for module in imports(path)}
    assert not found & {"torch", "timm", "sqlalchemy", "numpy", "sklearn", "sqlite3"}


@pytest.mark.parametrize("path", [*CORE, *PAGES], ids=name_of)
def test_modules_are_short_and_say_what_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{name_of(path)} has no docstring"
    if name_of(path) not in LONG:
        assert text.count("\n") <= MOST_LINES, f"{name_of(path)} is longer than {MOST_LINES} lines"


def test_every_module_of_core_has_a_test_file_of_its_own() -> None:
    mirrored = {
        name_of(path): ROOT
        / "tests"
        / "unit"
        / path.relative_to(ROOT / "core").with_name(f"test_{path.name}")
        for path in CORE
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    missing = {name for name, test in mirrored.items() if not test.is_file()}
    assert missing <= set(UNMIRRORED) <= set(mirrored)


def test_the_command_line_starts_without_torch() -> None:
    code = "import sys, core.__main__; print(sorted({'torch', 'sklearn', 'streamlit'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_engine_is_light_until_a_model_is_needed() -> None:
    code = (
        "import sys, core.identify, core.species, core.store, core.decision, core.formats.identifications\n"
        "print(sorted({'torch', 'torchvision', 'timm', 'sklearn', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
