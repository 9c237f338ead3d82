"""Processes are killed while calls run: no caller gets a wrong answer, and every call has one cause."""


def test_workers_are_killed(rig):
    rig.start_redis()
    rig.gateway()
    for _ in range(3):
        rig.worker()
    with rig.load() as load:
        for _ in range(6):
            load.flows()
            rig.kill_worker()
            rig.worker()
        load.flows()
    rig.judge()
    rig.leave()


def test_bridges_are_killed(rig):
    rig.start_redis()
    rig.gateway()
    for _ in range(2):
        rig.bridge()
    with rig.load() as load:
        for _ in range(3):
            load.flows()
            rig.kill_bridge()
            rig.bridge()
        load.flows()
    rig.judge()
    rig.redis.call("DEL", "lg:w:{echo}")  # the word of those that were killed is good for a minute
    rig.leave()
