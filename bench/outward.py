"""Whose work is done elsewhere: proxies to an upstream, and callers of a Lambda-shaped one."""

import http.client
import json
import os
import subprocess

from processes import BenchError
from servers import ANSWER, ARN, HERE, Nginx, Server

# What the function at the upstream gives back, and what its callers make of that.
RESULT = json.dumps(
    {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": ANSWER},
    separators=(",", ":"),
)
INVOKE = f"/2015-03-31/functions/{ARN}/invocations"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
# An upstream that never closes, so that no peer pays for another's habits.
PATIENT = "keepalive_requests 1000000000; keepalive_timeout 3600s;"

# --- certificates ---------------------------------------------------------------------------------


class Authority:
    """Who vouches for the upstream: files of a certificate authority and of one server, P-256."""

    def __init__(self, folder):
        self.ca, self.key, self.certificate = (
            folder / name for name in ("ca.crt", "server.key", "server.crt")
        )
        ca_key, request, names = folder / "ca.key", folder / "server.csr", folder / "names"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._openssl("req", "-x509", *key, "-keyout", ca_key, "-out", self.ca, "-days", "2",
                      "-subj", "/CN=lambdagate benchmark")  # fmt: skip
        self._openssl("req", *key, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-days",
                      "2", "-CAcreateserial", "-extfile", names, "-out", self.certificate)  # fmt: skip

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"openssl {words[0]}: {done.stderr}")


# --- upstreams ------------------------------------------------------------------------------------


def _quoted(text):
    """In a string of nginx's."""
    return text.replace("\\", "\\\\")


class Origin(Nginx):
    """A small answer over plain HTTP, on the core of the load."""

    def __init__(self, place):
        answer = f"default_type application/json; return 200 '{ANSWER}';"
        server = f"{PATIENT} location / {{ {answer} }}"
        super().__init__(place, "origin", server, core=place.load_core, access_log=False)


class Invoked(Nginx):
    """The shape of Lambda's Invoke over TLS, and 404 for whatever else is asked for."""

    def __init__(self, place, authority):
        self.authority = authority
        server = f"""{PATIENT}
    ssl_certificate {authority.certificate};
    ssl_certificate_key {authority.key};
    ssl_session_cache shared:bench:1m;
    location ~ ^/2015-03-31/functions/[^/]+/invocations$ {{
      default_type application/json;
      add_header X-Amzn-RequestId 8476a536-e9f4-11e8-9739-2dfe598c3fcd;
      add_header X-Amz-Executed-Version 1;
      return 200 '{_quoted(RESULT)}';
    }}
    location / {{ return 404; }}"""
        core = place.load_core
        super().__init__(place, "invoked", server, core=core, access_log=False, listen=" ssl")


# --- lambdagate's configuration -------------------------------------------------------------------


def http_config(origin):
    """Everything goes on to the upstream."""
    return {"routes": {"$default": {"http": {"url": f"http://127.0.0.1:{origin.port}"}}}}


def lambda_config(invoked):
    target = {"arn": ARN, "endpoint": f"https://localhost:{invoked.port}"}
    return {
        "aws": {"provider": "environment"},
        "functions": {"echo": {"lambda": {**target, "ca_file": str(invoked.authority.ca)}}},
        "routes": {"POST /echo": {"function": "echo"}},
    }


# --- nginx ----------------------------------------------------------------------------------------


def _nginx_upstream(upstream):
    kept = "keepalive 64; keepalive_requests 1000000000; keepalive_timeout 3600s;"
    return f"upstream origin {{ server 127.0.0.1:{upstream.port}; {kept} }}"


# The fields that lambdagate sends, and connections that are kept.
_NGINX_FIELDS = """proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Port $server_port;"""


def nginx_http(place, name, origin, **options):
    server = f"location / {{ proxy_pass http://origin; {_NGINX_FIELDS} }}"
    return Nginx(place, name, server, outer=_nginx_upstream(origin), **options)


def nginx_https(place, name, invoked, **options):
    """The request goes on as it is."""
    server = f"""location = /echo {{
      proxy_pass https://origin{INVOKE};
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {invoked.authority.ca};
      proxy_ssl_name localhost;
      proxy_ssl_server_name on;
      {_NGINX_FIELDS}
    }}"""
    return Nginx(place, name, server, outer=_nginx_upstream(invoked), **options)


# --- Envoy ----------------------------------------------------------------------------------------

_TYPES = "type.googleapis.com/envoy.extensions"
_MANAGER = "filters.network.http_connection_manager.v3.HttpConnectionManager"


def _typed(name, kind, **fields):
    return {"name": name, "typed_config": {"@type": f"{_TYPES}.{kind}", **fields}}


def _address(port):
    return {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}


def _envoy_listener(port):
    keys = {
        "access_key_id": KEYS["AWS_ACCESS_KEY_ID"],
        "secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"],
    }
    route = {"match": {"prefix": "/"}, "route": {"cluster": "lambda", "timeout": "30s"}}
    manager = _typed(
        "manager",
        _MANAGER,
        stat_prefix="bench",
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        http_filters=[
            _typed(
                "lambda",
                "filters.http.aws_lambda.v3.Config",
                arn=ARN,
                credentials=keys,
                host_rewrite="localhost",
            ),
            _typed("router", "filters.http.router.v3.Router"),
        ],
    )
    return {**_address(port), "filter_chains": [{"filters": [manager]}]}


def _envoy_cluster(invoked):
    verified = {
        "trusted_ca": {"filename": str(invoked.authority.ca)},
        "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": "localhost"}}],
    }
    tls = _typed(
        "tls",
        "transport_sockets.tls.v3.UpstreamTlsContext",
        sni="localhost",
        common_tls_context={"validation_context": verified},
    )
    return {
        "name": "lambda",
        "type": "STATIC",
        # Without it the filter passes everything on as it is.
        "metadata": {"filter_metadata": {"com.amazonaws.lambda": {"egress_gateway": True}}},
        "transport_socket": tls,
        "load_assignment": {
            "cluster_name": "lambda",
            "endpoints": [{"lb_endpoints": [{"endpoint": _address(invoked.port)}]}],
        },
    }


class Envoy(Server):
    """Its aws_lambda filter, which makes an event of a request and a response of the result."""

    def __init__(self, place, name, program, invoked):
        super().__init__(place, name)
        self.upstream = invoked
        file = self.folder / "envoy.json"
        static = {"listeners": [_envoy_listener(self.port)], "clusters": [_envoy_cluster(invoked)]}
        file.write_text(json.dumps({"static_resources": static}, indent=1))
        options = ["--concurrency", "1", "--disable-hot-restart", "-l", "warn"]
        self.launch([program, "-c", file, *options], output=self.folder / "envoy.log")


# --- AWS's SDK ------------------------------------------------------------------------------------


class Sdk(Server):
    """A Node.js process that calls Invoke as often as it can, while it is told to."""

    def __init__(self, place, name, modules, invoked):
        super().__init__(place, name)
        self.upstream = invoked
        environment = {
            "PATH": os.environ["PATH"],
            "NODE_EXTRA_CA_CERTS": str(invoked.authority.ca),
            "BENCH_MODULES": str(modules),
            "BENCH_ENDPOINT": f"https://localhost:{invoked.port}",
            "BENCH_FUNCTION": ARN,
            "BENCH_PORT": str(self.port),
            **KEYS,
        }
        words = ["node", HERE / "node" / "invoke.mjs"]
        self.launch(words, output=self.folder / "sdk.log", environment=environment)

    def calls(self, parallel, seconds):
        """Lets it go: {requests, seconds, p50_us, p99_us, errors, cpu_seconds}."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds + 30)
        try:
            connection.request("GET", f"/?parallel={parallel}&seconds={seconds}")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()
