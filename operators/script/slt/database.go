package slt

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Database holds the tables and views of a file: sources with what they have given so far, and maintained views over
// them. Close has to follow.
type Database struct {
	// Loose accepts what bind.Options.Loose does.
	Loose bool
	// MaxTime is how long a statement or a query may take. Zero: a minute.
	MaxTime time.Duration

	tables  map[string]*table
	names   []string          // of tables
	views   []ast.Statement   // CREATE VIEW, in order
	indexes map[string]*table // their tables, by the names of indexes
	history []epoch
	kept    []*maintained // the last one was asked last
	open    *transaction
}

// epoch is what a statement or a transaction changed.
type epoch []change

type change struct {
	table  *table
	row    []any
	weight batch.Weight
}

// transaction is what is undone by ROLLBACK.
type transaction struct {
	changes []change // all, in order
	sent    int      // how many of them are in the history
}

// table is a source: its rows so far, each with how often it is there.
type table struct {
	plan.Table
	defaults []any
	unique   []*unique
	rows     []*stored
	at       map[string]*stored
	absent   int // how many of rows have the weight 0
	total    int64
}

type stored struct {
	row    []any
	weight batch.Weight
}

// unique is a set of columns in which no two rows are equal, unless one of them is null.
type unique struct {
	name    string
	columns []int
	primary bool
	seen    map[string]batch.Weight
}

// New returns an empty database.
func New() *Database {
	return &Database{tables: map[string]*table{}, indexes: map[string]*table{}}
}

// Close ends all views.
func (d *Database) Close() error {
	var first error
	for _, m := range d.kept {
		if err := m.instance.Stop(); err != nil && first == nil {
			first = err
		}
	}
	d.kept = nil
	return first
}

// Table returns the named table, as a plan.Catalog does.
func (d *Database) Table(name string) (*plan.Table, bool) {
	t, ok := d.tables[name]
	if !ok {
		return nil, false
	}
	t.Rows = t.total
	return &t.Table, true
}

// Names returns the names of all tables, sorted.
func (d *Database) Names() []string { return d.names }

// limited bounds the time of one statement.
func (d *Database) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := d.MaxTime
	if limit == 0 {
		limit = time.Minute
	}
	return context.WithTimeout(ctx, limit)
}

// key returns a text that is the same for equal values only. ok: none of them is null.
func key(row []any, columns []int) (text string, ok bool) {
	var out []byte
	ok = true
	for _, c := range columns {
		switch v := row[c].(type) {
		case nil:
			ok = false
			out = append(out, 'n')
		case int64:
			out = strconv.AppendInt(append(out, 'i'), v, 10)
		case float64:
			out = strconv.AppendFloat(append(out, 'f'), v+0, 'g', -1, 64) // -0 is 0
		case string:
			out = append(strconv.AppendInt(append(out, 's'), int64(len(v)), 10), ':')
			out = append(out, v...)
		default:
			out = fmt.Appendf(append(out, 'o'), "%T:%v", v, v)
		}
		out = append(out, ',')
	}
	return string(out), ok
}

// all are the numbers of a table's columns.
func (t *table) all() []int {
	out := make([]int, len(t.Schema.Fields))
	for i := range out {
		out[i] = i
	}
	return out
}

// add changes the weight of a row.
func (t *table) add(row []any, w batch.Weight) {
	k, _ := key(row, t.all())
	s := t.at[k]
	if s == nil {
		s = &stored{row: row}
		t.at[k] = s
		t.rows = append(t.rows, s)
		t.absent++
	}
	if s.weight == 0 {
		t.absent--
	}
	if s.weight += w; s.weight == 0 {
		t.absent++
	}
	t.total += int64(w)
	for _, u := range t.unique {
		if k, ok := key(row, u.columns); ok {
			u.seen[k] += w
		}
	}
	if t.absent > 64 && t.absent > len(t.rows)/2 {
		t.compact()
	}
}

// compact forgets the rows that are not there.
func (t *table) compact() {
	t.rows = slices.DeleteFunc(t.rows, func(s *stored) bool { return s.weight == 0 })
	clear(t.at)
	for _, s := range t.rows {
		k, _ := key(s.row, t.all())
		t.at[k] = s
	}
	t.absent = 0
}

// violated returns the key that a changed row shares with another one.
func (t *table) violated(row []any) *unique {
	for _, u := range t.unique {
		if k, ok := key(row, u.columns); ok && u.seen[k] > 1 {
			return u
		}
	}
	return nil
}

// apply makes the changes of one statement, all or, after an error, none.
func (d *Database) apply(changes []change) error {
	for _, c := range changes {
		c.table.add(c.row, c.weight)
	}
	for _, c := range changes {
		if c.weight < 0 {
			continue
		}
		if u := c.table.violated(c.row); u != nil {
			for _, c := range changes {
				c.table.add(c.row, -c.weight)
			}
			return refuse("unique", "table %q: a second row with the same %s", c.table.Name, u.name)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	if d.open != nil {
		d.open.changes = append(d.open.changes, changes...)
		return nil
	}
	d.history = append(d.history, changes)
	return nil
}

// flush makes an epoch of what the open transaction has changed so far: somebody asks.
func (d *Database) flush() {
	if d.open != nil && d.open.sent < len(d.open.changes) {
		d.history = append(d.history, slices.Clone(d.open.changes[d.open.sent:]))
		d.open.sent = len(d.open.changes)
	}
}

func (d *Database) begin() error {
	if d.open != nil {
		return refuse("transaction", "a transaction is open already")
	}
	d.open = &transaction{}
	return nil
}

func (d *Database) end(commit bool) error {
	if d.open == nil {
		return refuse("transaction", "no transaction is open")
	}
	o := d.open
	if commit {
		d.flush()
		d.open = nil
		return nil
	}
	d.open = nil
	var undo epoch
	for i, c := range slices.Backward(o.changes) {
		c.weight = -c.weight
		c.table.add(c.row, c.weight)
		if i < o.sent {
			undo = append(undo, c)
		}
	}
	if undo != nil {
		d.history = append(d.history, undo)
	}
	return nil
}

// source turns changes into those of a script.
func source(changes []change) []script.Change {
	out := make([]script.Change, len(changes))
	for i, c := range changes {
		out[i] = script.Change{Table: c.table.Name, Row: c.row, Weight: c.weight}
	}
	return out
}

// content returns the rows of tables as changes.
func content(tables []*table) []change {
	var out []change
	for _, t := range tables {
		for _, s := range t.rows {
			if s.weight != 0 {
				out = append(out, change{t, s.row, s.weight})
			}
		}
	}
	return out
}
