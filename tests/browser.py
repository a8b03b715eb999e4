"""A browser of the Chromium family, driven through its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager

__all__ = ["CHROMIUM", "Tab", "browser"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
           "--disable-dev-shm-usage", "--remote-debugging-pipe"]  # fmt: skip
PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'  # where the browser listens and answers
KEYS = {"Enter": 13, "Escape": 27, " ": 32, "Tab": 9, "Home": 36, "End": 35,
        "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}  # fmt: skip
SECONDS = 60


@contextmanager
def browser(profile):
    """Yield a tab of a fresh browser; its profile is kept in the folder `profile`."""
    command = ["sh", "-c", PIPES, "sh", CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        try:
            yield Tab(process)
        finally:
            process.terminate()


class Tab:
    """A tab: asks, and keeps what the page writes to its console and what it requests."""

    def __init__(self, process):
        self._to, self._from, self._rest = process.stdin, process.stdout.fileno(), b""
        self.number, self.errors, self.requests, self._session = 0, [], [], {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **given):
        """Return the result of a command of the protocol."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": given, **self._session}
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            message = json.loads(self._read())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _read(self):
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], SECONDS)[0]:
                raise TimeoutError("the browser does not answer")
            more = os.read(self._from, 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended")
            self._rest += more
        message, self._rest = self._rest.split(b"\0", 1)
        return message

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
        found = self.ask("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{code}: {found['exceptionDetails'].get('exception', {}).get('description')}")
        return found["result"].get("value")

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

    def press(self, *keys):
        """Press keys as a hand does: the browser sends their events to what has the focus, and acts on them."""
        for key in keys:
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            given = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS.get(key) or ord(key.upper())}
            self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **given)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **given)

    def click(self, code):
        """Press the mouse on the middle of an element, given as an expression, once it is on the screen."""
        where = f"(() => {{ const at = {code}; at.scrollIntoView({{ block: 'nearest' }}); const r = "
        where += "at.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        x, y = self.run(where)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path):
        """Write what is seen as a PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))
