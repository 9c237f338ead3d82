-- Posts 1 KiB of JSON.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"id":"order-0001","note":"' .. string.rep("n", 1024 - 29) .. '"}'
