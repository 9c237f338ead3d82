"""An issuer of tokens for tests: signs, serves its keys, and misbehaves as told."""

import base64
import functools
import http.server
import json
import threading
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


@functools.cache
def rsa_pair(number):
    """Making one takes long, so tests share a few."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class RsaKey:
    """Keys of one number are the same; by default "k1" is one of its own."""

    def __init__(self, kid, number=None):
        self.kid, self.alg = kid, "RS256"
        self.key = rsa_pair((0 if kid == "k1" else 1) if number is None else number)

    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        return {"kty": "RSA", "kid": self.kid, "use": "sig", "alg": self.alg,
                "n": number(numbers.n), "e": number(numbers.e)}  # fmt: skip

    def sign(self, data):
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class EcKey:
    def __init__(self, kid):
        self.kid, self.alg = kid, "ES256"
        self.key = ec.generate_private_key(ec.SECP256R1())

    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        return {"kty": "EC", "kid": self.kid, "crv": "P-256", "x": number(numbers.x, 32),
                "y": number(numbers.y, 32)}  # fmt: skip

    def sign(self, data):
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Issuer:
    """Serves /jwks and the discovery document on the loopback; counts what is asked of it."""

    def __init__(self, *keys, tls=None, host="127.0.0.1"):
        self.keys = list(keys) or [RsaKey("k1")]
        self.tls = tls  # the context of the next connections; None: in the clear
        self.redirect = None  # (status, where): what those hear who ask for keys
        self.broken = None  # status to answer with, or "hang"
        self.fetches = 0
        self.held = threading.Event()  # a hanging answer waits for it
        self.headers = {}
        self.discovery = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def setup(self):
                if outer.tls is not None:
                    self.request = outer.tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self):
                outer.serve(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that did not like our certificate

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, handler):
        if handler.path == "/jwks":
            self.fetches += 1
        if self.broken == "hang":
            self.held.wait(60)
        status = self.broken if isinstance(self.broken, int) else 200
        if handler.path == "/jwks":
            document = {"keys": [key.jwk() for key in self.keys]}
        else:
            document = {"issuer": self.url, "jwks_uri": self.url + "/jwks", **self.discovery}
        body = json.dumps(document).encode()
        if self.redirect is not None and handler.path == "/jwks":
            status = self.redirect[0]
        handler.send_response(status)
        if self.redirect is not None:
            handler.send_header("location", self.redirect[1])
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def close(self):
        self.held.set()
        self.server.shutdown()
        self.server.server_close()

    def token(self, key=None, header=None, **claims):
        """A good token, but for what is given; a claim or header of None is left out."""
        key = key or self.keys[0]
        now = int(time.time())
        said = {"iss": self.url, "sub": "user-1", "aud": "shop", "iat": now, "exp": now + 600, **claims}
        head = {"alg": key.alg, "kid": key.kid, **(header or {})}
        parts = [
            b64(json.dumps({k: v for k, v in part.items() if v is not None}).encode()) for part in (head, said)
        ]
        data = ".".join(parts).encode()
        return f"{data.decode()}.{b64(key.sign(data))}"


def bearer(token):
    return {"authorization": f"Bearer {token}"}
