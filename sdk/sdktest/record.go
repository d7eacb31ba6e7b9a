package sdktest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/arrow"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// event is a row as it was written.
type event struct {
	table  string
	mode   sdk.Mode
	weight batch.Weight
	key    string
	row    string
}

// transaction is what lies between two commits of a split.
type transaction struct {
	split    string
	position string
	events   []event
}

// recorder is an output that keeps what is committed, and finds mistakes in how it is written.
type recorder struct {
	request sdk.Request
	stop    func()     // called after limit commits
	kill    func()     // called after limit commits, instead
	limit   int        // 0: none
	mu      sync.Mutex // guards all below
	open    map[string][]event
	done    []transaction
	live    []string
	faults  []string
}

func (r *recorder) fault(format string, args ...any) {
	if len(r.faults) < 10 {
		r.faults = append(r.faults, fmt.Sprintf(format, args...))
	}
}

func (r *recorder) Write(split, table string, mode sdk.Mode, b *batch.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.request.Tables, func(t sdk.TableRequest) bool { return t.Name == table })
	if i < 0 {
		r.fault("rows of table %q, which was not asked for", table)
		return nil
	}
	asked := r.request.Tables[i]
	fields := fields(asked)
	schema := batch.Schema{Fields: fields}
	if got := b.Types(); !slices.Equal(got, schema.Types()) {
		r.fault("table %q: a batch of %v, asked for %v", table, got, schema.Types())
		return nil
	}
	if err := arrow.Check(b); err != nil {
		r.fault("table %q: %v", table, err)
		return nil
	}
	if mode == sdk.Keyed && asked.Schema.Key == nil {
		r.fault("table %q: keyed rows, but it has no key", table)
	}
	for row := range b.Rows {
		e := event{table: table, mode: mode, weight: b.Weight(row), key: key(asked, fields, b, row), row: text(b, row)}
		for c, f := range fields {
			if b.Cols[c].Null(row) && !f.Nullable && (mode == sdk.Changes || e.weight > 0) {
				r.fault("table %q: column %q is null but not nullable", table, f.Name)
			}
		}
		r.open[split] = append(r.open[split], e)
	}
	return nil
}

func (r *recorder) Commit(split string, p sdk.Position) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch full := r.limit > 0 && len(r.done) >= r.limit; {
	case full && r.kill != nil:
		return nil // it was on its way when the plugin was killed; the host did not keep it
	case full:
		return context.Canceled
	}
	if p == nil {
		r.fault("split %q: a commit without a position: it could not be told from the beginning", split)
	}
	r.done = append(r.done, transaction{split: split, position: string(p), events: r.open[split]})
	delete(r.open, split)
	if len(r.done) == r.limit {
		switch {
		case r.kill != nil:
			r.kill()
		case r.stop != nil:
			r.stop()
		}
	}
	return nil
}

func (r *recorder) Await(string, sdk.Position, sdk.Stage) (sdk.Epoch, error) { return 1, nil }

func (r *recorder) Live(table string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = append(r.live, table)
	return nil
}

func fields(t sdk.TableRequest) []batch.Field {
	if t.Columns == nil {
		return t.Schema.Fields
	}
	out := make([]batch.Field, len(t.Columns))
	for i, name := range t.Columns {
		out[i] = t.Schema.Fields[t.Schema.Index(name)]
	}
	return out
}

// key returns the key of a row as text, or "" when the table has none or not all of it was asked for.
func key(t sdk.TableRequest, fields []batch.Field, b *batch.Batch, row int) string {
	var parts []string
	for _, k := range t.Schema.Key {
		at := slices.IndexFunc(fields, func(f batch.Field) bool { return f.Name == t.Schema.Fields[k].Name })
		if at < 0 {
			return ""
		}
		parts = append(parts, string(batch.AppendJSON(nil, &b.Cols[at], row)))
	}
	return strings.Join(parts, ",")
}

func text(b *batch.Batch, row int) string {
	var parts []string
	for c := range b.Cols {
		parts = append(parts, string(batch.AppendJSON(nil, &b.Cols[c], row)))
	}
	return strings.Join(parts, ",")
}

// contents is what tables hold: the weight of each row, and the row of each key.
type contents map[string]batch.Weight

// total adds transactions up. Keyed rows replace what is there under their key.
func total(transactions []transaction) contents {
	out, byKey := contents{}, map[string]string{}
	for _, t := range transactions {
		for _, e := range t.events {
			if e.mode == sdk.Changes {
				out.add(e.table+": "+e.row, e.weight)
				continue
			}
			k := e.table + ": " + e.key
			if old, ok := byKey[k]; ok {
				out.add(old, -1)
				delete(byKey, k)
			}
			if e.weight > 0 {
				byKey[k] = e.table + ": " + e.row
				out.add(byKey[k], 1)
			}
		}
	}
	return out
}

func (c contents) add(row string, w batch.Weight) {
	if c[row] += w; c[row] == 0 {
		delete(c, row)
	}
}

// differs says in a few lines how contents differ, or "".
func (c contents) differs(want contents) string {
	var lines []string
	for _, row := range slices.Sorted(maps.Keys(want)) {
		if c[row] != want[row] {
			lines = append(lines, fmt.Sprintf("%.120s: %d times instead of %d", row, c[row], want[row]))
		}
	}
	for _, row := range slices.Sorted(maps.Keys(c)) {
		if _, ok := want[row]; !ok {
			lines = append(lines, fmt.Sprintf("%.120s: %d times instead of 0", row, c[row]))
		}
	}
	if len(lines) > 5 {
		lines = append(lines[:5], fmt.Sprintf("and %d more", len(lines)-5))
	}
	return strings.Join(lines, "\n")
}

// twice returns a key that is inserted twice by weighted rows, or "".
func twice(transactions []transaction) string {
	count := map[string]batch.Weight{}
	for _, t := range transactions {
		for _, e := range t.events {
			if e.mode != sdk.Changes || e.key == "" {
				continue
			}
			count[e.table+": "+e.key] += e.weight
		}
		for k, n := range count {
			if n > 1 {
				return k
			}
		}
	}
	return ""
}

// cut returns the first n transactions and the positions of their splits.
func cut(all []transaction, n int) ([]transaction, map[string]sdk.Position) {
	positions := map[string]sdk.Position{}
	for _, t := range all[:n] {
		positions[t.split] = sdk.Position(t.position)
	}
	return all[:n], positions
}

// sameCommits checks that a resumed read commits where the first one did, split by split.
func sameCommits(rest, want []transaction) string {
	bySplit := func(all []transaction) map[string][]string {
		out := map[string][]string{}
		for _, t := range all {
			out[t.split] = append(out[t.split], t.position)
		}
		return out
	}
	got, expected := bySplit(rest), bySplit(want)
	for split, positions := range expected {
		if !slices.Equal(got[split], positions) {
			return fmt.Sprintf("split %q commits at %q instead of %q", split, got[split], positions)
		}
	}
	return ""
}
