"""A handler that logs what its event orders, as it would be deployed to AWS."""

import json
import logging
import os
import time

logger = logging.getLogger("shop")


def handler(event, context):
    order = json.loads(event["body"]) if "body" in event else event
    for line in order.get("print", ()):
        print(line)
    for level, message in order.get("log", ()):
        logger.log(getattr(logging, level), message)
    if "extra" in order:
        logger.error("with %s", "arguments", extra=order["extra"])
    if "caught" in order:
        try:
            raise KeyError(order["caught"])
        except KeyError:
            logger.exception("caught")
    if "fail" in order:
        raise ValueError(order["fail"])
    if "exit" in order:
        os._exit(order["exit"])
    if order.get("sleep"):
        time.sleep(3600)
    return {name: os.environ.get(name) for name in ("AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL")}
