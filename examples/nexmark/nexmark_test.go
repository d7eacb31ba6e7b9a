// Package nexmark runs the queries of the Nexmark benchmark over made-up events and compares each view with
// SQLite's answer on the same events.
package nexmark

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the other engine
)

const events = "20000"

// TestQueries runs all queries together: once over all events as one epoch, and once over a stream of them in many.
func TestQueries(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	queries, err := filepath.Glob("queries/*.yaml")
	if err != nil || len(queries) == 0 {
		t.Fatal(queries, err)
	}
	bin := build(t)
	type answered struct {
		rows  []string
		kinds []any
	}
	var want map[string]answered
	for _, way := range []struct {
		name string
		env  []string
	}{
		{"one epoch", nil},
		{"many epochs", []string{"RATE=10000", "BATCH=200"}},
	} {
		r := runner{t: t, bin: bin, dir: t.TempDir(), env: append(way.env, "EVENTS="+events)}
		if err := os.Link(filepath.Join(bin, "functions.wasm"), filepath.Join(r.dir, "functions.wasm")); err != nil {
			t.Fatal(err)
		}
		r.run("run", "app", "--once")
		if want == nil {
			want = map[string]answered{}
			oracle := load(t, r)
			for _, path := range queries {
				name := strings.TrimSuffix(filepath.Base(path), ".yaml")
				rows, kinds := answer(t, oracle, name)
				want[name] = answered{rows, kinds}
			}
		}
		for name, w := range want {
			got := plain(r.export(name), w.kinds)
			if missing, extra := difference(w.rows, got); len(w.rows) == 0 || len(missing)+len(extra) > 0 {
				t.Errorf("%s, %s: %d rows of %d: missing %d, extra %d; the first: %v %v", way.name, name, len(got), len(w.rows),
					len(missing), len(extra), missing[:min(2, len(missing))], extra[:min(2, len(extra))])
			}
		}
	}
}

// build builds the programs, and the module with the function of q14.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const module = "github.com/millrace-dev/millrace/"
	for _, step := range []struct {
		file string
		env  []string
		args []string
	}{
		{"millrace", nil, []string{module + "host/cmd/millrace"}},
		{"plugins/millrace-connector-generator", nil, []string{module + "connectors/generator/cmd/millrace-connector-generator"}},
		{"functions.wasm", []string{"GOOS=wasip1", "GOARCH=wasm"}, []string{"-buildmode=c-shared", "./functions"}},
	} {
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", filepath.Join(dir, filepath.FromSlash(step.file))}, step.args...)...)
		cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), step.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build %s: %v\n%s", step.file, err, out)
		}
	}
	return dir
}

// runner runs millrace on the example's configuration, with its data in dir.
type runner struct {
	t        *testing.T
	bin, dir string
	env      []string
}

func (r runner) run(args ...string) []byte {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 3*time.Minute)
	defer cancel()
	here, err := os.Getwd()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, file := range []string{"millrace-events.yaml", "tables.yaml", "queries/*.yaml"} {
		args = append(args, "-c", filepath.Join(here, file))
	}
	cmd := exec.CommandContext(ctx, filepath.Join(r.bin, "millrace"), append(args, "--progress", "off", "--log-level", "warn", "--ignore-pipe")...)
	cmd.Dir, cmd.Env = r.dir, append(os.Environ(), r.env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("millrace %v: %v\n%s", args, err, errs.Bytes())
	}
	return out.Bytes()
}

// export returns the rows of a view as text, with the names of the columns first. It needs no plugins, whose start
// takes longer than all the rest.
func (r runner) export(view string) [][]string {
	r.t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(r.run("export", view,
		"--config-overrides", "/connections/0/in_process=true", "--config-overrides", "/connections/1/in_process=true"))).ReadAll()
	if err != nil {
		r.t.Fatalf("%s: %v", view, err)
	}
	return rows
}

// load gives SQLite the events, with times in microseconds, and the side input.
func load(t *testing.T, r runner) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(r.dir, "oracle.db")+"?_pragma=journal_mode(off)&_pragma=synchronous(off)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("BEGIN")
	for _, table := range []string{"person", "auction", "bid"} {
		rows := r.export(table)
		exec(fmt.Sprintf("CREATE TABLE %s (%s)", table, strings.Join(rows[0], ", ")))
		insert := fmt.Sprintf("INSERT INTO %s VALUES (?%s)", table, strings.Repeat(", ?", len(rows[0])-1))
		for _, row := range rows[1:] {
			args := make([]any, len(row))
			for i, text := range row {
				args[i] = value(text)
			}
			exec(insert, args...)
		}
	}
	exec(`CREATE TABLE side_input AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
		SELECT i AS key, 'value ' || i AS value FROM n`)
	exec("COMMIT")
	exec("CREATE INDEX bids ON bid (auction)")
	return db
}

// value returns a cell of an export: a whole number, a time in microseconds, or text.
func value(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at.UnixMicro()
	}
	return text
}

// answer returns SQLite's answer, sorted, and a value of each column.
func answer(t *testing.T, db *sql.DB, name string) (out []string, kinds []any) {
	t.Helper()
	statement, err := os.ReadFile(filepath.Join("oracle", name+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	engine := strings.NewReplacer(
		"{day}", "strftime('%Y-%m-%d', dateTime / 1000000, 'unixepoch')", "{minute}", "strftime('%H:%M', dateTime / 1000000, 'unixepoch')")
	rows, err := db.QueryContext(t.Context(), engine.Replace(string(statement)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = fmt.Sprint(c)
		}
		kinds = cells
		out = append(out, strings.Join(row, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	slices.Sort(out)
	return out, kinds
}

// plain writes the rows of an export as those of an answer: times in microseconds, decimals in their smallest unit.
func plain(rows [][]string, kinds []any) (out []string) {
	for _, row := range rows[1:] {
		for i := range min(len(row), len(kinds)) {
			switch kinds[i].(type) {
			case int64:
				if n, isInt := value(row[i]).(int64); isInt {
					row[i] = fmt.Sprint(n)
				} else {
					row[i] = strings.Replace(row[i], ".", "", 1)
				}
			case float64:
				if f, err := strconv.ParseFloat(row[i], 64); err == nil {
					row[i] = fmt.Sprint(f)
				}
			}
		}
		out = append(out, strings.Join(row, "|"))
	}
	slices.Sort(out)
	return out
}

// difference returns what is only in the first of two sorted lists, and only in the second.
func difference(want, got []string) (missing, extra []string) {
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0] < got[0]:
			missing, want = append(missing, want[0]), want[1:]
		case len(want) == 0 || got[0] < want[0]:
			extra, got = append(extra, got[0]), got[1:]
		default:
			want, got = want[1:], got[1:]
		}
	}
	return missing, extra
}
