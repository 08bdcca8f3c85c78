"""Programs that run until a block ends, and whatever they have started."""

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

# Seconds until a program is there, and until it has gone by itself.
PATIENCE = 30


@contextmanager
def program(command, folder, log, variables, is_ready, patience=PATIENCE):
    """Runs a program in a process group of its own, with these variables and no others, and gives its process.

    It may take that many seconds until it is there.
    """
    with log.open("w") as out:
        running = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        deadline = time.monotonic() + patience
        while not is_ready():
            if running.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} does not start:\n{tail(log)}")
            time.sleep(0.05)
        yield running
    finally:
        stop(running)


def stop(running):
    """Asks the program to end, and ends what is left of its group: the processes of functions may hang."""
    signal_group(running, signal.SIGTERM)
    try:
        running.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pass
    signal_group(running, signal.SIGKILL)
    running.wait()


def signal_group(running, number):
    try:
        os.killpg(running.pid, number)
    except ProcessLookupError:
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(log, characters=4000):
    return log.read_text(errors="replace")[-characters:]
