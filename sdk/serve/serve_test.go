package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk"
)

type config struct {
	Every time.Duration `cfg:"every" default:"1s" min:"1ms" doc:"Time between rows."`
	Name  string        `cfg:"name,required" oneof:"a|b"`
}

type row struct {
	N int64   `col:"n,key"`
	S *string `col:"s"`
}

var rows = sdk.NewTable[row]("rows")

var connector = sdk.Connector{
	Name: "demo", Version: "v1.2.3", Doc: "Counts.", Tables: sdk.Tables(rows),
	Source: sdk.ReadSource(func(ctx context.Context, c config, _ sdk.Position, out *sdk.Writer) error {
		for range sdk.Every(ctx, c.Every) {
			rows.Insert(out, row{N: 1})
			if err := out.Commit(sdk.Position("x")); err != nil {
				return err
			}
		}
		return ctx.Err()
	}),
}

func TestTool(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says []string
	}{
		{"", done, []string{`connector "demo", v1.2.3. Counts.`, "millrace-connector-demo", "every: duration (default 1s; at least 1ms)  Time between rows.", "name: string (required; one of a, b)"}},
		{"version", done, []string{"demo v1.2.3\n"}},
		{"check|name: a", done, []string{"rows (a stream)\n  n int64 key\n  s utf8 nullable\n"}},
		{`check|{"name": "a"}`, done, []string{"rows"}},
		{"check|name: c", usage, []string{`name: "c" is not one of the values`}},
		{"check|name a", failed, []string{"write key: value"}},
		{"bench|-for|50ms|name: a\nevery: 1ms", done, []string{"rows/s", "commits"}},
		{"bench|-fro|50ms", usage, []string{"-fro"}},
		{"chek", usage, []string{`unknown command "chek"`}},
	} {
		var out bytes.Buffer
		var args []string
		if c.args != "" {
			args = strings.Split(c.args, "|")
		}
		if code := run(connector, args, &out, &out); code != c.code {
			t.Errorf("%q: exit code %d:\n%s", c.args, code, out.String())
		}
		for _, say := range c.says {
			if !strings.Contains(out.String(), say) {
				t.Errorf("%q: %q is not in\n%s", c.args, say, out.String())
			}
		}
	}
}

func TestSpecIsJSON(t *testing.T) {
	var out bytes.Buffer
	var spec sdk.Spec
	if code := run(connector, []string{"spec"}, &out, &out); code != done {
		t.Fatal(code)
	}
	if err := json.Unmarshal(out.Bytes(), &spec); err != nil || spec.Tables[0].Schema.Fields[0].Name != "n" || len(spec.Parameters) != 2 {
		t.Error(err, out.String())
	}
}
