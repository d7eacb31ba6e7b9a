// Package topjoin finds the first pairs of a join without keeping any pair.
package topjoin

import (
	"context"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Side is an input.
type Side struct {
	// Types are those of its columns, Key the columns that have to be equal; the types of both sides' keys are the same.
	Types []batch.Type
	Key   []int
}

// Options says what a TopJoin does. Columns beyond those of the first side are those of the second.
type Options struct {
	Sides [2]Side
	// Ranked is the side whose columns make up the order, Order, over that side's columns. Pairs that it does not tell apart
	// come in the canonical order of the output.
	Ranked int
	Order  []relation.OrderKey
	// Limit is how many pairs of a key there are in the output, after the first Offset.
	Limit, Offset int64
	// Output are columns of the pairs.
	Output []int
	// Residual is a condition over the columns ResidualCols of a pair that cannot fail; nil: there is none.
	Residual     *expr.Program
	ResidualCols []int
	// Context goes to functions that come from elsewhere. Nil: one that never ends.
	Context context.Context //nolint:containedctx // operators have no context of their own
}

// TopJoin keeps the first pairs of each key.
//
//	topjoin(a, b) = topn(a ⋈ b)   the groups being the keys
//
// It keeps the two sides: the ranked one arranged by the key, then by the place of a row, the plain one by the key. For a row
// of the plain side the pairs lie in the order of the ranked one, so the first of them that meet the condition are found
// from its beginning on; the first pairs of a key are among those of its plain rows. In an epoch it compares the first
// pairs of the keys that have changes with those before.
type TopJoin struct {
	o        Options
	sides    [2]side
	keys     int // columns of the key
	output   []ref
	residual []ref
	ranks    relation.Ranks
	sel      []int32

	scan    *arrange.Scan // nil between epochs
	second  bool          // the scan is that of the plain side's changes
	ranked  *arrange.Reader
	prober  arrange.Prober
	block   block
	rows    []*batch.Vector // what the residual reads of the pairs that are looked at
	looked  []candidate
	passed  []int32
	errs    batch.RowErrors
	out     port.Output
	working bool // on a block
}

// side is what is kept of an input, and its moments before and after the epoch.
type side struct {
	input port.Input
	store []int // columns of the input, the key first; of the ranked side without the two of its order
	state *arrange.Arrangement
	read  [2]*arrange.Reader
}

// ref is where a column of a pair is found: in the key, or among the values of a side.
type ref struct {
	side, at int
	key      bool
}

// New returns a top join.
func New(o Options) *TopJoin {
	if o.Context == nil {
		o.Context = context.Background()
	}
	t := &TopJoin{
		o: o, keys: len(o.Sides[0].Key),
		ranks: relation.NewRanks(o.Order),
	}
	for i := range t.sides {
		t.sides[i].store = append(t.sides[i].store, o.Sides[i].Key...)
	}
	for _, c := range o.Output {
		t.output = append(t.output, t.place(c))
	}
	for _, c := range o.ResidualCols {
		t.residual = append(t.residual, t.place(c))
	}
	all := append(append([]batch.Type{}, o.Sides[0].Types...), o.Sides[1].Types...)
	for _, c := range o.ResidualCols {
		t.rows = append(t.rows, batch.NewVector(all[c]))
	}
	for i := range t.sides {
		s := &t.sides[i]
		types := port.Project(o.Sides[i].Types, s.store[:t.keys])
		if i == o.Ranked {
			types = append(types, relation.RankTypes()...)
		}
		types = append(types, port.Project(o.Sides[i].Types, s.store[t.keys:])...)
		spec := arrange.Spec{Types: types, Key: t.keys, SegmentBytes: port.SegmentBytes}
		s.input, s.state = port.NewInput(spec), arrange.New(spec)
	}
	t.out = port.NewOutput(port.Project(all, o.Output))
	return t
}

// place returns where a column of a pair is kept. Columns are kept in the order in which they are asked for: the output's
// first, so that rows that the order does not tell apart are in the order of the output.
func (t *TopJoin) place(c int) ref {
	i := 0
	if n := len(t.o.Sides[0].Types); c >= n {
		i, c = 1, c-n
	}
	s := &t.sides[i]
	for at, have := range s.store {
		if have == c && at < t.keys {
			return ref{side: i, at: at, key: true}
		}
		if have == c {
			return t.value(i, at)
		}
	}
	s.store = append(s.store, c)
	return t.value(i, len(s.store)-1)
}

func (t *TopJoin) value(i, stored int) ref {
	r := ref{side: i, at: stored - t.keys}
	if i == t.o.Ranked {
		r.at += 2
	}
	return r
}

// Push gathers rows. Those with a NULL in their key pair with none.
func (t *TopJoin) Push(port int, b *batch.Batch) error {
	s := &t.sides[port]
	cols := make([]batch.Column, 0, len(s.store)+2)
	for _, c := range s.store[:t.keys] {
		cols = append(cols, b.Cols[c])
	}
	sel := t.keyed(cols, b.Rows)
	if port == t.o.Ranked {
		rank, rest := t.ranks.Of(b)
		cols = append(cols, rank, rest)
	}
	for _, c := range s.store[t.keys:] {
		cols = append(cols, b.Cols[c])
	}
	s.input.Builder.AppendSelected(&batch.Batch{Cols: cols, Rows: b.Rows, Weights: b.Weights}, nil, sel)
	return nil
}

// keyed returns the rows that have a key; nil: all.
func (t *TopJoin) keyed(key []batch.Column, rows int) []int32 {
	nulls := false
	for i := range key {
		nulls = nulls || key[i].Valid != nil
	}
	if !nulls {
		return nil
	}
	sel := t.sel[:0]
	if sel == nil {
		sel = []int32{}
	}
	for row := range rows {
		whole := true
		for i := range key {
			whole = whole && !key[i].Null(row)
		}
		if whole {
			sel = append(sel, int32(row))
		}
	}
	t.sel = sel
	return sel
}

// Done ends the epoch's input of one side.
func (t *TopJoin) Done(port int) { t.sides[port].input.Done = true }

// blockKeys is how many keys are looked up at a time.
const blockKeys = 1 << 10

// Step seals the inputs, then goes through the keys that have rows in one of them.
func (t *TopJoin) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	for i := range t.sides {
		if ready, more := t.sides[i].input.Seal(budget); !ready {
			return more, nil
		}
	}
	if t.scan == nil {
		t.begin()
	}
	for rows := budget.Rows; rows > 0; {
		if t.out.N >= port.OutRows {
			if err := t.out.Flush(out); err != nil {
				return false, err
			}
		}
		if t.working {
			n, err := t.work(rows)
			if err != nil {
				return false, err
			}
			rows -= n
			continue
		}
		b, ok := t.scan.Next(max(1, min(blockKeys, rows)))
		switch {
		case ok:
			t.open(b)
			rows -= b.Len()
		case !t.second:
			t.second = true
			t.scan = arrange.NewScan(t.sides[1-t.o.Ranked].input.Run)
		default:
			t.end()
			return false, t.out.Flush(out)
		}
	}
	return true, nil
}

// begin takes both sides before and after the epoch.
func (t *TopJoin) begin() {
	for i := range t.sides {
		s := &t.sides[i]
		s.read[0] = s.state.Reader()
		s.state.Add(s.input.Run.Retain())
		s.read[1] = s.state.Reader()
	}
	changed := t.sides[t.o.Ranked].input.Run
	t.scan, t.second = arrange.NewScan(changed), false
	t.ranked = arrange.NewReader(t.sides[t.o.Ranked].state.Spec(), changed)
}

// end ends the epoch.
func (t *TopJoin) end() {
	t.close()
	for i := range t.sides {
		t.sides[i].input.Reset()
	}
	t.scan = nil
}

func (t *TopJoin) close() {
	for i := range t.sides {
		for which := range t.sides[i].read {
			t.sides[i].read[which].Close()
			t.sides[i].read[which] = nil
		}
	}
	t.ranked.Close()
	t.ranked = nil
}

// Arrangements returns both sides.
func (t *TopJoin) Arrangements() []*arrange.Arrangement {
	return []*arrange.Arrangement{t.sides[0].state, t.sides[1].state}
}

// Release frees all memory.
func (t *TopJoin) Release() {
	t.close()
	for i := range t.sides {
		t.sides[i].input.Release()
		t.sides[i].state.Release()
	}
}
