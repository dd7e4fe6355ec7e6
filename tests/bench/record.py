"""Stands in for a collector: takes the plain reports of an agent and writes each into a file.

In:  a port of 127.0.0.1, a file. Out: a line of JSON for each report.
"""

import gzip
import http.server
import json
import sys

PORT, FILE = int(sys.argv[1]), sys.argv[2]


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        report = json.loads(body)
        with open(FILE, "a") as file:
            file.write(json.dumps(report) + "\n")
        answer = json.dumps({
            "acknowledged": {
                "epoch": report["epoch"],
                "stream": report["stream"],
                "seq": report["rounds"][-1]["seq"],
            },
            "collector_wall_ms": report["sent_wall_ms"],
            "wire": [1],
            "ask": [],
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer.daemon_threads = True
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Collector).serve_forever()
