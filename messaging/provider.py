"""An SMS provider for the demo and the tests: it takes texts over HTTP, once each, and reports later what became of them.

python -m messaging.provider PORT FOLDER REPORT_TO     (the secret for its signature comes in SMS_CALLBACK_SECRET)
"""

import argparse
import hashlib
import hmac
import json
import os
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

Answer = tuple[int, dict[str, str]]
OK = (202, {})
SILENT = None  # takes the text and breaks off without an answer


class Provider:
    """Keeps each text once, whoever repeats it; `answers` are given first, in their order."""

    def __init__(self, *, port: int = 0, folder: Path | None = None, report_to: str = "", secret: str = "", report_after: float = 1):
        self.folder, self.report_to, self.secret, self.report_after = folder, report_to, secret, report_after
        self.taken: list[dict[str, str]] = _kept(folder)
        self.headers: list[dict[str, str]] = []
        self.answers: list[Answer | None] = []
        self.on_take = lambda text: None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _door(self))
        self._server.daemon_threads = True

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://clinic:secret@127.0.0.1:{self._server.server_port}/texts"

    def asked(self, text: dict[str, str], headers: dict[str, str]) -> Answer | None:
        """Answer whoever hands over a text, taking it unless the answer is a refusal."""
        with self._lock:
            self.headers.append(headers)
            answer = self.answers.pop(0) if self.answers else OK
            if (answer is SILENT or answer[0] < 300) and text["id"] not in {known["id"] for known in self.taken}:
                self._take(text)
        return answer

    def _take(self, text: dict[str, str]) -> None:
        self.taken.append(text)
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{text['id']}.json").write_text(json.dumps({**text, "at": time.time()}, ensure_ascii=False))
        self.on_take(text)
        if self.report_to:
            told = {"id": text["id"], "status": "delivered"}
            threading.Timer(self.report_after, self.report, [told]).start()

    def report(self, told: dict[str, str], *, secret: str = "") -> int:
        """Tell what became of a text, signed; return the status of the answer, 0 when nobody answers."""
        body = json.dumps(told).encode()
        signature = hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()
        request = Request(self.report_to, body, {"Content-Type": "application/json", "X-Signature": signature})  # noqa: S310 - an address of ours
        with suppress(OSError), urlopen(request, timeout=5) as answer:  # noqa: S310
            return answer.status
        return 0


def _kept(folder: Path | None) -> list[dict[str, str]]:
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime) if folder else ()
    return [json.loads(file.read_text()) for file in files]


def _door(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = provider.asked(text, dict(self.headers))
            if answer is SILENT:
                time.sleep(0.5)
                return
            status, headers = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    return Door


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m messaging.provider", description="An SMS provider that sends nothing")
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("report_to")
    asked = parser.parse_args()
    secret = os.environ["SMS_CALLBACK_SECRET"]
    Provider(port=asked.port, folder=asked.folder, report_to=asked.report_to, secret=secret)._server.serve_forever()


if __name__ == "__main__":
    main()
