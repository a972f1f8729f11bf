"""A page as a real browser shows it: headless Chromium, led by its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 120  # seconds: of a busy machine

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COLOURS = """[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"""
TOUCHING = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim());
  const words = text => text.textContent.replace(/\\s+/g, ' ').trim();
  const boxes = texts.map(text => text.getBoundingClientRect()), whole = svg.getBoundingClientRect();
  const found = [];
  boxes.forEach((a, i) => {
    if (a.left < whole.left - 1 || a.right > whole.right + 1 || a.top < whole.top - 1 || a.bottom > whole.bottom + 1)
      found.push((svg.getAttribute('aria-label') || '').slice(0, 40) + ': cut off ' + words(texts[i]));
    boxes.forEach((b, j) => {
      const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const least = Math.min(a.width * a.height, b.width * b.height);
      if (j > i && w > 0 && h > 0 && w * h > 0.25 * least)
        found.push((svg.getAttribute('aria-label') || '').slice(0, 40) + ': ' + words(texts[i]) + ' / '
                   + words(texts[j]));
    });
  });
  return found;
})"""


@dataclass(frozen=True)
class Shown:
    """A page on a screen.

    errors:   what the browser complained of: exceptions, console errors, things it couldn't load
    too_wide: pixels that the page is wider than the screen
    colours:  of the text and of the paper, as CSS
    touching: words in figures that lie on each other by a quarter of the smaller, or beyond the figure's edge
    png:      all of it from top to bottom
    """

    errors: list[str]
    too_wide: int
    colours: list[str]
    touching: list[str]
    png: bytes


class Browser:
    """One tab."""

    def __init__(self, socket: Any):
        self.socket, self.numbers, self.errors = socket, itertools.count(1), []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command's result; what is told meanwhile is kept if it is an error."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            self.note(message)
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return message["result"]

    def wait(self, event: str) -> None:
        while True:
            message = json.loads(self.socket.recv())
            self.note(message)
            if message.get("method") == event:
                return

    def note(self, message: dict[str, Any]) -> None:
        kind, params = message.get("method"), message.get("params", {})
        if kind == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"]["text"])
        if kind == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert", "warning"):
            self.errors.append(str(params["args"]))
        if kind == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(params["entry"]["text"])

    def value(self, expression: str) -> Any:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def show(self, page: Path, width: int, dark: bool) -> Shown:
        """Open a file from disk on a screen of this width."""
        self.errors = []
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.call("Page.navigate", url=page.resolve().as_uri())
        self.wait("Page.loadEventFired")
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True, **self.whole(width))
        return Shown(
            list(self.errors),
            self.value(TOO_WIDE),
            self.value(COLOURS),
            self.value(TOUCHING),
            base64.b64decode(picture["data"]),
        )

    def whole(self, width: int) -> dict[str, Any]:
        height = self.value("document.documentElement.scrollHeight")
        return {"clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}}


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser that keeps what it needs in the folder ``profile``; skips the test where there is none."""
    websocket = pytest.importorskip("websocket")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    command = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-port=0",
        "--remote-allow-origins=*",
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            port = port_of(profile, process)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=PATIENCE) as answer:
                (tab,) = [each for each in json.load(answer) if each["type"] == "page"]
            socket = websocket.create_connection(tab["webSocketDebuggerUrl"], timeout=PATIENCE)
            try:
                yield Browser(socket)
            finally:
                socket.close()
        finally:
            process.terminate()


def port_of(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """Where the browser listens, which it writes down once it does."""
    told = profile / "DevToolsActivePort"
    for _ in range(10 * PATIENCE):
        if told.exists() and (lines := told.read_text().split()):
            return int(lines[0])
        assert process.poll() is None, "Chromium ended before it listened"
        time.sleep(0.1)
    raise AssertionError("Chromium doesn't listen")
