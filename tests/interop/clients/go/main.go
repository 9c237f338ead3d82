// What every client's handler can do, on orders of the tests. Here behind aws-lambda-go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type order struct {
	Do     string `json:"do"`
	Text   string `json:"text"`
	Folder string `json:"folder"`
	Status int    `json:"status"`
	Size   int    `json:"size"`
	Count  int    `json:"count"`
}

type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func echo(ctx context.Context, raw json.RawMessage) (any, error) {
	told, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"order":  raw,
		"id":     told.AwsRequestID,
		"arn":    told.InvokedFunctionArn,
		"name":   lambdacontext.FunctionName,
		"left":   time.Until(deadline).Milliseconds(),
		"custom": told.ClientContext.Custom,
	}, nil
}

func meet(ctx context.Context, folder string, count int) (any, error) {
	told, _ := lambdacontext.FromContext(ctx)
	if err := os.WriteFile(filepath.Join(folder, told.AwsRequestID), nil, 0o600); err != nil {
		return nil, err
	}
	for {
		if met, err := os.ReadDir(folder); err != nil || len(met) >= count {
			return told.AwsRequestID, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func act(ctx context.Context, raw json.RawMessage) (any, error) {
	var told order
	if err := json.Unmarshal(raw, &told); err != nil {
		return nil, err
	}
	switch told.Do {
	case "echo":
		return echo(ctx, raw)
	case "fail":
		return nil, &refusal{told.Text}
	case "throw":
		panic(fmt.Errorf("%s", told.Text))
	case "leave":
		os.Exit(told.Status)
	case "hang":
		select {}
	case "size":
		return strings.Repeat("x", told.Size-2), nil
	case "meet":
		return meet(ctx, told.Folder, told.Count)
	}
	return nil, fmt.Errorf("no such act: %q", told.Do)
}

// Bytes of a request, as base64 in the event, are the answer's.
func mirror(body string) any {
	return map[string]any{
		"statusCode":      200,
		"headers":         map[string]string{"content-type": "application/octet-stream"},
		"isBase64Encoded": true,
		"body":            body,
	}
}

func handler(ctx context.Context, event json.RawMessage) (any, error) {
	var request struct {
		Body            *string `json:"body"`
		IsBase64Encoded bool    `json:"isBase64Encoded"`
	}
	if json.Unmarshal(event, &request) == nil && request.Body != nil {
		if request.IsBase64Encoded {
			return mirror(*request.Body), nil
		}
		event = json.RawMessage(*request.Body)
	}
	return act(ctx, event)
}

func main() {
	if os.Getenv("BEGINNING") == "fails" {
		fmt.Fprintln(os.Stderr, "cannot begin")
		os.Exit(3)
	}
	lambda.Start(handler)
}
