"""Everything stays on this machine: what has been started listens and talks on the loopback interface only."""

import os
import sys
import unittest
from pathlib import Path

from support import Deployed

LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}
NOBODY = {"00000000", "0" * 32}
LISTENS = "0A"


@unittest.skipUnless(sys.platform == "linux", "looks at /proc")
class Machine(Deployed):
    def test_no_socket_leaves_it(self):
        for number, _ in self.stack.processes():
            self.assertEqual(os.getpgid(number), self.stack.ministack.pid)
        self.assertEqual(self.stack.request("GET", "/ready").status, 200)
        sockets = dict(self.sockets())
        ours = [sockets[inode] for inode in self.inodes() if inode in sockets]
        self.assertTrue([one for one in ours if one[2] == LISTENS])
        for local, remote, state in ours:
            self.assertIn(local, LOOPBACK)
            self.assertIn(remote, NOBODY if state == LISTENS else LOOPBACK)

    def inodes(self):
        """The sockets of ministack and of what it has started."""
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(place.name)) == self.stack.ministack.pid:
                    for link in (place / "fd").iterdir():
                        yield os.readlink(link).removeprefix("socket:[").removesuffix("]")
            except OSError:  # it has ended meanwhile
                continue

    @staticmethod
    def sockets():
        """Every socket by its inode: the two addresses and the state, in hexadecimal digits as the kernel writes them."""
        for family in ("tcp", "tcp6", "udp", "udp6"):
            for line in Path("/proc/net", family).read_text().splitlines()[1:]:
                _, local, remote, state, *rest = line.split()
                yield rest[5], (local.split(":")[0], remote.split(":")[0], state)
