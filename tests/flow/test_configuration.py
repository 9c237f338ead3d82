"""A configuration that is wrong: each fault by file, line and path, with what was found and expected.

Every message has a test here, named by what is wrong. What comes after `gateway.yaml:` is whole,
so that a change of words is a change of this file; {folder} is where the configuration lies, {keys}
the options that there are in a place, which grow.
"""

import json
import socket

import pytest

from gateway import COMMAND, DAEMON, PYTHON, ROOT, Gateway, expect, quickstart_keys, run

F = "functions:\n  f: { workers: { command: [x] } }\n"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"]


def route(key, body="{ respond: { text: x } }"):
    return f"routes:\n  {key}: {body}\n"


def redirect(to):
    return f'routes:\n  GET /a/{{x}}: {{ redirect: {{ to: "{to}" }} }}\n'


def schema(text):
    """A route whose schema file holds this text."""
    return ("schema.json", text)


# name -> the file, and each line that is expected of it, from its line number on
FAULTS = {
    # YAML
    "not YAML": (
        "listen: [\n",
        '2: not YAML: did not find expected node content while parsing a flow node',
    ),
    "a quote that never ends": (
        'listen: "127.0.0.1:0\n',
        '2: not YAML: found unexpected end of stream while scanning a quoted scalar, which starts in line 1',
    ),
    "a tab for indentation": (
        "log:\n\tlevel: info\n",
        '2: not YAML: found character that cannot start any token while scanning for the next token: a tab cannot indent YAML, expected blanks',
    ),
    "bytes that are no UTF-8": (
        b"listen: \xff\xfe\n",
        '1: found invalid leading UTF-8 octet (byte 8), expected UTF-8 text',
    ),
    "a key twice": (
        "listen: 127.0.0.1:1\nadmin: /a\nlisten: 127.0.0.1:2\n",
        '3: listen: found this key twice, expected it once: it stands in line 1 already',
    ),
    "a key that is a number": (
        "8080: listen\n",
        '1: found 8080 as a key, expected a name: put it in quotes',
    ),
    "a key that is a list": (
        "[a, b]: listen\n",
        '1: found a list or mapping as a key, expected a name',
    ),
    "an anchor": (
        "listen: &here 127.0.0.1:0\n",
        '1: listen: found the anchor &here, expected a value: anchors are not supported',
    ),
    "an alias": (
        "listen: *here\n",
        '1: listen: found the alias *here, expected a value: aliases are not supported',
    ),
    "a tag": (
        "listen: !!str 127.0.0.1:0\n",
        '1: listen: found the tag tag:yaml.org,2002:str, expected a value: tags are not supported',
    ),
    "a merge key": (
        "log:\n  <<: { level: info }\n",
        '2: log: found the merge key <<, expected a name: merging is not supported',
    ),
    "a second document": (
        "listen: 127.0.0.1:0\n---\nlisten: 127.0.0.1:1\n",
        '2: found a second document, expected only one',
    ),
    "a NUL": (
        'stage: "a\\0b"\n',
        '1: stage: found a NUL character, expected text without one',
    ),
    "too many levels": (
        "log: " + "[" * 70 + "]" * 70 + "\n",
        '1: log[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: found more than 64 levels, expected fewer',
    ),
    "a variable without quotes inside braces": (
        "functions:\n  f: { environment: { AA: ${AA} }, workers: { command: [x] } }\n",
        "2: not YAML: did not find expected ',' or '}' while parsing a flow mapping: inside brackets and braces, ${NAME} must be in quotes",
    ),
    "a list at the top": (
        "- listen\n",
        '1: found a list, expected a mapping',
    ),
    "a scalar at the top": (
        "listen\n",
        '1: found "listen", expected a mapping',
    ),
    # expansion
    "a variable that is not set": (
        'listen: "${NOBODY_SET_THIS}"\n',
        '1: listen: found ${NOBODY_SET_THIS}, which is not set, expected it in the environment or a default: ${NOBODY_SET_THIS:-...}',
    ),
    "a variable that never ends": (
        'listen: "${NAME"\n',
        '1: listen: found "${NAME", expected ${NAME}, ${NAME:-default}, or $${ for a literal ${',
    ),
    "a variable with a bad name": (
        'listen: "${9}"\n',
        '1: listen: found "${9}", expected ${NAME}, ${NAME:-default}, or $${ for a literal ${',
    ),
    # keys
    "an unknown key": (
        "lisen: 127.0.0.1:0\n",
        '1: lisen: found an unknown key, expected {keys}, did you mean "listen"?',
    ),
    "an unknown key that is like none": (
        "zzzzzz: 1\n",
        '1: zzzzzz: found an unknown key, expected {keys}',
    ),
    "an unknown key of a function": (
        "functions:\n  f: { workers: { command: [x] }, timout: 3s }\n",
        '2: functions.f.timout: found an unknown key, expected {keys}, did you mean "timeout"?',
    ),
    "an unknown key of workers": (
        "functions:\n  f: { workers: { command: [x], maximum: 3 } }\n",
        '2: functions.f.workers.maximum: found an unknown key, expected {keys}',
    ),
    "a function in Lambda whose ARN is none": (
        'functions:\n  f: { lambda: { arn: "arn:aws:s3:::bucket" } }\n',
        '2: functions.f.lambda.arn: found "arn:aws:s3:::bucket", expected the ARN of a function, such as '
        'arn:aws:lambda:eu-west-1:123456789012:function:shop',
    ),
    "a function in Lambda with two qualifiers": (
        'functions:\n  f: { lambda: { function: "shop:prod", qualifier: beta } }\n',
        '2: functions.f.lambda: found the qualifier beta beside prod in the name, expected one of them',
    ),
    "a function in Lambda with what only workers have": (
        "functions:\n  f: { memory: 128, lambda: { function: shop } }\n",
        '2: functions.f.memory: found beside "lambda", which runs elsewhere, expected it beside "workers" only',
    ),
    "a function without workers": (
        "functions:\n  f: { timeout: 3s }\n",
        '2: functions.f: found none of the keys, expected workers, redis or lambda',
    ),
    "an unknown key of a route": (
        "routes:\n  GET /x: { respond: { text: x }, scope: [a] }\n",
        '2: routes."GET /x".scope: found an unknown key, expected {keys}',
    ),
    "a name of a function with a blank": (
        "functions:\n  my function: { workers: { command: [x] } }\n",
        '2: functions."my function": found the name "my function", expected up to 64 letters, digits, - and _',
    ),
    "functions as a list": (
        "functions: [a]\n",
        '1: functions: found a list, expected a mapping',
    ),
    "a function as text": (
        "functions:\n  f: hello\n",
        '2: functions.f: found "hello", expected a mapping',
    ),
    # types
    "an address without a port": (
        "listen: localhost\n",
        '1: listen: found "localhost", expected an address such as 127.0.0.1:8080, [::1]:8080 or /run/name.sock',
    ),
    "an address with a port that is too large": (
        "listen: 127.0.0.1:70000\n",
        '1: listen: found "127.0.0.1:70000", expected a port from 0 to 65535 after the last colon',
    ),
    "an address that is empty": (
        'listen: ""\n',
        '1: listen: found "", expected an address such as 127.0.0.1:8080, [::1]:8080 or /run/name.sock',
    ),
    "an address that is a list": (
        "listen: [a]\n",
        '1: listen: found a list, expected an address such as 127.0.0.1:8080, [::1]:8080 or /run/name.sock',
    ),
    "an address of IPv6 without brackets": (
        "listen: ::1:8080\n",
        '1: listen: found "::1:8080", expected an address before the port: 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT or [::]:PORT for every one',
    ),
    "a level that is unknown": (
        "log: { level: verbose }\n",
        '1: log.level: found "verbose", expected debug, info, warn or error',
    ),
    "a level with a typing error": (
        "log: { level: wran }\n",
        '1: log.level: found "wran", expected debug, info, warn or error, did you mean "warn"?',
    ),
    "a format that is unknown": (
        "log: { format: xml }\n",
        '1: log.format: found "xml", expected text or json',
    ),
    "a boolean that is none": (
        "log: { access: perhaps }\n",
        '1: log.access: found "perhaps", expected true or false',
    ),
    "a boolean in quotes": (
        'log: { access: "true" }\n',
        '1: log.access: found "true", expected true or false',
    ),
    "a duration without a unit": (
        "drain_timeout: 30\n",
        '1: drain_timeout: found 30, expected a duration with its unit: ms, s, m or h',
    ),
    "a duration in an unknown unit": (
        "drain_timeout: 10 parsecs\n",
        '1: drain_timeout: found "10 parsecs", expected a duration from 0s to 1h, such as 500ms or 10s',
    ),
    "a duration that is negative": (
        "drain_timeout: -1s\n",
        '1: drain_timeout: found "-1s", expected a duration from 0s to 1h, such as 500ms or 10s',
    ),
    "a duration that is too long": (
        "functions:\n  f: { timeout: 16m, workers: { command: [x] } }\n",
        '2: functions.f.timeout: found "16m", expected a duration from 1ms to 15m, such as 500ms or 10s',
    ),
    "a duration of nothing": (
        "functions:\n  f: { timeout: 0s, workers: { command: [x] } }\n",
        '2: functions.f.timeout: found "0s", expected a duration from 1ms to 15m, such as 500ms or 10s',
    ),
    "an integer that is text": (
        "loops: many\n",
        '1: loops: found "many", expected auto or a whole number from 1 to 64',
    ),
    "an integer out of range": (
        "loops: 65\n",
        '1: loops: found 65, expected auto or a whole number from 1 to 64',
    ),
    "an integer in quotes": (
        'loops: "2"\n',
        '1: loops: found "2", expected the number without quotes',
    ),
    "an integer with a fraction": (
        "loops: 1.5\n",
        '1: loops: found 1.5, expected auto or a whole number from 1 to 64',
    ),
    "a size that is none": (
        "limits: { body: huge }\n",
        '1: limits.body: found "huge", expected a size from 1B to 1GB, such as 512KB or 6MB',
    ),
    "a size out of range": (
        "limits: { header_bytes: 1MB }\n",
        '1: limits.header_bytes: found "1MB", expected a size from 1KB to 256KB, such as 512KB or 6MB',
    ),
    "a mode that is none": (
        "admin_mode: rw\n",
        '1: admin_mode: found "rw", expected permissions in octal, such as 0660',
    ),
    "a stage with a blank": (
        "stage: my stage\n",
        '1: stage: found "my stage", expected $default, or up to 128 letters, digits, - and _',
    ),
    "a stage variable with a bad name": (
        'stage_variables: { "a b": c }\n',
        '1: stage_variables."a b": found the name "a b", expected up to 64 letters, digits and _',
    ),
    "a stage variable with a bad value": (
        'stage_variables: { a: "b c" }\n',
        '1: stage_variables.a: found "b c", expected up to 512 of letters, digits and -._~:/?#&=, as in a URL',
    ),
    "an account that is no number": (
        "account_id: me\n",
        '1: account_id: found "me", expected 12 digits',
    ),
    "a region that is none": (
        "region: Europe\n",
        '1: region: found "Europe", expected a region such as eu-west-1',
    ),
    "an api id with a blank": (
        "api_id: my api\n",
        '1: api_id: found "my api", expected up to 64 letters, digits and -',
    ),
    # the whole
    "an admin address on TCP without invoke_auth": (
        "admin: 127.0.0.1:8081\n",
        '1: admin: found a TCP address without "invoke_auth", expected "invoke_auth: none" beside it, which lets everybody on this machine invoke functions',
    ),
    "an admin address that others can reach": (
        "admin: 0.0.0.0:8081\ninvoke_auth: none\n",
        '1: admin: found an address that others can reach, with "invoke_auth: none", expected a loopback address such as 127.0.0.1:8081, or a unix socket',
    ),
    "one address for both": (
        "listen: 127.0.0.1:8080\nadmin: 127.0.0.1:8080\ninvoke_auth: none\n",
        '2: admin: found the address of "listen", expected one of its own',
    ),
    "an invoke_auth that is unknown": (
        "invoke_auth: iam\n",
        '1: invoke_auth: found "iam", expected none',
    ),
    # workers
    "workers with neither runtime nor command": (
        "functions:\n  f: { workers: { max: 2 } }\n",
        '2: functions.f.workers: found none of the keys, expected runtime or command',
    ),
    "workers with both runtime and command": (
        "functions:\n  f: { workers: { runtime: python3, handler: a.b, command: [x] } }\n",
        '2: functions.f.workers.command: found beside "runtime", expected only one of them',
    ),
    "a runtime without a handler": (
        "functions:\n  f: { workers: { runtime: python3 } }\n",
        '2: functions.f.workers.runtime: found without "handler", expected the two together',
    ),
    "a runtime that is unknown": (
        "functions:\n  f: { workers: { runtime: python2.7, handler: a.b } }\n",
        '2: functions.f.workers.runtime: found "python2.7", an unknown runtime, expected python3 or nodejs, did you mean "python3"?',
    ),
    "a handler without a dot": (
        "functions:\n  f: { workers: { runtime: python3, handler: app } }\n",
        '2: functions.f.workers.handler: found "app", expected a file and a function in it, such as app.handler',
    ),
    "a handler with a blank": (
        "functions:\n  f: { workers: { runtime: python3, handler: my app.x } }\n",
        '2: functions.f.workers.handler: found "my app.x", expected up to 128 characters without blanks, such as app.handler',
    ),
    "a command that is text": (
        "functions:\n  f: { workers: { command: ./bootstrap } }\n",
        '2: functions.f.workers.command: found "./bootstrap", expected a list of strings, such as [a, b]',
    ),
    "a command that is empty": (
        "functions:\n  f: { workers: { command: [] } }\n",
        '2: functions.f.workers.command: found a list, expected a list of strings, such as [a, b]',
    ),
    "a command without a program": (
        'functions:\n  f: { workers: { command: [""] } }\n',
        '2: functions.f.workers.command: found "" as the program, expected its name or path',
    ),
    "more workers at least than at most": (
        "functions:\n  f: { workers: { command: [x], min: 3, max: 2 } }\n",
        '2: functions.f.workers.min: found 3, more than max, expected at most 2',
    ),
    "a variable that Lambda reserves": (
        "functions:\n  f: { environment: { AWS_REGION: x }, workers: { command: [x] } }\n",
        '2: functions.f.environment.AWS_REGION: found a name that Lambda reserves, expected another',
    ),
    "a variable with a name that Lambda refuses": (
        "functions:\n  f: { environment: { _X: x }, workers: { command: [x] } }\n",
        '2: functions.f.environment._X: found the name "_X", expected at least two letters, digits and _, the first a letter',
    ),
    "an environment over 4 KB": (
        "functions:\n  f: { environment: { AA: " + "x" * 4100 + " }, workers: { command: [x] } }\n",
        '2: functions.f.environment: found 4109 bytes, written as JSON, expected at most 4KB as in Lambda',
    ),
    "an environment that is a list": (
        "functions:\n  f: { environment: [a], workers: { command: [x] } }\n",
        '2: functions.f.environment: found a list, expected a mapping of names to strings',
    ),
    # routes
    "a route that does nothing": (
        "routes:\n  GET /x: { timeout: 3s }\n",
        '2: routes."GET /x": found none of the keys, expected function, http, redirect or respond',
    ),
    "a route that does two things": (
        "routes:\n  GET /x: { respond: { text: x }, redirect: { to: /y } }\n",
        '2: routes."GET /x".respond: found beside "redirect", expected only one of them',
    ),
    "a route to an unknown function": (
        F + "routes:\n  GET /x: { function: g }\n",
        '4: routes."GET /x".function: found "g", an unknown function, expected f',
    ),
    "a route to a function with a typing error": (
        "functions:\n  put-item: { workers: { command: [x] } }\nroutes:\n  GET /x: { function: put-itme }\n",
        '4: routes."GET /x".function: found "put-itme", an unknown function, expected put-item, did you mean "put-item"?',
    ),
    "a route to a function where there is none": (
        "routes:\n  GET /x: { function: g }\n",
        '2: routes."GET /x".function: found "g", an unknown function, expected it under "functions"',
    ),
    "a schema without a function": (
        "routes:\n  GET /x: { respond: { text: x }, body: schema.json }\n",
        '2: routes."GET /x".body: found without "function" and "http", expected one of them beside it',
    ),
    "a payload without a function": (
        'routes:\n  GET /x: { respond: { text: x }, payload: "2.0" }\n',
        '2: routes."GET /x".payload: found without "function", expected the two together',
    ),
    "a payload format that is unknown": (
        F + 'routes:\n  GET /x: { function: f, payload: "3.0" }\n',
        '4: routes."GET /x".payload: found "3.0", an unknown payload format, expected 1.0 or 2.0',
    ),
    "an authorizer that is unknown": (
        "routes:\n  GET /x: { respond: { text: x }, authorizer: shop }\n",
        '2: routes."GET /x".authorizer: found "shop", an unknown authorizer, expected none',
    ),
    "a key without a path": (
        route("GET"),
        '2: routes.GET: found "GET", expected a method and a path such as "GET /items/{id}", or $default',
    ),
    "a key with an unknown method": (
        route("FETCH /x"),
        '2: routes."FETCH /x": found the method "FETCH", expected GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or ANY',
    ),
    "a key with a lower-case method": (
        route("get /x"),
        '2: routes."get /x": found the method "get", expected upper case: did you mean GET?',
    ),
    "a key with a path that does not start with a slash": (
        route("GET x"),
        '2: routes."GET x": found the path "x", expected it to start with "/"',
    ),
    "a key with a path that ends with a slash": (
        route("GET /x/"),
        '2: routes."GET /x/": found the path "/x/", expected it not to end with "/"',
    ),
    "a key with an empty segment": (
        route("GET /x//y"),
        '2: routes."GET /x//y": found "//" in the path, expected no empty segment',
    ),
    "a key with a variable without a name": (
        route('"GET /{}"'),
        '2: routes."GET /{}": found a variable without a name, expected one such as {id}',
    ),
    "a key with the same variable twice": (
        route('"GET /{a}/{a}"'),
        '2: routes."GET /{a}/{a}": found the variable {a} twice, expected different names',
    ),
    "a key with a variable that is no whole segment": (
        route('"GET /a{b}"'),
        '2: routes."GET /a{b}": found "a{b}", expected a variable to be a whole segment such as {id}',
    ),
    "a key with a greedy variable that is not last": (
        route('"GET /{a+}/b"'),
        '2: routes."GET /{a+}/b": found "{a+}" before the end, expected a greedy variable to be the last segment',
    ),
    "a key with a variable with a blank": (
        route('"GET /{a b}"'),
        '2: routes."GET /{a b}": found "{a b}", expected a variable\'s name to hold letters, digits and "_-.:" only',
    ),
    "a key with a bad encoding": (
        route('"GET /a%zz"'),
        '2: routes."GET /a%zz": found "a%zz", expected two hex digits after every %',
    ),
    "a key with a query": (
        route('"GET /a?b=c"'),
        '2: routes."GET /a?b=c": found "?" in "a?b=c", expected it as %3F or not at all',
    ),
    "a key with too many segments": (
        route('"GET ' + "/a" * 65 + '"'),
        '2: routes."GET /a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a...": found more than 64 segments, expected at most 64',
    ),
    "two routes that take the same requests": (
        "routes:\n  \"GET /{a}\": { respond: { text: x } }\n  \"GET /{b}\": { respond: { text: x } }\n",
        '3: routes."GET /{b}": found "GET /{b}", which takes the same requests as "GET /{a}" at gateway.yaml:2, expected one route for a method and path (names of variables make no difference)',
    ),
    "a route that no request can reach": (
        "routes:\n" + "".join(f"  {m} /x: {{ respond: {{ text: x }} }}\n" for m in METHODS),
        '9: routes."ANY /x": found "ANY /x", which no request can reach: "GET /x" at gateway.yaml:2 and the routes of the other six methods take all',
    ),
    # redirects
    "a redirect without a destination": (
        "routes:\n  GET /x: { redirect: { status: 302 } }\n",
        '2: routes."GET /x".redirect: found no "to", expected it here',
    ),
    "a redirect with another status": (
        "routes:\n  GET /x: { redirect: { to: /y, status: 304 } }\n",
        '2: routes."GET /x".redirect.status: found 304, expected 301, 302, 303, 307 or 308',
    ),
    "a redirect with an unknown query word": (
        "routes:\n  GET /x: { redirect: { to: /y, query: maybe } }\n",
        '2: routes."GET /x".redirect.query: found "maybe", expected keep or drop',
    ),
    "a redirect to an unknown variable": (
        redirect("https://example.com/{y}"),
        '2: routes."GET /a/{x}".redirect: found {y}, expected a variable of the route "GET /a/{x}"',
    ),
    "a redirect with a variable for a host": (
        redirect("https://{x}.example.com/"),
        '2: routes."GET /a/{x}".redirect: found a variable in "https://{x}.example.com", expected it in the path, query or fragment: a request must not choose the host',
    ),
    "a redirect to another scheme": (
        redirect("javascript:alert(1)"),
        '2: routes."GET /a/{x}".redirect: found "javascript:alert(1)", expected a URL that starts with https:// or http://, or a path that starts with "/"',
    ),
    "a redirect to no host": (
        redirect("https:///x"),
        '2: routes."GET /a/{x}".redirect: found "", expected a host name or address, with or without a port',
    ),
    "a redirect to a double slash": (
        redirect("//example.com/"),
        '2: routes."GET /a/{x}".redirect: found "//example.com/", expected one "/" before a path, or https:// before a host',
    ),
    "a redirect with a control character": (
        redirect("https://example.com/\\n"),
        '2: routes."GET /a/{x}".redirect: found the control character 0x0A, expected none',
    ),
    "a redirect with a bad encoding": (
        redirect("https://example.com/%zz"),
        '2: routes."GET /a/{x}".redirect: found "https://example.com/%zz", expected two hex digits after every %',
    ),
    "a redirect with a lone brace": (
        redirect("https://example.com/{x"),
        '2: routes."GET /a/{x}".redirect: found "{x", expected a variable such as {id}, or braces written as %7B and %7D',
    ),
    "a redirect with dots": (
        redirect("https://example.com/../{x}"),
        '2: routes."GET /a/{x}".redirect: found the segment "..", expected a path without "." and ".."',
    ),
    "a redirect with a backslash": (
        redirect("https://example.com/\\\\{x}"),
        '2: routes."GET /a/{x}".redirect: found "\\", expected "/", or %5C where it is meant',
    ),
    # respond
    "a respond with two bodies": (
        "routes:\n  GET /x: { respond: { text: x, json: {} } }\n",
        '2: routes."GET /x".respond.text: found beside "json", expected only one of them',
    ),
    "a respond with a status out of range": (
        "routes:\n  GET /x: { respond: { status: 199 } }\n",
        '2: routes."GET /x".respond.status: found 199, expected a whole number from 200 to 599',
    ),
    "a respond without a body but with one": (
        "routes:\n  GET /x: { respond: { status: 204, text: x } }\n",
        '2: routes."GET /x".respond.status: found 204 with a body, expected neither "json" nor "text" beside it',
    ),
    "a respond with a header of ours": (
        "routes:\n  GET /x: { respond: { headers: { Content-Length: 3 } } }\n",
        '2: routes."GET /x".respond.headers.Content-Length: found a header that the daemon sets itself, expected another',
    ),
    "a respond with a header name that is no token": (
        "routes:\n  GET /x: { respond: { headers: { \"a b\": c } } }\n",
        '2: routes."GET /x".respond.headers."a b": found the name "a b", expected a header name: letters, digits and !#$%&\'*+-.^_`|~',
    ),
    "a respond with a line break in a header": (
        'routes:\n  GET /x: { respond: { headers: { a: "b\\r\\nc: d" } } }\n',
        '2: routes."GET /x".respond.headers.a: found "b??c: d", expected a value without control characters',
    ),
    # schemas
    "a schema that does not exist": (
        F + "routes:\n  POST /x: { function: f, body: nowhere.json }\n",
        '4: routes."POST /x".body: cannot read {folder}/nowhere.json: No such file or directory',
    ),
    "a schema that is no JSON": (
        schema("{"),
        '4: routes."POST /x".body: {folder}/schema.json:1:2: not JSON: a name in quotes was expected',
    ),
    "a schema with an unknown keyword": (
        schema('{"typ": "object"}'),
        '4: routes."POST /x".body: {folder}/schema.json: /typ: unknown keyword, did you mean "type"?',
    ),
    "a schema with a keyword of another draft": (
        schema('{"properties": {"a": {"additionalItems": false}}}'),
        '4: routes."POST /x".body: {folder}/schema.json: /properties/a/additionalItems: no keyword of draft 2020-12, which this schema is held to, but of draft 4, 6, 7, 2019-09',
    ),
    "a schema with an unknown type": (
        schema('{"type": "strin"}'),
        '4: routes."POST /x".body: {folder}/schema.json: /type: found "strin", expected null, boolean, number, integer, string, array or object, did you mean "string"?',
    ),
    "a schema with a type twice": (
        schema('{"type": ["string", "string"]}'),
        '4: routes."POST /x".body: {folder}/schema.json: /type/1: "string" is there twice',
    ),
    "a schema with a required that is no list": (
        schema('{"required": "id"}'),
        '4: routes."POST /x".body: {folder}/schema.json: /required: found "id", expected an array of names',
    ),
    "a schema with properties that are a list": (
        schema('{"properties": []}'),
        '4: routes."POST /x".body: {folder}/schema.json: /properties: found an empty array, expected an object of schemas',
    ),
    "a schema with a length that is negative": (
        schema('{"minLength": -1}'),
        '4: routes."POST /x".body: {folder}/schema.json: /minLength: found -1, expected an integer, 0 or more',
    ),
    "a schema with a minimum that is text": (
        schema('{"minimum": "0"}'),
        '4: routes."POST /x".body: {folder}/schema.json: /minimum: found "0", expected a number',
    ),
    "a schema with a pattern that is none": (
        schema('{"pattern": "("}'),
        '4: routes."POST /x".body: {folder}/schema.json: /pattern: found "(", expected a regular expression of ECMA-262: a ( without its ), at byte 1',
    ),
    "a schema that is a list": (
        schema("[]"),
        '4: routes."POST /x".body: {folder}/schema.json: (root): found an empty array, expected a schema: an object, true or false',
    ),
    "a schema with a name twice": (
        schema('{"type": "object", "type": "string"}'),
        '4: routes."POST /x".body: {folder}/schema.json:1:20: not JSON: duplicate name in an object',
    ),
}


def check(tmp_path, text, program=DAEMON, environment=None):
    if isinstance(text, tuple):
        name, content = text
        (tmp_path / name).write_text(content)
        text = F + f"routes:\n  POST /x: {{ function: f, body: {name} }}\n"
    file = tmp_path / "gateway.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    option = "--check" if program == DAEMON else "check"
    return run(program, option, file, environment=environment)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_place(tmp_path, name):
    text, *expected = FAULTS[name]
    done = check(tmp_path, text)
    found = done.stderr.replace(str(tmp_path), "{folder}").splitlines()
    assert len(found) == len(expected), done.stderr
    for line, words in zip(found, expected):
        words = "{folder}/gateway.yaml:" + words.replace(" at gateway", " at {folder}/gateway")
        before, keys, after = words.partition("{keys}")
        assert line == words or (keys and line.startswith(before) and line.endswith(after))
    assert done.returncode == 1
    assert done.stdout == ""


BROKEN = """\
lisen: 127.0.0.1:0
log: { level: loud }
functions:
  f: { timeout: 10 parsecs, workers: { command: [x] } }
routes:
  get /x: { function: f }
  GET /y: { function: g }
"""


@pytest.mark.parametrize("program", [DAEMON, COMMAND], ids=["lambdagated --check", "lambdagate check"])
def test_all_faults_are_told_at_once(tmp_path, program):
    done = check(tmp_path, BROKEN, program)
    assert done.returncode == 1
    places = [line.split(": found")[0].replace(str(tmp_path) + "/", "") for line in done.stderr.splitlines()]
    assert places == [
        "gateway.yaml:1: lisen",
        "gateway.yaml:2: log.level",
        "gateway.yaml:4: functions.f.timeout",
        'gateway.yaml:7: routes."GET /y".function',
    ]


def test_faults_of_routes_schemas_and_redirects_are_told_together(tmp_path):
    text = F + """routes:
  get /x: { function: f }
  GET /y: { redirect: { to: "ftp://x" } }
  GET /z: { function: f, body: none.json }
"""
    done = check(tmp_path, text)
    assert len(done.stderr.splitlines()) == 3, done.stderr


@pytest.mark.parametrize("name", ["a key twice", "a route to an unknown function", "a key with an empty segment"])
def test_a_bad_configuration_never_starts_half_a_gateway(tmp_path, name):
    gateway = Gateway(tmp_path, FAULTS[name][0])
    done = run(DAEMON, gateway.file)
    assert done.returncode == 1
    assert "found" in done.stderr and "listening" not in done.stderr


@pytest.mark.parametrize("program", [DAEMON, COMMAND], ids=["lambdagated --check", "lambdagate check"])
def test_a_good_configuration_is_said_to_be_one(program, tmp_path):
    option = "--check" if program == DAEMON else "check"
    done = run(program, option, ROOT / "conf" / "quickstart.yaml", environment=quickstart_keys(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "ok (5 functions, 7 routes)" in done.stdout


def test_the_quickstart_does_not_start_without_the_keys_that_it_believes(tmp_path):
    environment = {"LAMBDAGATE_QUICKSTART": str(tmp_path)}
    done = run(DAEMON, "--check", ROOT / "conf" / "quickstart.yaml", environment=environment)
    assert done.returncode == 1
    assert f'authorizers.shop.cognito: file "{tmp_path}/jwks.json": No such file' in done.stderr


def test_a_file_that_does_not_exist_is_told(tmp_path):
    done = run(DAEMON, "--check", tmp_path / "nowhere.yaml")
    assert done.returncode == 1
    assert "nowhere.yaml: the file cannot be read: No such file or directory" in done.stderr


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    done = run(DAEMON, tmp_path)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr or "directory" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--nonsense"], ["a", "b"], ["--check"]], ids=str)
def test_wrong_arguments_are_answered_with_the_usage(arguments):
    done = run(DAEMON, *arguments)
    assert done.returncode == 2
    assert "usage: lambdagated" in done.stderr


def test_the_version_is_told():
    daemon, command = run(DAEMON, "--version").stdout, run(COMMAND, "--version").stdout
    assert daemon.split()[0] == "lambdagated" and command.split()[0] == "lambdagate"
    assert daemon.split()[1] == command.split()[1]


@pytest.mark.parametrize("key", ["listen", "admin"])
def test_a_port_that_is_taken_ends_the_start_and_is_named(tmp_path, key):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        gateway = Gateway(tmp_path, {"functions": {}, key: address})
        done = run(DAEMON, gateway.file)
    assert done.returncode == 1
    assert f"cannot listen on {address}" in done.stderr and "Address already in use" in done.stderr


def test_values_come_from_the_environment_with_defaults(start):
    text = """\
listen: "${WHERE:-127.0.0.1}:${PORT:-0}"
admin: 127.0.0.1:0
invoke_auth: none
routes:
  GET /x: { respond: { text: "${GREETING} and $${NOT_THIS}${EMPTY:-}" } }
"""
    gateway = start(text, environment={"GREETING": "hello", "WHERE": ""})
    expect(gateway.get("/x"), 200, text="hello and ${NOT_THIS}")


def test_yaml_and_json_mean_the_same(start):
    document = {
        "listen": "127.0.0.1:0",
        "admin": "127.0.0.1:0",
        "invoke_auth": "none",
        "routes": {"GET /x": {"respond": {"status": 201, "json": {"n": [1, 2.5, None, "t"]}}}},
    }
    yaml = """\
listen: 127.0.0.1:0
admin: 127.0.0.1:0
invoke_auth: none
routes:
  GET /x:
    respond:
      status: 201
      json:
        n: [1, 2.5, null, t]
"""
    for config in (document, json.dumps(document), yaml):
        answer = expect(start(config).get("/x"), 201)
        assert answer.body == b'{"n":[1,2.5,null,"t"]}'


def test_every_option_of_the_example_file_is_right(tmp_path):
    """The published file is loaded as it is, and once more with all that is commented out."""
    example = ROOT / "conf" / "lambdagate.yaml"
    done = run(COMMAND, "check", example)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "what, file",
    [
        ("schema", "conf/lambdagate.schema.json"),
        ("manual", "docs/configuration.md"),
        ("example", "conf/lambdagate.yaml"),
    ],
)
def test_the_published_files_are_those_of_the_options_table(what, file):
    done = run(COMMAND, "generate", what)
    assert done.returncode == 0
    assert done.stdout == (ROOT / file).read_text(), f"{file} is out of date: make generate"


def test_the_configurations_of_the_project_fit_the_published_schema():
    """The schema lets an editor say what the daemon would; it must not refuse what is right."""
    script = (
        "import json, jsonschema, sys, yaml\n"
        "schema = json.load(open(sys.argv[1]))\n"
        "jsonschema.validate(yaml.safe_load(open(sys.argv[2])), schema)\n"
    )
    schema_file = ROOT / "conf" / "lambdagate.schema.json"
    done = run(PYTHON, "-c", script, schema_file, ROOT / "conf" / "quickstart.yaml")
    assert done.returncode == 0, done.stderr
