"""An OpenID Connect issuer on the loopback interface: discovery, keys, and tokens that it signs by RS256."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = Path(__file__).resolve().parents[2] / "shared/auth/testdata/rsa-2048.pkcs8.der"
# RFC 8017, section 9.2: what stands before a SHA-256 digest that is signed.
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Issuer:
    def __init__(self, url: str):
        self.url = url
        self.modulus, self.public, self.private = rsa_key(KEY.read_bytes())

    def documents(self) -> dict:
        """What is served, by path."""
        key = {"kty": "RSA", "kid": "smoke", "alg": "RS256", "use": "sig"}
        key |= {"n": encode(to_bytes(self.modulus)), "e": encode(to_bytes(self.public))}
        return {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [key]},
        }

    def token(self, **claims) -> str:
        parts = ({"alg": "RS256", "kid": "smoke", "typ": "JWT"}, {"iss": self.url} | claims)
        signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
        length = len(to_bytes(self.modulus))
        digest = DIGEST_INFO + hashlib.sha256(signed.encode()).digest()
        padded = b"\0\1" + b"\xff" * (length - len(digest) - 3) + b"\0" + digest
        signature = pow(int.from_bytes(padded), self.private, self.modulus).to_bytes(length)
        return f"{signed}.{encode(signature)}"


@contextmanager
def issuer(tls=None):
    """An issuer, until the block ends: by https if there is an `ssl.SSLContext` for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            document = documents.get(self.path)
            body = json.dumps(document).encode()
            self.send_response(200 if document else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made = Issuer(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    documents = made.documents()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def rsa_key(pkcs8: bytes) -> tuple[int, int, int]:
    """The modulus and the two exponents of a key (RFC 8017, appendix A.1.2, in RFC 5208)."""
    inner = elements(elements(pkcs8)[0])[2]
    _, modulus, public, private, *_ = (int.from_bytes(number) for number in elements(elements(inner)[0]))
    return modulus, public, private


def elements(der: bytes) -> list[bytes]:
    """The contents of the DER elements that follow one another."""
    found = []
    while der:
        length, start = der[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[2:start])
        found.append(der[start : start + length])
        der = der[start + length :]
    return found


def to_bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
