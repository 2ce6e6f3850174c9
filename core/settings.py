"""Where things are and how large they may be; read once, then passed on."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
BUNDLED_MODELS = ROOT / "assets" / "models"


class Settings(BaseSettings):
    """Settings from environment variables `FIELDMARK_…`; every one has a working default.

    Attributes:
        data: Folder of the user's database, photos and models.
        database_url: SQLAlchemy URL; by default `fieldmark.db` in `data`.
        model: The model folder to serve; set, it wins over what was activated.
        species_info: Folder of the cards.
        annotator: Who corrects, until someone says otherwise on the page.
        country: ISO 3166-1 alpha-3 code of where most photos are from; shown until a photo or person says otherwise.
        iucn_token: The person's own token for the Red List, for `species refresh`.
        max_megapixels, max_megabytes: Larger photos are refused before decoding.
    """

    model_config = SettingsConfigDict(env_prefix="FIELDMARK_", frozen=True, extra="ignore")

    data: Path = ROOT / "data"
    database_url: str = ""
    model: Path = BUNDLED_MODELS / "fieldmark-2"
    species_info: Path = ROOT / "species_info"
    annotator: str = "me"
    country: str = ""
    iucn_token: str = Field(default="", repr=False)
    max_megapixels: float = Field(default=120.0, gt=0)
    max_megabytes: float = Field(default=100.0, gt=0)

    @property
    def own_models(self) -> Path:
        """Where the user's models and the log of activations are."""
        return self.data / "models"

    @property
    def embeddings(self) -> Path:
        """Where what networks saw in photos is kept, to find similar ones."""
        return self.data / "embeddings"

    @property
    def runs(self) -> Path:
        """Where training runs are written down."""
        return self.data / "runs"

    @property
    def model_is_fixed(self) -> bool:
        """Whether the environment says which model to serve."""
        return "model" in self.model_fields_set

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.data / 'fieldmark.db'}"
