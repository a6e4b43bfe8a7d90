"""A headless Chromium, told what to do over its own pipe."""

import base64
import json
import os
import shutil
import subprocess
import time

WAIT = 60  # s
NAMES = ("chromium", "chromium-browser", "google-chrome")
KEYS = {
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
}


def find():
    """Returns the path of a Chromium, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One page in a browser of its own."""

    def __init__(self, folder):
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        words = [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        words += [f"--user-data-dir={folder}", "--remote-debugging-pipe", "--no-first-run"]
        script = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "browser", *words], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb")
        self._count, self._rest, self._session = 0, b"", None
        self.events = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.do(f"{domain}.enable")

    def do(self, method, **settings):
        """Sends a command and returns its result; keeps the events that come before it."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": settings}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        """Goes to a page."""
        self.do("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def value(self, expression):
        """Returns what an expression gives in the page."""
        result = self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, expression):
        """Waits until an expression is true in the page."""
        end = time.monotonic() + WAIT
        while not self.value(expression):
            assert time.monotonic() < end, f"{expression}: {self.value('document.body.innerText')}"
            time.sleep(0.05)

    def press(self, name):
        """Presses a key."""
        for kind in ("keyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, **KEYS[name])

    def width(self, px):
        """Makes the window as wide as a phone's, or wider."""
        self.do("Emulation.setDeviceMetricsOverride", width=px, height=800, deviceScaleFactor=1, mobile=px < 500)

    def screenshot(self, path):
        """Writes the whole page as a PNG."""
        path.write_bytes(base64.b64decode(self.do("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def asked(self):
        """Returns the addresses that the page has asked for."""
        sent = [one["params"]["request"] for one in self.events if one.get("method") == "Network.requestWillBeSent"]
        return [request["url"] for request in sent if not request["url"].startswith(("data:", "blob:"))]

    def complaints(self):
        """Returns what the browser found wrong with the page."""
        kinds = ("Runtime.exceptionThrown", "Log.entryAdded")
        return [one["params"] for one in self.events if one.get("method") in kinds]

    def close(self):
        """Ends the browser."""
        self._out.close()
        self._process.terminate()
        self._process.wait()
        self._in.close()

    def _next(self):
        while b"\0" not in self._rest:
            more = self._in.read1(65536)
            assert more, "the browser has gone"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)
