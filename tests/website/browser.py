"""A browser of the Chromium family, driven through its DevTools protocol."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager

__all__ = ["CHROMIUM", "Tab", "browser"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
           "--disable-dev-shm-usage", "--remote-debugging-port=0", "--remote-allow-origins=*"]  # fmt: skip


@contextmanager
def browser(profile):
    """Yield a tab of a fresh browser; its profile is kept in the folder `profile`."""
    process = subprocess.Popen(
        [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"], stderr=subprocess.DEVNULL
    )
    tab = None
    try:
        tab = Tab(_address(profile / "DevToolsActivePort"))
        yield tab
    finally:
        if tab:
            tab.socket.close()
        process.terminate()
        process.wait(timeout=20)


def _address(file):
    for _ in range(300):
        if file.exists() and (lines := file.read_text().split()):
            with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json") as answer:
                return next(tab["webSocketDebuggerUrl"] for tab in json.load(answer) if tab["type"] == "page")
        time.sleep(0.1)
    raise RuntimeError("the browser does not start")


class Tab:
    """A tab: asks, and keeps what the page writes to its console and what it requests."""

    def __init__(self, address):
        from websocket import create_connection

        self.socket = create_connection(address, timeout=60, suppress_origin=True)
        self.number, self.errors, self.requests = 0, [], []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **given):
        """Return the result of a command of the protocol."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": given}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                return message.get("result", {})
            self._note(message)

    def _note(self, message):
        given = message.get("params", {})
        if message["method"] == "Runtime.exceptionThrown":
            self.errors.append(
                given["exceptionDetails"].get("text", "") + str(given["exceptionDetails"].get("exception", ""))
            )
        elif message["method"] == "Runtime.consoleAPICalled" and given["type"] in ("error", "assert"):
            self.errors.append(str(given["args"]))
        elif message["method"] == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.errors.append(f"{given['entry']['text']} {given['entry'].get('url', '')}")
        elif message["method"] == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])

    def run(self, code):
        """Return the value of an expression of JavaScript."""
        return self.ask("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)["result"].get(
            "value"
        )

    def wait(self, code, seconds=30):
        """Return the value of an expression as soon as it is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(code)):
            if time.monotonic() > end:
                raise TimeoutError(code)
            time.sleep(0.1)
        return value

    def open(self, address):
        """Go to a page and wait until it is loaded."""
        self.run("document.title = 'left'")
        self.ask("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && document.title !== 'left'")

    def look(self, width, height=900, dark=False):
        """Set the size of the window, and whether the reader prefers dark pages."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=features)

    def picture(self, path):
        """Write what is seen as a PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))
