"""`runtime: python3`: a plain handler sees and causes what it would under AWS's own runtime."""

import json
import re
import sys

import pytest
from runtime_api import ARN, RUNTIMES, Worker


@pytest.fixture
def start(tmp_path):
    workers = []

    def start_worker(source, handler="app.handler", environment=None, **files):
        files = {name.replace("__", "/") + ".py": text for name, text in files.items()}
        if source is not None:
            files["app.py"] = source
        command = [sys.executable, str(RUNTIMES / "python3" / "bootstrap.py")]
        workers.append(Worker(command, tmp_path, handler, files, environment))
        return workers[-1]

    yield start_worker
    for worker in workers:
        worker.close()


def returning(expression):
    return f"import os, sys\ndef handler(event, context):\n    return {expression}\n"


# --- events and results ---------------------------------------------------------------------------


def test_the_event_reaches_the_handler_and_its_result_the_caller(start):
    worker = start(returning("{'got': event, 'id': context.aws_request_id}"))
    assert worker.invoke({"a": [1, "ä", None]}) == {"got": {"a": [1, "ä", None]}, "id": "req-1"}


def test_one_connection_serves_many_invocations(start):
    worker = start(returning("event * 2"))
    for number in range(20):
        assert worker.invoke(number, request_id=f"id-{number}") == number * 2
    assert worker.api.connections == 1


def test_module_state_lives_from_one_invocation_to_the_next(start):
    worker = start("calls = []\ndef handler(event, context):\n"
                   "    calls.append(event)\n    return calls\n")
    worker.invoke(1)
    assert worker.invoke(2) == [1, 2]


def test_a_large_event_and_a_large_result_arrive_whole(start):
    worker = start(returning("event + event[::-1]"))
    text = "0123456789äöü" * 100000
    assert worker.invoke(text) == text + text[::-1]


def test_nothing_returned_is_null(start):
    assert start(returning("None")).invoke({}) is None


def test_results_are_sent_as_utf8_and_not_escaped(start):
    worker = start(returning("{'name': 'Zoë ☃'}"))
    worker.api.send({})
    post = worker.api.post()
    assert post.body == '{"name": "Zoë ☃"}'.encode()
    assert post.headers["Content-Type"] == "application/json"


def test_half_a_surrogate_pair_is_sent_escaped(start):
    worker = start(returning("chr(0xd83d)"))
    worker.api.send({})
    assert worker.api.post().body == b'"\\ud83d"'


def test_bytes_are_sent_as_they_are(start):
    worker = start(returning("bytes([0, 255])"))
    worker.api.send({})
    post = worker.api.post()
    assert post.body == b"\x00\xff"
    assert post.headers["Content-Type"] == "application/unknown"


def test_decimals_become_numbers(start):
    worker = start("from decimal import Decimal\ndef handler(event, context):\n"
                   "    return [Decimal('3'), Decimal('2.50')]\n")
    assert worker.invoke({}) == [3, 2.5]


def test_an_event_of_another_content_type_is_handed_over_as_bytes(start):
    worker = start(returning("event.hex()"))
    assert worker.invoke(raw=b"\x01\x02", Content_Type="application/x-thing") == "0102"


# --- the context ----------------------------------------------------------------------------------


def test_the_context_tells_who_and_where(start):
    worker = start(returning(
        "[context.function_name, context.function_version, context.invoked_function_arn,"
        " context.memory_limit_in_mb, context.aws_request_id, context.log_group_name,"
        " context.log_stream_name, context.tenant_id]"))
    assert worker.invoke({}) == ["demo", "$LATEST", ARN, "128", "req-1", "/aws/lambda/demo",
                                 "2026/01/31/[$LATEST]0123", None]


def test_the_remaining_time_counts_down_to_zero(start):
    worker = start(returning("context.get_remaining_time_in_millis()"))
    assert 0 < worker.invoke({}) <= 60000
    assert worker.invoke({}, Lambda_Runtime_Deadline_Ms="1000") == 0


def test_the_client_context_is_read_by_attributes(start):
    worker = start(returning(
        "[context.client_context.custom, context.client_context.env['locale'],"
        " context.client_context.client.app_title, context.client_context.client.installation_id]"))
    text = json.dumps({"custom": {"k": "v"}, "env": {"locale": "de"}, "client": {"app_title": "t"}})
    assert worker.invoke({}, Lambda_Runtime_Client_Context=text) == [{"k": "v"}, "de", "t", None]


def test_the_client_context_is_utf8(start):
    worker = start(returning("context.client_context.custom"))
    text = '{"custom":"Zoë ☃"}'.encode().decode("latin-1")  # as sent, byte by byte
    assert worker.invoke({}, Lambda_Runtime_Client_Context=text) == "Zoë ☃"


def test_without_client_context_and_identity_there_is_none(start):
    worker = start(returning("[context.client_context, context.identity.cognito_identity_id]"))
    assert worker.invoke({}) == [None, None]


def test_the_identity_is_read_by_attributes(start):
    worker = start(returning(
        "[context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id]"))
    text = '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}'
    assert worker.invoke({}, Lambda_Runtime_Cognito_Identity=text) == ["i", "p"]


def test_a_damaged_client_context_is_an_error_of_the_runtime(start):
    worker = start(returning("1"))
    document = worker.fail({}, Lambda_Runtime_Client_Context="{")
    assert document["errorType"] == "Runtime.LambdaContextUnmarshalError"
    assert document["errorMessage"].startswith("Unable to parse Client Context JSON: ")
    assert worker.invoke({}) == 1


def test_the_trace_id_is_in_the_environment_of_its_own_invocation_only(start):
    worker = start(returning("os.environ.get('_X_AMZN_TRACE_ID')"))
    assert worker.invoke({}, Lambda_Runtime_Trace_Id="Root=1-2-3") == "Root=1-2-3"
    assert worker.invoke({}) is None


def test_the_execution_environment_names_the_version_before_the_handler_is_loaded(start):
    worker = start("import os\nAT_LOAD = os.environ['AWS_EXECUTION_ENV']\n"
                   "def handler(event, context):\n    import sys\n"
                   "    return [AT_LOAD, list(sys.version_info[:2])]\n")
    found, version = worker.invoke({})
    assert found == "AWS_Lambda_python%d.%d" % tuple(version)


# --- errors ---------------------------------------------------------------------------------------


def test_an_exception_is_told_with_its_trace_and_logged(start):
    worker = start("def deep():\n    raise ValueError('boom')\n"
                   "def handler(event, context):\n    deep()\n")
    document = worker.fail({}, request_id="req-7")
    place = str(worker.directory / "app.py")
    # From Python 3.13 on, a line of marks below a line of source shows where in it things failed.
    document["stackTrace"] = [re.sub(r"\n +[~^]+\n$", "\n", entry) for entry in document["stackTrace"]]
    assert document == {
        "errorMessage": "boom",
        "errorType": "ValueError",
        "requestId": "req-7",
        "stackTrace": [
            f'  File "{place}", line 4, in handler\n    deep()\n',
            f'  File "{place}", line 2, in deep\n    raise ValueError(\'boom\')\n',
        ],
    }
    assert list(document) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    _, output = worker.stop()
    assert output.startswith("[ERROR] ValueError: boom\nTraceback (most recent call last):\n"
                             f'  File "{place}", line 4, in handler\n    deep()\n')


def test_the_error_category_is_in_a_header(start):
    worker = start("def handler(event, context):\n    raise KeyError('x')\n")
    worker.api.send({})
    assert worker.api.post().headers["Lambda-Runtime-Function-Error-Type"] == "Function.KeyError"


def test_after_an_error_the_next_invocation_runs(start):
    worker = start("def handler(event, context):\n    return 1 // event\n")
    assert worker.fail(0)["errorType"] == "ZeroDivisionError"
    assert worker.invoke(1) == 1
    assert worker.api.connections == 1


def test_a_result_that_is_no_json_is_an_error_of_the_runtime(start):
    document = start(returning("{'x': object()}")).fail({})
    assert document == {
        "errorMessage": "Unable to marshal response: "
                        "Object of type object is not JSON serializable",
        "errorType": "Runtime.MarshalError",
        "requestId": "req-1",
        "stackTrace": [],
    }


def test_an_event_that_is_no_json_is_an_error_of_the_runtime(start):
    document = start(returning("1")).fail(raw=b"{nope")
    assert document["errorType"] == "Runtime.UnmarshalError"
    assert document["errorMessage"].startswith("Unable to unmarshal input: ")


def test_an_exception_that_cannot_be_printed_is_still_told(start):
    worker = start("class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\n"
                   "def handler(event, context):\n    raise Odd\n")
    assert worker.fail({})["errorType"] == "Odd"


def test_a_refused_result_does_not_end_the_runtime(start):
    worker = start(returning("event"))
    worker.api.post_status = 413
    worker.invoke(1)
    worker.api.post_status = 202
    assert worker.invoke(2) == 2


def test_sys_exit_in_a_handler_ends_the_process_without_an_answer(start):
    worker = start("import sys\ndef handler(event, context):\n    print('bye')\n    sys.exit(3)\n")
    worker.api.send({})
    assert worker.wait() == (3, "bye\n")
    assert worker.api.posts.empty()


# --- the handler's name ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pkg.mod.func", "pkg/mod.func"])
def test_a_handler_may_lie_in_a_package(start, name):
    worker = start(None, name, pkg__mod="def func(event, context):\n    return __name__\n")
    assert worker.invoke({}) == "pkg.mod"


def test_a_module_of_the_function_may_be_called_bootstrap(start):
    source = "def handler(event, context):\n    return 'mine'\n"
    assert start(None, "bootstrap.handler", bootstrap=source).invoke({}) == "mine"


def test_a_module_imports_its_neighbours(start):
    worker = start("import near\ndef handler(event, context):\n    return near.WORD\n",
                   near="WORD = 'here'\n")
    assert worker.invoke({}) == "here"


# --- failures before the first invocation ---------------------------------------------------------


def assert_init_failure(worker, kind, message):
    document = worker.init_failure()
    status, output = worker.wait()
    assert (document["errorType"], document["errorMessage"]) == (kind, message)
    assert document["requestId"] == ""
    assert status == 1
    trace = ["Traceback (most recent call last):\n"] + document["stackTrace"]
    assert output == f"[ERROR] {kind}: {message}\n" + "".join(trace if trace[1:] else [])
    return document


def test_a_missing_module_is_an_init_error(start):
    worker = start(None, "absent.handler")
    message = "Unable to import module 'absent': No module named 'absent'"
    document = assert_init_failure(worker, "Runtime.ImportModuleError", message)
    assert document["stackTrace"] == []
    assert worker.header == "Runtime.ImportModuleError"


def test_the_bootstrap_itself_is_no_module_of_the_function(start):
    assert_init_failure(start(None, "bootstrap.handler"), "Runtime.ImportModuleError",
                        "Unable to import module 'bootstrap': No module named 'bootstrap'")


def test_a_missing_function_is_an_init_error(start):
    assert_init_failure(start("x = 1\n"), "Runtime.HandlerNotFound",
                        "Handler 'handler' missing on module 'app'")


def test_a_name_without_a_function_is_an_init_error(start):
    assert_init_failure(start("x = 1\n", "app"), "Runtime.MalformedHandlerName",
                        "Bad handler 'app': expected module.function")


def test_a_builtin_module_is_no_handler_module(start):
    assert_init_failure(start(None, "sys.exit"), "Runtime.BuiltInModuleConflict",
                        "Cannot use built-in module sys as a handler module")


def test_a_syntax_error_is_an_init_error_with_its_place(start):
    worker = start("def handler(:\n")
    document = worker.init_failure()
    assert document["errorType"] == "Runtime.UserCodeSyntaxError"
    assert document["errorMessage"].startswith("Syntax error in module 'app': ")
    assert 'app.py" Line 1' in document["stackTrace"][0]
    assert worker.wait()[0] == 1


def test_an_exception_at_import_is_an_init_error_with_its_trace(start):
    worker = start("def early():\n    raise LookupError('no table')\nearly()\n")
    document = assert_init_failure(worker, "LookupError", "no table")
    place = str(worker.directory / "app.py")
    assert [entry.split(", in")[0] for entry in document["stackTrace"]] == [
        f'  File "{place}", line 3', f'  File "{place}", line 2']
    assert worker.header == "Function.LookupError"


# --- output ---------------------------------------------------------------------------------------


def test_lines_are_out_before_the_answer(start):
    worker = start("import sys\ndef handler(event, context):\n"
                   "    print('to stdout')\n    print('to stderr', file=sys.stderr)\n"
                   "    print('no newline', end='')\n")
    worker.invoke({})
    assert worker.read_line() == "to stdout\n"
    assert worker.read_line() == "to stderr\n"
    assert worker.read(10) == b"no newline"


def test_any_text_can_be_printed_whatever_the_locale(start):
    worker = start(returning("print('☃', chr(0xd83d))"), environment={"LANG": "C", "LC_ALL": "C"})
    worker.invoke({})
    assert worker.read_line() == "☃ \\ud83d\n"


def test_log_records_look_like_those_of_lambda(start):
    worker = start("import logging\nlogger = logging.getLogger()\nlogger.setLevel('INFO')\n"
                   "def handler(event, context):\n"
                   "    logger.debug('hidden')\n    logger.info('seen %d', 5)\n")
    worker.invoke({}, request_id="req-9")
    assert re.fullmatch(r"\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\treq-9\tseen 5\n",
                        worker.read_line())


def test_the_log_level_can_come_from_the_environment(start):
    worker = start("import logging\ndef handler(event, context):\n    logging.debug('fine')\n",
                   environment={"AWS_LAMBDA_LOG_LEVEL": "DEBUG"})
    worker.invoke({})
    assert worker.read_line().endswith("\treq-1\tfine\n")


# --- the end --------------------------------------------------------------------------------------


def test_sigterm_ends_an_idle_worker_quietly(start):
    worker = start("import atexit\natexit.register(print, 'cleaned up')\n" + returning("1"))
    worker.api.wait_for_next()
    assert worker.stop() == (0, "cleaned up\n")


def test_a_runtime_api_that_is_gone_ends_the_worker_in_words(start):
    worker = start(returning("1"))
    worker.invoke({})
    worker.api.wait_for_next()
    worker.api.wait_for_next()
    worker.api.close()
    status, output = worker.wait()
    assert status == 1
    assert output.startswith("lambdagate python3 runtime: ")
    assert "Traceback" not in output


def test_a_connection_lost_while_idle_is_opened_again(start):
    worker = start(returning("event"))
    worker.invoke(1)
    worker.api.wait_for_next()
    worker.api.wait_for_next()
    worker.api.hang_up()
    assert worker.invoke(2) == 2
    assert worker.api.connections == 2
