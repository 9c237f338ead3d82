"use strict";
// What every client's handler can do, on orders of the tests. Here behind aws-lambda-ric.

const fs = require("fs");
const path = require("path");
const { pipeline } = require("stream/promises");

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

async function* pieces(order) {
  yield "one,";
  while (order.gate && !fs.existsSync(order.gate))
    await new Promise((resolve) => setTimeout(resolve, 20));
  const block = "x".repeat(65536);
  for (let left = order.size ?? 0; left > 0; left -= block.length) yield block.slice(0, left);
  if (order.how === "throws") throw new RangeError(order.text);
  if (order.how === "leaves") process.exit(7);
  yield "two";
}

const http = { statusCode: 201, headers: { "content-type": "text/event-stream" }, cookies: ["a=b", "c=d"] };

// In pieces, behind a prelude unless the order says `bare`; `how` says how it ends.
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  const order = event.body ? JSON.parse(event.body) : event;
  if (!order.bare) stream = awslambda.HttpResponseStream.from(stream, http);
  if (order.size) return pipeline(pieces(order), stream);
  for await (const piece of pieces(order)) stream.write(piece);
  stream.end();
});
