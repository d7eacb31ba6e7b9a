package script_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// lawCase is a schema, views over it, a history, and a way to run them.
type lawCase struct {
	tables script.Tables
	views  [][]int // the choices of each view
	epochs [][]script.Change
	way    script.Way
	keyed  bool // the circuit enforces keys
	early  []early
	tick   time.Duration // from one epoch to the next
}

// early is a row that is retracted in one epoch and inserted in a later one. In between, the tables are not what
// SQLite can hold; after that nothing of it may be left.
type early struct {
	row             script.Change
	retract, insert int
}

// columns are those that the tables of a case choose from: name, our type, kind.
var columns = []struct {
	name, typ string
	kind      kind
}{
	{"a", "int64", kInt},
	{"b", "int32", kInt},
	{"s", "utf8", kText},
	{"f", "float64", kFloat},
	{"p", "bool", kBool},
	{"d", "date", kDate},
	{"n", "int16", kInt},
	{"e", "utf8", kText},
	{"a2", "int64", kInt},
	{"m", "decimal(38,2)", kFloat},
	{"f4", "float32", kFloat},
}

func kindOf(name string) kind {
	for _, c := range columns {
		if c.name == name {
			return c.kind
		}
	}
	return kInt // id
}

// newCase makes up a case.
func newCase(r *rand.Rand) *lawCase {
	c := &lawCase{}
	for i := range 1 + r.IntN(3) {
		t := &plan.Table{Name: fmt.Sprint("r", i), Rows: []int64{-1, 10, 1e6}[r.IntN(3)]}
		add := func(name, typ string, nullable bool) {
			parsed, err := batch.ParseType(typ)
			if err != nil {
				panic(err)
			}
			t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: name, Type: parsed, Nullable: nullable})
		}
		if r.IntN(3) == 0 {
			add("id", "int32", false)
			t.Schema.Key = []int{0}
		}
		add("a", "int64", r.IntN(4) > 0)
		for _, col := range columns[1:] {
			if r.IntN(2) == 0 {
				add(col.name, col.typ, r.IntN(4) > 0)
			}
		}
		c.tables = append(c.tables, t)
	}
	for range 1 + r.IntN(3) {
		c.views = append(c.views, nil)
	}
	g := &generator{choices: &choices{r: r}}
	c.queries(func(i int) *choices { return g.choices })
	c.history(r)
	if len(c.epochs) > 1 && r.IntN(4) == 0 {
		c.anticipate(r)
	}
	c.keyed = r.IntN(3) == 0
	c.tick = []time.Duration{0, 7 * time.Hour, 75 * time.Hour, 20 * 24 * time.Hour}[r.IntN(4)]
	c.way = script.Way{
		Workers: []int{1, 2, 3, 8}[r.IntN(4)], Batch: []int{0, 0, 1, 3, 7}[r.IntN(5)], Step: []int{0, 0, 1, 5, 50}[r.IntN(5)],
		Restart: []int{0, 0, 1, 2, 3}[r.IntN(5)], Keep: r.IntN(4) == 0, Separate: r.IntN(3) == 0, Backward: r.IntN(2) == 0,
	}
	return c
}

// queries makes the SQL of the views, from their choices or, when draw gives choices, anew.
func (c *lawCase) queries(draw func(i int) *choices) []dual {
	var sources []source
	for _, t := range c.tables {
		s := source{name: t.Name}
		for _, f := range t.Schema.Fields {
			s.terms = append(s.terms, term{sql: text(f.Name), kind: kindOf(f.Name), small: true})
		}
		sources = append(sources, s)
	}
	var out []dual
	for i := range c.views {
		ch := &choices{given: c.views[i]}
		if draw != nil {
			ch = &choices{r: draw(i).r}
		}
		g := &generator{choices: ch, sources: sources}
		top := g.pick(4) > 0 // others may read it if not
		want := g.kinds()
		out = append(out, g.query(want, 2, top))
		if !top {
			sources = append(slices.Clone(sources), named(fmt.Sprint("v", i), want))
		}
		c.views[i] = ch.made
	}
	return out
}

// history makes up epochs of inserts, updates and deletes. Keys stay unique.
func (c *lawCase) history(r *rand.Rand) {
	var live []script.Change
	taken := map[string]bool{}
	key := func(ch script.Change) string { return fmt.Sprint(ch.Table, ch.Row[0]) }
	keyed := func(ch script.Change) bool { t, _ := c.tables.Table(ch.Table); return t.Schema.Key != nil }
	for range 1 + r.IntN(5) {
		var epoch []script.Change
		size := []int{0, 1, 3, 8, 15, 1, 3, 8, 2, 5, 10, 4}[r.IntN(12)]
		if r.IntN(30) == 0 { // seldom: the oracle joins by nested loops
			size = []int{40, 40, 150}[r.IntN(3)]
		}
		for range size {
			if n := len(live); n > 0 && r.IntN(5) < 2 {
				i := r.IntN(n)
				old := live[i]
				live[i] = live[n-1]
				live = live[:n-1]
				delete(taken, key(old))
				old.Weight = -1
				epoch = append(epoch, old)
				if r.IntN(2) == 0 {
					continue
				}
				t, _ := c.tables.Table(old.Table)
				changed := script.Change{Table: old.Table, Row: slices.Clone(old.Row), Weight: 1}
				at := r.IntN(len(changed.Row))
				changed.Row[at] = value(r, t.Schema.Fields[at])
				if keyed(changed) && taken[key(changed)] {
					continue
				}
				taken[key(changed)] = true
				epoch, live = append(epoch, changed), append(live, changed)
				continue
			}
			t := c.tables[r.IntN(len(c.tables))]
			row := script.Change{Table: t.Name, Weight: 1}
			for _, f := range t.Schema.Fields {
				row.Row = append(row.Row, value(r, f))
			}
			if keyed(row) && taken[key(row)] {
				continue
			}
			taken[key(row)] = true
			epoch, live = append(epoch, row), append(live, row)
		}
		r.Shuffle(len(epoch), func(i, j int) { epoch[i], epoch[j] = epoch[j], epoch[i] })
		c.epochs = append(c.epochs, epoch)
	}
}

// anticipate lets some rows be retracted before they are inserted, in tables without a key.
func (c *lawCase) anticipate(r *rand.Rand) {
	for range 1 + r.IntN(3) {
		t := c.tables[r.IntN(len(c.tables))]
		if t.Schema.Key != nil {
			continue
		}
		row := script.Change{Table: t.Name, Weight: 1}
		for _, f := range t.Schema.Fields {
			row.Row = append(row.Row, value(r, f))
		}
		at := r.IntN(len(c.epochs) - 1)
		c.early = append(c.early, early{row, at, at + 1 + r.IntN(len(c.epochs)-1-at)})
	}
}

// changes returns the changes of an epoch, and whether a row is retracted then that was not inserted yet.
func (c *lawCase) changes(e int) (changes []script.Change, negative bool) {
	changes = slices.Clone(c.epochs[e])
	for _, x := range c.early {
		if x.retract == e {
			row := x.row
			row.Weight = -1
			changes = append(changes, row)
		}
		if x.insert == e || x.insert > e && e == len(c.epochs)-1 {
			changes = append(changes, x.row)
		}
		negative = negative || x.retract <= e && e < x.insert
	}
	return changes, negative && e < len(c.epochs)-1
}

func value(r *rand.Rand, f batch.Field) any {
	if f.Nullable && r.IntN(6) == 0 {
		return nil
	}
	switch kindOf(f.Name) {
	case kText:
		return []string{"a", "b", "", "ab", "B", "abc", "aB", " a "}[r.IntN(8)]
	case kFloat:
		if f.Type.Kind == batch.Decimal {
			n := int64(r.IntN(9)-4) * 25
			return batch.Dec{Hi: n >> 63, Lo: uint64(n), Scale: f.Type.Scale}
		}
		return float64(r.IntN(9)-4) / 4
	case kBool:
		return r.IntN(2) == 0
	case kDate:
		return int64(18990 + r.IntN(40))
	}
	if f.Name == "id" {
		return int64(r.IntN(30))
	}
	return int64(r.IntN(7) - 2)
}

// present drops changes that a smaller history has no row for.
func (c *lawCase) present() {
	rows := map[string]int{}
	key := func(ch script.Change) string { return fmt.Sprintf("%s%#v", ch.Table, ch.Row) }
	for e, epoch := range c.epochs {
		for _, ch := range epoch {
			if ch.Weight > 0 {
				rows[key(ch)]++
			}
		}
		c.epochs[e] = slices.DeleteFunc(slices.Clone(epoch), func(ch script.Change) bool {
			if ch.Weight > 0 {
				return false
			}
			rows[key(ch)]--
			if rows[key(ch)] < 0 {
				rows[key(ch)] = 0
				return true
			}
			return false
		})
	}
}

// mismatch is what is wrong with a case. The stage stays the same while it is shrunk.
type mismatch struct{ stage, detail string }

func (m *mismatch) Error() string { return m.stage + ": " + m.detail }

// create returns the CREATE VIEW statements in our dialect.
func create(queries []dual) string {
	var out strings.Builder
	for i, q := range queries {
		fmt.Fprintf(&out, "create view v%d as %s;\n", i, q.ours)
	}
	return out.String()
}

// refusal is what the planner may say of a query that means something: a key that is a constant leaves a cross join, and
// some subqueries are not supported, and a view has to read a table.
var refusal = regexp.MustCompile("tables without a condition|E2013: .*reads no table|E29[0-9][0-9]: .*")

// refused counts the cases that the planner did not take.
var refused = map[string]int{}

// try runs a case and compares the views with SQLite's after every epoch. answer gets what SQLite has.
func (c *lawCase) try(db *sql.DB, answer func(epoch int, rows map[string]int64)) (m *mismatch) {
	defer func() {
		if v := recover(); v != nil {
			m = &mismatch{"panic", fmt.Sprintf("%v\n%s", v, shortStack())}
		}
	}()
	queries := c.queries(nil)
	p, err := script.Compile("law", c.tables, create(queries), bind.Options{})
	if err != nil && refusal.MatchString(err.Error()) {
		refused[refusal.FindString(err.Error())]++
		return nil
	}
	if err != nil {
		return &mismatch{"plan", err.Error()}
	}
	if c.keyed {
		p.Keyed = map[string]bool{}
		for _, t := range c.tables {
			p.Keyed[t.Name] = t.Schema.Key != nil
		}
	}
	o := oracle{db: db, c: c}
	defer o.close()
	if err := o.open(queries); err != nil {
		return &mismatch{"oracle", err.Error()}
	}
	x, err := p.Start(c.way)
	if err != nil {
		return &mismatch{"start", err.Error()}
	}
	defer func() {
		if err := x.Stop(); err != nil && m == nil {
			m = &mismatch{"run", err.Error()}
		}
	}()
	have := map[string]int64{}
	for e := range c.epochs {
		changes, negative := c.changes(e)
		x.SetClock(c.clock(e).UnixMicro())
		if err := o.setClock(c.clock(e)); err != nil {
			return &mismatch{"oracle", err.Error()}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // not for the oracle
		deltas, dead, err := x.Epoch(ctx, changes)
		cancel()
		if err != nil {
			return &mismatch{"run", fmt.Sprintf("epoch %d: %v", e, err)}
		}
		for i, d := range deltas {
			for row := range d.Rows.Rows {
				key := fmt.Sprint("v", i, " ", cells(d.Rows.Row(row)))
				if have[key] += int64(d.Rows.Weight(row)); have[key] == 0 {
					delete(have, key)
				}
			}
		}
		if err := o.apply(c.epochs[e]); err != nil {
			return &mismatch{"oracle", err.Error()}
		}
		want, err := o.views(p)
		if err != nil {
			return &mismatch{"oracle", err.Error()}
		}
		if answer != nil {
			answer(e, want)
		}
		if negative {
			continue
		}
		if detail := differences(have, want); detail != "" {
			return &mismatch{"differs", fmt.Sprintf("after epoch %d\n%s%s", e, detail, dead)}
		}
		if dead != "" {
			return &mismatch{"dead letters", dead}
		}
	}
	return nil
}

// shortStack returns where in our code a panic came from.
func shortStack() string {
	var out []string
	for line := range strings.Lines(string(debug.Stack())) {
		if strings.Contains(line, "/operators/") && strings.HasPrefix(line, "\t") && !strings.Contains(line, "/script/") {
			out = append(out, line)
		}
	}
	return strings.Join(out[:min(len(out), 8)], "")
}

func differences(have, want map[string]int64) string {
	var lines []string
	for key, w := range have {
		if want[key] != w {
			lines = append(lines, fmt.Sprintf("  %s: %d times, in SQLite %d\n", key, w, want[key]))
		}
	}
	for key, w := range want {
		if have[key] == 0 {
			lines = append(lines, fmt.Sprintf("  %s: missing, in SQLite %d times\n", key, w))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines[:min(len(lines), 12)], "")
}
