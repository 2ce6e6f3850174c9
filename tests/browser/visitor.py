"""What a person does on the page, and what the page must not do meanwhile."""

import base64
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

SLOW = 30_000  # ms; the first photo also loads the model
# On a page below the root Streamlit first looks for its own endpoints below that page, and says so.
PROBES = tuple(
    f"/{page}/_stcore/{probe}"
    for page in ("species", "models", "review", "train")
    for probe in ("health", "host-config")
)


class Visitor:
    """A person with a browser window; remembers every request and every complaint."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.set_default_timeout(SLOW)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).hostname or ""))
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and urlsplit(message.location["url"]).path not in PROBES:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def open(self, path: str = "") -> "Visitor":
        self.page.goto(f"{self.url}/{path}")
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until the script behind the page has nothing left to do."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')

    def upload(self, *files: tuple[str, bytes]) -> "Visitor":
        payload = [{"name": n, "mimeType": "image/jpeg", "buffer": content} for n, content in files]
        self.page.locator("input[type=file]").set_input_files(payload)
        return self

    def give(self, event: str, name: str, photo: bytes) -> "Visitor":
        """Paste or drop a photo on the uploader, as the browser would tell the page."""
        self.page.wait_for_selector('[data-testid="stFileUploaderDropzone"]')
        self.page.evaluate(GIVE, [event, name, base64.b64encode(photo).decode()])
        return self

    def answered(self) -> "Visitor":
        self.page.wait_for_selector(".fm-ladder")
        self.settle()
        return self

    def choice(self, key: object) -> Locator:
        return self.page.locator(f"[class*='st-key-choice_{key}_'] button")

    def say(self, key: object) -> str:
        """Click a candidate and return what was noted."""
        self.choice(key).click()
        return self.noted()

    def noted(self) -> str:
        noted = self.page.locator(".fm-noted[data-noted]")
        noted.wait_for()
        return noted.get_attribute("data-noted") or ""

    def undo(self, expected: str) -> None:
        button = self.page.locator(".st-key-undo button")
        expect(button).to_have_text(expected)
        button.click()

    def call_me(self, name: str) -> "Visitor":
        box = self.page.locator(".st-key-annotator input")
        box.fill(name)
        box.press("Enter")
        self.settle()
        return self

    def ask_for(self, candidates: int) -> None:
        """Ask for so many candidates and wait until they are there."""
        box = self.page.locator(".st-key-top_k input")
        box.fill(str(candidates))
        box.press("Enter")
        self.choice(candidates - 1).wait_for()
        self.settle()

    def wear(self, scheme: Literal["light", "dark"]) -> None:
        """Switch the theme of the whole machine."""
        self.page.emulate_media(color_scheme=scheme)
        is_dark = "getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme"
        self.page.wait_for_function(f"{is_dark} === '{scheme}'")
        self.settle()

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return self.page.evaluate(OVERFLOW)

    def check_manners(self) -> None:
        """Fail if the page asked another host for anything, or complained to the console."""
        assert self.hosts <= {"localhost", ""}, self.hosts
        assert not self.complaints, self.complaints


GIVE = """([kind, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
  const zone = document.querySelector('[data-testid="stFileUploaderDropzone"]');
  const options = {bubbles: true, cancelable: true, composed: true};
  if (kind === "paste") {
    zone.focus();
    zone.dispatchEvent(new ClipboardEvent("paste", {...options, clipboardData: transfer}));
  } else {
    for (const step of ["dragenter", "dragover", "drop"])
      zone.dispatchEvent(new DragEvent(step, {...options, dataTransfer: transfer}));
  }
}"""

OVERFLOW = """() => {
  const frames = [document.scrollingElement, ...document.querySelectorAll('[data-testid="stMain"]')];
  return Math.max(...frames.map((e) => e.scrollWidth - e.clientWidth));
}"""
