"""The items API of the tutorial: plain Lambda handlers.

Nothing here knows lambdagate. The same file runs on AWS Lambda behind an HTTP API.
"""

import base64
import json

import store


def put_item(event, context):
    """POST /items: stores the item. The gateway has checked the body against the schema."""
    item = json.loads(_body(event))
    store.items().put(item)
    print(f"stored item {item['id']}")  # a line of the function's log
    return _answer(201, item, {"location": f"/items/{item['id']}"})


def get_item(event, context):
    """GET /items/{id}: one item, or 404."""
    item = store.items().get(event["pathParameters"]["id"])
    if item is None:
        return _answer(404, {"message": "No such item"})
    return _answer(200, item)


def replace_item(event, context):
    """PUT /items/{id}: stores the item of the path. Who may, and what, the gateway has checked."""
    item = {"id": event["pathParameters"]["id"], **json.loads(_body(event))}
    store.items().put(item)
    who = event["requestContext"]["authorizer"]["jwt"]["claims"].get("username")
    print(f"{who} replaced item {item['id']}")
    return _answer(200, item)


def me(event, context):
    """GET /me: who the caller is, by the claims of the token that the gateway has verified."""
    return _answer(200, event["requestContext"]["authorizer"]["jwt"]["claims"])


def echo(event, context):
    """ANY /echo: the event as it came. No statusCode: the gateway answers 200 with this as JSON."""
    return event


def _answer(status, document, headers=None):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(document),
    }


def _body(event):
    """As text, or as base64 when the client did not say that it sends JSON."""
    if event["isBase64Encoded"]:
        return base64.b64decode(event["body"])
    return event["body"]
