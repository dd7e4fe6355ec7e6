"""Stands in for a collector: takes reports, acknowledges them, and counts what they weigh.
It reads both forms of report, and says so; which values a folded one repeats it does not ask.

In:  a port of 127.0.0.1, a file. Out: after each report the file holds one line of JSON:
     for each stream, live and backlog, the reports, rounds and samples, and the bytes of
     the requests as they came over the wire.
Knows nothing of what a sample means.
"""

import gzip
import http.server
import json
import os
import sys

PORT, FILE = int(sys.argv[1]), sys.argv[2]
seen = {}
epochs = {}


def samples(each, form):
    """How many samples a round has: of a folded one, each run begins with a place."""
    runs = each.get("samples", ())
    return len(runs) if form == 1 else sum(len(run) - 1 for run in runs)


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text = gzip.decompress(body)
        report = json.loads(text)
        head = len(self.raw_requestline) + sum(len(k) + len(v) + 4 for k, v in self.headers.items()) + 2
        counts = {
            "reports": 1,
            "rounds": len(report["rounds"]),
            "samples": sum(samples(each, report["wire"]) for each in report["rounds"]),
            "wire_bytes": head + len(body),
            "json_bytes": len(text),
        }
        for what, more in counts.items():
            key = f"{report['stream']} {what}"
            seen[key] = seen.get(key, 0) + more
        if "speaker" in report:
            epochs[report["stream"]] = report["speaker"]["epoch"]
        answer = json.dumps({
            "acknowledged": {
                "epoch": report.get("epoch") or epochs[report["stream"]],
                "stream": report["stream"],
                "seq": report["rounds"][-1]["seq"],
            },
            "collector_wall_ms": report["sent_wall_ms"],
            "wire": [1, 2],
            "ask": [],
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        with open(FILE + ".new", "w") as file:
            json.dump(seen, file)
        os.replace(FILE + ".new", FILE)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer.daemon_threads = True
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Collector).serve_forever()
