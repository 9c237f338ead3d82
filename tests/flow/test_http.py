"""Requests passed on to HTTP servers: what they see, what comes back, and what never happens twice."""

import contextlib
import json
import threading

import pytest

from gateway import PATIENCE, expect, wait_for
from origin import closed_port, polite, raw, wait_gone

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def route(server, path="", **options):
    port = server if isinstance(server, int) else server.port
    return {"http": {"url": f"http://127.0.0.1:{port}{path}", **options}}


@pytest.fixture(scope="module")
def server():
    with polite() as one:
        yield one


@pytest.fixture(scope="module")
def passed(server, tmp_path_factory):
    from gateway import Gateway

    config = {
        "routes": {
            "ANY /shop/{proxy+}": route(server, "/api/{proxy}"),
            "GET /item/{id}": route(server, "/items/{id}?from=gateway&id={id}"),
            "GET /client-host": route(server, "/", host="request"),
            "GET /standard": route(server, "/", forwarded="both"),
            "GET /silent": route(server, "/", forwarded="none"),
            "GET /behind": route(server, "/", client_forwarded="append"),
            "GET /status/{code}": route(server, "/status/{code}"),
            "GET /mapped/{x}": {
                **route(server, "/"),
                "request_parameters": {
                    "overwrite:header.x-user": "$context.identity.sourceIp",
                    "overwrite:path": "/mapped/$request.path.x",
                    "append:querystring.more": "yes",
                },
                "response_parameters": {"200": {"append:header.x-mapped": "yes"}},
            },
            "GET /vouched": {
                **route(server, "/"),
                "request_parameters": {
                    "overwrite:header.x-user": "$context.identity.sourceIp",
                    "append:header.x-via-gateway": "yes",
                    "remove:header.x-admin": "''",
                },
            },
            "$default": route(server, "/rest"),
        }
    }
    with Gateway(tmp_path_factory.mktemp("http"), config) as gateway:
        yield gateway


def seen(answer):
    document = answer.json()
    document["headers"] = [tuple(pair) for pair in document["headers"]]
    return document


def all_of(document, name):
    return [value for key, value in document["headers"] if key == name]


def test_method_path_query_and_body_arrive(passed):
    answer = passed.send("PUT", "/shop/a/b%20c?x=1&x=2", body=b"hello")
    document = seen(expect(answer, 200))
    assert (document["method"], document["target"]) == ("PUT", "/api/a/b%20c?x=1&x=2")
    assert document["size"] == 5


def test_variables_stand_in_path_and_query_and_stay_there(passed):
    assert seen(passed.get("/item/7"))["target"] == "/items/7?from=gateway&id=7"
    assert seen(passed.get("/item/a%2Fb?y=1"))["target"] == "/items/a%2Fb?from=gateway&id=a%2Fb&y=1"
    for climbing in ("/shop/../x", "/shop/%2e%2E/x", "/shop/a/..%2f/x"):
        target = seen(passed.send("GET", climbing))["target"]
        assert target.startswith("/api/") or target.startswith("/rest/")
        assert "/../" not in target and "/%2e%2E/" not in target


def test_the_default_route_appends_the_path(passed):
    assert seen(passed.get("/any/thing?q=1"))["target"] == "/rest/any/thing?q=1"


def test_the_server_is_told_who_asks_and_never_by_the_client(passed, server):
    lies = [("X-Forwarded-For", "6.6.6.6"), ("Forwarded", "for=6.6.6.6"), ("X-Real-IP", "6.6.6.6"),
            ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil"), ("X-Forwarded-Port", "1")]
    document = seen(passed.send("GET", "/shop/x", headers=lies))
    assert all_of(document, "host") == [f"127.0.0.1:{server.port}"]
    assert all_of(document, "x-forwarded-for") == ["127.0.0.1"]
    assert all_of(document, "x-forwarded-proto") == ["http"]
    assert all_of(document, "x-forwarded-host") == ["gateway.test"]
    assert all_of(document, "x-forwarded-port") == [str(passed.port)]
    assert not all_of(document, "forwarded") and not all_of(document, "x-real-ip")
    document = seen(passed.send("GET", "/standard", headers=lies))
    assert all_of(document, "forwarded") == ['for=127.0.0.1;host="gateway.test";proto=http']
    assert not [name for name, _ in seen(passed.get("/silent"))["headers"] if "forwarded" in name]
    document = seen(passed.send("GET", "/behind", headers=lies))
    assert all_of(document, "x-forwarded-for") == ["6.6.6.6, 127.0.0.1"]
    assert all_of(document, "x-forwarded-proto") == ["https"]
    proxy = [("X-Forwarded-For", "7.7.7.7"), ("X-Forwarded-Proto", "http")]
    document = seen(passed.send("GET", "/behind", headers=lies + proxy))
    assert all_of(document, "x-forwarded-for") == ["6.6.6.6, 7.7.7.7, 127.0.0.1"]
    assert all_of(document, "x-forwarded-proto") == ["http"]
    assert all_of(seen(passed.send("GET", "/client-host")), "host") == ["gateway.test"]


def test_fields_of_a_connection_stay_on_it(passed):
    headers = [("Connection", "keep-alive, X-Secret"), ("X-Secret", "1"), ("Keep-Alive", "5"),
               ("TE", "trailers"), ("Proxy-Authorization", "x"), ("Upgrade", "x"), ("X-Kept", "1")]
    document = seen(passed.send("GET", "/shop/x", headers=headers))
    names = {name for name, _ in document["headers"]}
    assert not names & {"connection", "x-secret", "keep-alive", "te", "proxy-authorization", "upgrade"}
    assert all_of(document, "x-kept") == ["1"]
    answer = passed.get("/shop/x")
    assert answer.header("x-hop") is None
    assert answer.all("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("status", [200, 204, 301, 304, 404, 500, 503])
def test_statuses_pass_as_they_are(passed, status):
    answer = expect(passed.send("GET", f"/status/{status}"), status)
    assert answer.body == (b"" if status in (204, 304) else b"as you like")
    assert answer.header("x-lambdagate-outcome") is None


def test_head_has_a_length_and_no_body(passed):
    with passed.peer() as peer:
        answer = peer.request("HEAD", "/shop/x").answer(to="HEAD")
        assert int(answer.header("content-length")) > 0
        expect(peer.request("GET", "/shop/x").answer(), 200)


def test_parameters_are_mapped(passed):
    answer = expect(passed.get("/mapped/y?a=1"), 200)
    document = seen(answer)
    assert document["target"] == "/mapped/y?a=1&more=yes"
    assert all_of(document, "x-user") == ["127.0.0.1"]
    assert answer.header("x-mapped") == "yes"


def test_what_a_mapping_says_the_client_cannot_unsay(passed):
    """It may name fields of its own for its connection, not those that the gateway adds."""
    headers = [("Connection", "X-User, X-Via-Gateway, X-Own"), ("X-Own", "1"), ("X-Via-Gateway", "no"), ("X-User", "root")]
    document = seen(expect(passed.send("GET", "/vouched", headers=headers), 200))
    assert all_of(document, "x-user") == ["127.0.0.1"]
    assert all_of(document, "x-via-gateway") == ["yes"]
    assert not all_of(document, "x-own")


def test_no_spelling_of_a_field_slips_past_what_the_gateway_says(passed):
    """CGI, WSGI and PHP make the same variable of X_User as of X-User."""
    headers = [("X_User", "root"), ("x-Admin", "1"), ("X_admin", "1"), ("X_Forwarded_For", "6.6.6.6"), ("X-Real_IP", "6.6.6.6"),
               ("X_Kept", "1"), ("Content_Length", "7"), ("Transfer_Encoding", "chunked"), ("Proxy", "http://6.6.6.6")]
    document = seen(expect(passed.send("GET", "/vouched", headers=headers), 200))
    fields = {name.replace("_", "-"): value for name, value in document["headers"]}
    assert fields["x-user"] == fields["x-forwarded-for"] == "127.0.0.1"
    assert not {"x-admin", "x-real-ip", "content-length", "transfer-encoding", "proxy"} & set(fields)
    assert all_of(document, "x_kept") == ["1"]


def test_bodies_of_any_size_stream_through(passed):
    for size in (0, 1, 65536, 65537, 5_000_000):
        answer = passed.send("POST", "/shop/x", body=b"x" * size)
        assert seen(expect(answer, 200))["size"] == size
    with passed.peer() as peer:
        peer.send("POST /shop/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            peer.send(b"2710\r\n" + b"y" * 10000 + b"\r\n")
        peer.send("0\r\n\r\n")
        assert seen(expect(peer.answer(), 200))["size"] == 1_000_000
        expect(peer.request("GET", "/shop/x").answer(), 200)


def test_a_body_over_the_limit_is_refused_wherever_it_is_found(start, server):
    gateway = start({"limits": {"body": "100KB"}, "routes": {"POST /": route(server)}})
    expect(gateway.send("POST", "/", body=b"x" * 200_000), 413)
    with gateway.peer() as peer:
        peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            if not peer.try_send(b"2710\r\n" + b"y" * 10000 + b"\r\n"):
                break
        expect(peer.answer(), 413)


# --- faults -----------------------------------------------------------------------------------------


def fails(gateway, target, status, outcome, method="GET", body=b""):
    answer = expect(gateway.send(method, target, body=body), status)
    assert answer.header("x-lambdagate-outcome") == outcome
    return answer


def bad(connection, head):
    path = head.split(" ")[1]
    if path == "/half":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    elif path == "/chunk":
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    elif path == "/both":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    elif path == "/huge":
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")
    elif path == "/many":
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1000 + b"\r\n")
    elif path == "/upgrade":
        connection.sendall(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")
    elif path == "/noise":
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")
    elif path == "/two":
        connection.sendall(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        return True
    elif path == "/interim":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK)
        return True
    elif path == "/close":
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end")
    elif path == "/slow":
        wait_gone(connection)
    elif path == "/stall":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        wait_gone(connection)
    elif path != "/die":
        connection.sendall(OK)
        return True
    return False


@pytest.fixture
def hostile():
    with raw(bad) as server:
        yield server


def hostile_config(server, **options):
    return {"routes": {"ANY /{proxy+}": {**route(server, "/{proxy}", **options), "timeout": "20s"}}}


@pytest.mark.parametrize("path", ["/die", "/both", "/huge", "/many", "/upgrade", "/noise"])
def test_no_answer_worth_the_name_is_503_and_unknown(start, hostile, path):
    gateway = start(hostile_config(hostile))
    answer = fails(gateway, path, 503, "unknown", "POST", b"pay")
    assert answer.json() == {"message": "Service Unavailable"}
    assert len(hostile.heads) == 1, "a request is never repeated"
    expect(gateway.get("/fine"), 200, text="ok")


def test_an_answer_that_breaks_off_is_seen_to_break_off(start, hostile):
    gateway = start(hostile_config(hostile))
    for path in ("/half", "/chunk"):
        with gateway.peer() as peer:
            peer.request("GET", path)
            answer = peer.head()
            assert answer.status == 200
            rest = peer.rest()
            assert b"half" in rest and not rest.endswith(b"0\r\n\r\n")
    gateway.log.wait("answer cut: upstream", count=2)
    expect(gateway.get("/close"), 200, text="to the end")
    expect(gateway.get("/interim"), 200, text="ok")


def test_what_a_server_says_unasked_is_nobodys_answer(start, hostile):
    gateway = start(hostile_config(hostile))
    for _ in range(10):
        expect(gateway.get("/two"), 200, text="ok")
        expect(gateway.get("/fine"), 200, text="ok")


def test_each_phase_has_its_patience(start, hostile):
    config = hostile_config(hostile, idle_timeout="1s")
    config["routes"]["ANY /{proxy+}"]["timeout"] = "2s"
    gateway = start(config)
    fails(gateway, "/slow", 503, "unknown")
    with gateway.peer() as peer:
        peer.request("GET", "/stall")
        assert peer.head().status == 200
        assert peer.rest() == b"half"
    assert len(hostile.heads) == 2


def test_a_rest_api_hears_its_own_words(start, hostile):
    config = {
        "apis": {
            "shop": {
                "kind": "rest",
                "stage": "v1",
                "routes": {
                    "ANY /near/{proxy+}": {**route(hostile, "/{proxy}"), "timeout": "1500ms"},
                    "GET /far": route(closed_port()),
                },
            }
        }
    }
    gateway = start(config)
    answer = fails(gateway, "/v1/near/die", 504, "unknown")
    assert answer.json() == {"message": "Network error communicating with endpoint"}
    answer = fails(gateway, "/v1/near/slow", 504, "unknown")
    assert answer.json() == {"message": "Endpoint request timed out"}
    answer = fails(gateway, "/v1/far", 500, "not-started")
    assert answer.json() == {"message": "Internal server error"}
    expect(gateway.get("/v1/near/fine"), 200, text="ok")


def test_a_server_that_answers_without_taking_the_body_keeps_nobody_waiting(start):
    """The body was not read on, and nothing had a deadline."""
    over = threading.Event()
    answers = {"/whole": OK, "/part": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"}

    def answer_at_once(connection, head):
        connection.sendall(answers[head.split(" ")[1]])
        over.wait(PATIENCE)

    with raw(answer_at_once) as server:
        routes = {"POST /whole": route(server, "/whole"), "POST /part": route(server, "/part", idle_timeout="1s")}
        gateway = start({"routes": routes})
        try:
            for path, status in (("/whole", 200), ("/part", 503)):
                with gateway.peer() as peer:
                    peer.request("POST", path, [("Content-Length", "9000000")])
                    wait_for("the server to be asked", lambda: server.heads)
                    peer.try_send(b"x" * 9_000_000)
                    expect(peer.answer(), status)
                server.heads.clear()
            wait_for("the end", lambda: gateway.metric("lambdagate_memory_budget_used_bytes") == 0)
        finally:
            over.set()


def test_a_server_sees_the_method_that_its_route_was_found_by(start, server):
    """Else a client that may GET could have anything done."""
    api = {"kind": "rest", "stage": "t", "routes": {f"{method} /x": route(server, "/") for method in ("GET", "HEAD", "ANY")}}
    api["routes"]["DELETE /x"] = {"respond": {"status": 403}}
    gateway = start({"apis": {"shop": api}})

    def send(method, override):
        return gateway.send(method, "/t/x", headers=[("X-HTTP-Method-Override", override)])

    assert seen(expect(send("DELETE", "GET"), 200))["method"] == "GET"
    assert seen(expect(send("GET", "PUT"), 200))["method"] == "PUT"
    for unknown in ("", "delete", "FOO", "PUT / HTTP/1.1"):
        expect(send("DELETE", unknown), 403)
        assert seen(expect(send("GET", unknown), 200))["method"] == "GET"
    with gateway.peer() as peer:
        for _ in range(2):
            answer = peer.request("GET", "/t/x", [("X-HTTP-Method-Override", "HEAD")]).answer()
            assert (answer.status, answer.body) == (200, b"")


def test_nobody_there_is_503_and_not_started(start):
    gateway = start({"routes": {"POST /": route(closed_port())}})
    answer = fails(gateway, "/", 503, "not-started", "POST", b"pay")
    assert answer.header("retry-after") == "1"
    gateway.log.wait("connection refused")


def test_a_server_with_http_alone_is_no_server_with_tls(start, hostile):
    config = {"routes": {"GET /": {"http": {"url": f"https://127.0.0.1:{hostile.port}/", "connect_timeout": "200ms"}}}}
    gateway = start(config)
    fails(gateway, "/", 503, "not-started")
    gateway.log.wait("TLS: the handshake took too long")
    assert hostile.heads == []


def test_requests_over_the_queue_of_a_server_are_503(start):
    go_on = threading.Event()

    def script(connection, _head):
        go_on.wait()
        connection.sendall(OK)
        return True

    with raw(script) as server:
        config = {"loops": 1, "routes": {"GET /": route(server, connections=1, queue=1)}}
        gateway = start(config)
        with gateway.peer() as first, gateway.peer() as second:
            first.request("GET", "/")
            wait_for("the first request", lambda: server.heads)
            second.request("GET", "/")
            third = expect(gateway.get("/"), 503)
            assert third.header("x-lambdagate-outcome") == "not-started"
            go_on.set()
            expect(first.answer(), 200, text="ok")
            expect(second.answer(), 200, text="ok")


# --- several servers --------------------------------------------------------------------------------


def several(ports, **options):
    return {
        "routes": {
            "ANY /{proxy+}": {
                "http": {
                    "url": "http://shop.test/{proxy}",
                    "upstreams": [f"127.0.0.1:{port}" for port in ports],
                    **options,
                }
            }
        }
    }


def test_servers_take_turns_and_host_is_that_of_the_url(start):
    with polite("one") as one, polite("two") as two:
        gateway = start(several([one.port, two.port]))
        answers = [seen(gateway.get("/x")) for _ in range(10)]
        assert {document["name"] for document in answers} == {"one", "two"}
        assert all_of(answers[0], "host") == ["shop.test"]


def test_where_nothing_was_sent_the_next_server_is_asked(start):
    with polite("one") as one:
        gateway = start(several([closed_port(), one.port], max_fails=0))
        for size in (0, 10, 1_000_000):
            for _ in range(4):
                answer = gateway.send("POST", "/x", body=b"x" * size)
                assert seen(expect(answer, 200))["size"] == size
        assert len(one.seen) == 12


def test_what_was_sent_is_not_sent_again_unless_it_is_safe_and_wanted(start):
    with polite("one") as one, raw(lambda *_: False) as dying:
        gateway = start(several([dying.port, one.port], max_fails=0))
        found = sorted(gateway.get("/x").status for _ in range(6))
        assert found == [200] * 3 + [503] * 3
        gateway = start(several([dying.port, one.port], max_fails=0, retry_idempotent=True))
        for _ in range(6):
            expect(gateway.get("/x"), 200)
        before = len(dying.heads)
        found = sorted(gateway.send("POST", "/x", body=b"pay").status for _ in range(6))
        assert found == [200] * 3 + [503] * 3
        assert len(dying.heads) == before + 3


def test_a_server_that_fails_is_left_out_for_a_time(start):
    with polite("one") as one, raw(lambda *_: False) as dying:
        gateway = start(several([dying.port, one.port], max_fails=2, fail_timeout="1h"))
        found = [gateway.get("/x").status for _ in range(20)]
        assert found.count(503) == 2
        gateway.log.wait("is left out")
        assert gateway.metric("lambdagate_upstream_healthy", server=f"127.0.0.1:{dying.port}") == 0
        assert gateway.metric("lambdagate_upstream_healthy", server=f"127.0.0.1:{one.port}") == 1


def test_health_checks_take_a_server_out_and_bring_it_back(start):
    with polite("one") as one, polite("two") as two:
        check = {"path": "/health", "interval": "100ms", "unhealthy": 1, "healthy": 1}
        gateway = start(several([one.port, two.port], health_check=check))
        expect(gateway.get("/x"), 200)
        one.health = 500
        gateway.log.wait(f"127.0.0.1:{one.port} is left out: its health checks")
        assert {seen(gateway.get("/x"))["name"] for _ in range(10)} == {"two"}
        one.health = 200
        gateway.log.wait(f"127.0.0.1:{one.port} is back")
        wait_for("both", lambda: {seen(gateway.get("/x"))["name"] for _ in range(4)} == {"one", "two"})


def test_connections_are_kept_and_survive_a_reload(start, server):
    config = {"loops": 1, "routes": {"GET /{proxy+}": route(server, "/{proxy}")}}
    gateway = start(config)
    for _ in range(5):
        expect(gateway.get("/x"), 200)
    wait_for("the requests to be counted", lambda: gateway.metric("lambdagate_upstream_reused_total") == 4)
    assert gateway.metric("lambdagate_upstream_fresh_total") == 1
    config["routes"]["POST /new"] = {"respond": {"text": "new"}}  # which the old routes never take to the server
    gateway.write(config)
    gateway.send_signal(1)
    wait_for("the reload", lambda: gateway.send("POST", "/new").status == 200)
    expect(gateway.get("/x"), 200)
    wait_for("the request to be counted", lambda: gateway.metric("lambdagate_upstream_reused_total") == 5)
    assert gateway.metric("lambdagate_upstream_fresh_total") == 1


@pytest.mark.parametrize("options, fresh", [({}, 40), ({"keepalive": 2}, 78)])
def test_as_many_connections_are_kept_as_a_burst_needed_unless_fewer_are_wished(start, options, fresh):
    count = 40
    all_there = threading.Barrier(count)

    def script(connection, _head):
        all_there.wait(PATIENCE)
        connection.sendall(OK)
        return True

    with raw(script) as server, contextlib.ExitStack() as stack:
        gateway = start({"loops": 1, "routes": {"GET /": route(server, **options)}})
        peers = [stack.enter_context(gateway.peer()) for _ in range(count)]
        for _ in range(2):
            for peer in peers:
                peer.request("GET", "/")
            for peer in peers:
                expect(peer.answer(), 200)
        counts = lambda: [gateway.metric(f"lambdagate_upstream_{what}_total") for what in ("fresh", "reused")]  # noqa: E731
        wait_for("the requests to be counted", lambda: sum(counts()) == 2 * count)
        assert counts() == [fresh, 2 * count - fresh]


def test_a_client_that_leaves_takes_its_request_with_it(start):
    gone = threading.Event()

    def script(connection, _head):
        wait_gone(connection)
        gone.set()
        return False

    with raw(script) as server:
        gateway = start({"routes": {"GET /": route(server)}})
        with gateway.peer() as peer:
            peer.request("GET", "/")
            wait_for("the request", lambda: server.heads)
        wait_for("the end of the connection", gone.is_set)


def test_an_answer_is_not_read_faster_than_its_client_takes_it(start):
    sent = []

    def script(connection, _head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x" * 1_000_000)
            sent.append(1)
        return True

    with raw(script) as server:
        gateway = start({"routes": {"GET /": route(server)}})
        with gateway.peer() as peer:
            peer.request("GET", "/")
            assert peer.head().status == 200
            wait_for("some", lambda: sent)
            assert len(sent) < 60, "buffers of sockets, not of ours"
            size, more = len(peer.buffer), b"x"
            while size < 100_000_000 and more:
                more = peer.socket.recv(1 << 20)
                size += len(more)
            assert size == 100_000_000


def test_routes_say_where_they_lead(start, server):
    gateway = start({"routes": {"GET /x": route(server, "/y")}})
    listed = json.loads(gateway.get("/routes", admin=True).body)["routes"][0]
    assert (listed["integration"], listed["to"]) == ("http", f"http://127.0.0.1:{server.port}/y")
