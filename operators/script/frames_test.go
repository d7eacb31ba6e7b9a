package script_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/script"
)

// framed are the columns that can be an argument of an aggregate, by what its signature says.
var framed = map[string]string{
	"number": "x y f m", "number, timestamp or duration": "x f m", "integer": "x y", "bool": "t", "any": "x f m s t", "key": "x s", "text": "s", "name": "s",
	"y number": "x f", "x number": "y f",
}

// callsOf writes calls of an aggregate: plainly, with a FILTER, with DISTINCT and with an order where it takes them.
func callsOf(t *testing.T, a expr.Aggregate, r *rand.Rand) (calls []string) {
	one := func(of string) string {
		columns := strings.Fields(framed[of])
		if columns == nil {
			t.Fatalf("%s: what is %q? Say it in framed", a.Signature, of)
		}
		return columns[r.IntN(len(columns))]
	}
	call := func(text string) {
		calls = append(calls, text, text+" FILTER (WHERE y > 0)")
	}
	switch name := strings.ToUpper(a.Name); {
	case a.Name == "count(*)":
		call("COUNT(*)")
	case strings.HasPrefix(a.Name, "percentile_"):
		call(name + "(0.3) WITHIN GROUP (ORDER BY " + one("number") + " DESC)")
	case strings.HasPrefix(a.Name, "quantile_"):
		call(name + "(" + one("number") + ", 0.75)")
	default:
		inside, _, _ := strings.Cut(a.Signature[strings.Index(a.Signature, "(")+1:], ")")
		inside, _, _ = strings.Cut(strings.TrimPrefix(inside, "[distinct] "), " [")
		const times = "number, timestamp or duration"
		var args []string
		if rest, ok := strings.CutPrefix(inside, times); ok {
			args, inside = append(args, one(times)), strings.TrimPrefix(rest, ", ")
		}
		for of := range strings.SplitSeq(inside, ", ") {
			if of != "" {
				args = append(args, one(of))
			}
		}
		text := strings.Join(args, ", ")
		switch {
		case a.Ordered:
			call(name + "(" + text + " ORDER BY y DESC, " + args[0] + ")") // by itself a frame has an order, and a group none
			if !strings.HasSuffix(a.Name, "_value") {
				call(name + "(DISTINCT " + text + " ORDER BY " + args[0] + " DESC)")
			}
		case len(args) == 1 && a.Canonical() != "count_if":
			call(name + "(DISTINCT " + text + ")")
			fallthrough
		default:
			call(name + "(" + text + ")")
		}
	}
	return calls
}

// of writes the columns of a call as those of a table.
func of(table, call string) string {
	words := strings.FieldsFunc(call, func(r rune) bool { return strings.ContainsRune("(), ", r) })
	var out strings.Builder
	for _, w := range words {
		at := strings.Index(call, w)
		out.WriteString(call[:at])
		if len(w) == 1 && strings.Contains("xyfmst", w) {
			out.WriteString(table + ".")
		}
		out.WriteString(w)
		call = call[at+len(w):]
	}
	return out.String() + call
}

// TestLawFrameIsGroup: every aggregate of the catalogue over a frame is that of a group of the frame's rows, which a join
// finds: after every epoch neither has a row that the other has not.
func TestLawFrameIsGroup(t *testing.T) {
	frames := []struct{ over, join string }{
		{"order by k range between 2 preceding and 1 following", "q.one = l.one and q.k >= l.k - 2 and q.k <= l.k + 1"},
		{"partition by p order by y groups between unbounded preceding and current row exclude ties", "q.p = l.p and (q.y < l.y or q.k = l.k)"},
	}
	r := rand.New(rand.NewPCG(7, 7))
	sql := "create table r (k int not null, one int not null, p int not null, x int, y int not null, f double, m decimal(38,2), s text, t bool, primary key (k))\n"
	for _, a := range expr.Aggregates() {
		calls := callsOf(t, a, r)
		for i, frame := range frames {
			var over, group []string
			for j, call := range calls {
				over = append(over, fmt.Sprintf("%s over (%s) as v%d", call, frame.over, j))
				group = append(group, fmt.Sprintf("%s as v%d", of("q", call), j))
			}
			name := fmt.Sprint(strings.Replace(a.Name, "(*)", "_star", 1), i)
			w, g := "over_"+name, "group_"+name
			sql += fmt.Sprintf("view %s as select k, %s from r\n", w, strings.Join(over, ", "))
			sql += fmt.Sprintf("view %s as select l.k, %s from r l join r q on %s group by l.k\n", g, strings.Join(group, ", "), frame.join)
			sql += fmt.Sprintf("view odd_%s as (select * from %s except all select * from %[3]s) union all (select * from %[3]s except all select * from %[2]s)\n", name, w, g)
		}
	}
	sql += history(r)
	s, err := script.Parse("frames", sql)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []script.Way{{Workers: 2, Step: 50}, {Workers: 1, Restart: 2}} {
		x, err := p.Start(w)
		if err != nil {
			t.Fatal(err)
		}
		changed := map[string]bool{}
		for _, b := range s.Blocks {
			deltas, _, err := x.Epoch(context.Background(), b.Changes)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range deltas {
				changed[d.View] = changed[d.View] || d.Rows.Rows > 0
				if strings.HasPrefix(d.View, "odd_") && d.Rows.Rows > 0 {
					t.Errorf("%v, line %d: %s: %d rows differ", w, b.Line, strings.TrimPrefix(d.View, "odd_"), d.Rows.Rows)
				}
			}
		}
		for _, v := range p.Plan.Views {
			if !changed[v.Name] && !strings.HasPrefix(v.Name, "odd_") {
				t.Errorf("%v: view %s never had a row", w, v.Name)
			}
		}
		if parked := x.Parked(); parked != "" {
			t.Errorf("%v: parked:\n%s", w, parked)
		}
		if err := x.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// history makes up epochs of changes of the table of TestLawFrameIsGroup.
func history(r *rand.Rand) string {
	var out strings.Builder
	rows := map[int]string{}
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	for range 5 {
		out.WriteString("\nepoch\n")
		for range 12 {
			k := r.IntN(20)
			if row, there := rows[k]; there {
				fmt.Fprintf(&out, "r -1 %s\n", row)
				if delete(rows, k); r.IntN(2) == 0 {
					continue
				}
			}
			rows[k] = fmt.Sprintf("%d 1 %d %s %d %s %s %s %s", k, r.IntN(2), pick("NULL", "1", "2", "3", "-7"), r.IntN(4)-1, pick("NULL", "0.5", "1e300", "-1e300", "3"),
				pick("NULL", "1.25", "-3.50", "2.00"), pick("NULL", "u", "v", "w"), pick("NULL", "true", "false"))
			fmt.Fprintf(&out, "r +1 %s\n", rows[k])
		}
		out.WriteString("----\n")
	}
	return out.String()
}
