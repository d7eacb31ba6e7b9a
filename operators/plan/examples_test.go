package plan_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestExamples evaluates the examples of all functions.
func TestExamples(t *testing.T) {
	for _, f := range expr.Functions() {
		clock := f.Name == "now" || f.Name == "current_date" // have no fixed value
		if len(f.Examples) == 0 && !clock && !strings.HasPrefix(f.Help, "The same as ") {
			t.Errorf("%s has no example", f.Name)
		}
		for _, example := range f.Examples {
			at := strings.LastIndex(example, " -> ")
			if at < 0 {
				t.Errorf("%s: %q says not what it gives", f.Name, example)
				continue
			}
			if got := value(t, example[:at]); got != example[at+4:] {
				t.Errorf("%s gives %s, not %s", example[:at], got, example[at+4:])
			}
		}
	}
}

// value returns what an expression of constants gives: its text, NULL, or error.
func value(t *testing.T, sql string) string {
	t.Helper()
	text, problem := evaluate(t, sql)
	switch {
	case problem == nil:
		return text
	case problem.Code == "E2030" || problem.Code == "E2017": // refused before any row is seen
		return "error"
	}
	return problem.Error()
}

// evaluate returns the text of what an expression of constants gives, NULL, or error if it cannot be computed; or why
// the expression is refused.
func evaluate(t *testing.T, sql string) (string, *plan.Problem) {
	t.Helper()
	c := catalog{"one": {Name: "one", Schema: batch.Schema{Fields: []batch.Field{{Name: "x", Type: batch.T(batch.Int64)}}}}}
	statements, diags := parse.ParseScript("example", "select "+sql+" as y into v from one")
	if len(diags) > 0 {
		return "", &plan.Problem{Code: diags[0].Code, Msg: diags[0].Error()}
	}
	views, problems := bind.Bind(statements, c, bind.Options{})
	if len(problems) > 0 {
		return "", problems[0]
	}
	n := views[0].Node
	for n.Kind != plan.Map {
		n = n.Inputs[0]
	}
	p, err := expr.Compile(n.Map.Exprs, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	x := batch.NewVector(batch.T(batch.Int64))
	batch.Append(x, int64(1))
	var errs batch.RowErrors
	cols, err := p.Eval(context.Background(), &batch.Batch{Rows: 1, Cols: []batch.Column{x.Take()}}, &errs)
	switch {
	case err != nil:
		t.Fatalf("%s: %v", sql, err)
	case errs.Len() > 0:
		return "error", nil
	case cols[0].Null(0):
		return "NULL", nil
	}
	return string(batch.AppendText(nil, &cols[0], 0)), nil
}

// TestPythonsValues evaluates expressions of which Python says what they give; testdata/values/values.py writes them.
func TestPythonsValues(t *testing.T) {
	text, err := os.ReadFile("testdata/values/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		at := strings.LastIndex(line, " -> ")
		if n++; at < 0 {
			t.Fatalf("line %d: %q", n, line)
		}
		if got := value(t, line[:at]); got != line[at+4:] {
			t.Errorf("line %d: %s gives %s, not %s", n, line[:at], got, line[at+4:])
		}
	}
	if n < 900 {
		t.Errorf("only %d values", n)
	}
}
