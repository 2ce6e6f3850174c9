"""Letting another model answer, from the page."""

from pages._ui import services, training_services, who


def activate_model(name: str) -> None:
    """Let another model answer, for everybody, from now on.

    Raises:
        BundleError: It cannot be used.
    """
    from core.serving import switch_to

    switch_to(
        name,
        services.settings(),
        at=services.now(),
        by=who.annotator(),
        promotions=training_services.promotions(),
    )


def decline_model(name: str, why: str = "", *, withdrawn: bool = False) -> None:
    """Keep the decision not to let a model answer, or that it was taken back.

    Raises:
        BundleError: It answers, or there is no decision to take back.
        StoreError: The database refuses.
    """
    from core.serving import decline

    decline(
        name, services.settings(), at=services.now(), by=who.annotator(), why=why, withdrawn=withdrawn,
        declined=training_services.declined(),
    )  # fmt: skip


def can_go_back() -> bool:
    """Whether another model answered before this one."""
    from core.errors import BundleError
    from core.serving import previous

    try:
        previous(services.settings(), training_services.promotions())
    except BundleError:
        return False
    return not services.settings().model_is_fixed


def roll_back_model() -> None:
    """Let the model answer that did so before.

    Raises:
        BundleError: There is none.
    """
    from core.serving import previous

    activate_model(previous(services.settings(), training_services.promotions()))


def may_promote() -> bool:
    """Whether whoever is here may decide which model answers: in a house with accounts, its managers."""
    from core.store import Role

    account = who.signed_in() if who.is_guarded() else None
    return not who.is_guarded() or (account is not None and account.role is Role.MANAGER)
