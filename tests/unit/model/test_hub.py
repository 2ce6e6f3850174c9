"""Fetching from a hub, and what must not be opened."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import BundleError
from core.model.hub import forbids_commerce, locate, push_folder, read_licence, safe_weights
from tests.unit.model.foreign import timm_folder

COMMIT = "c" * 40


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A hub on this machine with one repository, `them/lions`, that speaks the hub's protocol."""
    files = timm_folder(tmp_path / "served")
    (files / "pytorch_model.bin").write_bytes(b"pickle")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET(body=False)

        def do_GET(self, body: bool = True) -> None:
            path = self.path.split("?")[0]
            if path.startswith("/api/models/them/lions/revision/"):
                names = [{"rfilename": p.name} for p in sorted(files.iterdir())]
                self._send(
                    json.dumps({"id": "them/lions", "sha": COMMIT, "siblings": names}).encode(),
                    body,
                    "application/json",
                )
            elif path.startswith("/api/models/them/lions/tree/"):
                rows = [
                    {"type": "file", "path": p.name, "size": p.stat().st_size, "oid": "0" * 40}
                    for p in sorted(files.iterdir())
                ]
                self._send(json.dumps(rows).encode(), body, "application/json")
            elif (
                path.startswith(f"/them/lions/resolve/{COMMIT}/") and (files / path.split("/")[-1]).is_file()
            ):
                self._send((files / path.split("/")[-1]).read_bytes(), body, "application/octet-stream")
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def _send(self, data: bytes, body: bool, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if body:
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_repository_is_fetched_without_its_pickles(hub: str) -> None:
    seen: list[tuple[int, int]] = []
    folder = locate(
        "hf-hub:them/lions", on_bytes=lambda done, total: seen.append((done, total)), endpoint=hub
    )
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["architecture"] == "test_vit"
    assert seen
    assert max(done for done, _ in seen) >= (folder / "model.safetensors").stat().st_size


def test_a_repository_that_is_not_there_says_what_to_do(hub: str) -> None:
    with pytest.raises(
        BundleError, match=r"hf-hub:them/tigers could not be fetched .*Look at the name and the network"
    ):
        locate("hf-hub:them/tigers", endpoint=hub)


def test_without_a_network_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(BundleError, match="could not be fetched"):
        locate("hf-hub:them/lions", endpoint="http://127.0.0.1:9")


@pytest.mark.parametrize("name", ["lions", "them/lions/more", "../lions", "them/li ons"])
def test_an_address_is_owner_and_name(name: str) -> None:
    with pytest.raises(BundleError, match="is no address"):
        locate(f"hf-hub:{name}")


def test_a_folder_or_a_file_in_it_is_found(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path / "m")
    assert locate(str(folder)) == folder
    assert locate(str(folder / "config.json")) == folder
    assert locate(str(folder / "model.safetensors")) == folder
    with pytest.raises(BundleError, match="neither a folder nor a file"):
        locate(str(tmp_path / "nowhere"))


def test_pickles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(BundleError, match="can run any code"):
        locate(str(tmp_path / "pytorch_model.bin"))
    with pytest.raises(BundleError, match=r"has no model.safetensors; pytorch_model.bin is a pickle"):
        safe_weights(tmp_path, "model.safetensors")
    (tmp_path / "pytorch_model.bin").unlink()
    with pytest.raises(BundleError, match="not a whole model"):
        safe_weights(tmp_path, "model.safetensors")


@pytest.mark.parametrize(
    ("head", "config", "source", "licence"),
    [
        ("---\nlicense: mit\n---\n", {}, "x", "mit"),
        ("---\nlicense: other\nlicense_name: research-only\n---\n", {}, "x", "research-only"),
        ("---\nlicense: [mit, cc0-1.0]\n---\n", {}, "x", "mit, cc0-1.0"),
        ("---\n: [\n---\n", {}, "x", "licence unknown"),
        ("no head", {"pretrained_cfg": {"license": "apache-2.0"}}, "x", "apache-2.0"),
        ("", {}, "hf-hub:timm/vit_large_patch14_clip_336.datacompxl_ft_augreg_inat21", "cc-by-nc-4.0"),
        ("", {}, "x", "licence unknown"),
    ],
)
def test_licences_are_read(tmp_path: Path, head: str, config: dict, source: str, licence: str) -> None:
    (tmp_path / "README.md").write_text(head, encoding="utf-8")
    assert read_licence(tmp_path, config, source) == licence


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [
        ("cc-by-nc-4.0", True),
        ("CC BY-NC 4.0", True),
        ("Non-commercial", True),
        ("mit", False),
        ("apache-2.0", False),
    ],
)
def test_non_commercial_licences_are_known(licence: str, forbids: bool) -> None:
    assert forbids_commerce(licence) is forbids


@pytest.fixture
def open_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, bytes]]]:
    """A hub on this machine that takes files from whoever has the token `secret`."""
    kept: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self._send(200, {"id": "me/model", "sha": COMMIT, "siblings": [], "private": True})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.split("?")[0]
            if self.headers.get("Authorization") != "Bearer secret":
                self._send(401, {"error": "Invalid username or password."})
            elif path == "/api/repos/create":
                assert json.loads(body)["visibility"] == "private"
                self._send(200, {"url": f"http://127.0.0.1:{server.server_port}/me/model"})
            elif path.endswith("/preupload/main"):
                files = [
                    {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for one in json.loads(body)["files"]
                ]
                self._send(200, {"files": files})
            elif path.endswith("/commit/main"):
                for line in body.splitlines():
                    entry = json.loads(line)
                    if entry["key"] == "file":
                        kept[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
                address = f"http://127.0.0.1:{server.server_port}/me/model/commit/{COMMIT}"
                self._send(
                    200, {"success": True, "commitOid": COMMIT, "commitUrl": address, "hookOutput": ""}
                )
            else:
                self._send(200, {})

        def _send(self, status: int, record: object) -> None:
            data = json.dumps(record).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield f"http://127.0.0.1:{server.server_port}", kept
    server.shutdown()
    server.server_close()


def test_a_folder_is_pushed_whole(open_hub: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, kept = open_hub
    (tmp_path / "addaxai").mkdir()
    (tmp_path / "README.md").write_text("# Model")
    (tmp_path / "addaxai" / "labels.json").write_text("{}")
    where = push_folder(tmp_path, "me/model", endpoint=address, token="secret")
    assert where.endswith("/me/model")
    assert kept == {"README.md": b"# Model", "addaxai/labels.json": b"{}"}


def test_who_may_not_push_is_told_what_to_do(open_hub: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Model")
    with pytest.raises(BundleError, match=r"could not be pushed .*hf auth login"):
        push_folder(tmp_path, "me/model", endpoint=open_hub[0], token="wrong")
    assert open_hub[1] == {}
    with pytest.raises(BundleError, match="no address"):
        push_folder(tmp_path, "model", endpoint=open_hub[0])
