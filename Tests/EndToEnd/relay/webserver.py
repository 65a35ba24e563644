"""A web server that keeps the requests that it takes as one JSON object a line.

    webserver.py PORT CERTIFICATE KEY REQUESTS [PATH=CODE[:SECONDS] …]

Each PATH=CODE is what one request to the path is answered with, in that order, with Retry-After where SECONDS
are given; when a path has none left, and for all others, it is 200. `PATH=drop` ends the connection once
without an answer, after the request was taken.
"""

import collections
import http.server
import json
import ssl
import sys
import threading
import time


class Keeper(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            answers = self.server.answers[self.path]
            answer = answers.popleft() if answers else "200"
            line = {"at": time.time(), "path": self.path, "answer": answer,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": body.decode("utf-8")}
            self.server.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.server.file.flush()
        if answer == "drop":
            self.close_connection = True
            return
        code, _, seconds = answer.partition(":")
        self.send_response(int(code))
        if seconds:
            self.send_header("Retry-After", seconds)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


def main():
    port, certificate, key, requests = sys.argv[1:5]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Keeper)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.lock, server.file = threading.Lock(), open(requests, "a", encoding="utf-8")
    server.answers = collections.defaultdict(collections.deque)
    for argument in sys.argv[5:]:
        path, answer = argument.split("=", 1)
        server.answers[path].append(answer)
    server.serve_forever()


if __name__ == "__main__":
    main()
