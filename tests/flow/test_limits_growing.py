"""limits.memory_budget and bodies that come in chunks: they wait in line, as those that say how long they are."""

from crowd import Client, Crowd, chunked
from gateway import PATIENCE, expect, wait_for
from limits import KB, MB, in_flight, memory_used, not_started
from test_limits_memory import TEXT, all_given_back, begin, config


def growing(peer):
    return peer.request("POST", "/f", [*TEXT, ("Transfer-Encoding", "chunked")])


def chunk(size, byte=b"x"):
    return b"%x\r\n%s\r\n" % (size, byte * size)


END = b"0\r\n\r\n"


def hold(gateway, peer, size):
    """A body of so many bytes that does not come, but whose memory is taken."""
    before = memory_used(gateway)
    begin(peer, size)
    wait_for("its memory", lambda: memory_used(gateway) > before + size)


def test_a_growing_body_waits_for_memory_and_reaches_its_function_whole(start):
    gateway = start(config({"memory_budget": "10MB"}))
    with gateway.peer() as first, gateway.peer() as second:
        hold(gateway, first, 2 * MB)
        growing(second).try_send(chunk(300 * KB))
        wait_for("the second request", lambda: in_flight(gateway) == 2)
        first.send(b"x" * 2 * MB)
        expect(first.answer(), 200)
        second.send(chunk(900 * KB) + END)
        assert expect(second.answer(), 200).json() > 1200 * KB
    all_given_back(gateway)


def test_growing_bodies_that_together_need_more_than_there_is_are_served_one_by_one(start):
    """Each holds a part of what it needs: they must not wait for each other for ever."""
    gateway = start(config({"memory_budget": "8MB"}))
    clients = [Client(chunked("/f", MB, TEXT)) for _ in range(12)]
    with Crowd(gateway, clients) as crowd:
        crowd.run(patience=4 * PATIENCE)
        assert crowd.count() == {200: len(clients)}
    all_given_back(gateway)


def test_a_growing_body_that_waits_longer_than_the_routes_timeout_is_503(start):
    gateway = start(config({"memory_budget": "8MB"}, timeout="1s"))
    # The first worker may take longer to start than the route waits.
    wait_for("a worker", lambda: gateway.request("POST", "/f", b"x", TEXT).status == 200)
    peers = [gateway.peer() for _ in range(3)]
    hold(gateway, peers[0], 2 * MB)
    for peer in peers[1:]:
        growing(peer).try_send(chunk(100 * KB))
        not_started(peer.answer(), closes=True)
    gateway.log.wait("503 overloaded: memory_budget: no room in time")
    expect(gateway.request("POST", "/f", b"x" * 60 * KB, TEXT), 200)
    for peer in peers:
        peer.close()
    all_given_back(gateway)


def test_a_client_that_leaves_while_its_body_grows_gives_its_turn_to_the_next(start):
    gateway = start(config({"memory_budget": "8MB"}))
    with gateway.peer() as first, gateway.peer() as third:
        hold(gateway, first, 2 * MB)
        second = growing(gateway.peer())
        second.try_send(chunk(100 * KB))
        wait_for("the second request", lambda: in_flight(gateway) == 2)
        second.reset()
        wait_for("its end", lambda: in_flight(gateway) == 1)
        growing(third).send(chunk(900 * KB) + END)
        first.send(b"x" * 2 * MB)
        expect(first.answer(), 200)
        expect(third.answer(), 200)
    all_given_back(gateway)
