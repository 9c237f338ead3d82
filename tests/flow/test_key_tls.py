"""Keys come from whom they should: what vouches for their server, and where it may send us."""

import pytest

from certificates import Authority
from gateway import COMMAND, expect, run, wait_for
from issuer import Issuer, bearer


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def serve():
    """serve(context) is an issuer over TLS that is called localhost; closed at the end."""
    issuers = []

    def make(context, host="localhost"):
        issuers.append(Issuer(tls=context, host=host))
        return issuers[-1]

    yield make
    for issuer in issuers:
        issuer.close()


def config_of(issuer, ca_file=None, discovery=False, **jwt):
    jwt = {"issuer": issuer.url, "audience": "shop", **jwt}
    if not discovery:
        jwt["jwks_url"] = jwt.get("jwks_url", issuer.url + "/jwks")
    if ca_file is not None:
        jwt["ca_file"] = str(ca_file)
    return {
        "authorizers": {"idp": {"jwt": jwt}},
        "routes": {"GET /": {"respond": {"text": "in"}, "authorizer": "idp"}},
    }


def ask(gateway, issuer):
    return gateway.get("/", headers=bearer(issuer.token()))


def never_came(gateway, issuer, said):
    gateway.log.wait(rf"cannot fetch its (keys|openid-configuration): .*{said}")
    expect(ask(gateway, issuer), 401, {"message": "Unauthorized"})


# --- certificates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("discovery", [False, True], ids=["address", "discovery"])
def test_keys_come_over_tls_from_a_server_that_the_ca_file_vouches_for(
    start, authority, serve, host, discovery
):
    issuer = serve(authority.server(host), host)
    gateway = start(config_of(issuer, authority.file, discovery))
    expect(ask(gateway, issuer), 200, text="in")


def test_without_a_ca_file_the_authorities_of_the_system_count(start, authority, serve):
    issuer = serve(authority.server("localhost"))
    never_came(start(config_of(issuer)), issuer, "unable to get local issuer certificate")


def test_a_ca_file_is_instead_of_the_authorities_of_the_system(start, authority, serve, tmp_path):
    other = Authority(tmp_path, "somebody else")
    issuer = serve(authority.server("localhost"))
    never_came(start(config_of(issuer, other.file)), issuer, "certificate")
    assert issuer.fetches == 0


@pytest.mark.parametrize(
    ("names", "days", "said"),
    [
        (["keys.example.com"], (-1, 1), "does not match|no alternative certificate subject name"),
        (["localhost.example.com", "*.localhost"], (-1, 1), "no alternative certificate subject name"),
        (["127.0.0.1"], (-1, 1), "no alternative certificate subject name"),
        (["localhost"], (-3, -1), "certificate has expired"),
        (["localhost"], (1, 3), "certificate is not yet valid"),
    ],
    ids=["another-name", "a-name-below", "an-address", "expired", "not-yet-valid"],
)
@pytest.mark.parametrize("discovery", [False, True], ids=["address", "discovery"])
def test_a_certificate_that_is_not_right_is_not_believed(
    start, authority, serve, names, days, said, discovery
):
    issuer = serve(authority.server(*names, days=days))
    never_came(start(config_of(issuer, authority.file, discovery)), issuer, f"({said})")
    assert issuer.fetches == 0


def test_a_server_that_speaks_no_tls_is_not_believed(start, authority, serve):
    issuer = serve(None)
    gateway = start(config_of(issuer, authority.file, jwks_url=f"https://localhost:{issuer.port}/jwks"))
    never_came(gateway, issuer, "wrong version number")


def test_keys_outlive_a_certificate_that_went_bad_and_are_renewed_when_it_is_mended(
    start, authority, serve
):
    issuer = serve(authority.server("localhost"))
    gateway = start(config_of(issuer, authority.file, refresh="1s"))
    expect(ask(gateway, issuer), 200)
    issuer.tls = authority.server("localhost", days=(-3, -1))
    gateway.log.wait("cannot fetch its keys: .*certificate has expired")
    expect(ask(gateway, issuer), 200)
    issuer.tls = authority.server("localhost")
    seen = issuer.fetches
    wait_for("a fetch", lambda: issuer.fetches > seen)
    expect(ask(gateway, issuer), 200)


def test_a_ca_file_that_was_exchanged_counts_from_the_next_fetch(start, authority, serve, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_bytes(Authority(tmp_path, "somebody else").file.read_bytes())
    issuer = serve(authority.server("localhost"))
    gateway = start(config_of(issuer, file))
    never_came(gateway, issuer, "certificate")
    file.write_bytes(authority.file.read_bytes())
    wait_for("the keys", lambda: ask(gateway, issuer).status == 200)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), ("", "no certificate"), ("nothing\n", "no certificate")],
    ids=["missing", "empty", "text"],
)
def test_a_ca_file_without_certificates_is_a_configuration_error(tmp_path, serve, content, said):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    document = tmp_path / "gateway.yaml"
    document.write_text(
        "authorizers:\n"
        f"  idp: {{ jwt: {{ issuer: https://idp.example.com, audience: a, ca_file: {file} }} }}\n"
        "routes:\n"
        "  GET /: { respond: { status: 200 }, authorizer: idp }\n"
    )
    done = run(COMMAND, "check", document)
    assert done.returncode == 1
    assert "ca.pem" in done.stderr + done.stdout and said in done.stderr + done.stdout


# --- where a server may send us ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_wherever_it_leads(start, authority, serve, status):
    issuer, elsewhere = serve(authority.server("localhost")), serve(None, "127.0.0.1")
    elsewhere.keys = issuer.keys
    issuer.redirect = (status, elsewhere.url + "/jwks")
    gateway = start(config_of(issuer, authority.file))
    never_came(gateway, issuer, "it redirects, and redirects are not followed")
    assert elsewhere.fetches == 0


def test_a_redirect_on_the_same_host_is_not_followed_either(start, authority, serve):
    issuer = serve(authority.server("localhost"))
    issuer.redirect = (302, issuer.url + "/other")
    gateway = start(config_of(issuer, authority.file))
    never_came(gateway, issuer, "redirects are not followed")
    issuer.redirect = None
    wait_for("the keys, without the redirect", lambda: ask(gateway, issuer).status == 200)


def test_discovery_over_tls_never_leads_to_keys_in_the_clear(start, authority, serve):
    issuer, plain = serve(authority.server("localhost")), serve(None, "localhost")
    plain.keys = issuer.keys
    issuer.discovery = {"jwks_uri": plain.url + "/jwks"}
    gateway = start(config_of(issuer, authority.file, discovery=True))
    gateway.log.wait("its openid-configuration cannot be used: .*another host")
    expect(ask(gateway, issuer), 401)
    assert plain.fetches == 0


@pytest.mark.parametrize(
    "url", ["http://idp.example.com/keys", "http://localhost:80@idp.example.com/", "http://127.0.0.1.example.com/"]
)
def test_keys_in_the_clear_from_another_machine_are_a_configuration_error(tmp_path, url):
    document = tmp_path / "gateway.yaml"
    document.write_text(
        "authorizers:\n"
        f"  idp: {{ jwt: {{ issuer: https://idp.example.com, audience: a, jwks_url: '{url}' }} }}\n"
        "routes:\n"
        "  GET /: { respond: { status: 200 }, authorizer: idp }\n"
    )
    done = run(COMMAND, "check", document)
    assert done.returncode == 1
    assert "expected https://" in done.stderr + done.stdout
