"""The desk of this house: who must look at what, by the model that answers and the policy that was chosen."""

from core.review import DEFAULT_POLICY, POLICIES, Desk, Policy
from core.species.explore import THREATENED
from pages._ui import services, who


def desk() -> Desk:
    """Everything that reviewing needs."""
    served = services.served_folder()
    bundles = [model.bundle for model in services.installed_models() if model.folder == served]
    return Desk(
        services.ledger(), services.queue(), services.events(), services.taxonomy(), policy(),
        threatened=frozenset(card.taxon for card in services.cards().values() if card.iucn in THREATENED),
        learnt_from=bundles[0].training.get("photos_per_class", {}) if bundles and bundles[0] else {},
        gold=services.gold(), asks_again=who.is_guarded(),
    )  # fmt: skip


def policy() -> Policy:
    """How many people must look at a photo."""
    return POLICIES.get(services.review().policy() or DEFAULT_POLICY, POLICIES[DEFAULT_POLICY])
