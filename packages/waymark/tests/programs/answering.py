"""A small service: answers every GET with 200 until SIGTERM."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answering(BaseHTTPRequestHandler):
    """Says 200 to all."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["WAYMARK_PORT"])), Answering).serve_forever()
