"""The tests of the store against a second DynamoDB, ministack, which shares no code with the embedded one.

`make test-second-opinion` installs what this starts and builds what it runs.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MINISTACK = Path(sys.executable).parent / "ministack"
TESTS = ["cargo", "test", "--package", "pennon-tests", "--test", "it"]
# What comes through a DAX is not told from what comes through it from DynamoDB but by the consumed capacity, of which ministack says
# nothing for BatchGetItem.
LEFT_OUT = ["--", "--skip", "store::dax::"]

# Seconds until it listens, and until it has stopped.
PATIENCE = 30


def main(only=""):
    with tempfile.TemporaryDirectory() as folder, ministack(Path(folder)) as url:
        environment = {**os.environ, "PENNON_TEST_DYNAMODB": url}
        return subprocess.run([*TESTS, f"store::{only}", *LEFT_OUT], cwd=ROOT, env=environment).returncode


@contextmanager
def ministack(folder):
    """Runs ministack on loopback until the block ends, and gives its URL."""
    port = free_port()
    # By default it listens on every address, and on another port for MQTT.
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0"}
    log = folder / "ministack.log"
    with log.open("w") as out:
        running = subprocess.Popen(
            [str(MINISTACK)], cwd=folder, env={**os.environ, **settings}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        wait_for(port, running, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(running)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, running, log):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"ministack does not listen:\n{log.read_text()[-4000:]}")


def stop(running):
    running.terminate()
    try:
        running.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
