"""From the uploader to identified photos of this session."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.settings import ROOT
from pages._ui import services, state
from pages._ui.state import Seen
from pages._ui.sureness import accepted_error

SAMPLES = {"A zebra": "zebra.jpg", "A flamingo": "flamingo.jpg"}


def draw_intake() -> None:
    """Draw the uploader, the camera and, on a first visit, what to try; identify what comes in."""
    files = st.file_uploader(
        "Drop photos here, paste one, or browse",
        type="image",
        accept_multiple_files=True,
        key=f"files_{state.upload_round()}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        use_camera = st.toggle("Use this device’s camera", key="use_camera")
        if not state.seen():
            st.html('<span class="fm-soft">No photo at hand? Try one of our drawings:</span>')
            for label, name in SAMPLES.items():
                st.button(label, key=f"sample_{name}", on_click=_identify_sample, args=(name,))
    shot = st.camera_input("Take a photo", key=f"camera_{state.upload_round()}") if use_camera else None
    incoming = [*(files or []), *([shot] if shot else [])]
    if incoming:
        _identify([(file.name, file.getvalue()) for file in incoming])
        state.clear_uploader()
        st.rerun()


def _identify_sample(name: str) -> None:
    _identify([(name, (ROOT / "assets" / "samples" / name).read_bytes())])


def _identify(files: Sequence[tuple[str, bytes]]) -> None:
    from core.identify import Request, Upload, identify, model_identity, save_to
    from core.media import DecodeLimits
    from core.media.embeddings import EmbeddingStore
    from core.media.library import preview
    from core.media.previews import DECODE_SIDE

    settings, classifier = services.settings(), services.classifier()
    keep = save_to(
        services.ledger(),
        services.library(),
        model_identity(classifier.bundle),
        door="app",
        now=services.now,
        previews=services.previews(),
        embeddings=EmbeddingStore(settings.embeddings, classifier.bundle.weights_sha256),
        hashes=services.hashes(),
    )
    predictions: dict[str | None, int | None] = {}

    def save(item: Any, data: bytes) -> None:
        predictions[item.sha256] = keep(item, data)

    limits = DecodeLimits(int(settings.max_megabytes * 1e6), int(settings.max_megapixels * 1e6))
    request = Request(
        error=accepted_error(classifier.bundle),
        top_k=20,
        limits=limits,
        min_side=DECODE_SIDE,
        keep_images=True,
    )
    uploads = [Upload(name, data) for name, data in files]
    done: list[Seen] = []
    progress = st.progress(0.0, "Looking …") if len(uploads) > 1 else None
    for item in identify(uploads, classifier, request, save=save):
        image = preview(item.photo.image) if item.photo else None
        done.append(Seen(item.without_image(), image, predictions.get(item.sha256), services.now()))
        if progress is not None:
            progress.progress(len(done) / len(uploads), f"{len(done)} of {len(uploads)} photos")
    state.remember(done)
