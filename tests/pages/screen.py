"""A screen as a test sees it."""

import hashlib
import re
from html import unescape

from streamlit.testing.v1 import AppTest


class Screen:
    """An app in the middle of a visit; every act draws it anew and fails on any exception."""

    def __init__(self, at: AppTest) -> None:
        self.at = at
        self._check()

    def _check(self) -> None:
        assert not self.at.exception, self.at.exception

    def run(self) -> "Screen":
        self.at.run()
        self._check()
        return self

    def upload(self, *files: tuple[str, bytes]) -> "Screen":
        self.at.file_uploader[0].set_value([(name, content, "image/jpeg") for name, content in files])
        return self.run()

    def click(self, key: str) -> "Screen":
        """Click a button; the keys of choices go on with the photo and the state that they were offered for."""
        full = next((b.key for b in self.at.button if b.key and b.key.startswith(f"{key}_")), key)
        self.at.button(key=full if key.startswith("choice_") else key).click()
        return self.run()

    def type(self, key: str, text: str) -> "Screen":
        self.at.text_input(key=key).set_value(text)
        return self.run()

    def search(self, text: str) -> "Screen":
        return self.type(self._key("search_"), text)

    def choose_rank(self, rank: str) -> "Screen":
        self.at.selectbox(key=self._key("rank_")).set_value(rank)
        return self.run()

    def _key(self, start: str) -> str:
        widgets = [*self.at.text_input, *self.at.selectbox]
        return next(w.key for w in widgets if w.key and w.key.startswith(start))

    def html(self, css: str) -> str:
        """Return the first HTML that has an element of this class, or ""."""
        return next((h.value for h in self.at.html if re.search(rf'class="{css}["\s]', h.value)), "")

    def text(self, css: str) -> str:
        return text_of(self.html(css))

    def rungs(self) -> list[str]:
        return [text_of(li) for li in re.findall(r"<li.*?</li>", self.html("fm-ladder"))]

    def choices(self, kind: str = r"\d+") -> list[str]:
        return [b.label for b in self.at.button if re.match(f"choice_{kind}_", b.key or "")]

    def key_of(self, name: str) -> str:
        """Return the key of the choice that names this taxon."""
        return next(b.key for b in self.at.button if name in b.label)

    def has(self, key: str) -> bool:
        return any(b.key == key for b in self.at.button)

    def tiles(self) -> list[str]:
        return re.findall(r'href="species\?taxon=([^"]+)"', self.html("fm-grid"))


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def sha256(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()
