"""invoke.py ENDPOINT [stream] -- one call with boto3: the input of Invoke, or of InvokeWithResponseStream,
comes as JSON on stdin, what boto3 made of the answer goes as JSON to stdout."""

import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client(
    "lambda",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="AKIDEXAMPLE",
    aws_secret_access_key="example",
    config=Config(retries={"total_max_attempts": 1}),
)


def text_of(log):
    return base64.b64decode(log).decode() if log else None


def invoke(input):
    output = client.invoke(**input)
    return {
        "status": output["StatusCode"],
        "payload": output["Payload"].read().decode(),
        "functionError": output.get("FunctionError"),
        "log": text_of(output.get("LogResult")),
        "version": output.get("ExecutedVersion"),
        "id": output["ResponseMetadata"]["RequestId"],
    }


def invoke_with_response_stream(input):
    output = client.invoke_with_response_stream(**input)
    pieces, complete = [], None
    for event in output["EventStream"]:
        if "PayloadChunk" in event:
            pieces.append(event["PayloadChunk"]["Payload"])
        if "InvokeComplete" in event:
            complete = event["InvokeComplete"]
    return {
        "status": output["StatusCode"],
        "payload": b"".join(pieces).decode(),
        "errorCode": complete.get("ErrorCode"),
        "errorDetails": complete.get("ErrorDetails"),
        "log": text_of(complete.get("LogResult")),
        "version": output.get("ExecutedVersion"),
    }


try:
    call = invoke_with_response_stream if sys.argv[2:] == ["stream"] else invoke
    answer = call(json.load(sys.stdin))
except ClientError as fault:
    answer = {
        "status": fault.response["ResponseMetadata"]["HTTPStatusCode"],
        "error": fault.response["Error"]["Code"],
        "message": fault.response["Error"]["Message"],
        "kind": fault.response.get("Type"),
        "id": fault.response["ResponseMetadata"].get("RequestId"),
    }
json.dump(answer, sys.stdout)
