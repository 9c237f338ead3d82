// FN=echo node worker.js     needs node-redis (npm: redis; Debian: node-redis)
const { createClient, commandOptions } = require('redis')

const handler = async event => ({ statusCode: 200, body: event.body })

async function main(fn = process.env.FN) {
  const db = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' })
  await db.on('error', console.error).connect()
  for (;;) {
    await db.zAdd(`lg:w:{${fn}}`, { score: Date.now() / 1000 | 0, value: `${require('os').hostname()}:${process.pid}` })
    const taken = await db.blPop(commandOptions({ isolated: true }), `lg:q:{${fn}}`, 10)
    if (!taken) continue
    const end = taken.element.indexOf('\n'), { id, reply } = JSON.parse(taken.element.slice(0, end))
    const result = await Promise.resolve(JSON.parse(taken.element.slice(end + 1))).then(handler)
      .then(value => ['ok', value], e => ['error', { errorType: e.name, errorMessage: e.message }])
    await db.rPush(reply, JSON.stringify({ id, status: result[0] }) + '\n' + JSON.stringify(result[1]))
  }
}
main()
