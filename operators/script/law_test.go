package script_test

import (
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/script"
)

var (
	lawTime = flag.Duration("laws.time", 3*time.Second, "how long TestLawQueries tries random queries")
	lawSeed = flag.Uint64("laws.seed", 1, "the first seed of TestLawQueries")
	lawMost = flag.Int("laws.failures", 1, "after how many failures TestLawQueries gives up")
)

// TestLawQueries: after every epoch of any history each view is what SQLite answers over the tables as they are
// then (I4). A failure is shown as the smallest script found that fails.
func TestLawQueries(t *testing.T) {
	db, err := openSQLite()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // cases are small and many: twice as many in the same time
	cases, failures, start := 0, 0, time.Now()
	seen := map[string]bool{}
	for seed := *lawSeed; time.Since(start) < *lawTime && failures < *lawMost; seed++ {
		c := newCase(rand.New(rand.NewPCG(seed, 16)))
		cases += len(c.views)
		if m := c.try(db, nil); m != nil {
			small, m := c.shrink(db, m)
			if what := m.stage + strings.SplitN(m.detail, "\n", 2)[0]; m.stage != "differs" && seen[what] {
				continue
			} else {
				seen[what] = true
			}
			failures++
			t.Errorf("seed %d: %v\n%v keyed=%t\n%s", seed, m, small.way, small.keyed, small.delta(db))
		}
	}
	t.Logf("%d queries, some of them refused: %v, in %v", cases, refused, time.Since(start).Round(time.Millisecond))
}

// shrink makes a failing case smaller while it fails in the same way.
func (c *lawCase) shrink(db *sql.DB, m *mismatch) (*lawCase, *mismatch) {
	deadline := time.Now().Add(40 * time.Second)
	again := true
	try := func(change func(n *lawCase)) bool {
		n := &lawCase{tables: c.tables, views: slices.Clone(c.views), epochs: slices.Clone(c.epochs), way: c.way, keyed: c.keyed, early: c.early, tick: c.tick}
		change(n)
		n.present()
		if time.Now().After(deadline) || n.size() >= c.size() && n.way == c.way && len(n.early) >= len(c.early) {
			return false
		}
		fail := n.try(db, nil)
		if fail == nil || fail.stage != m.stage {
			return false
		}
		c, m, again = n, fail, true
		return true
	}
	for again {
		again = false
		for i := len(c.views) - 1; i >= 0 && len(c.views) > 1; i-- {
			try(func(n *lawCase) { n.views = slices.Delete(n.views, i, i+1) })
		}
		if c.way.Workers > 1 || c.way != (script.Way{Workers: 1}) {
			_ = try(func(n *lawCase) { n.way = script.Way{Workers: 1} }) || c.way.Workers > 2 && try(func(n *lawCase) { n.way = script.Way{Workers: 2} })
			again = false
		}
		for i := range slices.Backward(c.early) {
			try(func(n *lawCase) { n.early = slices.Delete(slices.Clone(n.early), i, i+1) })
		}
		for i := len(c.epochs) - 1; i >= 0 && i < len(c.epochs); i-- {
			if i > 0 && try(func(n *lawCase) {
				n.epochs[i-1] = append(slices.Clone(n.epochs[i-1]), n.epochs[i]...)
				n.epochs = slices.Delete(n.epochs, i, i+1)
				n.early = nil
			}) {
				continue
			}
			c.shrinkEpoch(i, try)
		}
		for i := range slices.Backward(c.views) {
			c.shrinkView(i, try)
		}
	}
	return c, m
}

// size is what has to become smaller.
func (c *lawCase) size() int {
	n := 100 * len(c.epochs)
	for _, e := range c.epochs {
		n += 10 * len(e)
	}
	for _, q := range c.queries(nil) {
		n += len(q.ours) * 2
	}
	for _, v := range c.views {
		for _, x := range v {
			n += min(x, 1)
		}
	}
	return n
}

// shrinkEpoch takes rows out.
func (c *lawCase) shrinkEpoch(e int, try func(func(*lawCase)) bool) {
	now := c.epochs[e]
	for size := (len(now) + 1) / 2; size >= 1; size /= 2 {
		for i := 0; i < len(now); {
			end := min(i+size, len(now))
			less := append(slices.Clone(now[:i]), now[end:]...)
			if try(func(n *lawCase) { n.epochs[e] = less }) {
				now = less
			} else {
				i += size
			}
		}
	}
}

// shrinkView drops and lowers choices.
func (c *lawCase) shrinkView(v int, try func(func(*lawCase)) bool) {
	now := c.views[v]
	for _, size := range []int{16, 8, 4, 3, 2, 1} {
		for i := 0; i < len(now); i++ {
			end := min(i+size, len(now))
			dropped := append(slices.Clone(now[:i]), now[end:]...)
			zeroed := slices.Clone(now)
			clear(zeroed[i:end])
			for _, less := range [][]int{dropped, zeroed} {
				if try(func(n *lawCase) { n.views[v] = less }) {
					now = less
					break
				}
			}
		}
	}
}

// delta writes a case as a script whose answers are SQLite's.
func (c *lawCase) delta(db *sql.DB) string {
	var out strings.Builder
	for _, t := range c.tables {
		var cols []string
		for _, f := range t.Schema.Fields {
			col := f.Name + " " + f.Type.String()
			if !f.Nullable {
				col += " not null"
			}
			cols = append(cols, col)
		}
		for _, k := range t.Schema.Key {
			cols = append(cols, "primary key ("+t.Schema.Fields[k].Name+")")
		}
		fmt.Fprintf(&out, "create table %s (%s)\n", t.Name, strings.Join(cols, ", "))
	}
	for i, q := range c.queries(nil) {
		fmt.Fprintf(&out, "view v%d as %s\n", i, q.ours)
	}
	answers := make([]map[string]int64, len(c.epochs)+1)
	c.try(db, func(e int, rows map[string]int64) { answers[e+1] = rows })
	for e := range c.epochs {
		changes, negative := c.changes(e)
		out.WriteString("\nepoch " + c.clock(e).Format(time.RFC3339) + "\n")
		for _, ch := range changes {
			t, _ := c.tables.Table(ch.Table)
			out.WriteString(script.Line(ch, t) + "\n")
		}
		out.WriteString("----\n")
		if negative {
			out.WriteString("(SQLite cannot say: a row is there -1 times)\n")
		}
		if answers[e+1] == nil {
			break // it came no further
		}
		var lines []string
		for row, w := range answers[e+1] {
			if w != answers[e][row] {
				lines = append(lines, fmt.Sprintf("%s %+d", row, w-answers[e][row]))
			}
		}
		for row, w := range answers[e] {
			if _, still := answers[e+1][row]; !still {
				lines = append(lines, fmt.Sprintf("%s %+d", row, -w))
			}
		}
		slices.Sort(lines)
		out.WriteString(strings.Join(append(lines, ""), "\n"))
	}
	return out.String()
}
