/*
 * Lines of the log: console.* as AWS's runtime for Node.js makes it, in text or as JSON records.
 *
 * `logging` of the function says which, by AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL.
 */

import util from 'node:util';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const json = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
let requestId; /* of the invocation under way, or the last one; undefined before the first */
let tenantId;

export function setRequest(id, tenant) {
    requestId = id;
    tenantId = tenant;
}

function textLine(level, values) {
    return `${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...values)}`;
}

function describe(error) {
    return {
        errorType: error?.constructor?.name ?? 'UnknownError',
        errorMessage: error.message,
        stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
    };
}

function replaceErrors(_name, value) {
    return value instanceof Error ? { ...describe(value), ...value } : value;
}

function jsonLine(level, values) {
    const line = { timestamp: new Date().toISOString(), level, requestId };
    if (tenantId !== undefined) line.tenantId = tenantId;
    if (values.length === 1) {
        try {
            return JSON.stringify({ ...line, message: values[0] }, replaceErrors);
        } catch { /* a circle, or a BigInt */
            return JSON.stringify({ ...line, message: util.format(values[0]) });
        }
    }
    line.message = util.format(...values);
    const error = values.find((value) => value instanceof Error);
    return JSON.stringify(error === undefined ? line : { ...line, ...describe(error) });
}

export function patchConsole() {
    const lowest = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase());
    const make = json ? jsonLine : textLine;
    for (const [rank, level] of LEVELS.entries()) {
        console[level.toLowerCase()] =
            rank < lowest ? () => {} : (...values) => process.stdout.write(`${make(level, values)}\n`);
    }
    console.log = console.info;
}

/* `details` is what text shows of the error: JSON records have it from the error itself. */
export function logError(title, error, details) {
    if (json) console.error(error instanceof Error ? error : new Error(String(error)));
    else console.error(title, `\t${details}`);
}
