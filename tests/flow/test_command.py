"""The command `lambdagate`: what it prints, where, and its exit status."""

import json
import subprocess

import pytest

from gateway import COMMAND, command_function, run

OK, FAILED, USAGE, UNREACHABLE = 0, 1, 2, 3

CONFIG = {
    "functions": {
        "raw": command_function("raw-event"),
        "headers": command_function("headers"),
        "slow": command_function("silent", timeout="300ms"),
    },
    "routes": {
        "POST /raw": {"function": "raw"},
        "GET /docs/{page+}": {"redirect": {"to": "https://docs.example.com/{page}", "status": 308}},
        "GET /ping": {"respond": {"status": 200, "json": {"ok": True}}},
    },
}


@pytest.fixture
def command(gateway):
    """command(...) runs it against the gateway of this file."""

    def run_command(*arguments, input=None):
        environment = {"LAMBDAGATE_ADMIN": f"127.0.0.1:{gateway.admin_port}"}
        return run(COMMAND, *arguments, environment=environment, input=input)

    return run_command


def expect(result, status, out="", error=""):
    shown = f"status {result.returncode}\nout: {result.stdout}\nerror: {result.stderr}"
    assert result.returncode == status, shown
    assert out in result.stdout, shown
    assert error in result.stderr, shown
    return result


# --- calls --------------------------------------------------------------------------------------------


def test_an_answer_is_printed_as_it_is(command):
    result = expect(command("invoke", "raw", "--data", '{"a":  1.50}'), OK)
    assert result.stdout == '{"a":  1.50}\n'
    assert result.stderr == ""


def test_an_event_may_be_a_file_or_standard_input(command, tmp_path):
    event = tmp_path / "event.json"
    event.write_text('["from a file"]\n')
    assert expect(command("invoke", "raw", "--event", event), OK).stdout == '["from a file"]\n'
    assert expect(command("invoke", "raw", input='"piped"'), OK).stdout == '"piped"\n'
    assert expect(command("invoke", "raw", "--event", "-", input='"dash"'), OK).stdout == '"dash"\n'


def test_no_payload_at_all_is_an_empty_object(command):
    assert expect(command("invoke", "raw"), OK).stdout == "{}\n"


def test_a_file_that_is_not_there_is_named(command):
    expect(command("invoke", "raw", "--event", "/nowhere.json"), USAGE, error="/nowhere.json: No such file")


def test_a_function_may_be_named_by_arn_and_qualifier(command):
    expect(command("invoke", "arn:aws:lambda:us-east-1:123456789012:function:raw:$LATEST", "--data", "1"), OK)


def test_the_log_goes_to_standard_error(command):
    result = expect(command("invoke", "raw", "--data", "1", "--log"), OK, error="START RequestId: ")
    assert "REPORT RequestId: " in result.stderr
    assert result.stdout == "1\n"


def test_a_client_context_arrives(command):
    result = expect(command("invoke", "headers", "--client-context", '{"custom": {"k": "\u20ac"}}'), OK)
    assert json.loads(json.loads(result.stdout)["lambda-runtime-client-context"]) == {"custom": {"k": "\u20ac"}}


def test_a_function_that_fails_is_status_1_with_its_error_on_standard_output(command):
    result = expect(command("invoke", "slow"), FAILED, error="the function failed")
    assert json.loads(result.stdout)["errorType"] == "Sandbox.Timedout"


def test_an_error_of_the_api_is_told_in_words(command):
    expect(
        command("invoke", "nobody"),
        FAILED,
        error="ResourceNotFoundException: the daemon answers 404: Function not found: arn:aws:lambda:",
    )
    expect(command("invoke", "raw", "--data", "no json"), FAILED, error="InvalidRequestContentException")


# --- lists --------------------------------------------------------------------------------------------


def test_routes_are_a_table(command):
    lines = expect(command("routes"), OK).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["API", "AT", "ROUTE", "INTEGRATION", "TIMEOUT", "BODY"],
        ["default", "*", "POST", "/raw", "function", "raw", "30s"],
        ["default", "*", "GET", "/docs/{page+}", "redirect", "308", "https://docs.example.com/{page}", "30s"],
        ["default", "*", "GET", "/ping", "respond", "200", "30s"],
    ]


def test_functions_are_a_table(command):
    expect(command("invoke", "raw", "--data", "1"), OK)
    lines = expect(command("functions"), OK).stdout.splitlines()
    assert lines[0].split() == ["FUNCTION", "TARGET", "WORKERS", "WAITING", "TIMEOUT", "MEMORY"]
    assert [line.split()[0] for line in lines[1:]] == ["raw", "headers", "slow"]
    assert "workers" in lines[1] and "128 MB" in lines[1]


@pytest.mark.parametrize("form", [["--admin", "{}"], ["--admin={}"]], ids=["apart", "joined"])
def test_the_admin_address_may_stand_before_the_command(gateway, form):
    address = f"127.0.0.1:{gateway.admin_port}"
    done = run(COMMAND, *(word.replace("{}", address) for word in form), "functions")
    assert done.returncode == OK and done.stdout.startswith("FUNCTION"), done


@pytest.mark.parametrize("name", ["routes", "functions"])
def test_a_list_may_be_json(command, name):
    document = json.loads(expect(command(name, "--json"), OK).stdout)
    assert len(document[name]) == 3


def test_a_unix_socket_is_an_address_too(start, tmp_path):
    path = tmp_path / "admin.sock"
    config = f"listen: 127.0.0.1:0\nadmin: {path}\nroutes: {{ GET /: {{ respond: {{ status: 204 }} }} }}\n"
    gateway = start(config, wait=False)
    gateway.log.wait(r" admin on ")
    expect(run(COMMAND, "routes", "--admin", path), OK, out="GET /")
    expect(run(COMMAND, "routes", f"--admin=unix:{path}"), OK, out="GET /")


# --- nobody there -------------------------------------------------------------------------------------


def test_without_a_daemon_the_status_is_3_and_the_way_out_is_told(tmp_path):
    path = tmp_path / "nobody.sock"
    expect(
        run(COMMAND, "routes", "--admin", path),
        UNREACHABLE,
        error=f"no daemon listens on {path}: No such file or directory; start it with",
    )
    expect(run(COMMAND, "routes"), UNREACHABLE, error="no daemon listens on /run/lambdagate/admin.sock")


def test_a_proxy_of_the_environment_is_not_asked(gateway):
    environment = {"http_proxy": "http://127.0.0.1:1", "LAMBDAGATE_ADMIN": f"localhost:{gateway.admin_port}"}
    expect(run(COMMAND, "routes", environment=environment), OK)


# --- without a daemon ---------------------------------------------------------------------------------


def test_check_counts_what_is_well(gateway):
    result = run(COMMAND, "check", gateway.file)
    assert expect(result, OK).stdout == f"{gateway.file}: ok (3 functions, 3 routes)\n"


def test_check_prints_every_fault(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("listen: nowhere\nlissten: 1\n")
    result = expect(run(COMMAND, "check", file), FAILED)
    assert result.stdout == ""
    assert f"{file}:1: listen: " in result.stderr
    assert f"{file}:2: lissten: " in result.stderr


@pytest.mark.parametrize("name", ["schema", "manual", "example"])
def test_generate_prints_a_text(name):
    assert len(expect(run(COMMAND, "generate", name), OK).stdout) > 500


# --- events -------------------------------------------------------------------------------------------


def event(*arguments):
    return json.loads(expect(run(COMMAND, "event", *arguments), OK).stdout)


def test_an_event_of_a_described_request_is_printed():
    found = event("--route", "POST /items/{id}", "/items/7?a=1&a=2", "--data", '{"x":1}')
    assert (found["version"], found["routeKey"], found["rawPath"]) == ("2.0", "POST /items/{id}", "/items/7")
    assert found["pathParameters"] == {"id": "7"}
    assert found["queryStringParameters"] == {"a": "1,2"}
    assert (found["body"], found["isBase64Encoded"]) == ('{"x":1}', False)
    assert found["requestContext"]["http"]["method"] == "POST"


def test_an_event_of_a_rest_api_is_printed():
    found = event("--kind", "rest", "--route", "ANY /a/{p+}", "/a/caf%C3%A9", "--stage", "live",
                  "--header", "X-Tag: one", "--header=X-Tag:two", "--header", "content-type: image/png",
                  "--binary", "text/css", "--binary", "image/*", "--data", "png")  # fmt: skip
    assert "version" not in found
    assert (found["path"], found["requestContext"]["path"]) == ("/a/caf%C3%A9", "/live/a/caf%C3%A9")
    assert found["httpMethod"] == "POST"
    assert found["multiValueHeaders"]["X-Tag"] == ["one", "two"]
    assert (found["body"], found["isBase64Encoded"]) == ("cG5n", True)


def test_an_event_of_format_1_0_without_a_target_and_a_body_from_a_file(tmp_path):
    file = tmp_path / "body"
    file.write_text("from a file")
    found = event("--route", "PUT /x", "--payload", "1.0", "--stage", "dev", "--body", file)
    assert (found["version"], found["path"], found["body"]) == ("1.0", "/dev/x", "from a file")
    found = event("--route", "$default", "--payload", "1.0")
    assert (found["path"], found["httpMethod"], found["body"]) == ("/", "GET", None)


def test_a_printed_event_can_be_the_payload_of_a_call(command):
    printed = expect(run(COMMAND, "event", "--route", "GET /x"), OK).stdout
    assert expect(command("invoke", "raw", input=printed), OK).stdout == printed


@pytest.mark.parametrize(
    "arguments, error",
    [
        ([], "a route is missing"),
        (["--route", "/x"], "expected a method and a path"),
        (["--route", "GET /x/{id}"], "a target is missing"),
        (["--route", "GET /x", "/y"], "does not take /y"),
        (["--route", "GET /x", "x"], "starts with a slash"),
        (["--route", "GET /{x}", "/a b"], "percent-encoded"),
        (["--route", "GET /x", "--kind", "soap"], "http or rest"),
        (["--route", "GET /x", "--payload", "3.0"], "1.0 or 2.0"),
        (["--route", "GET /x", "--kind", "rest", "--payload", "2.0"], "knows only"),
        (["--route", "GET /x", "--header", "no colon"], "NAME: VALUE"),
        (["--route", "GET /x", "--header", "a b: c"], "NAME: VALUE"),
        (["--route", "GET /x", "--data", "a", "--body", "b"], "one body"),
        (["--route", "GET /x", "--body", "/nonexistent"], "cannot open /nonexistent"),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_is_no_event(arguments, error):
    assert expect(run(COMMAND, "event", *arguments), USAGE, error=error).stdout == ""


# --- usage --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["check"],
        ["check", "a", "b"],
        ["routes", "extra"],
        ["routes", "--admin", "nonsense"],
        ["invoke"],
        ["invoke", "f", "--data"],
        ["invoke", "f", "--data", "1", "--event", "x"],
        ["invoke", "f", "--datum", "1"],
        ["generate", "poem"],
        ["help", "fly"],
        ["worker", "--redis", "unix:/none", "--function", "f", "--shared-tmp"],
    ],
    ids=str,
)
def test_wrong_usage_is_status_2_and_told_on_standard_error(arguments):
    result = expect(run(COMMAND, *arguments), USAGE)
    assert result.stdout == "" and result.stderr != ""


@pytest.mark.parametrize("name", ["check", "routes", "functions", "invoke", "event", "generate"])
def test_every_command_has_help(name):
    by_help = expect(run(COMMAND, "help", name), OK, out=f"usage: lambdagate {name}").stdout
    assert expect(run(COMMAND, name, "--help"), OK).stdout == by_help
    assert name in expect(run(COMMAND, "help"), OK).stdout


def test_the_version_is_told():
    assert expect(run(COMMAND, "version"), OK).stdout.startswith("lambdagate ")


def test_what_cannot_be_written_is_no_success():
    with open("/dev/full", "w") as full:
        result = subprocess.run([COMMAND, "help"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == FAILED
    assert "cannot write to standard output" in result.stderr
