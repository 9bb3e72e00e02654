"""A small service: answers every GET with 200 and a word until SIGTERM."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module

WORD: bytes = import_module("prepared").WORD


class Answering(BaseHTTPRequestHandler):
    """Says 200 to all."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(WORD)))
        self.end_headers()
        self.wfile.write(WORD)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["WAYMARK_PORT"])), Answering).serve_forever()
