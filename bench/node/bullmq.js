// BullMQ with workers that do nothing: how long it takes to get through jobs of 1 KiB that lie ready.
//
//     node bullmq.js MODULES PORT CONCURRENCY
//
// Lines of standard input: "add COUNT", then "run"; each is answered by a line of JSON when it is done.
'use strict';

const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const [modules, port, concurrency] = process.argv.slice(2);
const { Queue, Worker } = createRequire(path.join(modules, 'x'))('bullmq');

const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const BATCH = 500;
const job = {
    name: 'echo',
    data: { id: 'order-0001', note: 'n'.repeat(1024 - 29) },
    opts: { removeOnComplete: true, removeOnFail: true },
};

async function add(queue, count) {
    for (let added = 0; added < count; added += BATCH)
        await queue.addBulk(Array(Math.min(BATCH, count - added)).fill(job));
    return { added: count };
}

// A worker of its own each time: one that was idle waits for its next look at the queue.
async function run(count) {
    const options = { connection, concurrency: Number(concurrency), autorun: false };
    const worker = new Worker('bench', async () => {}, options);
    await worker.waitUntilReady();
    const began = process.hrtime.bigint();
    await new Promise((resolve, reject) => {
        let left = count;
        worker.on('completed', () => {
            left -= 1;
            if (left === 0) resolve();
        });
        worker.on('error', reject);
        worker.run().catch(reject);
    });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    await worker.close();
    return { seconds };
}

async function main() {
    const queue = new Queue('bench', { connection });
    let count = 0;
    await queue.waitUntilReady();
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const [word, number] = line.split(' ');
        if (word === 'add') count = Number(number);
        const done = word === 'add' ? await add(queue, count) : await run(count);
        console.log(JSON.stringify(done));
    }
    process.exit(0);
}

main();
