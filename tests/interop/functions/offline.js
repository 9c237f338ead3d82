// What the tests of serverless-offline invoke there.
const fs = require("node:fs");

exports.echo = async (event, context) => ({ event, custom: context.clientContext && context.clientContext.custom });

exports.raise = async () => {
  throw new TypeError("a secret of the function");
};

exports.nothing = async () => undefined;

exports.late = async (event) => {
  fs.writeFileSync(event.file, event.text);
};

exports.http = async (event) => ({
  statusCode: 201,
  headers: { "X-Own": "1", "Content-Type": "application/json" },
  cookies: ["a=b", "c=d"],
  body: JSON.stringify({
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: event.rawQueryString,
    cookies: event.cookies,
    mine: event.headers["x-mine"],
    size: event.body ? event.body.length : 0,
  }),
});

exports.ping = async () => ({ statusCode: 200, body: "pong" });
