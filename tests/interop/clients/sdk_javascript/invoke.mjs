// invoke.mjs PACKAGES ENDPOINT [stream] -- one call with the AWS SDK for JavaScript: the input of Invoke, or
// of InvokeWithResponseStream, comes as JSON on stdin (`Payload` as text), what the SDK made of the answer
// goes as JSON to stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages, endpoint, stream] = process.argv.slice(2);
const { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } = createRequire(packages + "/")("@aws-sdk/client-lambda");

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

async function eventsOf(output) {
  const pieces = [];
  let complete = null;
  for await (const event of output.EventStream) {
    if (event.PayloadChunk) pieces.push(Buffer.from(event.PayloadChunk.Payload));
    if (event.InvokeComplete) complete = event.InvokeComplete;
  }
  return {
    status: output.StatusCode,
    payload: Buffer.concat(pieces).toString(),
    errorCode: complete.ErrorCode ?? null,
    errorDetails: complete.ErrorDetails ?? null,
    log: complete.LogResult ? Buffer.from(complete.LogResult, "base64").toString() : null,
    version: output.ExecutedVersion ?? null,
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
const answer = stream
  ? await client.send(new InvokeWithResponseStreamCommand(input)).then(eventsOf, refusalOf)
  : await client.send(new InvokeCommand(input)).then(answerOf, refusalOf);
process.stdout.write(JSON.stringify(answer));
