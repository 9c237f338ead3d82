"""A small AWS for tests: STS, an instance's metadata, a container's endpoint, SSO, Roles Anywhere.

It believes a request only when its signature is right, recomputed here from the rules and not by
our signer, and hands out keys that it knows again. It misbehaves as told.
"""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse
from datetime import datetime, timezone
from email.utils import formatdate

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

LONG_LIVED = {"AKIDLONGLIVED0000001": "secret-of-long-lived", "AKIDPROFILE000000001": "secret/of+profile"}


def stamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_request(method, target, headers, names, body):
    path, _, query = target.partition("?")
    path = urllib.parse.quote(path, safe="/~")
    pairs = sorted((piece.partition("=")[0], piece.partition("=")[2]) for piece in query.split("&") if query)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names]
    return "\n".join([method, path, query, "".join(lines), ";".join(names), hashlib.sha256(body).hexdigest()])


def read_body(handler):
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = b""
    while size := int(handler.rfile.readline(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def write_chunks(handler, pieces, pause=None):
    """The pieces as chunks, without the last one; between two pieces `pause` may be waited for."""
    for index, piece in enumerate(pieces):
        if index and pause is not None:
            pause.wait(20)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.flush()


class Refusal(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


class Aws:
    def __init__(self, life=3600, skew=0):
        self.keys = {access: (secret, None, "arn:aws:iam::123456789012:user/" + access) for access, secret in LONG_LIVED.items()}
        self.life, self.skew = life, skew
        self.requests = []  # (method, path, headers, body or form)
        self.refusals = {}  # action or path -> [(status, code), ...], the first is taken
        self.sso_tokens, self.sso_more = ["sso-token"], {"refreshToken": "refresh-2"}
        self.imds_v1, self.container_token = False, None
        self.made = 0
        self.wanted = []  # of sessions of Roles Anywhere
        self.lock = threading.Lock()
        aws = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def date_time_string(self, timestamp=None):
                return formatdate(time.time() + aws.skew, usegmt=True)

            def handle_one(self):
                body = read_body(self)
                try:
                    answer = aws.answer(self, body)
                    if answer is None:
                        return
                    status, kind, text = answer
                except Refusal as refusal:
                    error = f"<ErrorResponse><Error><Type>Sender</Type><Code>{refusal.code}</Code></Error></ErrorResponse>"
                    status, kind, text = refusal.status, "text/xml", error
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_one

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.model = True, self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def environment(self, **more):
        """Variables with which everything is looked for here, and nowhere else."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url, "AWS_REGION": "eu-west-1",
                "HOME": "/nonexistent", "no_proxy": "127.0.0.1", **more}  # fmt: skip

    # --- keys ---

    def make(self, arn):
        """Temporary keys of somebody: (id, secret, token, expiration)."""
        with self.lock:
            self.made += 1
            access = f"ASIA{self.made:016d}"
            self.keys[access] = (f"secret-{self.made}", f"token-{self.made}", arn)
        return access, f"secret-{self.made}", f"token-{self.made}", stamp(time.time() + self.skew + self.life)

    def end_roles(self):
        """What roles were given is worth nothing from now on."""
        self.keys = {access: key for access, key in self.keys.items() if not access.startswith("ASIA")}

    def document(self, arn, token="Token"):
        access, secret, session, expiration = self.make(arn)
        return {"AccessKeyId": access, "SecretAccessKey": secret, token: session, "Expiration": expiration}

    # --- signatures ---

    def signer_of(self, handler, body):
        """The ARN of whoever signed, or a refusal."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        words = headers.get("authorization", "").replace(",", "").split()
        if len(words) != 4 or words[0] != "AWS4-HMAC-SHA256":
            raise Refusal(403, "MissingAuthenticationToken")
        access, day, region, service, _ = words[1].removeprefix("Credential=").split("/")
        names = words[2].removeprefix("SignedHeaders=").split(";")
        if access not in self.keys:
            raise Refusal(403, "InvalidClientTokenId")
        secret, token, arn = self.keys[access]
        when = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        if abs(when.timestamp() - time.time() - self.skew) > 300:
            raise Refusal(403, "SignatureDoesNotMatch")
        if not {"host", "x-amz-date"} <= set(names) or headers.get("x-amz-security-token") != token:
            raise Refusal(403, "InvalidClientTokenId")
        canonical = canonical_request(handler.command, handler.path, headers, names, body)
        scope = f"{day}/{region}/{service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + secret).encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac256(key, part)
        if words[3] != "Signature=" + hmac256(key, text).hex():
            raise Refusal(403, "SignatureDoesNotMatch")
        return arn

    def check_x509(self, handler, body):
        headers = {name.lower(): value for name, value in handler.headers.items()}
        algorithm, credential, signed, signature = headers["authorization"].replace(",", "").split()
        names = signed.removeprefix("SignedHeaders=").split(";")
        certificate = x509.load_der_x509_certificate(base64.b64decode(headers["x-amz-x509"]))
        serial, scope = credential.removeprefix("Credential=").split("/", 1)
        assert serial == str(certificate.serial_number) and {"host", "x-amz-date", "x-amz-x509"} <= set(names)
        canonical = canonical_request("POST", handler.path, headers, names, body)
        text = "\n".join([algorithm, headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]).encode()
        key, found = certificate.public_key(), bytes.fromhex(signature.removeprefix("Signature="))
        if isinstance(key, rsa.RSAPublicKey):
            assert algorithm == "AWS4-X509-RSA-SHA256"
            key.verify(found, text, padding.PKCS1v15(), hashes.SHA256())
        else:
            assert algorithm == "AWS4-X509-ECDSA-SHA256"
            key.verify(found, text, ec.ECDSA(hashes.SHA256()))

    # --- answers ---

    def answer(self, handler, body):
        path = handler.path.partition("?")[0]
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode()).items()} if path == "/" else {}
        name = form.get("Action", path)
        self.requests.append((handler.command, name, handler.headers, form or body))
        if self.refusals.get(name):
            raise Refusal(*self.refusals[name].pop(0))
        if path == "/":
            return self.sts(handler, body, form)
        if path.startswith("/latest/"):
            return self.metadata(handler, path)
        if path == "/federation/credentials":
            return self.sso(handler)
        if path == "/token":
            return self.sso_token(json.loads(body))
        if path == "/sessions":
            self.check_x509(handler, body)
            # What is wanted may stand in the query as well as in the body.
            query = urllib.parse.parse_qsl(handler.path.partition("?")[2])
            return 201, "application/json", json.dumps(self.session({**dict(query), **json.loads(body)}))
        if path == "/container":
            if handler.headers.get("Authorization") != self.container_token:
                raise Refusal(401, "token")
            return 200, "application/json", json.dumps(self.document("arn:aws:sts::123456789012:assumed-role/task/c"))
        raise Refusal(404, "NotFound")

    def sts(self, handler, body, form):
        action = form.get("Action")
        if action == "AssumeRoleWithWebIdentity":
            assert "Authorization" not in handler.headers
            if form["WebIdentityToken"] != "web-identity-token":
                raise Refusal(400, "InvalidIdentityToken")
            arn = self.assumed(form)
        else:
            arn = self.signer_of(handler, body)
        if action == "GetCallerIdentity":
            inner = f"<Arn>{arn}</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
        else:
            arn = self.assumed(form)
            access, secret, token, expiration = self.make(arn)
            inner = (f"<Credentials><AccessKeyId>{access}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
                     f"<SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration></Credentials>")  # fmt: skip
        return 200, "text/xml", f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"

    def assumed(self, form):
        role = form["RoleArn"].rpartition("/")[2]
        return f"arn:aws:sts::123456789012:assumed-role/{role}/{form['RoleSessionName']}"

    def metadata(self, handler, path):
        if path == "/latest/api/token":
            if handler.command != "PUT" or self.imds_v1:
                raise Refusal(405 if self.imds_v1 else 400, "token")
            assert handler.headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600"
            return 200, "text/plain", "metadata-token"
        if not self.imds_v1 and handler.headers.get("X-aws-ec2-metadata-token") != "metadata-token":
            raise Refusal(401, "token")
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "text/plain", "worker-role"
        document = self.document("arn:aws:sts::123456789012:assumed-role/worker-role/i-1")
        return 200, "application/json", json.dumps({"Code": "Success", "Type": "AWS-HMAC", **document})

    def sso(self, handler):
        query = urllib.parse.parse_qs(handler.path.partition("?")[2])
        if handler.headers.get("x-amz-sso_bearer_token") not in self.sso_tokens:
            raise Refusal(401, "UnauthorizedException")
        access, secret, token, _ = self.make(f"arn:aws:sts::{query['account_id'][0]}:assumed-role/{query['role_name'][0]}/sso")
        expiration = int((time.time() + self.life) * 1000)
        keys = {"accessKeyId": access, "secretAccessKey": secret, "sessionToken": token, "expiration": expiration}
        return 200, "application/json", json.dumps({"roleCredentials": keys})

    def sso_token(self, wanted):
        known = {"clientId": "client", "clientSecret": "client-secret", "grantType": "refresh_token", "refreshToken": "refresh-1"}
        if wanted != known:
            raise Refusal(400, "InvalidGrantException")
        self.sso_tokens.append("sso-token-2")
        answer = {"accessToken": "sso-token-2", "tokenType": "Bearer", "expiresIn": 3600, **self.sso_more}
        return 200, "application/json", json.dumps(answer)

    def session(self, wanted):
        self.wanted.append(wanted)
        assert wanted["trustAnchorArn"].endswith("trust-anchor/T") and wanted["profileArn"].endswith("profile/P")
        role = wanted["roleArn"].rpartition("/")[2]
        access, secret, token, expiration = self.make(f"arn:aws:sts::123456789012:assumed-role/{role}/x509")
        keys = {"accessKeyId": access, "secretAccessKey": secret, "sessionToken": token, "expiration": expiration}
        return {"credentialSet": [{"credentials": keys}]}
