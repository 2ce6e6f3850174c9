"""Every error that Fieldmark raises on purpose.

    FieldmarkError
    ├── MediaError        a photo that cannot be read; carries a stable `code`
    ├── TaxonomyError     names that contradict each other, or an unknown taxon
    ├── CardError         a species card that does not follow the schema
    ├── BundleError       a model folder that cannot be loaded
    ├── ManifestError     a training manifest that cannot be used
    ├── TrainingError     a training run that cannot go on
    │   └── TrainingCancelled  someone asked it to stop
    ├── CalibrationError  a promise that the held-out photos cannot carry
    ├── FormatError       a file of another tool, or of a person, that cannot be read
    ├── AccountError      a name, password or role that does not let somebody in
    │   └── TooManyTries  too many wrong passwords for now; carries `seconds` to wait
    ├── RefreshError      another database cannot be asked: no network, no token, no library
    └── StoreError        the database refuses: locked, full, wrong schema
        └── UnfitEvent    an act about an unknown photo or event, or one that contradicts itself

A message says what is wrong, in which file, and what to do about it.
"""


class FieldmarkError(Exception):
    """Base of all errors that are meant for a person's eyes."""


class MediaError(FieldmarkError):
    """A photo that cannot be read. `code` is stable and documented in docs/bad-input.md."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TaxonomyError(FieldmarkError):
    """Names that contradict each other, or a taxon nobody has heard of."""


class CardError(FieldmarkError):
    """A species card that does not follow the schema."""


class BundleError(FieldmarkError):
    """A model folder that is incomplete, changed, or not a Fieldmark model."""


class ManifestError(FieldmarkError):
    """A training manifest with missing columns, files or splits."""


class TrainingError(FieldmarkError):
    """A training run that cannot go on, for example a checkpoint of another recipe."""


class TrainingCancelled(TrainingError):
    """A training run that someone asked to stop; what it had done so far is kept for the next."""


class CalibrationError(FieldmarkError):
    """An error rate that was never calibrated, or that the held-out photos are too few to promise."""


class FormatError(FieldmarkError):
    """A checklist, archive or taxon list that cannot be read."""


class RefreshError(FieldmarkError):
    """Another database cannot be asked; says nothing about what it knows.

    `retry_after_s` is set where it asks to be asked again later.
    """

    retry_after_s: float | None = None


class AccountError(FieldmarkError):
    """Somebody cannot be let in, or an account cannot be made as asked."""


class TooManyTries(AccountError):
    """Too many wrong passwords under a name; after `seconds` the next one is looked at."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class StoreError(FieldmarkError):
    """The database refuses: an unknown photo or event, or a schema from the future."""


class UnfitEvent(StoreError):
    """An act that can never be stored as it is: about an unknown photo or event, or contradicting itself."""
