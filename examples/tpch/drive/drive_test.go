package drive

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const rounds = 3

// TestQueries runs all queries with the real program and its plugins over 75,000 rows and compares every view with
// SQLite after the load and after each round, in which one order of fifty goes and as many come.
func TestQueries(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	dir := t.TempDir()
	o := Options{Bin: dir, Data: filepath.Join(dir, "data"), Changes: filepath.Join(dir, "changes"), Dir: filepath.Join(dir, "run")}
	const module = "github.com/millrace-dev/millrace/"
	for _, args := range [][]string{
		{"build", "-o", filepath.Join(dir, "millrace"), module + "host/cmd/millrace"},
		{"build", "-o", filepath.Join(dir, "plugins", "millrace-connector-files"), module + "connectors/files/cmd/millrace-connector-files"},
		{"build", "-o", filepath.Join(dir, "plugins", "millrace-connector-push"), module + "connectors/push/cmd/millrace-connector-push"},
		{
			"run", module + "examples/tpch/generate", "-scale", "0.01", "-seed", "5", "-rounds", strconv.Itoa(rounds), "-share", "0.02",
			"-out", o.Data, "-changes", o.Changes,
		},
	} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	queries, err := Queries("../queries")
	if err != nil || len(queries) != 22 {
		t.Fatalf("%d queries: %v", len(queries), err)
	}
	a, err := Start(ctx, o, queries)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Kill()
	oracle := newOracle(t, o.Data)
	if _, err := a.Ready(ctx, queries); err != nil {
		t.Fatal(err)
	}
	compare(ctx, t, a, oracle, "after the load")
	for round := 1; round <= rounds; round++ {
		if _, err := a.Change(ctx, round); err != nil {
			t.Fatal(err)
		}
		oracle.change(t, filepath.Join(o.Changes, fmt.Sprintf("%02d", round)))
		compare(ctx, t, a, oracle, fmt.Sprintf("after round %d", round))
	}
	if state, err := a.State(ctx); err != nil || state.Rows == 0 || state.Bytes == 0 {
		t.Errorf("state %+v: %v", state, err)
	}
	if _, err := a.Stop(); err != nil {
		t.Error(err)
	}
}

// compare compares all views with the oracle.
func compare(ctx context.Context, t *testing.T, a *App, o *oracle, when string) {
	t.Helper()
	queries, err := Queries("../queries")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		got, err := a.View(ctx, q.Name)
		if err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		want, err := o.answer(ctx, q)
		if err != nil {
			t.Fatalf("%s: SQLite: %v", q.Name, err)
		}
		if err := same(got, want); err != nil {
			t.Errorf("%s, %s: %v", q.Name, when, err)
		}
		if len(want) == 0 {
			t.Errorf("%s, %s: no rows: nothing was compared", q.Name, when)
		}
	}
}

// quotients are the columns that SQLite computes as floats, with what a unit of ours is in SQLite. All others are
// compared exactly.
var quotients = map[string]float64{
	"avg_qty": 100, "avg_price": 100, "avg_disc": 100, "mkt_share": 1, "promo_revenue": 1, "avg_yearly": 100,
}

// same compares rows.
func same(got, want []map[string]any) error {
	g, w := sorted(got), sorted(want)
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			return fmt.Errorf("%d rows, want %d; this and others are missing: %v", len(g), len(w), w[i])
		case i >= len(w):
			return fmt.Errorf("%d rows, want %d; this and others should not be there: %v", len(g), len(w), g[i])
		case g[i].exact != w[i].exact:
			return fmt.Errorf("%d rows, want %d; row %d is\n%v, want\n%v", len(g), len(w), i, g[i], w[i])
		}
		for name, x := range w[i].floats {
			if y := g[i].floats[name]; !(math.Abs(x-y) <= 2e-6*max(1, math.Abs(x)/1e6)) {
				return fmt.Errorf("row %d: %s is %v, want %v: %s", i, name, y, x, g[i].exact)
			}
		}
	}
	return nil
}

var number = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)

// row is a row as text, but for its quotients.
type row struct {
	exact  string
	floats map[string]float64
}

// sorted returns rows with their columns in the order of the names. Ours have decimals, SQLite's whole numbers.
func sorted(rows []map[string]any) []row {
	out := make([]row, 0, len(rows))
	for _, values := range rows {
		r := row{floats: map[string]float64{}}
		var text []string
		for _, name := range slices.Sorted(maps.Keys(values)) {
			unit, quotient := quotients[name]
			switch v := values[name].(type) {
			case json.Number:
				if quotient {
					r.floats[name], _ = v.Float64() // it is a number
				} else {
					text = append(text, fmt.Sprint(whole(v)))
				}
			case float64:
				r.floats[name] = v / unit
			case string: // a decimal of more digits than a float has is written as text
				if whole, behind, ok := strings.Cut(v, "."); ok && number.MatchString(v) {
					v = whole + behind
				}
				text = append(text, v)
			default:
				text = append(text, fmt.Sprint(v))
			}
		}
		r.exact = strings.Join(text, " | ")
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b row) int { return strings.Compare(a.exact, b.exact) })
	return out
}
