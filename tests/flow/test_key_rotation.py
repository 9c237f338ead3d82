"""Keys change while clients ask without a pause: not one answer is wrong.

What an answer must be is known before its request is sent. Tokens whose key is about to change are
laid aside first, until nobody is asking with them any more, and come back as good or as bad ones
once the change has been fetched; so no answer is excused, and each request is counted by its number.
"""

import itertools
import random
import threading
from collections import Counter

import pytest

from gateway import COMMAND, expect, python_function, run, wait_for
from issuer import EcKey, Issuer, RsaKey, bearer

CLIENTS = 4
TOKENS = 6  # of each key, used again and again


@pytest.fixture
def issuer():
    issuer = Issuer(RsaKey("first", 0))
    yield issuer
    issuer.close()


def config_of(issuer, refresh, version="1"):
    jwt = {"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "audience": "shop", "refresh": refresh}
    return {
        "loops": 2,
        "stage_variables": {"version": version},
        "authorizers": {"idp": {"jwt": jwt}},
        "functions": {"echo": python_function("echo")},
        "routes": {
            "GET /fixed/{number}": {"respond": {"json": {"ok": True}}, "authorizer": "idp"},
            "GET /echo/{number}": {"function": "echo", "authorizer": "idp"},
        },
        "log": {"access": False},
    }


def tokens_of(issuer, key):
    return [issuer.token(key, sub=f"{key.kid}-{number}") for number in range(TOKENS)]


def table_of(good, bad):
    """What to ask with: tokens, and whose they are, or None for a bad one."""
    table = [(token, f"{key.kid}-{i}") for key, tokens in good for i, token in enumerate(tokens)]
    return table + [(token, None) for _, tokens in bad for token in tokens]


class Load:
    """Clients that ask all the time; with Load(...) as load: ... ; load.judge()"""

    def __init__(self, gateway, issuer, first):
        self.gateway, self.issuer = gateway, issuer
        self.table = table_of([first], [])  # replaced whole
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.sent, self.answered, self.wrong = set(), Counter(), []
        self.rounds = [0] * CLIENTS
        self.kinds = Counter()
        self.ended = False
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        for thread in self.threads:
            thread.join()

    def run(self, index):
        chance = random.Random(index)
        try:
            while not self.ended:
                with self.gateway.peer() as peer:
                    for _ in range(50):
                        self.rounds[index] += 1  # before the table is looked at
                        if self.ended or not self.ask(peer, *chance.choice(self.table), chance):
                            break
        except Exception as fault:  # noqa: BLE001: told by judge()
            self.wrong.append(fault)

    def ask(self, peer, token, subject, chance):
        with self.lock:
            number = str(next(self.numbers))
            self.sent.add(number)
        place = "echo" if chance.random() < 0.1 else "fixed"
        peer.request("GET", f"/{place}/{number}", list(bearer(token).items()))
        answer = peer.answer()
        good = answer.status == (200 if subject else 401)
        if good and subject and place == "echo":
            event = answer.json()
            claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
            good = claims["sub"] == subject and event["pathParameters"]["number"] == number
        with self.lock:
            self.answered[number] += 1
            self.kinds[f"{place} {answer.status}"] += 1
            if not good:
                self.wrong.append((number, subject, answer))
        return answer.header("connection") != "close"

    def use(self, good, bad):
        """From now on these keys' tokens are good and bad; returns when nobody asks otherwise."""
        self.table = table_of(good, bad)
        seen = list(self.rounds)
        wait_for("every client to look again", lambda: self.wrong or all(
            now > before for now, before in zip(self.rounds, seen)))  # fmt: skip

    def fetched(self):
        """Returns when a fetch that began after this call has ended: the one after it has begun."""
        seen = self.issuer.fetches
        wait_for("two fetches", lambda: self.issuer.fetches >= seen + 2)

    def judge(self):
        assert not self.wrong, f"{len(self.wrong)} wrong, the first: {self.wrong[0]}"
        assert set(self.answered) == self.sent
        assert set(self.answered.values()) == {1}
        print("answers:", dict(self.kinds))


def strangers(issuer):
    """Tokens that are bad whatever happens: of a key that nobody published, under any name."""
    pretender, nobody = RsaKey("first", 9), EcKey("nobody")
    return [(pretender, tokens_of(issuer, pretender)), (nobody, tokens_of(issuer, nobody))]


def test_keys_that_rotate_under_load_never_cause_a_wrong_answer(issuer, start):
    gateway = start(config_of(issuer, "1s"))
    old = (issuer.keys[0], tokens_of(issuer, issuer.keys[0]))
    bad = strangers(issuer)
    with Load(gateway, issuer, old) as load:
        load.use([old], bad)
        for number in range(4):
            key = EcKey(f"k{number}") if number % 2 else RsaKey(f"k{number}", 1 + number)
            new = (key, tokens_of(issuer, key))
            issuer.keys = [old[0], key]  # published before it is used
            load.fetched()
            load.use([old, new], bad)
            if number == 1:  # a reload in the middle changes nothing of it
                gateway.write(config_of(issuer, "1s", "2"))
                assert run(COMMAND, "reload", "--admin", f"127.0.0.1:{gateway.admin_port}").returncode == 0
            load.use([new], bad)  # the old key's tokens are laid aside
            issuer.keys = [key]
            load.fetched()
            bad = [*bad, old]
            load.use([new], bad)  # and are refused from now on
            old = new
    load.judge()
    assert load.kinds["fixed 200"] and load.kinds["fixed 401"] and load.kinds["echo 200"]


def test_a_key_that_was_exchanged_under_its_old_name_ends_at_the_next_fetch(issuer, start):
    gateway = start(config_of(issuer, "1s"))
    old = (issuer.keys[0], tokens_of(issuer, issuer.keys[0]))
    key = RsaKey("first", 1)
    new = (key, tokens_of(issuer, key))
    with Load(gateway, issuer, old) as load:
        load.use([old], [new])
        load.use([], strangers(issuer))
        issuer.keys = [key]
        load.fetched()
        load.use([new], [old])
    load.judge()


def test_in_an_emergency_a_new_keys_first_token_brings_it_and_the_old_key_ends(issuer, start):
    gateway = start(config_of(issuer, "1h"))
    gateway.log.wait("ready: ")
    old = (issuer.keys[0], tokens_of(issuer, issuer.keys[0]))
    key = EcKey("emergency")
    new = (key, tokens_of(issuer, key))
    with Load(gateway, issuer, old) as load:
        load.use([old], [])
        issuer.keys = [key]
        load.use([new], [])  # all at once, and not one is refused
        for _ in range(3):  # every loop has answered to the new key by then
            load.use([new], [])
        wait_for("the old key to end on all loops", lambda: ended(gateway, old[1]))
        load.use([new], [old])
    load.judge()
    assert issuer.fetches == 2


def ended(gateway, tokens):
    return all(gateway.get("/fixed/x", headers=bearer(token)).status == 401 for token in tokens for _ in range(2))


def test_a_rotation_to_a_broken_set_leaves_the_old_keys_good(issuer, start):
    gateway = start(config_of(issuer, "1s"))
    old = (issuer.keys[0], tokens_of(issuer, issuer.keys[0]))
    bad = strangers(issuer)
    with Load(gateway, issuer, old) as load:
        load.use([old], bad)
        issuer.keys = []  # answered with 200 and no key at all
        gateway.log.wait("what it answers is no set of keys")
        load.use([old], bad)
        issuer.keys = [old[0]]
        load.fetched()
        load.use([old], bad)
    load.judge()
    expect(gateway.get("/fixed/x", headers=bearer(old[1][0])), 200)
