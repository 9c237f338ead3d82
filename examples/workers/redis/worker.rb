# FN=echo ruby worker.rb     needs redis-rb (Debian: ruby-redis)
require "json"
require "redis"
require "socket"

def handler(event)
  { statusCode: 200, body: event["body"] }
end

fn, db = ENV["FN"], Redis.new(url: ENV["REDIS_URL"] || "redis://127.0.0.1:6379")
loop do
  db.zadd("lg:w:{#{fn}}", Time.now.to_i, "#{Socket.gethostname}:#{$$}")
  _, message = db.blpop("lg:q:{#{fn}}", timeout: 10)
  next unless message
  line, body = message.split("\n", 2)
  request = JSON.parse(line)
  status, result = begin ["ok", handler(JSON.parse(body))]
  rescue => e then ["error", { errorType: e.class.name, errorMessage: e.message }] end
  db.rpush(request["reply"], { id: request["id"], status: status }.to_json + "\n" + result.to_json)
end
