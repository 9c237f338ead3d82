# FN=echo python3 worker.py     needs redis-py (Debian: python3-redis)
import json, os, redis, socket, time

fn, me = os.environ["FN"], f"{socket.gethostname()}:{os.getpid()}"
db = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))

def handler(event):
    return {"statusCode": 200, "body": event.get("body")}

while True:
    db.zadd(f"lg:w:{{{fn}}}", {me: int(time.time())})
    if not (taken := db.blpop(f"lg:q:{{{fn}}}", 10)):
        continue
    line, _, body = taken[1].partition(b"\n")
    request, status = json.loads(line), "ok"
    try:
        result = handler(json.loads(body))
    except Exception as error:
        status, result = "error", {"errorType": type(error).__name__, "errorMessage": str(error)}
    db.rpush(request["reply"], json.dumps({"id": request["id"], "status": status}) + "\n" + json.dumps(result))
