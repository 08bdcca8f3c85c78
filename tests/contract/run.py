"""The server against its description: schemathesis sends every operation of docs/openapi.json what it allows and what it forbids.

`make test-contract` builds what this starts and has schemathesis on the PATH.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PENNON_LOCAL = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/pennon-local"
DOCUMENT = ROOT / "docs/openapi.json"
LOG = "pennon-local.log"

# Seconds until the server answers.
PATIENCE = 30


def main(arguments):
    OpenAPIV31SpecValidator(json.loads(DOCUMENT.read_text())).validate()
    with tempfile.TemporaryDirectory() as folder, pennon_local(Path(folder)) as server:
        served = urllib.request.urlopen(f"{server['url']}/v1/openapi.json", timeout=PATIENCE).read()
        if served != DOCUMENT.read_bytes():
            raise SystemExit(f"{PENNON_LOCAL} serves another docs/openapi.json: build it again")
        variables = {
            "PENNON_URL": server["url"],
            "SDK_KEY": server["sdkKey"],
            "ADMIN_TOKEN": server["adminToken"],
            "SCHEMATHESIS_HOOKS": "hooks",
            "PYTHONPATH": str(HERE),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = ["schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run", str(DOCUMENT)]
        command += ["--url", server["url"], *arguments]
        failed = subprocess.run(command, cwd=folder, env={**os.environ, **variables}).returncode
        if failed:
            print(f"--- pennon-local\n{(Path(folder) / LOG).read_text()[-4000:]}")
        return failed


@contextmanager
def pennon_local(folder):
    """Runs the server until the block ends, and gives what it says of itself."""
    log, ready = folder / LOG, folder / ".pennon/local.json"
    with log.open("w") as out:
        running = subprocess.Popen(
            [str(PENNON_LOCAL)], cwd=folder, env={**os.environ, "PORT": "0", "UNLIMITED": "1"}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            if running.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"pennon-local does not start:\n{log.read_text()}")
            time.sleep(0.02)
        yield json.loads(ready.read_text())
        if running.poll() is not None:
            raise SystemExit(f"pennon-local ended with {running.returncode}:\n{log.read_text()[-4000:]}")
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
