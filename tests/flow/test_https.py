"""Requests passed on over TLS: who the server must be, who the gateway is, and what is refused before a byte is sent."""

import contextlib
import signal
import ssl
import threading

import pytest
from cryptography.hazmat.primitives import serialization

from certificates import Authority, build, pair, pem
from gateway import expect, wait_for
from origin import polite


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def names_of(context):
    """The names that clients ask for (SNI), as they come."""
    asked = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    return asked


@contextlib.contextmanager
def served(context, **options):
    """A server behind TLS that shakes hands where it serves, so that one bad client does not hold the others."""
    with polite(**options) as server:
        plain = server.get_request

        def get_request():
            connection, address = plain()
            return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        server.get_request = get_request
        server.handle_error = lambda *_: None
        yield server


def config(server, name, authority, **options):
    http = {"url": f"https://{name}:{server.port}/", "connect_timeout": "20s", "ca_file": str(authority.file), "upstreams": [f"127.0.0.1:{server.port}"], **options}
    return {"loops": 1, "routes": {"ANY /x": {"http": http}}}


def own_certificate(authority, folder):
    """Files of a client's certificate and key."""
    key = pair("client")
    certificate = build("gateway", key, authority.name, authority.key, (-1, 1))
    (folder / "client.pem").write_bytes(pem(certificate))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "client.key").write_bytes(key.private_bytes(*form))
    return {"certificate": str(folder / "client.pem"), "key": str(folder / "client.key")}


def refused(gateway, server, why):
    answer = gateway.send("POST", "/x", body=b"pay")
    assert (answer.status, answer.header("x-lambdagate-outcome")) == (503, "not-started")
    gateway.log.wait(why)
    assert server.seen == []


def test_a_server_that_is_who_it_should_be_is_asked_by_its_name(start, authority):
    context = authority.server("shop.example")
    asked = names_of(context)
    with served(context) as server:
        gateway = start(config(server, "shop.example", authority))
        answer = expect(gateway.send("POST", "/x", body=b"hello"), 200).json()
        assert (answer["method"], answer["size"]) == ("POST", 5)
        assert ["host", f"shop.example:{server.port}"] in answer["headers"]
        assert asked == ["shop.example"]


def test_an_address_has_no_name_to_ask_for(start, authority):
    context = authority.server("127.0.0.1")
    asked = names_of(context)
    with served(context) as server:
        expect(start(config(server, "127.0.0.1", authority)).get("/x"), 200)
        assert asked == [None]


def test_a_body_of_megabytes_streams_over_tls(start, authority):
    with served(authority.server("shop.example")) as server:
        gateway = start(config(server, "shop.example", authority))
        body = bytes(range(256)) * 16000
        assert expect(gateway.send("PUT", "/x", body=body), 200).json()["size"] == len(body)


def test_a_certificate_for_another_name_is_refused(start, authority):
    with served(authority.server("other.example")) as server:
        refused(start(config(server, "shop.example", authority)), server, "TLS: certificate: host name does not match")


def test_an_authority_that_is_not_trusted_is_refused(start, authority, tmp_path):
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "authority of others")
    with served(stranger.server("shop.example")) as server:
        refused(start(config(server, "shop.example", authority)), server, "TLS: certificate: its issuer is not trusted")


def test_files_that_were_renewed_are_used_after_a_reload(start, authority, tmp_path):
    (tmp_path / "other").mkdir()
    renewed = Authority(tmp_path / "other", "authority of others")
    with served(renewed.server("shop.example")) as server:
        gateway = start(config(server, "shop.example", authority))
        refused(gateway, server, "TLS: certificate: its issuer is not trusted")
        authority.file.write_bytes(renewed.file.read_bytes())
        gateway.send_signal(signal.SIGHUP)
        gateway.log.wait("reload done")
        expect(gateway.get("/x"), 200)


def test_a_function_in_lambda_trusts_a_renewed_file_after_a_reload_too(start, authority, tmp_path):
    (tmp_path / "other").mkdir()
    renewed = Authority(tmp_path / "other", "authority of others")
    with served(renewed.server("127.0.0.1")) as server:
        options = {"function": "f", "region": "eu-west-1", "endpoint": f"https://127.0.0.1:{server.port}", "ca_file": str(authority.file)}
        functions = {"f": {"timeout": "20s", "lambda": {**options, "connect_timeout": "20s", "retries": 0}}}
        keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
        gateway = start({"functions": functions, "routes": {"POST /x": {"function": "f"}}}, environment=keys)
        refused(gateway, server, "TLS: certificate: its issuer is not trusted")
        authority.file.write_bytes(renewed.file.read_bytes())
        gateway.send_signal(signal.SIGHUP)
        gateway.log.wait("reload done")
        expect(gateway.send("POST", "/x"), 200)
        assert len(server.seen) == 1


def test_the_systems_authorities_do_not_know_ours(start, authority):
    with served(authority.server("shop.example")) as server:
        file = config(server, "shop.example", authority)
        del file["routes"]["ANY /x"]["http"]["ca_file"]
        refused(start(file), server, "TLS: ")


@pytest.mark.parametrize("days", [(-5, -1), (1, 5)], ids=["over", "to come"])
def test_a_certificate_out_of_its_time_is_refused(start, authority, days):
    with served(authority.server("shop.example", days=days)) as server:
        refused(start(config(server, "shop.example", authority)), server, "TLS: .*(expired|not yet valid)")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_version_of_tls_is_refused(start, authority):
    context = authority.server("shop.example")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with served(context) as server:
        refused(start(config(server, "shop.example", authority)), server, "TLS: ")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_certificate_gets_ours(start, authority, tmp_path, version):
    context = authority.server("shop.example")
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    with served(context) as server:
        mine = own_certificate(authority, tmp_path)
        expect(start(config(server, "shop.example", authority, **mine)).get("/x"), 200)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_certificate_and_gets_none_serves_nothing(start, authority, version):
    context = authority.server("shop.example")
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    with served(context) as server:
        answer = start(config(server, "shop.example", authority)).get("/x")
        # With 1.3 the refusal comes behind the handshake, when a request may have been sent.
        assert answer.status == 503 and answer.header("x-lambdagate-outcome") in ("not-started", "unknown")
        assert server.seen == []


def test_connections_are_kept_and_sessions_used_again(start, authority):
    context = authority.server("shop.example")
    with served(context) as server:
        gateway = start(config(server, "shop.example", authority, keepalive_requests=2))
        for _ in range(6):
            expect(gateway.get("/x"), 200)
        wait_for("three handshakes", lambda: context.session_stats()["accept_good"] == 3)
        assert context.session_stats()["hits"] == 2


def test_health_checks_go_over_tls_too(start, authority):
    with served(authority.server("shop.example")) as one, served(authority.server("other.example")) as bad:
        file = config(one, "shop.example", authority, health_check={"path": "/health", "interval": "100ms", "unhealthy": 1})
        file["routes"]["ANY /x"]["http"]["upstreams"].append(f"127.0.0.1:{bad.port}")
        gateway = start(file)
        expect(gateway.get("/x"), 200)
        gateway.log.wait(f"127.0.0.1:{bad.port} is left out: its health checks")
        wait_for("a check", lambda: "GET /health" in one.seen)
        assert bad.seen == []


def test_many_requests_at_once_share_a_server(start, authority):
    with served(authority.server("shop.example")) as server:
        gateway = start(config(server, "shop.example", authority, connections=4))
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(gateway.get("/x").status)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 20
