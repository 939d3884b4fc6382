"""A real Jupyter server, and a real Chromium that looks at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

SECONDS_TO_START = 90
# All cells stand in the page at once, nobody is asked about news at the first start, and nothing is
# saved while a test saves: JupyterLab takes the one for a change by somebody else.
SETTINGS = {
    "docmanager-extension/plugin": {"autosave": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass(frozen=True)
class Server:
    """Where a running Jupyter server answers."""

    url: str  # ends in /
    token: str

    def page(self, path: str) -> str:
        return f"{self.url}{path}?token={self.token}"


@contextmanager
def serve(folder: Path, own: Path, **variables: str) -> Iterator[Server]:
    """Run JupyterLab on this machine's loopback address, with settings of its own in `own`.

    `folder` is where it runs, and all that it shows.
    """
    write_settings(own / "settings")
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
    }
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    with (own / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=folder,
            env=environment | variables,
            stdout=log,
            stderr=log,
        )
    try:
        yield address(server, own)
    finally:
        server.terminate()
        server.wait(timeout=90)


def write_settings(folder: Path) -> None:
    for name, values in SETTINGS.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def address(server: subprocess.Popen[bytes], own: Path) -> Server:
    """Wait until the server has written where it listens."""
    note = own / "runtime" / f"jpserver-{server.pid}.json"
    give_up = time.monotonic() + SECONDS_TO_START
    while not (note.is_file() and note.read_text(encoding="utf-8").endswith("}")):
        assert server.poll() is None, (own / "server.log").read_text(encoding="utf-8")
        assert time.monotonic() < give_up, (own / "server.log").read_text(encoding="utf-8")
        time.sleep(0.05)
    said = json.loads(note.read_text(encoding="utf-8"))
    return Server(said["url"], said["token"])


def menu(page: Page, *names: str) -> None:
    """Choose from JupyterLab's menu bar."""
    page.get_by_role("menuitem", name=names[0], exact=True).click()
    for name in names[1:]:
        page.locator(".lm-Menu").get_by_role("menuitem", name=name).first.click()
