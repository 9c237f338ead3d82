"""make run-redis: the quickstart with a Redis of its own and a worker for each function, started and ended by its script."""

import signal

import pytest

from gateway import BUILD, ROOT, Gateway, expect, quickstart_keys, wait_for
from redis_server import needs_redis

pytestmark = needs_redis
PEN = {"id": "pen-1", "name": "Pen", "price": 1.5}


@pytest.fixture
def gateway(tmp_path):
    environment = {
        "LAMBDAGATE_LISTEN": "127.0.0.1:0",
        "LAMBDAGATE_ADMIN": "127.0.0.1:0",
        **quickstart_keys(tmp_path / "state"),
    }
    script = ROOT / "scripts" / "run-quickstart-redis.sh"
    with Gateway(tmp_path / "gateway", None, environment, file=BUILD, command=(script,)) as gateway:
        gateway.log.wait(" ready:")
        gateway.log.wait("takes calls of", count=5)
        yield gateway


def test_the_same_routes_answer_through_queues_and_all_ends_in_order(gateway):
    expect(gateway.post_json("/items", PEN), 201, PEN)
    expect(gateway.get("/items/pen-1"), 200, PEN)
    expect(gateway.post_json("/items", {"id": "pen-1"}), 400)
    answer = expect(gateway.get("/echo?color=blue"), 200)
    assert answer.json()["rawQueryString"] == "color=blue"
    gateway.stop(signal.SIGTERM)
    assert len(gateway.log.find_all(r"stopped: \d+ calls taken")) == 5
    wait_for("the end of Redis", lambda: not gateway.below())
