// FN=echo go run worker.go     needs go-redis (go.mod beside this file)
package main

import ("bytes"; "context"; "encoding/json"; "fmt"; "os"; "time"; "github.com/redis/go-redis/v9")

func main() {
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil { panic(err) }
	fn, ctx, db := os.Getenv("FN"), context.Background(), redis.NewClient(options)
	for {
		db.ZAdd(ctx, "lg:w:{"+fn+"}", redis.Z{Score: float64(time.Now().Unix()), Member: fmt.Sprint("go:", os.Getpid())})
		taken, err := db.BLPop(ctx, 10*time.Second, "lg:q:{"+fn+"}").Result()
		if err == redis.Nil { continue } else if err != nil { time.Sleep(time.Second); continue }
		line, body, _ := bytes.Cut([]byte(taken[1]), []byte("\n"))
		var request, event struct{ Id, Reply string; Body any }
		json.Unmarshal(line, &request); json.Unmarshal(body, &event)
		result, _ := json.Marshal(map[string]any{"statusCode": 200, "body": event.Body})
		db.RPush(ctx, request.Reply, fmt.Sprintf("{\"id\":%q,\"status\":\"ok\"}\n%s", request.Id, result))
	}
}
