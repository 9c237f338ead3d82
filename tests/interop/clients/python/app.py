"""What every client's handler can do, on orders of the tests. Here behind awslambdaric."""

import json
import os
import threading
import time

if os.environ.get("BEGINNING") == "fails":
    raise ValueError("cannot begin")


def echo(order, context):
    return {
        "order": order,
        "id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "left": context.get_remaining_time_in_millis(),
        "custom": context.client_context.custom if context.client_context else None,
    }


def fail(order, _):
    raise ValueError(order["text"])


def throw(order, _):
    raise SystemExit(order["text"])


def leave(order, _):
    os._exit(order["status"])


def hang(*_):
    threading.Event().wait()


def size(order, _):
    return "x" * (order["size"] - 2)


def meet(order, context):
    open(os.path.join(order["folder"], context.aws_request_id), "w").close()
    while len(os.listdir(order["folder"])) < order["count"]:
        time.sleep(0.02)
    return context.aws_request_id


ACTS = {act.__name__: act for act in (echo, fail, throw, leave, hang, size, meet)}


def mirror(event):
    """Bytes of a request, as base64 in the event, are the answer's."""
    headers = {"content-type": "application/octet-stream"}
    return {"statusCode": 200, "headers": headers, "isBase64Encoded": True, "body": event["body"]}


def handler(event, context):
    if event.get("isBase64Encoded"):
        return mirror(event)
    order = json.loads(event["body"]) if "body" in event else event
    return ACTS[order["do"]](order, context)
