"""`runtime: nodejs`: a plain handler sees and causes what it would under AWS's own runtime."""

import json
import re
import shutil
import signal

import pytest
from runtime_api import ARN, RUNTIMES, Worker

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def start(tmp_path):
    workers = []

    def start_worker(source=None, handler="index.handler", environment=None, file="index.js",
                     files=()):
        files = dict(files)
        if source is not None:
            files[file] = source
        command = ["node", str(RUNTIMES / "nodejs" / "bootstrap.mjs")]
        workers.append(Worker(command, tmp_path, handler, files, environment))
        return workers[-1]

    yield start_worker
    for worker in workers:
        worker.close()


def body(text):
    """A handler of the older kind of modules, with these statements."""
    return f"exports.handler = async (event, context) => {{ {text} }};\n"


# --- kinds of modules and handlers ----------------------------------------------------------------


def test_an_async_handler_of_a_commonjs_module(start):
    worker = start(body("return { got: event };"))
    assert worker.invoke({"a": [1, "ä"]}) == {"got": {"a": [1, "ä"]}}


def test_an_async_handler_of_an_ecmascript_module(start):
    source = "export const handler = async (event) => import.meta.url.slice(-9) + event;\n"
    assert start(source, file="index.mjs").invoke("!") == "index.mjs!"


def test_a_js_file_is_an_ecmascript_module_where_the_package_says_so(start):
    worker = start("export const handler = async () => typeof require;\n",
                   files={"package.json": '{"type":"module"}'})
    assert worker.invoke({}) == "undefined"


def test_a_cjs_file_is_a_commonjs_module_wherever_it_lies(start):
    worker = start(body("return typeof require;"), file="index.cjs",
                   files={"package.json": '{"type":"module"}'})
    assert worker.invoke({}) == "function"


def test_js_goes_before_mjs(start):
    worker = start(body("return 'js';"), files={"index.mjs": "export const handler = () => 1;\n"})
    assert worker.invoke({}) == "js"


def test_exports_that_are_made_at_run_time_are_found(start):
    source = "module.exports = new (class { get handler() { return async () => 'made'; } })();\n"
    assert start(source).invoke({}) == "made"


def test_a_handler_may_lie_in_a_folder_and_in_an_object(start):
    worker = start(handler="src/deep/app.api.get",
                   files={"src/deep/app.js": "exports.api = { get: async () => __filename };\n"})
    assert worker.invoke({}) == str(worker.directory / "src/deep/app.js")


def test_a_handler_may_be_a_package(start):
    package = {"node_modules/shelf/package.json": '{"main":"main.js"}',
               "node_modules/shelf/main.js": body("return 'shelf';")}
    assert start(handler="shelf.handler", files=package).invoke({}) == "shelf"


def test_a_callback_answers(start):
    source = "exports.handler = (event, context, callback) => callback(null, event + 1);\n"
    assert start(source).invoke(1) == 2


def test_a_callback_waits_until_the_event_loop_is_empty(start):
    worker = start("const seen = [];\nexports.handler = (event, context, callback) => {\n"
                   "    callback(null, seen);\n    setTimeout(() => seen.push('late'), 30);\n};\n")
    assert worker.invoke({}) == ["late"]


def test_a_callback_does_not_wait_when_the_handler_says_so(start):
    worker = start("exports.handler = (event, context, callback) => {\n"
                   "    context.callbackWaitsForEmptyEventLoop = false;\n"
                   "    setTimeout(() => {}, 3600000);\n    callback(null, 'early');\n};\n")
    assert worker.invoke({}) == "early"
    assert worker.invoke({}) == "early"


def test_a_callback_with_an_error_fails_at_once(start):
    worker = start("exports.handler = (event, context, callback) => {\n"
                   "    setTimeout(() => {}, 3600000);\n    callback(new TypeError('no'));\n};\n")
    assert worker.fail({})["errorType"] == "TypeError"


def test_only_the_first_answer_counts(start):
    worker = start("exports.handler = (event, context, callback) => {\n"
                   "    callback(null, 'first'); callback(null, 'second'); context.fail('third');\n"
                   "    return Promise.resolve('fourth');\n};\n")
    assert worker.invoke({}) == "first"
    assert worker.invoke({}) == "first"


def test_a_handler_that_answers_with_nothing_gives_null(start):
    assert start("exports.handler = () => {};\n").invoke({}) is None


def test_a_promise_does_not_wait_for_the_event_loop(start):
    assert start(body("setTimeout(() => {}, 3600000); return 1;")).invoke({}) == 1


def test_a_promise_that_is_never_settled_is_an_error_of_the_runtime(start):
    worker = start(body("if (event) await new Promise(() => {}); return 'fine';"))
    assert worker.fail(1)["errorType"] == "Runtime.NodeJsExit"
    assert worker.invoke(0) == "fine"


@pytest.mark.parametrize("call,result", [("succeed(1)", 1), ("done(null, 2)", 2)])
def test_the_functions_of_the_context_answer(start, call, result):
    assert start(f"exports.handler = (event, context) => context.{call};\n").invoke({}) == result


def test_the_context_can_fail_with_a_text(start):
    worker = start("exports.handler = (event, context) => context.fail('no room');\n")
    assert worker.fail({}) == {"errorType": "string", "errorMessage": "no room", "trace": []}


# --- events and results ---------------------------------------------------------------------------


def test_one_connection_serves_many_invocations(start):
    worker = start(body("return event * 2;"))
    for number in range(20):
        assert worker.invoke(number, request_id=f"id-{number}") == number * 2
    assert worker.api.connections == 1


def test_a_large_event_and_a_large_result_arrive_whole(start):
    worker = start(body("return event + [...event].reverse().join('');"))
    text = "0123456789äöü" * 100000
    assert worker.invoke(text) == text + text[::-1]
    assert worker.invoke("ab") == "abba"


def test_results_are_sent_as_utf8_json(start):
    worker = start(body("return { name: 'Zoë ☃' };"))
    worker.api.send({})
    post = worker.api.post()
    assert post.body == '{"name":"Zoë ☃"}'.encode()
    assert post.headers["Content-Type"] == "application/json"


def test_a_result_that_is_no_json_is_an_error(start):
    worker = start(body("const a = {}; a.a = a; return a;"))
    document = worker.fail({})
    assert document["errorMessage"] == "Unable to stringify response body"


def test_an_event_that_is_no_json_is_an_error(start):
    assert start(body("return 1;")).fail(raw=b"{nope")["errorType"] == "SyntaxError"


# --- the context ----------------------------------------------------------------------------------


def test_the_context_tells_who_and_where(start):
    worker = start(body(
        "return [context.functionName, context.functionVersion, context.invokedFunctionArn,"
        " context.memoryLimitInMB, context.awsRequestId, context.logGroupName,"
        " context.logStreamName, context.callbackWaitsForEmptyEventLoop];"))
    assert worker.invoke({}) == ["demo", "$LATEST", ARN, "128", "req-1", "/aws/lambda/demo",
                                 "2026/01/31/[$LATEST]0123", True]


def test_the_remaining_time_counts_down_to_zero(start):
    worker = start(body("return context.getRemainingTimeInMillis();"))
    assert 0 < worker.invoke({}) <= 60000
    assert worker.invoke({}, Lambda_Runtime_Deadline_Ms="1000") == 0


def test_client_context_and_identity_are_decoded(start):
    worker = start(body("return [context.clientContext?.custom.k, context.identity];"))
    assert worker.invoke({}, Lambda_Runtime_Client_Context='{"custom":{"k":"v"}}',
                         Lambda_Runtime_Cognito_Identity='{"cognitoIdentityId":"i"}') == [
        "v", {"cognitoIdentityId": "i"}]
    assert worker.invoke({}) == [None, None]


def test_the_client_context_is_utf8(start):
    worker = start(body("return context.clientContext.custom;"))
    text = '{"custom":"Zoë ☃"}'.encode().decode("latin-1")  # as sent, byte by byte
    assert worker.invoke({}, Lambda_Runtime_Client_Context=text) == "Zoë ☃"


def test_the_trace_id_is_in_the_environment_of_its_own_invocation_only(start):
    worker = start(body("return process.env._X_AMZN_TRACE_ID;"))
    assert worker.invoke({}, Lambda_Runtime_Trace_Id="Root=1-2-3") == "Root=1-2-3"
    assert worker.invoke({}) is None


def test_the_execution_environment_names_the_version_before_the_handler_is_loaded(start):
    worker = start("const atLoad = process.env.AWS_EXECUTION_ENV;\n"
                   "exports.handler = async () => [atLoad, process.versions.node];\n")
    found, version = worker.invoke({})
    assert found == f"AWS_Lambda_nodejs{version.split('.')[0]}.x"


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_is_told_with_its_trace_and_logged(start):
    worker = start(body("const e = new RangeError('boom'); e.code = 'E_X'; throw e;"))
    document = worker.fail({}, request_id="req-7")
    assert list(document) == ["errorType", "errorMessage", "trace"]
    assert (document["errorType"], document["errorMessage"]) == ("RangeError", "boom")
    assert document["trace"][0] == "RangeError: boom"
    assert "index.js:1" in document["trace"][1]
    line = worker.read_line()
    found = re.fullmatch(STAMP + r"\treq-7\tERROR\tInvoke Error \t(\{.*\})\n", line)
    assert json.loads(found[1]) == {"errorType": "RangeError", "errorMessage": "boom",
                                    "code": "E_X", "stack": document["trace"]}


def test_the_error_category_is_in_a_header(start):
    worker = start(body("throw new TypeError('x');"))
    worker.api.send({})
    assert worker.api.post().headers["Lambda-Runtime-Function-Error-Type"] == "Function.TypeError"


def test_an_error_thrown_before_any_promise_is_told_too(start):
    worker = start("exports.handler = () => { throw new Error('now'); };\n")
    assert worker.fail({})["errorMessage"] == "now"


@pytest.mark.parametrize("thrown,kind,message", [
    ("'text'", "string", "text"), ("42", "number", "42"), ("null", "string", "handled"),
    ("Object.create(null)", "handled", "The error could not be read.")])
def test_anything_can_be_thrown(start, thrown, kind, message):
    document = start(body(f"throw {thrown};")).fail({})
    assert document == {"errorType": kind, "errorMessage": message, "trace": []}


def test_after_an_error_the_next_invocation_runs(start):
    worker = start(body("if (event) throw new Error('x'); return 'fine';"))
    worker.fail(1)
    assert worker.invoke(0) == "fine"
    assert worker.api.connections == 1


def test_a_refused_result_does_not_end_the_runtime(start):
    worker = start(body("return event;"))
    worker.api.post_status = 413
    worker.invoke(1)
    worker.api.post_status = 202
    assert worker.invoke(2) == 2


def test_an_uncaught_exception_is_told_and_ends_the_process(start):
    worker = start(body("setImmediate(() => { throw new Error('out of reach'); });"
                        " await new Promise(() => {});"))
    worker.api.send({})
    assert worker.failure()["errorMessage"] == "out of reach"
    status, output = worker.wait()
    assert status == 129
    assert re.match(STAMP + r"\treq-1\tERROR\tUncaught Exception \t\{", output)


def test_a_result_after_an_uncaught_exception_is_not_told(start):
    worker = start(body("return new Promise((resolve) => {"
                        " process.prependListener('uncaughtException', () => resolve('too late'));"
                        " setImmediate(() => { throw new Error('first'); }); });"))
    worker.api.send({})
    assert worker.failure()["errorMessage"] == "first"
    assert worker.wait()[0] == 129
    assert worker.api.posts.empty()


def test_an_unhandled_rejection_is_told_and_ends_the_process(start):
    worker = start(body("Promise.reject(new Error('forgotten')); await new Promise(() => {});"))
    worker.api.send({})
    document = worker.failure()
    assert document["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert document["errorMessage"] == "Error: forgotten"
    assert worker.wait()[0] == 128


def test_an_exception_between_invocations_ends_the_process_without_an_answer(start):
    worker = start(body("process.once('SIGUSR2', () => { throw new Error('idle'); });"))
    worker.invoke({})
    worker.api.wait_for_next()
    worker.api.wait_for_next()
    worker.process.send_signal(signal.SIGUSR2)
    assert worker.wait()[0] == 129
    assert worker.api.posts.empty()


@pytest.mark.parametrize("call,status", [("process.exit(3)", 3), ("process.exit()", 0)])
def test_process_exit_in_a_handler_ends_the_process_without_an_answer(start, call, status):
    worker = start(body(call))
    worker.api.send({})
    assert worker.wait() == (status, "")
    assert worker.api.posts.empty()


# --- failures before the first invocation ---------------------------------------------------------


def assert_init_failure(worker, kind, message):
    document = worker.init_failure()
    status, output = worker.wait()
    assert document["errorType"] == kind
    assert document["errorMessage"].startswith(message)
    assert document["trace"][0].startswith(kind + ": ")
    assert document["trace"][0].count(kind) == 1
    assert status == 1
    assert re.match(STAMP + r"\tundefined\tERROR\tUncaught Exception \t\{", output)
    return document


def test_a_missing_module_is_an_init_error(start):
    worker = start(handler="absent.handler")
    assert_init_failure(worker, "Runtime.ImportModuleError", "Error: Cannot find module 'absent'")
    assert worker.header == "Runtime.ImportModuleError"


@pytest.mark.parametrize("file,source", [("index.js", "require('absent');\n"),
                                         ("index.mjs", "import 'absent';\n")])
def test_a_missing_dependency_is_an_init_error(start, file, source):
    assert_init_failure(start(source, file=file), "Runtime.ImportModuleError", "Error")


def test_a_missing_function_is_an_init_error(start):
    assert_init_failure(start("exports.other = 1;\n"), "Runtime.HandlerNotFound",
                        "index.handler is undefined or not exported")


def test_a_handler_that_is_no_function_is_an_init_error(start):
    assert_init_failure(start("exports.handler = 1;\n"), "Runtime.HandlerNotFound",
                        "index.handler is not a function")


@pytest.mark.parametrize("name", ["index", "../index.handler", ".handler", ""])
def test_a_malformed_name_is_an_init_error(start, name):
    assert_init_failure(start(body(""), name), "Runtime.MalformedHandlerName",
                        f"Bad handler '{name}': expected file.function")


@pytest.mark.parametrize("file", ["index.js", "index.mjs"])
def test_a_syntax_error_is_an_init_error(start, file):
    document = assert_init_failure(start("const = 1;\n", file=file), "Runtime.UserCodeSyntaxError",
                                   "SyntaxError: ")
    assert file == "index.mjs" or "index.js:1" in document["trace"][0]


def test_an_exception_at_load_is_an_init_error_with_its_trace(start):
    worker = start("throw new EvalError('no table');\n")
    document = assert_init_failure(worker, "EvalError", "no table")
    assert "index.js:1" in document["trace"][1]


# --- output ---------------------------------------------------------------------------------------


def test_console_lines_look_like_those_of_lambda(start):
    worker = start("console.log('loading');\n" + body(
        "console.log('n=%d', 5, { a: 1 }); console.debug('d'); console.warn('w');"
        " console.error('e'); console.trace('t');"))
    worker.invoke({}, request_id="req-9")
    lines = [worker.read_line() for _ in range(6)]
    assert all(re.match(STAMP + "\t", line) for line in lines)
    assert [line.split("\t", 1)[1] for line in lines] == [
        "undefined\tINFO\tloading\n", "req-9\tINFO\tn=5 { a: 1 }\n", "req-9\tDEBUG\td\n",
        "req-9\tWARN\tw\n", "req-9\tERROR\te\n", "req-9\tTRACE\tt\n"]


def test_the_log_level_can_come_from_the_environment(start):
    worker = start(body("console.info('i'); console.warn('w');"),
                   environment={"AWS_LAMBDA_LOG_LEVEL": "WARN"})
    worker.invoke({})
    assert worker.read_line().endswith("\treq-1\tWARN\tw\n")


# --- the end --------------------------------------------------------------------------------------


def test_sigterm_ends_an_idle_worker_quietly(start):
    worker = start(body("return 1;"))
    worker.api.wait_for_next()
    assert worker.stop() == (-signal.SIGTERM, "")


def test_a_runtime_api_that_is_gone_ends_the_worker_in_words(start):
    worker = start(body("return 1;"))
    worker.invoke({})
    worker.api.wait_for_next()
    worker.api.wait_for_next()
    worker.api.close()
    status, output = worker.wait()
    assert status == 1
    assert output.startswith("lambdagate nodejs runtime: ")


def test_a_connection_lost_while_idle_is_opened_again(start):
    worker = start(body("return event;"))
    worker.invoke(1)
    worker.api.wait_for_next()
    worker.api.wait_for_next()
    worker.api.hang_up()
    assert worker.invoke(2) == 2
    assert worker.api.connections == 2
