// invoke.mjs PACKAGES ENDPOINT -- one call with the AWS SDK for JavaScript: the input of Invoke comes as
// JSON on stdin (`Payload` as text), what the SDK made of the answer goes as JSON to stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages, endpoint] = process.argv.slice(2);
const { InvokeCommand, LambdaClient } = createRequire(packages + "/")("@aws-sdk/client-lambda");

const client = new LambdaClient({
  endpoint,
  region: "us-east-1",
  maxAttempts: 1,
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
});

function answerOf(output) {
  return {
    status: output.StatusCode,
    payload: output.Payload ? Buffer.from(output.Payload).toString() : "",
    functionError: output.FunctionError ?? null,
    log: output.LogResult ? Buffer.from(output.LogResult, "base64").toString() : null,
    version: output.ExecutedVersion ?? null,
    id: output.$metadata.requestId ?? null,
  };
}

function refusalOf(fault) {
  return {
    status: fault.$metadata?.httpStatusCode ?? null,
    error: fault.name,
    message: fault.message,
    kind: fault.Type ?? null,
    id: fault.$metadata?.requestId ?? null,
  };
}

const input = JSON.parse(readFileSync(0, "utf8"));
const answer = await client.send(new InvokeCommand(input)).then(answerOf, refusalOf);
process.stdout.write(JSON.stringify(answer));
