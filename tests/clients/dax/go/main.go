// Makes calls by aws-dax-go-v2: `dax-go <endpoint URL>`, credentials and region in the environment.
// Lines in and lines out are those of ../cases.py.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-dax-go-v2/dax"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// The longest line that is read: a batch of 25 large items.
const maxLine = 16 << 20

type call struct {
	Operation string          `json:"operation"`
	Input     json.RawMessage `json:"input"`
	Times     int             `json:"times"`
	Fresh     bool            `json:"fresh"`
}

type result struct {
	Output any      `json:"output,omitempty"`
	Error  *failure `json:"error,omitempty"`
	Micros float64  `json:"micros"`
}

type failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Reasons any    `json:"reasons,omitempty"`
}

func main() {
	endpoint := os.Args[1]
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLine)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	var client *dax.Dax
	for lines.Scan() {
		call := call{Times: 1}
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			log.Fatal(err)
		}
		started := time.Now()
		if call.Fresh && client != nil {
			client.Close()
			client = nil
		}
		var err error
		if client == nil {
			client, err = connect(endpoint)
		}
		var result result
		if err == nil {
			result.Output, err = repeat(client, call)
		}
		if err != nil {
			result.Error = describe(err)
		}
		result.Micros = float64(time.Since(started).Nanoseconds()) / 1e3
		if err := out.Encode(result); err != nil {
			log.Fatal(err)
		}
	}
}

func connect(endpoint string) (*dax.Dax, error) {
	config := dax.DefaultConfig()
	config.HostPorts = []string{endpoint}
	config.Region = os.Getenv("AWS_REGION")
	if strings.HasPrefix(endpoint, "daxs://") {
		dial, err := dax.SecureDialContext(endpoint, false)
		if err != nil {
			return nil, err
		}
		config.DialContext = dial
	}
	return dax.New(config)
}

func repeat(client *dax.Dax, call call) (any, error) {
	method := reflect.ValueOf(client).MethodByName(call.Operation)
	if !method.IsValid() {
		return nil, fmt.Errorf("no operation: %s", call.Operation)
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := fromJSON(call.Input, input.Elem()); err != nil {
		return nil, err
	}
	var output any
	for range call.Times {
		results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
		if err, failed := results[1].Interface().(error); failed {
			return nil, err
		}
		output = results[0].Interface()
	}
	return toJSON(reflect.ValueOf(output)), nil
}

func describe(err error) *failure {
	described := failure{Name: fmt.Sprintf("%T", err), Message: err.Error()}
	var api smithy.APIError
	if errors.As(err, &api) {
		described.Name, described.Message = api.ErrorCode(), api.ErrorMessage()
	}
	// Without the name in front of it.
	if rest, prefixed := strings.CutPrefix(described.Message, "api error "); prefixed {
		_, described.Message, _ = strings.Cut(rest, ": ")
	}
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		described.Reasons = toJSON(reflect.ValueOf(cancelled.CancellationReasons))
	}
	return &described
}
