package law

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Case is a schema, views over it, a history, and a way to run them.
type Case struct {
	scale  int
	tables script.Tables
	views  [][]int // the choices of each view
	epochs [][]script.Change
	way    script.Way
	keyed  bool // the circuit enforces keys
	puts   puts
	early  []early
	tick   time.Duration // from one epoch to the next

	windows bool // most of what is selected is window functions
}

// puts says how the rows of tables whose keys the circuit enforces are delivered.
type puts int

const (
	weighted puts = iota // with weights
	once                 // by key, each once
	twice                // by key, each twice, in the whole once more behind the others
	again                // by key, after those of the epoch before have been delivered once more
)

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

// New makes up a case, as the options say.
func New(r *rand.Rand, o Options) *Case {
	c := &Case{scale: max(o.Scale, 1), windows: o.Windows}
	for i := range 1 + r.IntN(3) {
		t := &plan.Table{Name: fmt.Sprint("r", i), Rows: []int64{-1, 10, 1e6}[r.IntN(3)]}
		add := func(name, typ string, nullable bool) {
			parsed, err := batch.ParseType(typ)
			if err != nil {
				panic(err) // of a type in the list above
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
	if c.keyed = r.IntN(3) == 0; c.keyed {
		c.puts = puts(r.IntN(4))
	}
	c.tick = []time.Duration{0, 7 * time.Hour, 75 * time.Hour, 20 * 24 * time.Hour}[r.IntN(4)]
	c.way = script.Way{
		Workers: []int{1, 2, 3, 8}[r.IntN(4)], Batch: []int{0, 0, 1, 3, 7}[r.IntN(5)], Step: []int{0, 0, 1, 5, 50}[r.IntN(5)],
		Restart: []int{0, 0, 1, 2, 3}[r.IntN(5)], Keep: r.IntN(4) == 0, Separate: r.IntN(3) == 0, Backward: r.IntN(2) == 0,
	}
	return c
}

// queries makes the SQL of the views, from their choices or, when draw gives choices, anew.
func (c *Case) queries(draw func(i int) *choices) []phrase {
	var sources []source
	for _, t := range c.tables {
		s := source{name: t.Name, keyed: t.Schema.Key != nil}
		for _, f := range t.Schema.Fields {
			s.terms = append(s.terms, term{sql: text(f.Name), kind: kindOf(f.Name), small: true})
		}
		sources = append(sources, s)
	}
	var out []phrase
	for i := range c.views {
		ch := &choices{given: c.views[i]}
		if draw != nil {
			ch = &choices{r: draw(i).r}
		}
		g := &generator{choices: ch, sources: sources, large: c.scale > 1, windows: c.windows}
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
