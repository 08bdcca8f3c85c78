"""Deploys template.yaml on this machine, and tests it: python tests/deploy/run.py [SUITE...]. With `serve` it stays, for a look.

`make test-deploy` and `make deploy-local` build and install what this starts. docs/operations/local-aws.md says what it shows,
and what only AWS can.
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
from stack import deployed, tail
from support import Deployed

# In this order: the first is about what ministack makes of the template alone, and the last one takes the stack away.
ALONE = "gaps"
SUITES = [
    ALONE, "tables", "routes", "gateway", "authorizer", "story", "ofrep", "events", "failures", "roles", "logs", "machine",
    "watch", "removal",
]

# Seconds that a token is good for that somebody looks around with.
DAY = 86400
TO_ASK = """
The API; in another terminal:

    URL={url}
    TOKEN='{token}'
    curl -s $URL/health
    curl -s -X PUT $URL/v1/projects/shop -H "Authorization: $TOKEN" -H 'If-None-Match: *' \\
        -H 'Content-Type: application/json' -d '{{"name":"Shop"}}'

What is deployed, by the AWS CLI:

    export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
    aws cloudformation describe-stack-resources --stack-name pennon-dev
    aws logs tail /aws/cloudformation/pennon-dev/PutProjectLog

Ctrl-C ends it, and forgets everything."""


def main(arguments):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told its background jobs to ignore it
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pennon-deploy-") as folder, deployed(Path(folder).resolve()) as stack:
        print(f"deployed in {time.monotonic() - begun:.0f} s", flush=True)
        if arguments == ["serve"]:
            return serve(stack)
        Deployed.stack = stack
        wanted = arguments or SUITES
        passed = run([ALONE]) if ALONE in wanted else True
        complete(stack)
        passed = run([name for name in wanted if name != ALONE]) and passed
        if not passed:
            print(f"--- ministack\n{tail(stack.log)}", file=sys.stderr)
    left = [number for number, _ in stack.processes()]
    print(f"{time.monotonic() - begun:.0f} s, {f'still running: {left}' if left else 'nothing is left running'}")
    return 0 if passed and not left else 1


def serve(stack):
    """Leaves everything running until Ctrl-C, and says how to ask it."""
    complete(stack)
    print(TO_ASK.format(endpoint=stack.endpoint, url=stack.url, token=stack.token("admin", lifetime=DAY)), flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        return 0


def run(suites):
    loader = unittest.TestLoader()
    tests = [loader.loadTestsFromModule(importlib.import_module(f"test_{name}")) for name in suites]
    return unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(tests)).wasSuccessful()


def interrupted(number, _):
    """Leaves by way of every `finally`."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
