// invoke.mjs -- calls Invoke with the AWS SDK, as often as it can while it is told to:
// GET /?parallel=N&seconds=S on BENCH_PORT keeps N calls in flight for S seconds, and says what came of it.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { BENCH_MODULES, BENCH_ENDPOINT, BENCH_FUNCTION, BENCH_PORT } = process.env;
const { InvokeCommand, LambdaClient } = createRequire(BENCH_MODULES + "/")("@aws-sdk/client-lambda");

const client = new LambdaClient({
  endpoint: BENCH_ENDPOINT,
  region: "us-east-1",
  maxAttempts: 1,
  requestHandler: { httpsAgent: { maxSockets: 256, keepAlive: true } },
});
const empty = JSON.stringify({ id: "order-0001", note: "" });
const Payload = Buffer.from(empty.replace('""', `"${"n".repeat(1024 - empty.length)}"`));

async function callUntil(end, seen) {
  while (performance.now() < end) {
    const began = performance.now();
    try {
      const output = await client.send(new InvokeCommand({ FunctionName: BENCH_FUNCTION, Payload }));
      if (output.StatusCode !== 200 || JSON.parse(Buffer.from(output.Payload)).statusCode !== 200) seen.errors++;
    } catch (error) {
      if (seen.errors++ === 0) console.error(error);
    }
    seen.took.push(performance.now() - began);
  }
}

async function run(parallel, seconds) {
  const seen = { took: [], errors: 0 };
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: parallel }, () => callUntil(began + seconds * 1000, seen)));
  const used = process.cpuUsage(cpu);
  const took = seen.took.sort((a, b) => a - b);
  const quantile = (part) => took[Math.floor((took.length - 1) * part)] * 1000;
  return {
    requests: took.length,
    seconds: (performance.now() - began) / 1000,
    p50_us: quantile(0.5),
    p99_us: quantile(0.99),
    errors: seen.errors,
    cpu_seconds: (used.user + used.system) / 1e6,
  };
}

createServer(async (request, response) => {
  const asked = new URL(request.url, "http://localhost").searchParams;
  response.end(JSON.stringify(await run(Number(asked.get("parallel")), Number(asked.get("seconds")))));
}).listen(Number(BENCH_PORT), "127.0.0.1");
