package law

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/script"
)

// failing are queries in which division by zero parks rows: ours, SQLite's, which leaves those rows out, and how many
// rows are parked. {C} stands for a condition over t.
var failing = [][3]string{
	{
		"SELECT a, a2 / b AS q FROM t WHERE {C}",
		"SELECT a, a2 / b FROM t WHERE {C} AND NOT (b IS 0 AND a2 IS NOT NULL)",
		"SELECT count(*) FROM t WHERE {C} AND b = 0 AND a2 IS NOT NULL",
	},
	{
		"SELECT s, SUM(a % b) AS q, COUNT(*) AS n FROM t WHERE {C} GROUP BY s",
		"SELECT s, SUM(a % b), COUNT(*) FROM t WHERE {C} AND NOT (b IS 0 AND a IS NOT NULL) GROUP BY s",
		"SELECT count(*) FROM t WHERE {C} AND b = 0 AND a IS NOT NULL",
	},
	{
		"SELECT a FROM t WHERE {C} AND a / b > 0",
		"SELECT a FROM t WHERE {C} AND a / b > 0",
		"SELECT count(*) FROM t WHERE {C} AND b = 0 AND a IS NOT NULL",
	},
	{
		"SELECT DISTINCT a / b AS q FROM t WHERE {C}",
		"SELECT DISTINCT a / b FROM t WHERE {C} AND NOT (b IS 0 AND a IS NOT NULL)",
		"SELECT count(*) FROM t WHERE {C} AND b = 0 AND a IS NOT NULL",
	},
	{
		"SELECT a, CASE WHEN b <> 0 THEN a / b END AS q FROM t WHERE {C}",
		"SELECT a, a / b FROM t WHERE {C}",
		"SELECT 0",
	},
	{
		"SELECT x.a, x.a / y.b AS q FROM (SELECT * FROM t WHERE {C}) AS x JOIN t AS y ON x.a = y.a2",
		"SELECT x.a, x.a / y.b FROM (SELECT * FROM t WHERE {C}) AS x JOIN t AS y ON x.a = y.a2 WHERE y.b IS NULL OR y.b <> 0",
		"SELECT count(*) FROM (SELECT * FROM t WHERE {C}) AS x JOIN t AS y ON x.a = y.a2 WHERE y.b = 0",
	},
	{
		"SELECT y.s, MAX(x.q) AS q FROM (SELECT a, a2 / b AS q FROM t WHERE {C}) AS x LEFT JOIN t AS y ON x.q = y.a GROUP BY y.s",
		"SELECT y.s, MAX(x.q) FROM (SELECT a, a2 / b AS q FROM t WHERE {C} AND NOT (b IS 0 AND a2 IS NOT NULL)) AS x LEFT JOIN t AS y ON x.q = y.a GROUP BY y.s",
		"SELECT count(*) FROM t WHERE {C} AND b = 0 AND a2 IS NOT NULL",
	},
}

// TestLawDeadLetters: a view is what its query is over the tables without the rows that cannot be computed, and as
// many rows are parked as there are such rows, after every epoch (I5).
func TestLawDeadLetters(t *testing.T) {
	o := openSQLite(t)
	start, parked := time.Now(), int64(0)
	for seed := *lawSeed; time.Since(start) < *lawTime/3; seed++ {
		r := rand.New(rand.NewPCG(seed, 17))
		n, err := deadLetters(o, r, failing[r.IntN(len(failing))])
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		parked += n
	}
	if parked == 0 {
		t.Error("no row was ever parked")
	}
}

// deadLetters tries a query over a random history and returns how many rows were parked over time.
func deadLetters(o *Oracle, r *rand.Rand, texts [3]string) (parked int64, err error) {
	c := New(r, Options{})
	for len(c.tables) != 1 || c.tables[0].Schema.Index("b") < 0 || c.tables[0].Schema.Index("a2") < 0 || c.tables[0].Schema.Index("s") < 0 {
		c = New(r, Options{})
	}
	old := c.tables[0].Name
	c.tables[0].Name, c.early, c.views = "t", nil, nil
	in := &scope{}
	for _, f := range c.tables[0].Schema.Fields {
		in.terms = append(in.terms, term{sql: text(f.Name), kind: kindOf(f.Name)})
	}
	for e := range c.epochs {
		for i := range c.epochs[e] {
			c.epochs[e][i].Table = strings.Replace(c.epochs[e][i].Table, old, "t", 1)
		}
	}
	condition := (&generator{choices: &choices{r: r}}).expr(in, kBool, 1)
	put := func(into, sql string) string { return strings.ReplaceAll(into, "{C}", sql) }
	queries := []phrase{{ours: put(texts[0], condition.ours), sqlite: put(texts[1], condition.sqlite)}}
	err = c.compareDead(o, queries, put(texts[2], condition.sqlite), &parked)
	return parked, err
}

func (c *Case) compareDead(o *Oracle, queries []phrase, count string, parked *int64) (err error) {
	p, err := script.Compile("law", c.tables, create(queries), bind.Options{})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, queries[0].ours)
	}
	b := &bench{Oracle: o, c: c, planned: p.Plan.Views}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.open(queries); err != nil {
		return err
	}
	x, err := p.Start(c.way)
	if err != nil {
		return err
	}
	defer func() { _ = x.Stop() }()
	have, dead := map[string]int64{}, int64(0)
	for e, changes := range c.epochs {
		deltas, lines, err := x.Epoch(context.Background(), changes)
		if err != nil {
			return err
		}
		for row := range deltas[0].Rows.Rows {
			key := "v0 " + cells(deltas[0].Rows.Row(row))
			if have[key] += int64(deltas[0].Rows.Weight(row)); have[key] == 0 {
				delete(have, key)
			}
		}
		for line := range strings.Lines(lines) {
			var operator string
			var w int64
			if _, err := fmt.Sscanf(line, "dead %s %d", &operator, &w); err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
			dead += w
			*parked += max(w, 0)
		}
		if err := b.apply(changes); err != nil {
			return err
		}
		want, err := b.views()
		if err != nil {
			return err
		}
		var wantDead int64
		if err := o.DB.QueryRow(count).Scan(&wantDead); err != nil {
			return fmt.Errorf("%w\n%s", err, count)
		}
		if detail := differences(have, want); detail != "" || dead != wantDead {
			return fmt.Errorf("%v: %s\nafter epoch %d of %v: %d rows parked, want %d\n%s", c.way, queries[0].ours, e, c.epochs, dead, wantDead, detail)
		}
	}
	return nil
}
