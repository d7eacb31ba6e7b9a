package plan_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"
)

// TestPostgresValues evaluates expressions of which PostgreSQL says what they give; testdata/postgres/values.py writes
// them. Where it reports an error we refuse the expression, or its row.
func TestPostgresValues(t *testing.T) { checkValues(t, "testdata/postgres/values.txt", 3000) }

// TestMySQLValues evaluates calls of functions that PostgreSQL has not; testdata/mysql/values.py writes them.
func TestMySQLValues(t *testing.T) { checkValues(t, "testdata/mysql/values.txt", 1000) }

func checkValues(t *testing.T, file string, least int) {
	n := 0
	for line := range lines(t, file) {
		at := strings.LastIndex(line, " -> ")
		if n++; at < 0 {
			t.Fatalf("line %d: %q", n, line)
		}
		got, problem := evaluate(t, line[:at])
		if problem != nil {
			got = "error"
		}
		if !sameValue(got, line[at+4:]) {
			t.Errorf("line %d: %s gives %s, not %s", n, line[:at], got, line[at+4:])
		}
	}
	if n < least {
		t.Errorf("only %d values", n)
	}
}

// TestDifferences: what DIALECT.md says of expressions that PostgreSQL or MySQL evaluates otherwise.
func TestDifferences(t *testing.T) {
	for file, least := range map[string]int{"testdata/postgres/differences.txt": 60, "testdata/mysql/differences.txt": 20} {
		n := 0
		for line := range lines(t, file) {
			cells := strings.Split(line, " || ")
			if len(cells) == 1 {
				continue
			}
			if n++; len(cells) != 4 {
				t.Fatalf("%q has not four cells", line)
			}
			got, problem := evaluate(t, cells[0])
			if problem != nil {
				got = problem.Code
			}
			if got != cells[1] || got == cells[2] {
				t.Errorf("%s gives %s; the file says %s, and %s of the other", cells[0], got, cells[1], cells[2])
			}
		}
		if n < least {
			t.Errorf("only %d differences in %s", n, file)
		}
	}
}

func lines(t *testing.T, file string) func(func(string) bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(text)) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

// sameValue reports whether two texts mean one value: numbers have digits behind them that differ by type, JSON has
// blanks.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	if json.Valid([]byte(a)) && json.Valid([]byte(b)) && strings.ContainsAny(a, "[{") {
		var x, y bytes.Buffer
		return json.Compact(&x, []byte(a)) == nil && json.Compact(&y, []byte(b)) == nil && x.String() == y.String()
	}
	x, xok := new(big.Rat).SetString(a)
	y, yok := new(big.Rat).SetString(b)
	if !xok || !yok {
		return false
	}
	f, _ := x.Float64()
	g, _ := y.Float64()
	return x.Cmp(y) == 0 || strings.ContainsAny(a+b, ".e") && math.Abs(f-g) <= 1e-13*math.Abs(g)
}
