"""Serve the built book on this machine only, and open it where there is a browser."""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import sys
import threading
import webbrowser
from pathlib import Path
from typing import ClassVar

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the book, never from the browser's old copies."""

    extensions_map: ClassVar = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing: the address is all that matters."""


def open_server(port: int, folder: Path = HTML) -> http.server.ThreadingHTTPServer:
    """Listen on loopback; port 0 takes 8000, or any free one."""
    handler = functools.partial(Handler, directory=str(folder))
    for candidate in [port] if port else [8000, 0]:
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError:
            continue
    sys.exit(f"port {port} is taken. Try: make book PORT=8001")


def has_screen() -> bool:
    """Whether it makes sense to open a window here."""
    if any(os.environ.get(name) for name in ("CI", "SSH_CONNECTION", "BINDER_SERVICE_HOST")):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if not (HTML / "index.html").exists():
        sys.exit("there is no book yet: make html")
    server = open_server(options.port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"the book is at {address} (Ctrl-C stops)", flush=True)
    if has_screen():
        threading.Timer(0.3, webbrowser.open, [address]).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
