'use strict';
// Handlers that stream, as they would be deployed to AWS.

const fs = require('node:fs');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { setTimeout: sleep } = require('node:timers/promises');

const { streamifyResponse, HttpResponseStream } = awslambda;
const BLOCK = Buffer.alloc(65536, 'x');

function orderOf(event) {
    if (event.body === undefined) return event;
    const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64') : event.body;
    return JSON.parse(text.toString());
}

function stream(act) {
    return streamifyResponse(async (event, responseStream, context) =>
        act(orderOf(event), responseStream, context));
}

async function waitFor(path) {
    while (!fs.existsSync(path)) await sleep(5);
}

exports.http = stream(async (order, responseStream, context) => {
    const http = HttpResponseStream.from(responseStream, {
        statusCode: order.status ?? 201,
        headers: { 'content-type': 'text/event-stream', 'x-id': context.awsRequestId },
        cookies: ['a=b', 'c=d'],
    });
    http.write('first');
    if (order.gate) await waitFor(order.gate);
    http.write(Buffer.from('second'));
    http.end();
});

exports.bare = stream(async (order, responseStream) => {
    if (order.type) responseStream.setContentType(order.type);
    for (const piece of order.pieces) responseStream.write(piece);
    if (order.late) responseStream.setContentType('too/late');
    responseStream.end(order.last);
});

exports.piped = stream(async (order, responseStream) => {
    async function* source() {
        for (let sent = 0; sent < order.size; sent += BLOCK.length) {
            yield BLOCK.subarray(0, Math.min(BLOCK.length, order.size - sent));
            if (order.progress) fs.writeFileSync(order.progress, String(sent));
        }
        if (order.fails) throw new RangeError(order.fails);
    }
    try {
        await pipeline(Readable.from(source(), { objectMode: false }), responseStream);
    } finally {
        console.log('pipeline is over');
    }
});

exports.headOnly = stream(async (order, responseStream) => {
    HttpResponseStream.from(responseStream, { statusCode: 302, headers: { location: '/x' } }).end();
});

exports.fails = stream(async (order, responseStream) => {
    if (order.before) throw new RangeError('before');
    if (order.corked) {
        responseStream.cork();
        responseStream.write('too late');
        setImmediate(() => responseStream.uncork());
        throw new RangeError('before it left');
    }
    responseStream.write('begun');
    if (order.throws === 'uncaught') setImmediate(() => { throw new RangeError('nobody catches'); });
    else if (order.throws) throw new RangeError(order.throws);
    if (order.forever) await new Promise(() => {});
});

exports.plain = streamifyResponse((event, responseStream) => {
    responseStream.write('begun');
});

exports.returns = stream(async (order, responseStream) => {
    responseStream.end('whole');
    return 'ignored';
});

exports.late = stream(async (order, responseStream, context) => {
    context.callbackWaitsForEmptyEventLoop = order.waits;
    setTimeout(() => console.log('late work is done'), order.waits ? 50 : 3600000);
    responseStream.end('whole');
});

exports.watches = stream(async (order, responseStream) => {
    responseStream.write('begun');
    if (order.once) return responseStream.end();
    const other = setInterval(() => {}, 1000);
    await new Promise((resolve) => responseStream.once('close', resolve));
    clearInterval(other);
    console.log('the stream was closed');
});
