"""`python -m core backup|restore|verify`."""

from pathlib import Path
from typing import Annotated

import typer

from core.commands.shared import now
from core.settings import Settings


def backup(
    keep: Annotated[int, typer.Option(min=1, help="How many copies to keep.")] = 10,
) -> None:
    """Copy the database, also while it is in use, and check the copy."""
    from core.store.backups import make_backup

    settings = Settings()
    made = make_backup(_file(settings), settings.data / "backups", at=now(), keep=keep)
    typer.echo(f"{made.path} ({made.size / 1e6:.1f} MB)")


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(help="A backup; by default the newest. Without --yes it only says what would happen."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False,
) -> None:
    """Put a backup in the place of the database; what was there is backed up first."""
    from core.errors import StoreError
    from core.store.backups import list_backups, restore_backup

    settings = Settings()
    folder = settings.data / "backups"
    copies = list_backups(folder)
    if file is None and not copies:
        raise StoreError(f"there is no backup in {folder}; make one with: python -m core backup")
    chosen = file or copies[-1].path
    if not yes:
        typer.echo(f"would restore {chosen}; close Fieldmark, then run the same with --yes")
        return
    before = restore_backup(chosen, _file(settings), folder, at=now())
    typer.echo(f"restored {chosen}" + (f"; what was there is in {before.path}" if before else ""))


def verify(
    photos: Annotated[
        bool, typer.Option("--photos", help="Read every photo and compare its hash, too.")
    ] = False,
) -> None:
    """Check the database, replay the history of all labels, and look for photos that are missing."""
    from core.errors import StoreError
    from core.media import MediaLibrary
    from core.store.backups import check_file, check_labels
    from core.store.review import all_photos

    settings = Settings()
    path = _file(settings)
    if not path.is_file():
        raise StoreError(f"there is no database {path}")
    problems = check_file(path) or check_labels(settings.database)
    library = MediaLibrary(settings.data / "media")
    hashes = all_photos(settings.database)
    problems += [text for sha256 in hashes if (text := library.check(sha256, read=photos))]
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"the database and {len(hashes)} photos are sound")


def _file(settings: Settings) -> Path:
    from core.errors import StoreError

    if not settings.database.startswith("sqlite:///"):
        raise StoreError("this database is kept by a server; use the server's own backup, such as pg_dump")
    return Path(settings.database.removeprefix("sqlite:///"))
