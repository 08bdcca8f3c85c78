"""What the tests of a deployment share."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from stack import Stack


class Deployed(unittest.TestCase):
    """A test of what is deployed. `run.py` says where that is."""

    stack: Stack


def eventually(attempt, within):
    """The first result of `attempt` that is not false, tried for so many seconds, and after how many it came."""
    begun = time.monotonic()
    while True:
        if found := attempt():
            return found, time.monotonic() - begun
        if time.monotonic() - begun > within:
            raise AssertionError(f"nothing within {within} s")
        time.sleep(0.1)


def at_once(calls, workers=8):
    """The results of calls that run side by side."""
    with ThreadPoolExecutor(workers) as pool:
        return [one.result() for one in [pool.submit(call) for call in calls]]
