"""A function URL for tests: it checks the signature, makes the event of the request, and answers as told."""

import base64
import json
import urllib.parse

from aws_model import Aws, Refusal, write_chunks

FORBIDDEN = {"Message": "Forbidden. For troubleshooting Function URL authorization issues, see the guide."}


class FunctionUrl(Aws):
    """`answers` is a list of what the next calls get: a result of a function, a function, or an Exception for one that fails."""

    def __init__(self, auth="AWS_IAM", **options):
        super().__init__(**options)
        self.auth, self.answers, self.events, self.signed = auth, [], [], []

    def answer(self, handler, body):
        if handler.headers["Host"].startswith("127.0.0.1") and handler.path == "/" and b"Action=" in body:
            return super().answer(handler, body)
        try:
            who = self.signer_of(handler, body) if self.auth == "AWS_IAM" else None
        except Refusal as refusal:
            code = {"InvalidClientTokenId": "UnrecognizedClientException"}.get(refusal.code, "InvalidSignatureException")
            return self.refuse(handler, 403, code, FORBIDDEN)
        self.signed.append(handler.headers.get("Authorization"))
        event = self.event(handler, body)
        event["requestContext"]["authorizer"] = {"iam": {"userArn": who}}
        self.events.append(event)
        result = self.answers.pop(0) if self.answers else {"statusCode": 200, "body": json.dumps({"path": event["rawPath"]})}
        if callable(result):
            return result(handler, body)
        if isinstance(result, Exception):
            return self.send(handler, 502, [("x-amzn-ErrorType", "InternalServerErrorException")], b"Internal Server Error")
        return self.send_result(handler, result)

    def event(self, handler, body):
        path, _, query = handler.path.partition("?")
        headers = {name.lower(): value for name, value in handler.headers.items() if name.lower() != "cookie"}
        cookies = [cookie.strip() for cookie in handler.headers.get("Cookie", "").split(";") if cookie]
        return {"version": "2.0", "routeKey": "$default", "rawPath": urllib.parse.unquote(path), "rawQueryString": query,
                "cookies": cookies, "headers": headers, "requestContext": {"http": {"method": handler.command}},
                "body": base64.b64encode(body).decode(), "isBase64Encoded": True}  # fmt: skip

    def send_result(self, handler, result):
        body = result.get("body", "").encode()
        if result.get("isBase64Encoded"):
            body = base64.b64decode(body)
        headers = list({"Content-Type": "application/json", **result.get("headers", {})}.items())
        return self.send(handler, result["statusCode"], headers + [("Set-Cookie", cookie) for cookie in result.get("cookies", [])], body)

    def send(self, handler, status, headers, body):
        handler.send_response(status)
        for name, value in [("x-amzn-RequestId", "r-1"), ("X-Amzn-Trace-Id", "Root=1-a-b"), *headers]:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    def refuse(self, handler, status, code, document, **headers):
        fields = [("x-amzn-ErrorType", code), ("Content-Type", "application/json"), *headers.items()]
        return self.send(handler, status, fields, json.dumps(document).encode())


def refusal(status, code, document, **headers):
    return lambda handler, _: FunctionUrl.refuse(handler.server.model, handler, status, code, document, **headers)


def streamed(*pieces, status=200, headers=(), pause=None, cut=False):
    """An answer in RESPONSE_STREAM mode; between two pieces `pause` may be waited for."""

    def act(handler, _):
        handler.send_response(status)
        for name, value in [("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked"), *headers]:
            handler.send_header(name, value)
        handler.end_headers()
        write_chunks(handler, pieces, pause)
        if cut:
            handler.close_connection = True
        else:
            handler.wfile.write(b"0\r\n\r\n")

    return act
