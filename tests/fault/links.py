"""What can happen to a link, each made by one function of (relay, chance), and undone by relay.heal()."""


def cut(relay, chance):
    relay.cut()


def cut_in_the_middle_of_what_is_sent(relay, chance):
    relay.cut_after("up", chance.randrange(1, 1500))


def cut_in_the_middle_of_an_answer(relay, chance):
    relay.cut_after("down", chance.randrange(1, 1500))


def slow(relay, chance):
    relay.delay = chance.uniform(0.01, 0.1)


def stalled_one_way(relay, chance):
    relay.held = {chance.choice(("up", "down"))}


def stalled(relay, chance):
    relay.held = {"up", "down"}


def nothing_arrives(relay, chance):
    relay.lost = {"up"}


def no_answer_arrives(relay, chance):
    relay.lost = {"down"}


def gone_for_redis_alone(relay, chance):
    relay.half_open("redis")


def gone_for_the_program_alone(relay, chance):
    relay.half_open("program")


def refused(relay, chance):
    relay.refusing = True
    relay.cut()


ALL = (cut, cut_in_the_middle_of_what_is_sent, cut_in_the_middle_of_an_answer, slow, stalled_one_way, stalled,
       nothing_arrives, no_answer_arrives, gone_for_redis_alone, gone_for_the_program_alone, refused)
