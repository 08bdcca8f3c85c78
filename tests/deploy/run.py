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

from stack import deployed
from support import Deployed

# In this order: the last one takes the stack away.
SUITES = ["routes", "authorizer"]


def main(arguments):
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pennon-deploy-") as folder, deployed(Path(folder).resolve()) as stack:
        print(f"deployed in {time.monotonic() - begun:.0f} s", flush=True)
        Deployed.stack = stack
        loader = unittest.TestLoader()
        tests = [loader.loadTestsFromModule(importlib.import_module(f"test_{name}")) for name in arguments or SUITES]
        result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(tests))
    print(f"{time.monotonic() - begun:.0f} s")
    return 0 if result.wasSuccessful() else 1


def interrupted(number, _):
    """Leaves by way of every `finally`."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
