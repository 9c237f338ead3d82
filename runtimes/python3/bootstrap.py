"""Runs a plain Lambda handler: `runtime: python3` with `handler: module.function`.

Speaks the Lambda Runtime API with the standard library alone, over one connection that is kept
open. What handlers can see (context, errors, log lines, environment) is as AWS's own runtime for
Python makes it.

    start -> import the handler -> next -> handler(event, context) -> response | error -> next ...
"""

import importlib
import itertools
import json
import logging
import os
import signal
import socket
import sys
import time
import traceback
from types import SimpleNamespace

PREFIX = "/2018-06-01/runtime/"
JOINED_LIMIT = 64 * 1024  # a larger body is sent on its own, which spares a copy


class Fault(Exception):
    """Something is wrong around the handler, not in it: the runtime's own error types."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.trace = list(trace)


# --- the Runtime API ------------------------------------------------------------------------------


class RuntimeApi:
    """One HTTP/1.1 connection. Knows only what a Runtime API sends: answers with Content-Length."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._peer = (host.strip("[]"), int(port))
        self._fields = f" HTTP/1.1\r\nHost: {address}\r\n"
        self._next = f"GET {PREFIX}invocation/next{self._fields}\r\n".encode()
        self._socket = None
        self._asked = False  # for the next invocation, in one go with the answer before
        self._data = bytearray()  # received, not yet read

    def next(self):
        """Waits for an invocation. Returns its header fields (lower-case bytes) and its body."""
        reused = self._asked or self._socket is not None
        try:
            status, fields, body = self._answer() if self._asked else self._call(self._next)
        except OSError:
            if not reused:
                raise
            status, fields, body = self._call(self._next)  # asking again is harmless
        if status != 200:
            raise ConnectionError(f"the Runtime API answered {status} to next")
        return fields, body

    def respond(self, request_id, body, content_type):
        """The answer of a handler. With a short one goes the request for the next invocation."""
        path = f"invocation/{request_id}/response"
        if len(body) > JOINED_LIMIT:
            return self.post(path, body, content_type)
        head = self._head(path, len(body), content_type)
        status, _, _ = self._call(head + body + self._next)
        self._asked = self._socket is not None
        check_accepted(status, path)

    def post(self, path, body, content_type="application/json", error_type=None):
        status, _, _ = self._call(self._head(path, len(body), content_type, error_type), body)
        check_accepted(status, path)

    def _head(self, path, size, content_type, error_type=None):
        error = f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n" if error_type else ""
        return (
            f"POST {PREFIX}{path}{self._fields}Content-Type: {content_type}\r\n"
            f"{error}Content-Length: {size}\r\n\r\n"
        ).encode()

    def _call(self, head, body=b""):
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._peer)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if len(body) <= JOINED_LIMIT:
                self._socket.sendall(head + body)
            else:
                self._socket.sendall(head)
                self._socket.sendall(body)
        except OSError:
            self._close()
            raise
        return self._answer()

    def _answer(self):
        try:
            return self._read_answer()
        except OSError:
            self._close()
            raise
        finally:
            self._asked = False

    def _read_answer(self):
        data = self._data
        while (end := data.find(b"\r\n\r\n")) < 0:
            self._receive_into(data, 65536)
        status_line, *lines = bytes(data[:end]).split(b"\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(b":")
            fields[name.lower()] = value.strip()
        if b"transfer-encoding" in fields:
            raise ConnectionError("the Runtime API sent a body without Content-Length")
        end += 4
        size = end + int(fields.get(b"content-length", 0))
        while len(data) < size:
            self._receive_into(data, size - len(data))
        body = bytes(memoryview(data)[end:size])
        del data[:size]
        if fields.get(b"connection", b"").lower() == b"close":
            self._close()
        return int(status_line.split(b" ", 2)[1]), fields, body

    def _receive_into(self, data, size):
        piece = self._socket.recv(size)
        if not piece:
            raise ConnectionError("the Runtime API closed the connection")
        data += piece

    def _close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._data.clear()


def check_accepted(status, path):
    # 413: the caller has been told that the result is too large, and we are to carry on.
    if not 200 <= status < 300 and status != 413:
        raise ConnectionError(f"the Runtime API answered {status} to {path}")


# --- what a handler gets --------------------------------------------------------------------------


ENVIRONMENT = {
    "function_name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
    "function_version": os.environ.get("AWS_LAMBDA_FUNCTION_VERSION"),
    "memory_limit_in_mb": os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
    "log_group_name": os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME"),
    "log_stream_name": os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME"),
}
CLIENT_CONTEXT = ("custom", "env", "client")
CLIENT = (
    "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name",
)


def record(names, values):
    """An object with all the attributes `names`; None where `values` has nothing."""
    return SimpleNamespace(**{name: values.get(name) for name in names})


def parse_header(fields, name, what):
    text = fields.get(name)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        kind, message = "LambdaContextUnmarshalError", f"Unable to parse {what} JSON: {error}"
        raise Fault(kind, message) from None


class LambdaContext(SimpleNamespace):
    def __init__(self, request_id, fields):
        client_context = parse_header(fields, b"lambda-runtime-client-context", "Client Context")
        identity = parse_header(fields, b"lambda-runtime-cognito-identity", "Cognito Identity")
        super().__init__(
            aws_request_id=request_id,
            invoked_function_arn=fields.get(b"lambda-runtime-invoked-function-arn", b"").decode(),
            tenant_id=fields.get(b"lambda-runtime-aws-tenant-id", b"").decode() or None,
            client_context=client_context and record(CLIENT_CONTEXT, client_context),
            identity=SimpleNamespace(
                cognito_identity_id=(identity or {}).get("cognitoIdentityId"),
                cognito_identity_pool_id=(identity or {}).get("cognitoIdentityPoolId"),
            ),
            **ENVIRONMENT,
        )
        if client_context and client_context.get("client"):
            self.client_context.client = record(CLIENT, client_context["client"])
        self._deadline_ms = int(fields.get(b"lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


def set_trace(fields):
    trace = fields.get(b"lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace.decode()
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


# --- log lines ------------------------------------------------------------------------------------


JSON_FORMAT = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
JSON_STAMP = "%Y-%m-%dT%H:%M:%SZ"
# What logging itself knows of an entry; all else in it comes from `extra`.
OF_LOGGING = set(vars(logging.makeLogRecord({}))) | {"aws_request_id", "tenant_id", "message"}
encode_entry = json.JSONEncoder(ensure_ascii=False, default=str).encode


class RequestIdFilter(logging.Filter):
    request_id = ""
    tenant_id = None

    def filter(self, entry):
        entry.aws_request_id = self.request_id
        entry.tenant_id = self.tenant_id
        return True


class JsonFormatter(logging.Formatter):
    """Records as AWS's runtime writes them in the JSON format: what has no value is left out."""

    def format(self, entry):
        plain = isinstance(entry.msg, dict) and not entry.args
        members = {
            "timestamp": self.formatTime(entry, JSON_STAMP),
            "level": entry.levelname,
            "message": entry.msg if plain else entry.getMessage(),
            "logger": entry.name,
            "requestId": entry.aws_request_id,
            "tenantId": entry.tenant_id,
        }
        if entry.exc_info and entry.exc_info[0]:
            kind, error, trace = entry.exc_info
            members["stackTrace"] = traceback.format_tb(trace)
            members["errorType"], members["errorMessage"] = kind.__name__, str(error)
            members["location"] = f"{entry.pathname}:{entry.funcName}:{entry.lineno}"
        for name, value in vars(entry).items():
            if name not in OF_LOGGING:
                members.setdefault(name, value)
        return encode_entry({k: v for k, v in members.items() if v is not None})


TEXT_FORMATTER = logging.Formatter(
    "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
    "%Y-%m-%dT%H:%M:%S",
)


def set_up_logging():
    """Returns the filter that knows the current request."""
    for stream in (sys.stdout, sys.stderr):  # a line is out before the answer, whatever it holds
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    logging.Formatter.converter = time.gmtime
    current = RequestIdFilter()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if JSON_FORMAT else TEXT_FORMATTER)
    handler.addFilter(current)
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level  # logging knows no TRACE
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)
    return current


def error_lines(document):
    if JSON_FORMAT:
        stamp = time.strftime(JSON_STAMP, time.gmtime())
        return [encode_entry({"timestamp": stamp, "level": "ERROR", **document})]
    lines = [f"[ERROR] {document['errorType']}: {document['errorMessage']}"]
    if document["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [entry.rstrip("\n") for entry in document["stackTrace"]]
    return lines


def log_error(document):
    sys.stdout.flush()
    sys.stderr.write("\n".join(error_lines(document)) + "\n")
    sys.stderr.flush()


# --- errors and results ---------------------------------------------------------------------------


def is_ours(frame):
    """Frames between the handler and its caller, which say nothing about the handler."""
    return frame.filename == __file__ or "importlib" in frame.filename


def error_document(error, request_id=""):
    """What the caller is told."""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        frames = list(itertools.dropwhile(is_ours, frames))
        kind, trace = type(error).__name__, traceback.format_list(frames)
    try:
        message = str(error)
    except Exception:  # the handler's own class may fail at this too
        message = "<no message>"
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def report(api, path, error, request_id=""):
    document = error_document(error, request_id)
    log_error(document)
    kind = document["errorType"]
    if not kind.startswith("Runtime."):
        kind = f"Function.{kind}" if kind.isascii() and kind.isidentifier() else "Function.Unknown"
    api.post(path, encode(document), error_type=kind)


def encode_more(value):
    """Numbers as DynamoDB gives them."""
    decimal = sys.modules.get("decimal")
    if decimal is None or not isinstance(value, decimal.Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return int(value) if value.is_finite() and value == int(value) else float(value)


encode_text = json.JSONEncoder(ensure_ascii=False, default=encode_more).encode
encode_ascii = json.JSONEncoder(default=encode_more).encode


def encode(value):
    try:
        return encode_text(value).encode()
    except UnicodeEncodeError:  # half a surrogate pair exists in JSON, but not in UTF-8
        return encode_ascii(value).encode()


def encode_result(result):
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return encode(result), "application/json"
    except Exception as error:
        raise Fault("MarshalError", f"Unable to marshal response: {error}") from None


def decode_event(fields, body):
    if fields.get(b"content-type", b"application/json") != b"application/json":
        return body
    try:
        return json.loads(body)
    except ValueError as error:
        raise Fault("UnmarshalError", f"Unable to unmarshal input: {error}") from None


# --- the run --------------------------------------------------------------------------------------


def load_handler(name):
    """`app.put_item`, `pkg.mod.func` or `pkg/mod.func`, seen from the task's directory."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault("MalformedHandlerName", f"Bad handler '{name}': expected module.function")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict",
                    f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("ImportModuleError",
                    f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        place = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault("UserCodeSyntaxError",
                    f"Syntax error in module '{module_name}': {error}", [place]) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("HandlerNotFound",
                    f"Handler '{function_name}' missing on module '{module_name}'") from None


def serve_one(api, handler, current):
    fields, body = api.next()
    request_id = fields[b"lambda-runtime-aws-request-id"].decode()
    current.request_id = request_id
    current.tenant_id = fields.get(b"lambda-runtime-aws-tenant-id", b"").decode() or None
    set_trace(fields)
    try:
        context = LambdaContext(request_id, fields)
        result, content_type = encode_result(handler(decode_event(fields, body), context))
    except Exception as error:  # SystemExit is none: it ends the process, as the handler asked
        report(api, f"invocation/{request_id}/error", error, request_id)
    else:
        sys.stdout.flush()
        api.respond(request_id, result, content_type)


def main():
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    # The one variable that only the interpreter itself can tell; SDKs name it to AWS.
    os.environ["AWS_EXECUTION_ENV"] = "AWS_Lambda_python%d.%d" % sys.version_info[:2]
    current = set_up_logging()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    here = os.path.dirname(os.path.abspath(__file__))  # a module `bootstrap` is the function's own
    root = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
    sys.path[:] = [root] + [path for path in sys.path if path != here]
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        report(api, "init/error", error)
        sys.exit(1)
    while True:
        serve_one(api, handler, current)


if __name__ == "__main__":
    try:
        main()
    except OSError as gone:  # without a Runtime API there is nobody to tell, and nothing to do
        sys.exit(f"lambdagate python3 runtime: {gone}")
