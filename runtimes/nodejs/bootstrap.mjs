/*
 * Runs a plain Lambda handler: `runtime: nodejs` with `handler: file.function`.
 *
 * Speaks the Lambda Runtime API with Node's own modules alone, over one connection that is kept
 * open. What handlers can see (context, callback, errors, log lines, environment) is as AWS's own
 * runtime for Node.js makes it. Runs on Node.js 18 and later.
 *
 *     start -> load -> next -> handler(event, context, callback) -> response | error -> next ...
 *                              handler(event, responseStream, context), where it is marked so
 */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { finished } from 'node:stream';
import { pathToFileURL } from 'node:url';
import util from 'node:util';

import * as log from './console.mjs';
import { ResponseStream, highWaterMark, isStreaming, offerStreaming } from './response_stream.mjs';

const PREFIX = '/2018-06-01/runtime/';

/* Exit statuses, as AWS's runtime has them. */
const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;

/* --- the Runtime API ------------------------------------------------------------------------- */

const JOINED_LIMIT = 65536; /* of a result that travels with the request for the next event */

/* One HTTP/1.1 connection; answers come in the order of the requests, with a Content-Length. */
class RuntimeApi {
    constructor(address) {
        const colon = address.lastIndexOf(':');
        this.peer = {
            host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
            port: Number(address.slice(colon + 1)),
            noDelay: true,
        };
        this.fields = ` HTTP/1.1\r\nHost: ${address}\r\n`;
        this.nextRequest = Buffer.from(`GET ${PREFIX}invocation/next${this.fields}\r\n`);
        this.socket = null;
        this.waiting = []; /* of the requests under way: { resolve, reject } */
        this.asked = null; /* the answer to a request for the next event that is under way */
        this.pieces = []; /* of the first answer */
        this.missing = 0; /* bytes of it, as far as known */
    }

    async next() {
        const reused = this.socket !== null || this.asked !== null;
        const asked = this.asked ?? this.call(this.nextRequest);
        this.asked = null;
        const answer = await asked.catch((error) => {
            if (!reused) throw error;
            return this.call(this.nextRequest); /* asking again is harmless */
        });
        if (answer.status !== 200)
            throw new Error(`the Runtime API answered ${answer.status} to next`);
        return answer;
    }

    /* The answer of a handler. With a short one goes the request for the next event. */
    async respond(id, text) {
        const where = `invocation/${id}/response`;
        const bytes = Buffer.from(text);
        if (bytes.length > JOINED_LIMIT) return this.post(where, bytes);
        checkAccepted(await this.callAndAsk(this.head(where, bytes.length), bytes), where);
    }

    async post(where, body, errorType) {
        const bytes = Buffer.from(body);
        const head = this.head(where, bytes.length, errorType);
        checkAccepted(await this.call(Buffer.concat([head, bytes])), where);
    }

    head(where, size, errorType) {
        const error = errorType ? `Lambda-Runtime-Function-Error-Type: ${errorType}\r\n` : '';
        return Buffer.from(
            `POST ${PREFIX}${where}${this.fields}Content-Type: application/json\r\n` +
            `${error}Content-Length: ${size}\r\n\r\n`);
    }

    /* A response whose body comes bit by bit, as ResponseStream asks for it. */
    stream(id) {
        const head =
            `POST ${PREFIX}invocation/${id}/response${this.fields}` +
            'Lambda-Runtime-Function-Response-Mode: streaming\r\n' +
            'Transfer-Encoding: chunked\r\n' +
            'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n';
        return {
            begin: async (contentType) => {
                const answer = this.call(`${head}Content-Type: ${contentType}\r\n\r\n`);
                this.socket.unref(); /* what is being written keeps the event loop busy enough */
                return (await answer).status;
            },
            write: (bytes, done) => this.add(bytes, done),
            end: (bytes, done) => {
                this.socket?.ref();
                this.add(bytes, done);
            },
            abort: () => this.disconnect(),
        };
    }

    add(bytes, done) {
        if (this.waiting.length > 0 && this.socket) this.socket.write(bytes, done);
        else done(new Error('the Runtime API takes no more of the response'));
    }

    call(request) {
        return new Promise((resolve, reject) => {
            this.waiting.push({ resolve, reject });
            if (this.socket === null) this.connect();
            this.socket.ref();
            this.socket.write(request);
        });
    }

    /* Posts a result and asks for the next event in one write: both sides wake up once. */
    callAndAsk(head, bytes) {
        const answer = this.call(Buffer.concat([head, bytes, this.nextRequest]));
        this.asked = new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
        this.asked.catch(() => {}); /* next() finds out */
        return answer;
    }

    /* For a request that was answered before its end: what is left of it must not be sent. */
    disconnect() {
        this.socket?.destroy();
        this.socket = null;
    }

    connect() {
        const socket = net.connect(this.peer);
        const end = (error) => {
            if (socket !== this.socket) return;
            this.socket = null;
            this.pieces = [];
            this.missing = 0;
            while (this.waiting.length > 0)
                this.settle('reject', error ?? new Error('the Runtime API closed the connection'));
        };
        socket.on('data', (piece) => this.receive(piece));
        socket.on('error', end);
        socket.on('end', () => end());
        socket.on('close', () => end());
        this.socket = socket;
    }

    receive(piece) {
        this.pieces.push(piece);
        this.missing -= piece.length;
        if (this.missing > 0) return; /* a large body is put together once, at its end */

        let data = this.pieces.length > 1 ? Buffer.concat(this.pieces) : piece;
        let answer = parseAnswer(data);
        while (answer?.missing === 0) {
            data = data.subarray(answer.size);
            this.settle('resolve', answer);
            answer = parseAnswer(data);
        }
        this.pieces = data.length > 0 ? [data] : [];
        this.missing = answer?.missing ?? 0;
    }

    /* While a handler runs, the connection must not keep its event loop from being empty. */
    settle(how, value) {
        const waiting = this.waiting.shift();
        if (this.waiting.length === 0) this.socket?.unref();
        waiting?.[how](value);
    }
}

function checkAccepted({ status }, where) {
    /* 413: the caller has been told that the result is too large, and we are to carry on. */
    if ((status < 200 || status > 299) && status !== 413)
        throw new Error(`the Runtime API answered ${status} to ${where}`);
}

/* Null while the head is not complete. */
function parseAnswer(data) {
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const [statusLine, ...lines] = data.toString('latin1', 0, end).split('\r\n');
    const headers = {};
    for (const line of lines) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const size = end + 4 + Number(headers['content-length'] ?? 0);
    return {
        status: Number(statusLine.split(' ')[1]),
        headers,
        body: data.subarray(end + 4, size),
        size,
        missing: Math.max(0, size - data.length),
    };
}

/* --- errors ---------------------------------------------------------------------------------- */

class Fault extends Error {
    constructor(kind, message, cause) {
        super(message);
        Object.defineProperty(this, 'name', { value: `Runtime.${kind}` });
        this.stack = `${this.name}: ${cause ? cause.stack : this.stack.replace(/^[\w.]+: /, '')}`;
    }
}

function isError(value) {
    const texts = [value?.name, value?.message, value?.stack];
    return util.types.isNativeError(value) || texts.every((text) => typeof text === 'string');
}

/* What the caller is told; the handler may reject with anything. */
function errorDocument(error) {
    try {
        if (isError(error)) {
            const trace = error.stack.split('\n');
            return { errorType: error.name, errorMessage: error.message, trace };
        }
        return { errorType: typeof error, errorMessage: String(error), trace: [] };
    } catch {
        return { errorType: 'handled', errorMessage: 'The error could not be read.', trace: [] };
    }
}

/* With what else the error carries (code, details), as one line of JSON. */
function logError(title, error) {
    const { trace: stack, ...document } = errorDocument(error);
    let text;
    try {
        text = JSON.stringify({ ...document, ...(isError(error) ? error : {}), stack });
    } catch {
        text = JSON.stringify({ ...document, stack });
    }
    log.logError(title, error, text);
}

/* For the gateway's log: ours is there already, what the handler throws is the function's. */
function errorCategory(errorType) {
    if (/^Runtime\.[A-Za-z]+$/.test(errorType)) return errorType;
    return /^[A-Za-z]+$/.test(errorType) ? `Function.${errorType}` : 'Function.Unknown';
}

function postError(where, error) {
    const document = errorDocument(error);
    return api.post(where, JSON.stringify(document), errorCategory(document.errorType));
}

/* --- the handler ----------------------------------------------------------------------------- */

/* The file that `src/index` or the package that `some-package` names, seen from `root`. */
function findModule(root, name) {
    const base = path.resolve(root, name);
    for (const suffix of ['', '.js', '.mjs', '.cjs']) {
        if (fs.statSync(base + suffix, { throwIfNoEntry: false })?.isFile()) return base + suffix;
    }
    return createRequire(path.join(root, 'index.js')).resolve(name);
}

async function loadModule(root, name) {
    try {
        const file = findModule(root, name);
        /* Without a suffix import() would not know what it is; require() takes it for CommonJS. */
        if (path.extname(file) === '') return createRequire(file)(file);
        return await import(pathToFileURL(file).href);
    } catch (error) {
        if (error instanceof SyntaxError) 
            throw new Fault('UserCodeSyntaxError', String(error), error);
        if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code))
            throw new Fault('ImportModuleError', String(error), error);
        throw error;
    }
}

/* `index.handler`, `src/index.handler` or `index.nested.handler`. */
async function loadHandler(root, name) {
    const [, folder, file, property] = /^(.*\/)?([^./]+)\.(.+)$/.exec(name) ?? [];
    if (file === undefined || name.includes('..'))
        throw new Fault('MalformedHandlerName', `Bad handler '${name}': expected file.function`);
    const module = await loadModule(root, (folder ?? '') + file);
    const read = (object) => property.split('.').reduce((value, key) => value?.[key], object);
    const handler = read(module) ?? read(module?.default); /* module.exports of CommonJS */
    if (handler === undefined || handler === null)
        throw new Fault('HandlerNotFound', `${name} is undefined or not exported`);
    if (typeof handler !== 'function')
        throw new Fault('HandlerNotFound', `${name} is not a function`);
    return handler;
}

/* --- an invocation --------------------------------------------------------------------------- */

function parseHeader(text) {
    return text ? JSON.parse(Buffer.from(text, 'latin1').toString()) : undefined;
}

function makeContext(headers) {
    const deadline = Number(headers['lambda-runtime-deadline-ms']);
    return {
        callbackWaitsForEmptyEventLoop: true,
        functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
        functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
        memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
        logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
        logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
        clientContext: parseHeader(headers['lambda-runtime-client-context']),
        identity: parseHeader(headers['lambda-runtime-cognito-identity']),
        invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
        awsRequestId: requestId,
        tenantId: headers['lambda-runtime-aws-tenant-id'],
        getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
}

let onEmptyLoop = null; /* what is to happen once the handler has left nothing to wait for */
process.on('beforeExit', () => {
    const run = onEmptyLoop;
    onEmptyLoop = null;
    if (run) setImmediate(run);
});

const NEVER_SETTLED = 'The event loop is empty, but the promise of the handler is not settled.';

/* Resolves with { result } or { error }: the first that the handler settles on. */
function callHandler(handler, event, context) {
    return new Promise((resolve) => {
        let called = false;
        const settle = (outcome) => {
            onEmptyLoop = null;
            called = true;
            resolve(outcome);
        };
        const once = (settling) => (...values) => {
            if (!called) settling(...values);
        };
        const succeed = (result) => settle({ result });
        const fail = (error) => settle({ error: error ?? 'handled' });
        const done = (error, result) => (error == null ? succeed(result) : fail(error));
        const callback = (error, result) => {
            if (error != null || !context.callbackWaitsForEmptyEventLoop) {
                done(error, result);
            } else {
                called = true;
                onEmptyLoop = () => succeed(result);
            }
        };
        Object.assign(context, { succeed: once(succeed), fail: once(fail), done: once(done) });

        onEmptyLoop = () => succeed(null); /* a handler without callback or promise */
        try {
            const value = handler(event, context, once(callback));
            if (typeof value?.then !== 'function') return;
            if (!called) onEmptyLoop = () => fail(new Fault('NodeJsExit', NEVER_SETTLED));
            value.then(once(succeed), once(fail));
        } catch (error) {
            once(fail)(error);
        }
    });
}

function encode(result) {
    try {
        return JSON.stringify(result) ?? 'null';
    } catch {
        throw new Error('Unable to stringify response body');
    }
}

/* Resolves once the handler has settled and its stream has ended; rejects with what went wrong. */
function callStreamingHandler(handler, event, stream, context) {
    return new Promise((resolve, reject) => {
        const value = handler(event, stream, context);
        if (typeof value?.then !== 'function')
            throw 'Streaming does not support non-async handlers.';
        onEmptyLoop = () => reject(new Fault('NodeJsExit', NEVER_SETTLED));
        value.then((result) => {
            if (result !== undefined) console.warn('Streaming handlers ignore return values.');
            onEmptyLoop = () => reject('Response stream is not finished.');
            finished(stream, (error) => (error ? reject(error) : resolve()));
        }, reject);
    });
}

let streaming = null; /* the stream of the invocation under way */

/* Tells an error the way that is left: in the trailers of what has begun, or as an error. */
function failInvocation(error) {
    if (streaming?.status) {
        const document = errorDocument(error);
        streaming.fail(document, errorCategory(document.errorType));
        return streaming.status;
    }
    streaming?.drop();
    return postError(`invocation/${current}/error`, error);
}

async function serveStream(handler, body, context) {
    streaming = new ResponseStream(api.stream(current), highWaterMark(handler));
    try {
        await callStreamingHandler(handler, JSON.parse(body.toString()), streaming, context);
        await streaming.status;
    } catch (error) {
        if (ending) return new Promise(() => {}); /* endWith() answers, and exits */
        logError('Invoke Error', error);
        /* Who took the stream may have left; whether the Runtime API has, next() will tell. */
        await failInvocation(error).catch(() => {});
    }
    if (ending) return new Promise(() => {});
    onEmptyLoop = streaming = current = null;
    if (context.callbackWaitsForEmptyEventLoop)
        await new Promise((resolve) => { onEmptyLoop = resolve; });
}

let requestId; /* of the invocation under way, or the last one */
let current = null; /* the id of the invocation that still has to be answered */

async function serveOne(handler) {
    const { headers, body } = await api.next();
    current = requestId = headers['lambda-runtime-aws-request-id'];
    log.setRequest(requestId, headers['lambda-runtime-aws-tenant-id']);
    const trace = headers['lambda-runtime-trace-id'];
    if (trace) process.env._X_AMZN_TRACE_ID = trace;
    else delete process.env._X_AMZN_TRACE_ID;

    const context = makeContext(headers);
    if (isStreaming(handler)) return serveStream(handler, body, context);
    return serveWhole(handler, body, context);
}

async function serveWhole(handler, body, context) {
    let text, failure;
    try {
        const event = JSON.parse(body.toString());
        const outcome = await callHandler(handler, event, context);
        if ('error' in outcome) failure = outcome;
        else text = encode(outcome.result);
    } catch (error) {
        failure = { error };
    }
    if (ending) return new Promise(() => {}); /* endWith() answers, and exits */
    current = null;
    if (!failure) return api.respond(requestId, text);
    logError('Invoke Error', failure.error);
    return postError(`invocation/${requestId}/error`, failure.error);
}

/* --- the run --------------------------------------------------------------------------------- */

let ready = false; /* the handler is loaded */
let ending = false;

/* Tells what ended us to whom it concerns, and ends. */
async function endWith(title, error, status) {
    if (ending) return;
    ending = true;
    logError(title, error);
    try {
        if (!ready) await postError('init/error', error);
        else if (current !== null) await failInvocation(error);
    } finally {
        process.exit(status);
    }
}

process.on('uncaughtException', (error) => endWith('Uncaught Exception', error, EXIT_EXCEPTION));
process.on('unhandledRejection', (reason) => {
    const fault = new Fault('UnhandledPromiseRejection', String(reason));
    fault.reason = errorDocument(reason);
    endWith('Unhandled Promise Rejection', fault, EXIT_REJECTION);
});

async function main() {
    /* The one variable that only the interpreter itself can tell; SDKs name it to AWS. */
    process.env.AWS_EXECUTION_ENV = `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`;
    const { LAMBDA_TASK_ROOT, _HANDLER } = process.env;
    let handler;
    try {
        handler = await loadHandler(LAMBDA_TASK_ROOT ?? process.cwd(), _HANDLER ?? '');
        isStreaming(handler); /* a mark that is none is a fault of its own */
    } catch (error) {
        return endWith('Uncaught Exception', error, 1);
    }
    ready = true;
    try {
        for (;;) await serveOne(handler);
    } catch (error) { /* without a Runtime API there is nobody to tell, and nothing to do */
        process.stderr.write(`lambdagate nodejs runtime: ${error.message}\n`);
        process.exit(1);
    }
}

log.patchConsole();
offerStreaming();
const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
main();
