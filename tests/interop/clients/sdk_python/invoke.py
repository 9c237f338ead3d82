"""invoke.py ENDPOINT -- one call with boto3: the input of Invoke comes as JSON on stdin, what boto3
made of the answer goes as JSON to stdout."""

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
try:
    output = client.invoke(**json.load(sys.stdin))
    log = output.get("LogResult")
    answer = {
        "status": output["StatusCode"],
        "payload": output["Payload"].read().decode(),
        "functionError": output.get("FunctionError"),
        "log": base64.b64decode(log).decode() if log else None,
        "version": output.get("ExecutedVersion"),
        "id": output["ResponseMetadata"]["RequestId"],
    }
except ClientError as fault:
    answer = {
        "status": fault.response["ResponseMetadata"]["HTTPStatusCode"],
        "error": fault.response["Error"]["Code"],
        "message": fault.response["Error"]["Message"],
        "kind": fault.response.get("Type"),
        "id": fault.response["ResponseMetadata"].get("RequestId"),
    }
json.dump(answer, sys.stdout)
