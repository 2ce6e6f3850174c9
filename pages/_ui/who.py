"""Who sits before the screen."""

import streamlit as st

from core.store import Account
from pages._ui import services, state


def annotator() -> str | None:
    """The name under which acts are kept; `None` if the house has accounts and nobody has signed in.

    A house without accounts has one person, who may say a name.
    """
    if not is_guarded():
        return state.annotator(services.settings().annotator)
    account = signed_in()
    return account.name if account else None


def is_guarded() -> bool:
    """Whether this house has accounts."""
    return any(account.active for account in services.accounts().all())


def signed_in() -> Account | None:
    """The account of the cookie that the browser sent when it opened this page."""
    from core.accounts import COOKIE

    return account_of(st.context.cookies.get(COOKIE))


def account_of(token: str | None) -> Account | None:
    """The account that a cookie proves, `None` if it proves none."""
    from core.accounts import read_token
    from pages._ui.routes import signer

    return read_token(token, services.accounts(), signer(), at=services.now()) if token else None


def may_act_as(annotator: str, token: str | None) -> bool:
    """Whether a browser with this cookie acts under a name: its own account's, or any where there are no accounts."""
    account = account_of(token)
    return account.name == annotator if account else not is_guarded()


def draw_sign_in(to: str, why: str) -> None:
    """Draw the way to the form, in the same tab."""
    st.html(f'<p class="fm-noted">{why} <a href="/sign-in?to={to}" target="_self">Sign in</a></p>')
