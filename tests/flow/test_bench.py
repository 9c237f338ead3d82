"""What `make bench` makes of what it measured: no benchmark runs here, and nothing is timed."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import cases  # noqa: E402
import figures  # noqa: E402
import gauges  # noqa: E402
import load  # noqa: E402
import processes  # noqa: E402
import queues  # noqa: E402
import servers  # noqa: E402
from figures import MET, MISSED, NO_VERDICT, Spread  # noqa: E402

WRK = """Running 2s test @ http://127.0.0.1:1/200
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.20ms    2.50ms  40.00ms   95.00%
    Req/Sec    50.00k     5.00k   60.00k    70.00%
  Latency Distribution
     50%  612.00us
     75%    1.10ms
     90%    2.00ms
     99%   12.50ms
  200480 requests in 2.10s, 30.00MB read
{errors}Requests/sec:  95466.67
Transfer/sec:     14.29MB
"""


def rounds(**values):
    """Rounds of samples with that CPU time, by name."""
    count = len(next(iter(values.values())))
    return [
        {name: SimpleNamespace(cpu_us=series[i]) for name, series in values.items()}
        for i in range(count)
    ]


def test_wrk_is_read():
    assert load.parse(WRK.format(errors="")) == (200480, 2.1, 612.0, 12500.0, 0)


def test_calls_over_two_lists_are_read():
    text = '{"calls":7376,"seconds":1.030739,"p50_us":76.8,"p99_us":466.8}\n'
    found = queues.Calls("two-lists", "event.json", 64).parse(text)
    assert found == (7376, 1.030739, 76.8, 466.8, 0)


def test_what_has_no_bar_is_measured_less_often():
    settings = cases.Settings(15, 2, None)
    assert settings.fewer(3) == cases.Settings(5, 2, None)
    assert settings.fewer(100).rounds == 1


def test_requests_that_failed_are_counted():
    errors = "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    errors += "  Non-2xx or 3xx responses: 5\n"
    assert load.parse(WRK.format(errors=errors))[4] == 15


def test_words_of_wrk_that_nobody_expects_end_the_run():
    with pytest.raises(processes.BenchError):
        load.parse("unable to connect to 127.0.0.1:1 Connection refused")


def test_ratios_are_taken_within_a_round():
    # The machine slowed down fivefold after the first round: only pairs tell anything.
    found = figures.ratio(rounds(ours=[10, 60, 70], nginx=[10, 50, 50]), "ours", "nginx", "cpu_us")
    assert found == Spread(1.2, 1.0, 1.4)


@pytest.mark.parametrize(
    "median, control, at_least, expected",
    [
        (1.35, 1.0, False, MET),
        (1.36, 1.0, False, MISSED),
        (1.0, 1.051, False, NO_VERDICT),
        (2.0, 0.949, False, NO_VERDICT),
        (1.35, 1.049, False, MET),
        (1.35, 1.0, True, MET),
        (1.34, 1.0, True, MISSED),
    ],
)
def test_a_ratio_is_judged_only_beside_a_steady_control(median, control, at_least, expected):
    value, same = Spread(median, 0, 9), Spread(control, 0, 9)
    assert figures.judge_ratio(value, 1.35, same, at_least) == expected


@pytest.mark.parametrize(
    "first, second, expected",
    [(6, 5, MET), (6.1, 7, MISSED), (5, 6.1, NO_VERDICT), (7, 6, NO_VERDICT)],
)
def test_an_absolute_value_is_judged_twice(first, second, expected):
    assert figures.judge_twice(first, second, 6) == expected


def test_a_disturbed_run_is_made_again_while_patience_lasts():
    disturbances = [0.5, 0.5, 0.01, 0.5, 0.5]
    patience = load.Patience(3)

    def once():
        return SimpleNamespace(foreign=disturbances.pop(0))

    assert patience.measure(once).foreign == 0.01
    assert patience.measure(once).foreign == 0.5
    assert disturbances == [] and patience.left == 0


def test_system_calls_are_read():
    text = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.600000           3    200000           sendto
 40.00    0.400000           2    200100       100 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    1.000000           2    400100       100 total
"""
    assert gauges.strace_table(text) == {"sendto": 200000, "recvfrom": 200100}


def test_what_is_posted_is_the_same_to_all():
    script = (servers.HERE / "post_json.lua").read_text()
    assert len(servers.BODY) == 1024
    assert servers.BODY == '{"id":"order-0001","note":"' + "n" * (1024 - 29) + '"}'
    assert "1024 - 29" in script


def test_routes_are_as_many_as_they_are_said_to_be():
    assert len(servers.routes_config(1000)["routes"]) == 1000
