"""template.yaml deployed on this machine, and tested: python tests/deploy/run.py [SUITE...], or `serve` to look around.

`make test-deploy` builds and installs what this starts. docs/operations/local-aws.md says what it shows, and what only AWS can.
"""

import importlib
import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

from completion import complete
from programs import tail
from stack import deployed
from support import Deployed

# In this order: the last one takes the stack away.
# In this order: the first is about what ministack makes of the template alone, and the last one takes the stack away.
ALONE = "gaps"
SUITES = [
    ALONE, "tables", "routes", "gateway", "authorizer", "story", "ofrep", "events", "failures", "roles", "logs", "machine",
    "removal",
]


def main(arguments):
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pennon-deploy-") as folder, deployed(Path(folder).resolve()) as stack:
        print(f"deployed in {time.monotonic() - begun:.0f} s", flush=True)
        Deployed.stack = stack
        wanted = arguments or SUITES
        passed = run([ALONE]) if ALONE in wanted else True
        complete(stack)
        passed = run([name for name in wanted if name != ALONE]) and passed
        if not passed:
            print(f"--- ministack\n{tail(stack.log)}", file=sys.stderr)
    print(f"{time.monotonic() - begun:.0f} s")
    return 0 if passed else 1


def run(suites):
    loader = unittest.TestLoader()
    tests = [loader.loadTestsFromModule(importlib.import_module(f"test_{name}")) for name in suites]
    return unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(tests)).wasSuccessful()


def interrupted(number, _):
    """Leaves by way of every `finally`."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
