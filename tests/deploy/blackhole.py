"""A DynamoDB that can stop answering: forwards to another one, or takes requests and says nothing."""

import socket
import threading
from contextlib import contextmanager


class BlackHole:
    """A TCP proxy on the loopback interface."""

    def __init__(self, target):
        self.target = target
        self.swallows = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.open = set()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            self.open |= {client, server}
            threading.Thread(target=self.forward, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.forward, args=(server, client, False), daemon=True).start()

    def forward(self, source, sink, asks):
        try:
            while data := source.recv(65536):
                if not (asks and self.swallows.is_set()):
                    sink.sendall(data)
        except OSError:
            pass
        finally:
            for one in (source, sink):
                self.open.discard(one)
                one.close()

    def close(self):
        self.listener.close()
        for one in tuple(self.open):
            one.close()


@contextmanager
def black_hole(target):
    """In front of `target`, a host and a port, until the block ends. It swallows while `swallows` is set."""
    hole = BlackHole(target)
    threading.Thread(target=hole.serve, daemon=True).start()
    try:
        yield hole
    finally:
        hole.close()
