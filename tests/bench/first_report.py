"""Measures how long an agent takes from its start to its first report.

In:  the agent's program, a folder to work in, how often. Out: the median in milliseconds,
     from the fork to the first byte of the request, each time with a state of its own.
"""

import os
import socket
import statistics
import subprocess
import sys
import time

program, folder, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
spans = []
for number in range(times):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        state = os.path.join(folder, f"first-{number}")
        settings = os.path.join(folder, "first.toml")
        with open(settings, "w"):
            pass
        command = [program, "run", "--config", settings, "--state-dir", state, "--collector", url]
        begun = time.monotonic()
        agent = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            connection, _ = server.accept()
            connection.recv(1)
            spans.append(time.monotonic() - begun)
        finally:
            agent.kill()
            agent.wait()
print(round(statistics.median(spans) * 1000))
