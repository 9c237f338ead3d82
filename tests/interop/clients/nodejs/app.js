"use strict";
// What every client's handler can do, on orders of the tests. Here behind aws-lambda-ric.

const fs = require("fs");
const path = require("path");

if (process.env.BEGINNING === "fails") throw new Error("cannot begin");

const acts = {
  echo: (order, context) => ({
    order,
    id: context.awsRequestId,
    arn: context.invokedFunctionArn,
    name: context.functionName,
    left: context.getRemainingTimeInMillis(),
    custom: context.clientContext?.custom ?? null,
  }),
  fail: (order) => {
    throw new RangeError(order.text);
  },
  throw: (order) =>
    new Promise(() => {
      setImmediate(() => {
        throw new Error(order.text);
      });
    }),
  leave: (order) => process.exit(order.status),
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  size: (order) => "x".repeat(order.size - 2),
  meet: async (order, context) => {
    fs.writeFileSync(path.join(order.folder, context.awsRequestId), "");
    while (fs.readdirSync(order.folder).length < order.count)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return context.awsRequestId;
  },
};

// Bytes of a request, as base64 in the event, are the answer's.
const mirror = (event) => ({
  statusCode: 200,
  headers: { "content-type": "application/octet-stream" },
  isBase64Encoded: true,
  body: event.body,
});

exports.handler = async (event, context) => {
  if (event.isBase64Encoded) return mirror(event);
  const order = event.body ? JSON.parse(event.body) : event;
  return acts[order.do](order, context);
};

// In pieces; `how` says how it ends.
exports.stream = awslambda.streamifyResponse(async (order, stream) => {
  stream.write("one,");
  if (order.how === "throws") throw new RangeError(order.text);
  if (order.how === "leaves") stream.write("two", () => process.exit(7));
  else stream.end("two");
});
