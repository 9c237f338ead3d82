// What every client's handler can do, on orders of the tests. Here behind aws-lambda-go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
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
	Gate   string `json:"gate"`
	How    string `json:"how"`
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

func waitFor(path string) {
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func write(told order, out *io.PipeWriter) error {
	out.Write([]byte("one,"))
	if told.Gate != "" {
		waitFor(told.Gate)
	}
	block := []byte(strings.Repeat("x", 65536))
	for left := told.Size; left > 0; left -= len(block) {
		out.Write(block[:min(left, len(block))])
	}
	switch told.How {
	case "throws":
		return &refusal{told.Text}
	case "leaves":
		os.Exit(7)
	}
	out.Write([]byte("two"))
	return io.EOF
}

// In pieces, behind a prelude; `how` says how it ends.
func stream(told order) any {
	body, out := io.Pipe()
	go func() { out.CloseWithError(write(told, out)) }()
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: 201,
		Headers:    map[string]string{"content-type": "text/event-stream"},
		Cookies:    []string{"a=b", "c=d"},
		Body:       body,
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
	case "stream":
		return stream(told), nil
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
