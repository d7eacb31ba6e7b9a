package expr

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// generator makes random expressions that mean the same to SQLite, and their SQL.
type generator struct{ r *rand.Rand }

type random struct {
	e   Expr
	sql string
}

// The columns of the random table: two of each type.
var randomTypes = []batch.Type{tInt, tInt, tFloat, tFloat, tText, tText, tBool, tBool}

func (g *generator) pick(n int) int { return g.r.IntN(n) }

func (g *generator) leaf(t batch.Type) random {
	if g.pick(3) > 0 {
		for {
			c := g.pick(len(randomTypes))
			if randomTypes[c] == t {
				return random{Column(c, t, true), fmt.Sprintf("c%d", c)}
			}
		}
	}
	if g.pick(8) == 0 {
		return random{Null(t), "NULL"}
	}
	switch t {
	case tInt:
		v := int64(g.pick(7) - 3)
		return random{Int(v), fmt.Sprint(v)}
	case tFloat:
		v := float64(g.pick(9)-4) / 2
		return random{Float(v), fmt.Sprintf("%.1f", v)}
	case tBool:
		v := g.pick(2) == 1
		return random{Bool(v), strings.ToUpper(fmt.Sprint(v))}
	}
	v := []string{"", "a", "ab", "Ba", "b%"}[g.pick(5)]
	return random{Text(v), "'" + v + "'"}
}

// of is a switch over the types.
func (g *generator) of(t batch.Type, depth int) random {
	if depth == 0 || g.pick(6) == 0 {
		return g.leaf(t)
	}
	arg := func(t batch.Type) random { return g.of(t, depth-1) }
	switch g.pick(5) {
	case 0:
		c, v, w := arg(tBool), arg(t), arg(t)
		return g.call("case", "CASE WHEN %s THEN %s ELSE %s END", c, v, w)
	case 1:
		return g.call("coalesce", "COALESCE(%s, %s)", arg(t), arg(t))
	}
	switch t {
	case tInt:
		switch g.pick(6) {
		case 0:
			return g.call("/", "%s / %s", arg(tInt), arg(tInt))
		case 1:
			return g.call("%", "%s %% %s", arg(tInt), arg(tInt))
		case 2:
			return g.call("length", "LENGTH(%s)", arg(tText))
		case 3:
			return g.call("neg", "- %s", arg(tInt))
		}
		op := []string{"+", "-", "*"}[g.pick(3)]
		return g.call(op, "%s "+op+" %s", arg(tInt), arg(tInt))
	case tFloat:
		if g.pick(4) == 0 {
			return g.call("abs", "ABS(%s)", arg(tFloat))
		}
		op := []string{"+", "-", "*", "/"}[g.pick(4)]
		return g.call(op, "%s "+op+" %s", arg(tFloat), arg(tFloat))
	case tText:
		switch g.pick(5) {
		case 0:
			return g.call("upper", "UPPER(%s)", arg(tText))
		case 1:
			return g.call("substring", "SUBSTR(%s, %s)", arg(tText), random{Int(2), "2"})
		case 2:
			return g.call("replace", "REPLACE(%s, %s, %s)", arg(tText), random{Text("a"), "'a'"}, arg(tText))
		case 3:
			return g.call("trim", "TRIM(%s, %s)", arg(tText), random{Text("b"), "'b'"})
		}
		return g.call("||", "%s || %s", arg(tText), arg(tText))
	}
	return g.condition(arg)
}

func (g *generator) condition(arg func(batch.Type) random) random {
	t := []batch.Type{tInt, tFloat, tText, tBool}[g.pick(4)]
	switch g.pick(9) {
	case 0:
		return g.call("and", "%s AND %s", arg(tBool), arg(tBool))
	case 1:
		return g.call("or", "%s OR %s", arg(tBool), arg(tBool))
	case 2:
		return g.call("not", "NOT %s", arg(tBool))
	case 3:
		return g.call("is null", "%s IS NULL", arg(t))
	case 4:
		return g.call("in", "%s IN (%s, %s)", arg(t), arg(t), arg(t))
	case 5:
		return g.call("is not distinct from", "%s IS %s", arg(t), arg(t))
	case 6:
		p := []string{"a%", "%b", "_a", "%", "a_%"}[g.pick(5)]
		return g.call("like", "%s LIKE %s", arg(tText), random{Text(p), "'" + p + "'"})
	}
	op := []string{"=", "<>", "<", "<=", ">", ">="}[g.pick(6)]
	return g.call(op, "%s "+op+" %s", arg(t), arg(t))
}

func (g *generator) call(name, format string, args ...random) random {
	exprs, texts := make([]Expr, len(args)), make([]any, len(args))
	for i, a := range args {
		exprs[i], texts[i] = a.e, a.sql
	}
	return random{must(Call(name, exprs...)), "(" + fmt.Sprintf(format, texts...) + ")"}
}

// TestAgainstSQLite compares random expressions, with nulls everywhere, with what SQLite makes of them. Where
// SQLite gives NULL or goes over to floats, an overflow or a division by zero of ours is right, too.
func TestAgainstSQLite(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("PRAGMA case_sensitive_like = ON")
	exec("CREATE TABLE t (id INTEGER PRIMARY KEY, c0 INT, c1 INT, c2 REAL, c3 REAL, c4 TEXT, c5 TEXT, c6 BOOL, c7 BOOL)")
	g := &generator{rand.New(rand.NewPCG(11, 12))}
	const rows = 60
	var data [][]any
	for i := range rows {
		row := make([]any, len(randomTypes))
		for c, typ := range randomTypes {
			l := g.leaf(typ)
			for l.e.Op != LiteralOp {
				l = g.leaf(typ)
			}
			if !l.e.Null {
				col := batch.NewVector(typ)
				if err := col.AppendText(l.e.Value); err != nil {
					t.Fatal(err)
				}
				one := col.Take()
				row[c] = one.Value(0)
			}
		}
		data = append(data, row)
		exec("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", append([]any{i}, row...)...)
	}
	in := table(t, randomTypes, data...)
	n := 3000
	if testing.Short() {
		n = 300
	}
	failures, compared, plain := 0, 0, 0
	for range n {
		x := g.of([]batch.Type{tInt, tFloat, tText, tBool}[g.pick(4)], 1+g.pick(4))
		ours := results(t, x.e, in, nil)
		theirs, err := db.Query("SELECT " + x.sql + " FROM t ORDER BY id")
		if err != nil {
			t.Fatalf("%s: %v", x.sql, err)
		}
		for i := 0; theirs.Next(); i++ {
			var v any
			if err := theirs.Scan(&v); err != nil {
				t.Fatal(err)
			}
			if compared++; ours[i] != "NULL" && !strings.HasPrefix(ours[i], "bad: ") {
				plain++
			}
			if !same1(ours[i], v, x.e) {
				t.Errorf("%s\nour %v\nover %v: %s, SQLite %v (%T)", x.sql, x.e, in.Row(i), ours[i], v, v)
				failures++
				break
			}
		}
		theirs.Close()
		if failures > 5 {
			t.FailNow()
		}
	}
	if compared != n*rows || plain < compared/4 {
		t.Errorf("%d rows compared, %d of them plain values, of %d", compared, plain, n*rows)
	}
}

// same1 compares our text with SQLite's value.
func same1(ours string, v any, e Expr) bool {
	if strings.HasPrefix(ours, "bad: ") {
		return Fallible(e)
	}
	switch x := v.(type) {
	case nil:
		return ours == "NULL" && e.Nullable
	case int64:
		switch e.Type {
		case tBool:
			return ours == fmt.Sprint(x != 0)
		case tFloat:
			return ours == fmt.Sprint(x) || ours == "-0" && x == 0
		}
		return ours == fmt.Sprint(x)
	case float64:
		var f float64
		_, err := fmt.Sscan(ours, &f)
		return err == nil && (f == x || math.Abs(f-x) <= 1e-12*math.Abs(x))
	case bool:
		return ours == fmt.Sprint(x)
	case string:
		return ours == x
	}
	return false
}
