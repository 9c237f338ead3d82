"""examples/workers: the bootstraps in sh and C, as the files say that they are used."""

import json
import shlex
import shutil
import subprocess
import threading

import pytest

from gateway import ROOT, SLOW, expect, wait_for

WORKERS = ROOT / "examples" / "workers"
TEXT = "Grüße, 東京 🚀 \"quoted\" \\ \u2028\t/ $HOME `id`"


def shell_function(handler):
    return {
        "timeout": SLOW,
        "workers": {
            "command": [str(WORKERS / "bootstrap.sh")],
            "handler": f"app.{handler}",
            "directory": str(WORKERS),
            "max": 2,
        },
    }


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    from gateway import Gateway

    names = ("echo_event", "measure", "refuse")
    functions = {name: shell_function(name) for name in names}
    functions["missing"] = shell_function("nothing")
    functions["missing"]["workers"]["handler"] = "nowhere.handler"
    routes = {f"POST /{name}": {"function": name} for name in functions}
    config = {"functions": functions, "routes": routes}
    with Gateway(tmp_path_factory.mktemp("shell"), config) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The C bootstrap, built by the line in its own first comment."""
    compiler = shutil.which("cc")
    assert compiler, "expected a C compiler: it built the daemon"
    folder = tmp_path_factory.mktemp("built")
    shutil.copy(WORKERS / "bootstrap.c", folder)
    (line,) = [
        text.split("Build:", 1)[1].strip()
        for text in (WORKERS / "bootstrap.c").read_text().splitlines()
        if "Build:" in text
    ]
    flags = shlex.split(subprocess.check_output(["pkg-config", "--cflags", "--libs", "libcurl"], text=True))
    assert "$(pkg-config --cflags --libs libcurl)" in line
    words = shlex.split(line.split("$(", 1)[0]) + flags
    subprocess.run([*words, "-Wall", "-Wextra", "-Werror"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def compiled(built, tmp_path_factory):
    from gateway import Gateway

    workers = {"command": [str(built / "bootstrap")], "directory": str(built), "max": 4}
    config = {
        "functions": {"f": {"timeout": SLOW, "workers": workers}},
        "routes": {"POST /f": {"function": "f"}},
    }
    with Gateway(tmp_path_factory.mktemp("compiled"), config) as gateway:
        yield gateway


def invoke(gateway, function, text):
    target = f"/2015-03-31/functions/{function}/invocations"
    return gateway.request("POST", target, body=text, admin=True)


def test_sh_echoes_the_event_byte_for_byte(shell):
    text = json.dumps({"text": TEXT}, ensure_ascii=False)
    expect(invoke(shell, "echo_event", text.encode()), 200, text=text)


def test_sh_answers_a_route_with_the_event_it_got(shell):
    event = expect(shell.post_json("/echo_event", {"text": TEXT}), 200).json()
    assert event["version"] == "2.0" and json.loads(event["body"]) == {"text": TEXT}


def test_sh_takes_an_event_of_a_mebibyte(shell):
    text = json.dumps({"text": "x" * 1024 * 1024})
    expect(invoke(shell, "measure", text.encode()), 200, {"bytes": len(text)})


def test_sh_that_ends_with_a_status_is_a_function_error_and_its_words_are_in_the_log(shell):
    answer = expect(invoke(shell, "refuse", b"{}"), 200)
    assert answer.header("x-amz-function-error") == "Unhandled"
    assert answer.json()["errorType"] == "HandlerError"
    assert "status 3" in answer.json()["errorMessage"]
    shell.log.wait("refused, and here is why")
    expect(shell.post_json("/refuse", {}), 500, {"message": "Internal Server Error"})


def test_sh_without_its_handlers_file_says_so_before_the_first_event(shell):
    answer = expect(invoke(shell, "missing", b"{}"), 200)
    assert answer.json()["errorType"] == "Runtime.ImportModuleError"
    assert "there is no nowhere.sh" in answer.json()["errorMessage"]


def test_c_wraps_the_event_byte_for_byte(compiled):
    text = json.dumps({"text": TEXT}, ensure_ascii=False)
    answer = expect(invoke(compiled, "f", text.encode()), 200)
    assert answer.body.decode() == f'{{"bytes":{len(text.encode())},"event":{text}}}'


def test_c_takes_an_event_of_almost_6_mib(compiled):
    text = json.dumps({"text": "x" * (6 * 1024 * 1024 - 100)})
    assert expect(invoke(compiled, "f", text.encode()), 200).json()["bytes"] == len(text)


def test_c_answers_a_function_error_and_goes_on(compiled):
    for _ in range(3):
        answer = expect(invoke(compiled, "f", b'"text"'), 200)
        assert answer.header("x-amz-function-error") == "Unhandled"
        assert answer.json() == {
            "errorType": "HandlerError",
            "errorMessage": "this function wants an object, not a string",
        }
    assert expect(invoke(compiled, "f", b"{}"), 200).json() == {"bytes": 2, "event": {}}


@pytest.mark.parametrize("name", ["shell", "compiled"])
def test_eight_calls_at_once_are_each_answered_with_their_own(name, request):
    gateway = request.getfixturevalue(name)
    function = {"shell": "echo_event", "compiled": "f"}[name]
    answers = {}

    def call(number):
        answers[number] = invoke(gateway, function, json.dumps({"number": number}).encode())

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, answer in answers.items():
        document = expect(answer, 200).json()
        assert document.get("event", document) == {"number": number}


def test_sh_leaves_no_file_behind(start, tmp_path):
    function = shell_function("measure")
    function["environment"] = {"TMPDIR": str(tmp_path)}
    gateway = start({"functions": {"f": function}, "routes": {"POST /f": {"function": "f"}}})
    expect(gateway.post_json("/f", {}), 200)
    assert list(tmp_path.glob("bootstrap.*")), "expected the worker's folder while it lives"
    gateway.stop()
    wait_for("the end of the worker's folder", lambda: not list(tmp_path.glob("bootstrap.*")))
