// The same file runs under lambdagate, in the bare loop and under serverless-offline.
'use strict';

exports.handler = async (event) => ({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: event.body,
});
