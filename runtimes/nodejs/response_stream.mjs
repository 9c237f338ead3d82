/*
 * Answers that leave while their handler still makes them: the global `awslambda` of AWS's runtime.
 *
 *     exports.handler = awslambda.streamifyResponse(async (event, responseStream, context) => {
 *         const http = { statusCode: 200, headers: { 'content-type': 'text/plain' } };
 *         responseStream = awslambda.HttpResponseStream.from(responseStream, http);
 *         responseStream.write('first');
 *         responseStream.end();
 *     });
 */

import { Writable } from 'node:stream';

const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = new Uint8Array(8);

/* Symbols that other packages know: some mark handlers by themselves. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

class HttpResponseStream {
    /* `metadata` (statusCode, headers, cookies) leaves ahead of the first byte. */
    static from(underlyingStream, metadata) {
        underlyingStream.setContentType(HTTP_INTEGRATION);
        underlyingStream._onBeforeFirstWrite = (write) => {
            write(JSON.stringify(metadata));
            write(DELIMITER);
        };
        return underlyingStream;
    }
}

export function offerStreaming() {
    if (/^(1|true)$/.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
    globalThis.awslambda = {
        streamifyResponse(handler, options) {
            handler[STREAMING] = 'response';
            if (typeof options?.highWaterMark === 'number')
                handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
            return handler;
        },
        HttpResponseStream,
    };
}

function fault(kind, message) {
    return Object.assign(new Error(message), { name: `Runtime.${kind}` });
}

export function isStreaming(handler) {
    const kind = handler[STREAMING] ?? false;
    if (kind !== false && kind !== 'response')
        throw fault('MalformedStreamingHandler', 'Only response streaming is supported.');
    return kind !== false;
}

export function highWaterMark(handler) {
    const bytes = parseInt(handler[HIGH_WATER_MARK], 10);
    return Number.isNaN(bytes) ? undefined : bytes;
}

/*
 * What a handler writes to. `request` is begun with the first byte, and gets the rest as it comes:
 *
 *     begin(contentType)   sends the head; the promise of the status, which may come early
 *     write(bytes, done)   sends bytes of the body; done(error) once they have left
 *     end(bytes, done)     the same for the last ones
 *     abort()              nothing more can be sent, and what was begun must not be taken for whole
 */
export class ResponseStream extends Writable {
    constructor(request, highWaterMark) {
        super({ highWaterMark });
        this.request = request;
        this.contentType = 'application/octet-stream';
        this.status = null; /* a promise from the first byte on */
        this.written = false;
        this.ended = false; /* the last chunk has left, or never will */
        this.failure = null;
        this.on('error', () => {}); /* the handler hears of it, or the runtime from `status` */
    }

    setContentType(contentType) {
        if (this.written)
            throw fault('InvalidStreamingOperation', 'Cannot set content-type, too late.');
        if (typeof contentType !== 'string' || /[^\t\x20-\x7e\x80-\xff]/.test(contentType))
            throw new TypeError('Invalid character in header content ["Content-Type"]');
        this.contentType = contentType;
    }

    write(chunk, ...rest) {
        const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
        this.written = true;
        return super.write(bytes ? chunk : JSON.stringify(chunk), ...rest);
    }

    /* Ends the answer, behind all that was written, by telling `document` in its trailers. */
    fail(document, errorType) {
        if (this.ended) return;
        this.failure = {
            'Lambda-Runtime-Function-Error-Type': errorType,
            'Lambda-Runtime-Function-Error-Body':
                Buffer.from(JSON.stringify(document)).toString('base64'),
        };
        if (this.destroyed) this.#sendEnd(() => {}); /* by pipeline(), whose source failed */
        else if (!this.writableEnded) this.end();
    }

    /* One that nothing more can be sent on. */
    drop(error) {
        if (this.status !== null && !this.ended) this.request.abort();
        this.ended = true;
        this.destroy(error);
    }

    _write(chunk, _encoding, callback) {
        this.#send([chunk], callback);
    }

    _writev(items, callback) {
        this.#send(items.map(({ chunk }) => chunk), callback);
    }

    _final(callback) {
        this.#sendEnd(callback);
    }

    #sendEnd(callback) {
        const fields = Object.entries(this.failure ?? {}).map(([name, value]) => `${name}: ${value}`);
        const end = Buffer.from(['0', ...fields, '', ''].join('\r\n'));
        this.#send([], (error) => {
            if (error || this.ended) return callback(error);
            this.ended = true;
            this.request.end(end, callback);
        });
    }

    #send(chunks, callback) {
        const first = this.status === null ? this.#begin() : [];
        const body = Buffer.concat([...first, ...chunks]);
        if (body.length === 0) return callback();
        const size = Buffer.from(`${body.length.toString(16)}\r\n`);
        this.request.write(Buffer.concat([size, body, Buffer.from('\r\n')]), callback);
    }

    #begin() {
        const first = [];
        this.status = this.request.begin(this.contentType);
        const early = (error) => this.ended || this.drop(error);
        this.status.then(
            (status) => early(new Error(`the Runtime API answered ${status} in the middle`)), early);
        this._onBeforeFirstWrite?.((piece) => first.push(Buffer.from(piece)));
        return first;
    }
}
