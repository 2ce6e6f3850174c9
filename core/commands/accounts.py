"""`python -m core accounts`: who may sign in."""

import sys
from typing import Annotated

import typer

from core.commands.shared import now
from core.settings import Settings
from core.store import Accounts, Role, open_database

accounts = typer.Typer(
    no_args_is_help=True,
    help="Say who may sign in; without accounts there is one person and no door.",
    rich_markup_mode=None,
)


def _accounts() -> Accounts:
    return Accounts(open_database(Settings().database))


@accounts.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name that labels will carry.")],
    role: Annotated[Role, typer.Option(help="annotator, expert or manager.")] = Role.ANNOTATOR,
) -> None:
    """Make an account, or give one another password and role. The password is asked for, or read from a pipe."""
    from core.accounts import register

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    account = register(_accounts(), name, password, role, at=now())
    typer.echo(f"{account.name} may sign in as {account.role.value}.")


@accounts.command("close")
def close(name: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Close an account; its labels stay, and `open` undoes this."""
    _set_active(name, False, "can no longer sign in")


@accounts.command("open")
def reopen(name: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Open a closed account again."""
    _set_active(name, True, "may sign in again")


@accounts.command("list")
def list_accounts() -> None:
    """List all accounts."""
    found = _accounts().all()
    for account in found:
        typer.echo(f"{account.name}  {account.role.value}{'' if account.active else '  closed'}")
    if not found:
        typer.echo("There are no accounts: whoever opens Fieldmark may label.")


def _set_active(name: str, active: bool, now_what: str) -> None:
    from core.errors import AccountError

    if not _accounts().set_active(name, active, at=now()):
        raise AccountError(f"there is no account {name!r}; accounts list shows all")
    typer.echo(f"{name} {now_what}.")
