"""The app in a bare page: its own script and the real Python behind it, without a notebook between."""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Page

from emailrcd import Explorer
from emailrcd.explorer.widget import STATIC
from tests.explorer.page import PATIENCE
from tests.explorer.wire import Wire, wired

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The app</title><link rel="icon" href="data:,"><link rel="stylesheet" href="app.css">
<style>body { margin: 8px; background: light-dark(#fff, #111); color-scheme: light dark }</style></head>
<body data-voila="host"><main><div id="app"></div></main><script type="module">
import app from "/bundle.js";
const handlers = new Set();
const decoded = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0)).buffer;
const encoded = (buffer) => btoa(Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join(""));
let sending = Promise.resolve();
const model = {
  on: (_, handler) => handlers.add(handler),
  off: (_, handler) => handlers.delete(handler),
  send(content, _, buffers = []) {
    const body = JSON.stringify({ content, buffers: buffers.map(encoded) });
    sending = sending.then(() => fetch("/say", { method: "POST", body }));
  },
};
const events = new EventSource("/events");
events.onmessage = ({ data }) => {
  const { content, buffers } = JSON.parse(data);
  for (const handler of handlers) handler(content, buffers.map((each) => new DataView(decoded(each))));
};
window.allIsSaid = () => sending;
window.allIsHeard = () => new Promise((heard) => {
  events.addEventListener("end", heard, { once: true });
  fetch("/end", { method: "POST" });
});
events.onopen = () => { events.onopen = null; app.render({ model, el: document.getElementById("app") }); };
</script></body></html>"""


class _Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        if self.path == "/events":
            self._stream()
            return
        name = self.path.partition("?")[0].removeprefix("/")
        if name == "app.css":
            self._reply(self.server.wire.state["_css"], "text/css")
        elif name == "bundle.js":
            self._reply(self.server.wire.state["_esm"], "text/javascript")
        elif (STATIC / name).is_file():
            self._reply((STATIC / name).read_text(encoding="utf-8"), "text/javascript")
        else:
            self._reply(PAGE, "text/html")

    def do_POST(self) -> None:
        if self.path == "/end":
            self.server.tell("event: end\ndata: of all before")
        else:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.wire.say(said["content"], [base64.b64decode(each) for each in said["buffers"]])
        self._reply("", "text/plain")

    def _reply(self, text: str, kind: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        # Before the page learns that it is heard: it speaks at once, and waits for the answer.
        events = self.server.listen()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        while (event := events.get()) is not None:
            try:
                self.wfile.write(f"{event}\n\n".encode())
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Host(ThreadingHTTPServer):
    """Serves one app to any number of views."""

    daemon_threads = True

    def __init__(self, app: Explorer, wire: Wire) -> None:
        self.app, self.wire = app, wire
        self.page_errors: list[str] = []
        self._listeners: list[queue.Queue[str | None]] = []
        wire.hear = self._hear
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def listen(self) -> queue.Queue[str | None]:
        events: queue.Queue[str | None] = queue.Queue()
        self._listeners.append(events)
        return events

    def tell(self, event: str | None) -> None:
        for listener in self._listeners:
            listener.put(event)

    def _hear(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        message = json.dumps({"content": content, "buffers": [base64.b64encode(each).decode() for each in buffers]})
        self.tell(f"data: {message}")

    def end(self) -> None:
        self.tell(None)
        self.shutdown()
        self.server_close()

    def settle(self, page: Page) -> None:
        """Wait until the app has done all that the page said, and the page has heard what came of it."""
        page.evaluate("allIsSaid()")
        assert self.app.wait(PATIENCE)
        page.evaluate("allIsHeard()")


@contextmanager
def hosted(*arguments: Any, **options: Any) -> Iterator[Host]:
    """Serve an app in a bare page of its own; what went wrong in the page fails the test at its end."""
    host = Host(*wired(*arguments, **options))
    thread = threading.Thread(target=host.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.end()
    assert host.page_errors == []
