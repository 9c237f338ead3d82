"""The links to Redis are cut, stalled, slowed and robbed while calls run, each in all the ways of links.py."""

import pytest

import links


def break_and_heal(rig, load, relay, fault):
    """Once with calls before, meanwhile and after. Meanwhile none may be answered: all are waited for, none is a must."""
    load.flows()
    fault(relay, rig.chance)
    load.goes_on()
    relay.heal()
    load.flows()


@pytest.mark.parametrize("fault", links.ALL, ids=lambda fault: fault.__name__)
def test_a_link(rig, fault):
    rig.start_redis()
    own, theirs = rig.relay(), rig.relay()
    rig.gateway("a", relay=own)
    rig.gateway("b")
    rig.worker()
    for _ in range(2):
        rig.worker(theirs)
    rig.bridge(theirs, concurrency=1)
    with rig.load() as load:
        break_and_heal(rig, load, own, fault)
        break_and_heal(rig, load, theirs, fault)
    rig.judge()
    rig.leave()
