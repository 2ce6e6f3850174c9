"""Letting another model answer, from the page."""

from pages._ui import services


def activate_model(name: str) -> None:
    """Let another model answer, for everybody, from now on.

    Raises:
        BundleError: It cannot be used.
    """
    from core.serving import switch_to

    switch_to(name, services.settings(), at=services.now())


def can_go_back() -> bool:
    """Whether another model answered before this one."""
    from core.errors import BundleError
    from core.serving import previous

    try:
        previous(services.settings())
    except BundleError:
        return False
    return not services.settings().model_is_fixed


def roll_back_model() -> None:
    """Let the model answer that did so before.

    Raises:
        BundleError: There is none.
    """
    from core.serving import previous

    activate_model(previous(services.settings()))
