"""A headless Chromium driven through its DevTools protocol: enough to load, type and look."""

import json
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from pathlib import Path

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Without the background services, which would ask for hosts on a network.
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --remote-debugging-port=0"
).split()
PATIENCE = 60
"""Seconds for the browser to start, or for one answer."""


def executable():
    """Return the path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab. It notes each request, and all that the page or the browser complains of."""

    def __init__(self, width=1280, height=900):
        self._folder = tempfile.TemporaryDirectory(
            prefix="uptake-chromium-", ignore_cleanup_errors=True
        )
        command = [executable(), *OPTIONS, f"--user-data-dir={self._folder.name}", "about:blank"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._number, self._session = 0, None
        self.requests, self.complaints = [], []
        self._socket = websocket.create_connection(
            self._address(), suppress_origin=True, timeout=PATIENCE
        )
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.resize(width, height)

    def _address(self):
        port = Path(self._folder.name, "DevToolsActivePort")
        for _ in range(10 * PATIENCE):
            if port.exists() and len(lines := port.read_text().splitlines()) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.1)
        raise AssertionError("Chromium did not start")

    def send(self, method, **parameters):
        """Send a command and return its answer; events that come before are noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message | self._to_session()))
        while (answer := json.loads(self._socket.recv())).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _to_session(self):
        return {"sessionId": self._session} if self._session else {}

    def _note(self, event):
        kind, content = event.get("method"), event.get("params", {})
        if kind == "Network.requestWillBeSent":
            self.requests.append(content["request"]["url"])
        elif kind == "Runtime.exceptionThrown":
            self.complaints.append(content["exceptionDetails"])
        elif kind == "Runtime.consoleAPICalled" and content["type"] in ("error", "warning"):
            self.complaints.append(content["args"])
        elif kind == "Log.entryAdded" and content["entry"]["level"] in ("error", "warning"):
            self.complaints.append(content["entry"])

    def open(self, address):
        """Load an address anew, also where only its fragment differs, and wait for all of it."""
        self._number += 1
        place, _, fragment = address.partition("#")
        query = f"?{self._number}"  # which a file does not heed, and a browser takes for another
        self.send("Page.navigate", url=f"{place}{query}#{fragment}")
        self.wait(f"location.search === '{query}' && document.readyState === 'complete'")

    def wait(self, condition):
        """Wait until a JavaScript expression is true."""
        for _ in range(20 * PATIENCE):
            if self.run(condition):
                return
            time.sleep(0.05)
        raise AssertionError(f"in vain: {condition}")

    def run(self, expression):
        """Return the value of a JavaScript expression, awaited if it is a promise."""
        options = {"returnByValue": True, "awaitPromise": True}
        found = self.send("Runtime.evaluate", expression=expression, **options)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key, code, text=""):
        """Press and release a key."""
        options = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **options)
        self.send("Input.dispatchKeyEvent", type="keyUp", **options)

    def resize(self, width, height):
        """Set the size of the window, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def prefer(self, scheme):
        """Set what the reader's system prefers: light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", features=features)

    def picture(self, path):
        """Write a picture of the whole page."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        found = self.send("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(b64decode(found["data"]))

    def close(self):
        """End the browser."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._folder.cleanup()
