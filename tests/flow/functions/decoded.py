"""A custom runtime whose answers have a body in base64: decoded.py SIZE."""

import base64
import http.client
import json
import os
import sys

API = "/2018-06-01/runtime/invocation"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
body = base64.b64encode(b"x" * int(sys.argv[1])).decode()
result = json.dumps({"statusCode": 200, "isBase64Encoded": True, "body": body})
while True:
    connection.request("GET", f"{API}/next")
    response = connection.getresponse()
    response.read()
    id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    connection.request("POST", f"{API}/{id}/response", body=result)
    connection.getresponse().read()
