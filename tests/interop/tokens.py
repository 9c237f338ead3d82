"""A few hundred tokens, good, hostile and odd, and the keys that they are signed with.

Each is judged by a verifier that others wrote and by the daemon (test_aws_jwt_verify.py). The case's
name says what is odd about it; `setups` are the ways in which it is judged.
"""

import base64
import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from issuer import b64, number

POOL = "eu-west-1_AbCdEf123"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
CLIENT = "7abcdefghijklmnopqrstuvwxy"
NOW = int(time.time())
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DIGESTS = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def rsa_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


class Keys:
    """Of every kind one; jwks() is what both sides read."""

    def __init__(self):
        self.k1, self.k2, self.stranger, self.weak = rsa_key(), rsa_key(), rsa_key(), rsa_key(1024)
        self.p256, self.p384 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1))
        self.p521 = ec.generate_private_key(ec.SECP521R1())
        self.bitcoin = ec.generate_private_key(ec.SECP256K1())
        self.ed = ed25519.Ed25519PrivateKey.generate()

    def jwks(self):
        return {
            "keys": [
                rsa_jwk(self.k1, kid="k1", alg="RS256", use="sig"),
                rsa_jwk(self.k2, kid="k2", alg="RS256", use="sig"),
                rsa_jwk(self.k1, kid="knoalg"),
                rsa_jwk(self.k1, kid="kenc", alg="RS256", use="enc"),
                rsa_jwk(self.k1, kid="k384rs", alg="RS384"),
                rsa_jwk(self.k1, kid="kps", alg="PS256"),
                rsa_jwk(self.weak, kid="k1024", alg="RS256"),
                ec_jwk(self.p256, "P-256", 32, kid="ke", alg="ES256"),
                ec_jwk(self.p256, "P-256", 32, kid="kenoalg"),
                ec_jwk(self.p384, "P-384", 48, kid="k384", alg="ES384"),
                ec_jwk(self.p521, "P-521", 66, kid="k521", alg="ES512"),
                {"kty": "OKP", "crv": "Ed25519", "kid": "kd", "alg": "EdDSA", "x": b64(raw(self.ed))},
                {"kty": "oct", "kid": "koct", "k": b64(b"secret of everybody, 32 bytes...")},
            ]
        }


def raw(key):
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def rsa_jwk(key, **more):
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **more}


def ec_jwk(key, curve, size, **more):
    numbers = key.public_key().public_numbers()
    return {"kty": "EC", "crv": curve, "x": number(numbers.x, size), "y": number(numbers.y, size), **more}


# --- signing ------------------------------------------------------------------------------------------


def rs(key, size="256"):
    return lambda data: key.sign(data, padding.PKCS1v15(), DIGESTS[size])


def ps(key, salt=32):
    return lambda data: key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())


def es(key, half, size="256"):
    def sign(data):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(DIGESTS[size])))
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    return sign


def hs(secret):
    return lambda data: hmac.new(secret, data, hashlib.sha256).digest()


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


def part(value):
    return b64(value if isinstance(value, bytes) else text_of(value).encode())


def made(head, claims, sign):
    data = f"{part(head)}.{part(claims)}"
    return f"{data}.{b64(sign(data.encode()))}"


HEAD = {"kid": "k1", "alg": "RS256"}


def access(**claims):
    said = {
        "sub": "4f5e", "token_use": "access", "scope": "aws.cognito.signin.user.admin my/read", "auth_time": NOW,
        "iss": ISSUER, "exp": NOW + 3600, "iat": NOW, "jti": "j-1", "client_id": CLIENT, "username": "zoe",
        "cognito:groups": ["admin", "editors"], **claims,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not ABSENT}


def identity(**claims):
    said = {
        "sub": "4f5e", "token_use": "id", "aud": CLIENT, "auth_time": NOW, "iss": ISSUER, "exp": NOW + 3600,
        "iat": NOW, "cognito:username": "zoe", "cognito:groups": ["admin"], **claims,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not ABSENT}


def oidc(**claims):
    return identity(token_use=ABSENT, aud="shop", scope="my/read", **claims) if "aud" not in claims else (
        identity(token_use=ABSENT, scope="my/read", **claims))  # fmt: skip


class Absent:
    def __repr__(self):
        return "absent"


ABSENT = Absent()
EVERY = ("access", "oidc")

# Values of every type, for every claim.
ODD = [
    ABSENT, None, True, False, 0, 1, -1, 1.5, "", " ", "x", "0", [], ["x"], [["x"]], [1], [None], {}, {"x": 1},
]  # fmt: skip


# --- the cases ------------------------------------------------------------------------------------------


class Cases:
    def __init__(self, keys):
        self.keys, self.items = keys, {}
        self.good = made(HEAD, access(), rs(keys.k1))
        for make in (self.plain, self.algorithms, self.key_ids, self.headers, self.shapes, self.payloads,
                     self.times, self.issuers, self.clients, self.uses, self.scopes, self.groups, self.every_type):  # fmt: skip
            make()

    def add(self, name, setups, token):
        for setup in (setups,) if isinstance(setups, str) else setups:
            assert f"{setup}: {name}" not in self.items, name
            self.items[f"{setup}: {name}"] = (setup, token)

    def signed(self, name, setups, claims, head=HEAD, sign=None):
        self.add(name, setups, made(head, claims, sign or rs(self.keys.k1)))

    def both(self, name, head, sign=None, **claims):
        """The same for the pool and for the generic issuer."""
        self.signed(name, "access", access(**claims), head, sign)
        self.signed(name, "oidc", oidc(**claims), head, sign)

    def plain(self):
        for setup in ("access", "any", "scoped", "grouped", "any client"):
            self.add("a good access token", setup, self.good)
        for setup in ("id", "any", "access"):
            self.signed("a good id token", setup, identity())
        self.add("a good access token", "id", self.good)
        self.signed("a good token", "oidc", oidc())
        self.signed("a good token without kid k1's alg", "oidc", oidc(), {"kid": "knoalg", "alg": "RS256"})

    def algorithms(self):
        keys = self.keys
        for kid, alg, sign, *more in [
            ("ke", "ES256", es(keys.p256, 32)), ("k384", "ES384", es(keys.p384, 48, "384")),
            ("k521", "ES512", es(keys.p521, 66, "512")), ("kd", "EdDSA", keys.ed.sign),
            ("knoalg", "RS384", rs(keys.k1, "384")), ("knoalg", "RS512", rs(keys.k1, "512")),
            ("k384rs", "RS384", rs(keys.k1, "384")), ("kps", "PS256", ps(keys.k1)), ("knoalg", "PS256", ps(keys.k1)),
            ("kenoalg", "ES256", es(keys.p256, 32)), ("k1", "RS384", rs(keys.k1, "384")), ("k1", "PS256", ps(keys.k1)),
            ("k1", "RS256", ps(keys.k1), " but PSS"), ("kps", "PS256", ps(keys.k1, 20), ", short salt"), ("k384rs", "RS256", rs(keys.k1)),
            ("knoalg", "ES256", es(keys.p256, 32)), ("kenoalg", "RS256", rs(keys.k1)),
            ("kenoalg", "ES384", es(keys.p256, 32, "384")), ("ke", "ES384", es(keys.p256, 32, "384")),
            ("k384", "ES256", es(keys.p384, 48)), ("kd", "Ed25519", keys.ed.sign), ("kd", "RS256", rs(keys.k1)),
            ("ke", "EdDSA", keys.ed.sign), ("k1024", "RS256", rs(keys.weak)), ("kenc", "RS256", rs(keys.k1)),
        ]:  # fmt: skip
            self.both(f"{alg} with {kid}{''.join(more)}", {"kid": kid, "alg": alg}, sign)
        signature = self.good.rsplit(".", 1)[1]
        for alg in ("none", "nOnE", "NONE"):
            head = part({"kid": "k1", "alg": alg})
            for end in ("", "AA", signature):
                self.add(f"alg {alg} with {end[:2] or 'nothing'}", EVERY, f"{head}.{part(access())}.{end}")
        for alg in (ABSENT, None, ["RS256"], {"x": 1}, 256, True, "", "rs256", "RS256 ", " RS256", "RS256\0", "RS-256", "RSA"):
            head = {"kid": "k1", "alg": alg} if alg is not ABSENT else {"kid": "k1"}
            self.both(f"alg {alg!r}", head)
        pem = keys.k1.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        der = keys.k1.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        modulus = rsa_jwk(keys.k1)["n"].encode()
        for name, secret in [("PEM", pem), ("DER", der), ("modulus", modulus), ("nothing", b"")]:
            for kid in ("k1", "knoalg"):
                self.both(f"HS256 with our {name} as {kid}", {"kid": kid, "alg": "HS256"}, hs(secret))
        self.both("HS256 with koct", {"kid": "koct", "alg": "HS256"}, hs(b"secret of everybody, 32 bytes..."))

    def key_ids(self):
        for kid in (ABSENT, None, 1, True, ["k1"], {"k1": 1}, "", "nobody", "K1", "k1 ", " k1", "k1\0x", "k1\n",
                    "../../../../dev/null", "' UNION SELECT \0", "__proto__", "constructor", "toString", "k" * 400,
                    "\u212a1"):  # fmt: skip
            head = {"kid": kid, "alg": "RS256"} if kid is not ABSENT else {"alg": "RS256"}
            self.both(f"kid {kid!r:.30}", head)
        self.both("kid k2, signed by k1", {"kid": "k2", "alg": "RS256"})
        self.both("kid k1, signed by a stranger", HEAD, rs(self.keys.stranger))
        self.both("kid ke, signed on another curve", {"kid": "ke", "alg": "ES256"}, es(self.keys.bitcoin, 32))

    def headers(self):
        stranger = rsa_jwk(self.keys.stranger, kid="k1", alg="RS256", use="sig")
        brought = {"jwk": stranger, "jku": "https://evil.example/keys", "x5u": "https://evil.example/c",
                   "x5c": ["MIIB"], "x5t": "x"}  # fmt: skip
        for name, value in brought.items():
            self.both(f"{name} of a stranger, and signed so", {**HEAD, name: value}, rs(self.keys.stranger))
            self.both(f"{name} of a stranger, and signed well", {**HEAD, name: value})
        for more in ({"crit": ["x"], "x": 1}, {"crit": []}, {"crit": ["alg"]}, {"crit": "alg"}, {"crit": None},
                     {"crit": ["b64"], "b64": False}, {"crit": ["exp"], "exp": 1}, {"b64": False}, {"b64": True},
                     {"zip": "DEF"}, {"enc": "A256GCM"}, {"cty": "JWT"}, {"cty": "json"}, {"typ": "JWT"},
                     {"typ": "jwt"}, {"typ": "at+jwt"}, {"typ": "AT+JWT"}, {"typ": "application/at+jwt"},
                     {"typ": "JOSE+JSON"}, {"typ": "logout+jwt"}, {"typ": "secevent+jwt"}, {"typ": "dpop+jwt"},
                     {"typ": 1}, {"typ": ""}, {"typ": None}, {"unknown": {"deep": [1, 2]}}, {"iss": "other"},
                     {"exp": 1}, {"alg2": "none"}):  # fmt: skip
            self.both(f"header with {json.dumps(more)}", {**HEAD, **more})
        for text in ('{"kid":"k1","alg":"none","alg":"RS256"}', '{"kid":"k1","alg":"RS256","alg":"none"}',
                     '{"kid":"x","kid":"k1","alg":"RS256"}', '{"kid":"k1","alg":"RS256","\\u0061lg":"RS256"}',
                     '{"kid":"k1","alg":"RS256"', '{"kid":"k1","alg":"RS256"}x', '["RS256"]', "null", "1", '"RS256"',
                     "{}", "", " ", '{"kid":"k1","alg":"RS256",}', "{'kid':'k1','alg':'RS256'}",
                     '\ufeff{"kid":"k1","alg":"RS256"}', ' {"kid":"k1","alg":"RS256"} ',
                     '{"kid":"\\u006b1","alg":"RS256"}', '{"kid":"k1","alg":"RS256"/**/}'):  # fmt: skip
            self.both(f"header text {text!r}", text)

    def shapes(self):
        good = self.good
        head, claims, signature = good.split(".")
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
        other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
        bytes_of = base64.urlsafe_b64decode(signature + "==")
        flipped = bytes([bytes_of[0] ^ 1]) + bytes_of[1:]
        standard = base64.b64encode(bytes_of).rstrip(b"=").decode()
        assert "+" in standard or "/" in standard
        for name, token in {
            "nothing": "", "one word": "token", "two parts": f"{head}.{claims}", "two parts and a dot": f"{head}.{claims}.",
            "dots": "..", "dots with letters": "a.b.c", "four parts": f"{good}.x", "a dot at the end": f"{good}.",
            "a dot in front": f".{good}", "five parts": "a.b.c.d.e", "a blank in front": f" {good}",
            "a blank at the end": f"{good} ", "a line end": f"{good}\n", "padding": f"{good}==", "padding of one": f"{good}=",
            "padding of the header": f"{head}=.{claims}.{signature}", "padding of the claims": f"{head}.{claims}=.{signature}",
            "standard alphabet": f"{head}.{claims}.{standard}", "spare bits": f"{good[:-1]}{other}",
            "three more letters": f"{good}AAA", "one letter less": good[:-1], "one letter more": f"{good}A",
            "a bit flipped": f"{head}.{claims}.{b64(flipped)}", "a zero byte more": f"{head}.{claims}.{b64(bytes_of + bytes(1))}",
            "a zero byte in front": f"{head}.{claims}.{b64(bytes(1) + bytes_of)}", "all zeros": f"{head}.{claims}.{b64(bytes(256))}",
            "all ones": f"{head}.{claims}.{b64(bytes([255]) * 256)}", "empty signature": f"{head}.{claims}.",
            "no claims": f"{head}..{signature}", "no header": f".{claims}.{signature}",
            "claims exchanged": f"{head}.{part(access(username='admin'))}.{signature}",
            "header written anew": f"{part(json.dumps(HEAD, separators=(',', ':'), sort_keys=True))}.{claims}.{signature}",
            "a line end within": f"{head}.{claims[:10]}\n{claims[10:]}.{signature}", "a NUL at the end": f"{good}\0",
            "swapped parts": f"{claims}.{head}.{signature}", "twice": f"{good},{good}", "Bearer in front": f"Bearer {good}",
            "other letters": f"{head}.{claims}.{signature[:-1]}é",
        }.items():  # fmt: skip
            self.add(f"shape: {name}", "access", token)
        self.elliptic()

    def elliptic(self):
        head, key = {"kid": "ke", "alg": "ES256"}, self.keys.p256

        def changed(change):
            def sign(data):
                r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
                return change(r, s)

            return sign

        pair = lambda r, s: r.to_bytes(32, "big") + s.to_bytes(32, "big")  # noqa: E731
        for name, change in {
            "DER": lambda r, s: encode_dss_signature(r, s),
            "zeros": lambda r, s: bytes(64),
            "63 bytes": lambda r, s: pair(r, s)[:63],
            "65 bytes": lambda r, s: pair(r, s) + b"\0",
            "s from the other side": lambda r, s: pair(r, P256_ORDER - s),
            "r of the order": lambda r, s: pair(P256_ORDER, s),
            "r and s exchanged": lambda r, s: pair(s, r),
            "s beyond the order": lambda r, s: pair(r, (s + P256_ORDER) % 2**256),
        }.items():
            self.signed(f"ES256: {name}", "oidc", oidc(), head, changed(change))

    def payloads(self):
        good = json.dumps(access())
        deep = "[" * 40 + "]" * 40
        deeper = '{"a":' * 2000 + "1" + "}" * 2000
        for name, text in {
            "no JSON": "hello", "array": "[1]", "null": "null", "number": "1", "text": '"x"', "empty object": "{}",
            "nothing": "", "garbage behind": f"{good}x", "another object behind": f"{good}{{}}",
            "NUL and an object behind": f"{good}\0{{}}", "byte order mark": f"\ufeff{good}", "blanks around": f" {good}\n",
            "comment": f"/**/{good}", "single quotes": good.replace('"', "'"), "trailing comma": f"{good[:-1]},}}",
            "exp twice, the last good": good.replace('"exp"', '"exp": 1, "exp"'),
            "sub twice": good.replace('"sub"', '"sub": "root", "sub"'),
            "sub twice, once escaped": good.replace('"sub"', '"s\\u0075b": "root", "sub"'),
            "client_id twice": good.replace('"client_id"', '"client_id": "x", "client_id"'),
            "a name twice deep inside": good.replace('"sub"', '"o": {"a": 1, "a": 2}, "sub"'),
            "NaN exp": good.replace(str(NOW + 3600), "NaN"), "Infinity exp": good.replace(str(NOW + 3600), "Infinity"),
            "hexadecimal exp": good.replace(str(NOW + 3600), hex(NOW + 3600)), "+exp": good.replace(str(NOW + 3600), f"+{NOW + 3600}"),
            "exp 1e400": good.replace(str(NOW + 3600), "1e400"), "exp 2^64": good.replace(str(NOW + 3600), str(2**64)),
            "exp 2^53+1": good.replace(str(NOW + 3600), "9007199254740993"), "exp with exponent": good.replace(str(NOW + 3600), f"{(NOW + 3600) / 1e9}e9"),
            "exp in milliseconds": good.replace(str(NOW + 3600), str(1000 * (NOW + 3600))),
            "a NUL in sub": good.replace("4f5e", "4f5e\\u0000"), "a lone surrogate": good.replace("4f5e", "\\ud800"),
            "a control character": good.replace("4f5e", "\t"), "nested 40": f'{good[:-1]}, "deep": {deep}}}',
            "nested 2000": f'{good[:-1]}, "deep": {deeper}}}', "a claim __proto__": f'{good[:-1]}, "__proto__": {{"x": 1}}}}',
            "a long claim": f'{good[:-1]}, "long": "{"x" * 9000}"}}',
        }.items():  # fmt: skip
            self.signed(f"payload: {name}", "access", text)
        self.signed("payload: no UTF-8", "access", good.encode().replace(b"4f5e", b"\xff\xfe"))
        self.signed("payload: a token in a token", "access", self.good, {**HEAD, "cty": "JWT"})
        self.signed("payload: a token in a token, not said", "access", self.good)

    def times(self):
        for name, values in {
            "exp": (-3600, -5, 60, 3600, 86000, 3600.5, 10**9), "nbf": (-3600, -5, 60, 3600, -5.5, 60.5),
            "iat": (-3600, -5, 60, 3600, 10**9), "auth_time": (-3600, 3600),
        }.items():  # fmt: skip
            for value in values:
                self.both(f"{name} = now {value:+}", HEAD, **{name: NOW + value})
                self.signed(f"{name} = now {value:+}", "leeway", access(**{name: NOW + value}))
        for name in ("exp", "nbf", "iat"):
            for kind, value in (("text", str(NOW + 3600)), ("past text", str(NOW - 3600)), ("list", [NOW + 3600]),
                                ("object", {"at": NOW}), ("milliseconds", (NOW + 60) * 1000)):  # fmt: skip
                self.both(f"{name} as {kind}", HEAD, **{name: value})
        for value in (-61, -59, -31, -30.5, -1):
            self.signed(f"exp = now {value:+} beside leeway", "leeway", access(exp=NOW + value))
        for value in (1, 20, 59, 300):
            self.signed(f"nbf = now {value:+} beside leeway", "leeway", access(nbf=NOW + value))

    def issuers(self):
        for value in (ISSUER + "/", ISSUER.replace("https", "http"), ISSUER.replace("cognito", "COGNITO"),
                      ISSUER[:-1], ISSUER + "4", ISSUER + ".evil.example", ISSUER + "?", ISSUER + "#", " " + ISSUER,
                      ISSUER.replace(POOL, "eu-west-1_Other0000"), ISSUER.replace("eu-west-1.", "eu-west-2."),
                      "https://evil.example/" + POOL, [ISSUER], ISSUER + "\0", POOL):  # fmt: skip
            self.both(f"iss {value!r:.90}", HEAD, iss=value)

    def clients(self):
        for value in ("other", CLIENT.upper(), CLIENT + " ", CLIENT + "x", CLIENT[:-1], [CLIENT], f"{CLIENT},x"):
            self.signed(f"client_id {value!r}", "access", access(client_id=value))
            self.signed(f"client_id {value!r}", "any client", access(client_id=value))
            self.signed(f"aud {value!r}", "id", identity(aud=value))
        self.signed("no client_id but aud", "access", access(client_id=ABSENT, aud=CLIENT))
        self.signed("client_id and another aud", "access", access(aud="other"))
        self.signed("no aud but client_id", "id", identity(aud=ABSENT, client_id=CLIENT))
        self.signed("aud and another client_id", "id", identity(client_id="other"))
        for value in ("shop", "other", "SHOP", "shop ", ["shop"], ["other", "shop"], ["shop", "other"], ["other"], [],
                      ["shop", 1], [1], "shop,other", "shop other", [["shop"]], ["shop", "shop"]):  # fmt: skip
            self.signed(f"aud {value!r}", "oidc", oidc(aud=value))
        self.signed("no aud", "oidc", oidc(aud=ABSENT))
        self.signed("no aud but client_id", "oidc", oidc(aud=ABSENT, client_id="shop"))
        self.signed("no aud but azp", "oidc", oidc(aud=ABSENT, azp="shop"))

    def uses(self):
        for value in ("refresh", "ACCESS", "access ", "Id", "", ["access"], "id"):
            for setup in ("access", "id", "any"):
                self.signed(f"token_use {value!r} of an access token", setup, access(token_use=value))
                self.signed(f"token_use {value!r} of an id token", setup, identity(token_use=value))
        self.signed("token_use access of an id token", "access", identity(token_use="access"))

    def scopes(self):
        for value in ("my/read", "my/read my/write", "my/write", "my/rea", "my/readx", "xmy/read", "MY/READ", "",
                      " my/read", "my/read ", "a  my/read", "a\tmy/read", "a\tb my/read", "my/read,my/write", "my",
                      ["my/read"], "my/read\n", "a\nmy/read", "*"):  # fmt: skip
            self.signed(f"scope {value!r}", "scoped", access(scope=value))
            self.signed(f"scope {value!r}", "oidc scoped", oidc() | {"scope": value})
        for value in ("my/read", ["my/read"], ["a", "my/read"], "a my/read"):
            claims = oidc() | {"scp": value}
            del claims["scope"]
            self.signed(f"scp {value!r}", "oidc scoped", claims)
        self.signed("no scope", "scoped", access(scope=ABSENT))

    def groups(self):
        for value in (["admin"], ["x", "admin"], ["x"], [], "admin", "admin,x", ["ADMIN"], ["admin "], [["admin"]],
                      ["admin", 1], {"admin": True}, ABSENT, None):  # fmt: skip
            self.signed(f"groups {value!r}", "grouped", access(**{"cognito:groups": value}))
        self.signed("groups without cognito:", "grouped", access(groups=["admin"], **{"cognito:groups": ABSENT}))

    def every_type(self):
        for claim in ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "auth_time", "token_use", "client_id",
                      "username", "cognito:groups", "email_verified"):  # fmt: skip
            for value in ODD:
                name = f"{claim} of any type: {value!r}"
                self.signed(name, "access", access(**{claim: value}))
                self.signed(name, "oidc", oidc() | {claim: value} if value is not ABSENT else
                            {k: v for k, v in oidc().items() if k != claim})  # fmt: skip
        for value in ODD:
            self.signed(f"aud of any type: {value!r}", "id", identity(aud=value))
