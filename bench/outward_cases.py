"""The cases whose work is done elsewhere: plain HTTP proxying, and functions in AWS Lambda."""

import outward
import peers
import processes
import servers
from cases import (
    AGAIN,
    OURS,
    Contender,
    Result,
    answer_table,
    commands,
    expect_answer,
    fair,
    notes_of,
    play,
)
from figures import ratio, ratio_bar
from load import Load, Sample

POST = str(servers.HERE / "post_json.lua")
MANY, SOME, ONE = 64, 8, 1  # connections


class SdkContender(Contender):
    """It is its own load."""

    def once(self, seconds):
        server, upstream = self.server, self.server.store_pids()
        machine, other = processes.machine_seconds(), processes.cpu_seconds(upstream)
        seen = server.calls(self.work.connections, seconds)
        machine = processes.machine_seconds() - machine
        other = processes.cpu_seconds(upstream) - other
        return Sample(
            rate=seen["requests"] / seen["seconds"],
            cpu_us=seen["cpu_seconds"] / seen["requests"] * 1e6,
            p50_us=seen["p50_us"],
            p99_us=seen["p99_us"],
            foreign=max(0.0, (machine - other - seen["cpu_seconds"]) / seen["seconds"]),
            errors=seen["errors"],
        )

    def command(self):
        return f"none: {self.work.connections} calls in flight"


def _takes_part(server, work):
    """What is far behind needs no measure of how far in each way."""
    least = {outward.Envoy: (MANY, ONE), outward.Sdk: (MANY,)}.get(type(server))
    return least is None or work.connections in least


def _contenders(started, work, place):
    kinds = {outward.Sdk: SdkContender}
    return {
        server.name: kinds.get(type(server), Contender)(server, work, place.load_core)
        for server in started
        if _takes_part(server, work)
    }


def _played(started, works, place, settings, say):
    """The rounds of each work, all notes, and the contenders of the first, who are all."""
    by_work, notes, first = [], [], None
    for work in works:
        contenders = _contenders(started, work, place)
        first = first or contenders
        by_work.append(play(contenders, settings, say))
        notes += notes_of(by_work[-1], contenders)
    return by_work, notes, first


def _enter(started, upstream, server):
    server.upstream = upstream
    started.append(server)
    return server


def _stop(started, upstream):
    for server in [*started, upstream]:
        if server is not None:
            server.stop()


# --- plain HTTP -----------------------------------------------------------------------------------


def http(place, settings, say):
    works = (Load("/200"), Load("/echo", script=POST))
    started, origin = [], None
    try:
        origin = outward.Origin(place)
        for name in (OURS, AGAIN):
            config = outward.http_config(origin)
            _enter(started, origin, servers.Lambdagate(place, name, config))
        _enter(started, origin, outward.nginx_http(place, "nginx", origin))
        for server in started:
            expect_answer(server, "/200", 200, body=servers.ANSWER)
            servers.post(server, servers.ANSWER)
        (gets, posts), notes, contenders = _played(started, works, place, settings, say)
    finally:
        _stop(started, origin)
    bars = []
    for what, rounds in (("GET", gets), ("POST of 1 KiB", posts)):
        control = ratio(rounds, AGAIN, OURS, "cpu_us")
        found = ratio(rounds, OURS, "nginx", "cpu_us")
        bars.append(ratio_bar(f"HTTP proxy, {what}: CPU to nginx", found, 1.35, control))
    return Result(
        "HTTP proxy",
        f"{MANY} connections that are kept open send GET, then POST with 1 KiB, to a proxy; an "
        "nginx on the core of the load gives a small answer. nginx as a peer keeps its connections "
        "to it, too (`keepalive 64`). CPU is that of the proxies alone.\n\nGET:",
        answer_table(gets, contenders, "nginx")
        + "\n\nPOST of 1 KiB:\n\n"
        + answer_table(posts, contenders, "nginx"),
        fair(bars, gets + posts, contenders, settings.seconds),
        notes,
        commands(contenders),
    )


# --- AWS Lambda -----------------------------------------------------------------------------------


def _lambda_servers(place, settings, invoked, started):
    for name in (OURS, AGAIN):
        config = outward.lambda_config(invoked)
        gateway = servers.Lambdagate(place, name, config, environment=outward.KEYS)
        servers.post(_enter(started, invoked, gateway), servers.ANSWER)
    nginx = _enter(started, invoked, outward.nginx_https(place, "nginx", invoked))
    servers.post(nginx, outward.RESULT)
    program = peers.envoy()
    if program is not None:
        envoy = outward.Envoy(place, "Envoy", program, invoked)
        servers.post(_enter(started, invoked, envoy), servers.ANSWER)
    modules = settings.modules()
    if modules is not None:
        _enter(started, invoked, outward.Sdk(place, "AWS SDK", modules, invoked))


def function_in_lambda(place, settings, say):
    works = [Load("/echo", connections, POST) for connections in (MANY, SOME, ONE)]
    started, invoked = [], None
    try:
        invoked = outward.Invoked(place, outward.Authority(place.folder("authority")))
        _lambda_servers(place, settings, invoked, started)
        (many, some, alone), notes, contenders = _played(started, works, place, settings, say)
    finally:
        _stop(started, invoked)
    return Result(
        "Function in AWS Lambda",
        "A POST with 1 KiB becomes an Invoke over TLS with verified certificates; an nginx on the "
        "core of the load answers as Lambda does. nginx as a peer passes the request on as it is "
        "(`proxy_pass https://`, `keepalive 64`); Envoy's `aws_lambda` filter makes an event of "
        "it, signs that, and makes a response of the result, as lambdagate does, but has no "
        "access log in its defaults; the AWS SDK for JavaScript calls Invoke with the same 1 KiB "
        f"in a loop. CPU is that of the proxies alone.\n\n{MANY} connections:",
        answer_table(many, contenders, "nginx")
        + f"\n\n{SOME} connections:\n\n"
        + answer_table(some, some[0], "nginx")
        + "\n\nOne connection:\n\n"
        + answer_table(alone, alone[0], "nginx"),
        fair(_lambda_bars(many, alone), many + some + alone, contenders, settings.seconds),
        notes,
        commands(contenders),
    )


def _lambda_bars(many, alone):
    control = ratio(many, AGAIN, OURS, "cpu_us")
    found = ratio(many, OURS, "nginx", "cpu_us")
    bars = [ratio_bar("Lambda: CPU to nginx's https proxying", found, 1.25, control)]
    if "Envoy" in many[0]:
        found = ratio(many, OURS, "Envoy", "cpu_us")
        bars.append(ratio_bar("Lambda: CPU to Envoy's aws_lambda", found, 0.67, control))
    if "AWS SDK" in many[0]:
        found, control = ratio(many, OURS, "AWS SDK", "rate"), ratio(many, AGAIN, OURS, "rate")
        bars.append(ratio_bar("Lambda: rate to the AWS SDK", found, 12, control, True, ".1f"))
    found, control = ratio(alone, OURS, "nginx", "p50_us"), ratio(alone, AGAIN, OURS, "p50_us")
    bars.append(ratio_bar("Lambda: p50 at one connection to nginx's", found, 1.15, control))
    return bars
