package relation

import (
	"context"
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// JoinKind says which rows a join keeps.
type JoinKind uint8

// The kinds of joins. Semi and Anti have the left columns only: rows that have, or have not, a match.
const (
	Inner JoinKind = iota
	Left
	Right
	Full
	Semi
	Anti
)

// String returns the name as it is written in plans.
func (k JoinKind) String() string {
	return [...]string{"inner", "left", "right", "full", "semi", "anti"}[k]
}

// JoinSide describes the rows of one port.
type JoinSide struct {
	Types []batch.Type
	// Key are the columns whose values must equal those of the other side's Key, pair by pair, of
	// the same types. NULL equals nothing, unless NullsMatch is set.
	Key []int
	// Shared is where the rows of this side are arranged for several joins, with At for each column of
	// Types its place there, or -1. Then no rows come to the port. Nil: the join arranges them itself.
	Shared *Arranged
	At     []int
}

// JoinOptions says what a Join does.
type JoinOptions struct {
	Kind        JoinKind
	Left, Right JoinSide
	// Output are the columns of the output: those of the left side, from 0, then those of the
	// right. The join keeps and reads no others, but the keys and what Residual reads.
	Output []int
	// Residual is a condition beside the equality of the keys: a program of one Bool expression
	// over the columns ResidualCols, numbered like Output. Nil: none.
	Residual     *expr.Program
	ResidualCols []int
	// NullsMatch makes NULL keys equal.
	NullsMatch bool
	// Context goes to functions that come from elsewhere. Nil: one that never ends.
	Context context.Context //nolint:containedctx // operators have no context of their own
	// Dead takes pairs of rows, of the columns ResidualCols, whose condition could not be computed.
	// Nil drops them.
	Dead Dead
}

// Join pairs the rows of two tables that have equal keys.
//
//	inner(a, b)[x, y] = a[x] * b[y]                       key(x) = key(y)
//	left(a, b)        = inner(a, b) + anti(a, b) x NULLs
//	semi(a, b)[x]     = a[x]      if b has key(x), that is, the weights of its rows sum to above 0
//	anti(a, b)[x]     = a[x]      if it has not
//
// It keeps both tables, each arranged by its key, without the columns that nobody reads, or reads what an Arranged
// keeps for several joins. The port
// that is done first is sealed and becomes the new state; its delta meets the old state of the other
// side, whose delta then meets the new state:
//
//	d(a x b) = da x b(e-1) + a(e) x db
//
// The work goes through the deltas in the order of the keys' hashes, in bounded lists of pairs: the
// product of one frequent key never exists as a whole.
type Join struct {
	o        JoinOptions
	sides    [2]side
	residual residual
	sealed   []int // the sides that are sealed, in the order in which they were
	tasks    []task
	out      port.Output
	nulls    [2]port.Output // rows that can have no match, to be emitted as they are
}

// side is one port of a join.
type side struct {
	input    port.Input
	key      []int // columns of the port's rows
	store    []int // columns that are kept: the key, then the values
	state    *arrange.Arrangement
	old, new *arrange.Reader
	outer    bool // rows without a match are in the output
	shared   *Arranged
	epochs   int // that have ended, where it is shared
	sel      []int32
	where    map[int]int // kept columns, by their number in Output
}

// NewJoin returns a join. A condition beside an outer, semi or anti join makes it one of several
// operators in one.
func NewJoin(o JoinOptions) operators.Operator {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	if o.Residual != nil && o.Kind != Inner {
		return newConditional(o)
	}
	return newJoin(o)
}

func newJoin(o JoinOptions) *Join {
	j := &Join{o: o}
	all := slices.Concat(o.Left.Types, o.Right.Types)
	needed := slices.Concat(o.Output, o.ResidualCols)
	for i, s := range []JoinSide{o.Left, o.Right} {
		j.sides[i] = newSide(s, needed, i*len(o.Left.Types))
	}
	j.sides[0].outer = o.Kind == Left || o.Kind == Full || o.Kind == Anti
	j.sides[1].outer = o.Kind == Right || o.Kind == Full
	j.residual = newResidual(o, all)
	types := port.Project(all, o.Output)
	j.out = port.NewOutput(types)
	j.nulls = [2]port.Output{port.NewOutput(types), port.NewOutput(types)}
	return j
}

// newSide decides which columns a side keeps. Its columns have numbers from first on.
func newSide(s JoinSide, needed []int, first int) side {
	if s.Shared != nil {
		return sharedSide(s, first)
	}
	store := slices.Clone(s.Key)
	where := map[int]int{}
	for at, c := range s.Key {
		if _, twice := where[first+c]; !twice {
			where[first+c] = at
		}
	}
	for _, c := range needed {
		if _, known := where[c]; known || c < first || c >= first+len(s.Types) {
			continue
		}
		where[c] = len(store)
		store = append(store, c-first)
	}
	spec := arrange.Spec{Types: port.Project(s.Types, store), Key: len(s.Key), SegmentBytes: port.SegmentBytes}
	return side{input: port.NewInput(spec), key: s.Key, store: store, state: arrange.New(spec), where: where}
}

// own makes the hash of other columns than the key's say which worker has a row.
func (s *side) own(cols []int) {
	spec := s.state.Spec()
	spec.Owner = cols
	s.state = arrange.New(spec)
}

// Push gathers rows. Those with a NULL in their key are not kept: they can have no match.
func (j *Join) Push(port int, b *batch.Batch) error {
	s := &j.sides[port]
	if j.o.NullsMatch {
		s.input.Builder.Append(b, s.store)
		return nil
	}
	if valid := s.gather(b); valid != nil && s.outer {
		j.passNulls(port, b, valid)
	}
	return nil
}

// gather gathers the rows without a NULL in their key, and returns which these are; nil: all.
func (s *side) gather(b *batch.Batch) batch.Bitmap {
	if !hasNulls(b, s.key) {
		s.input.Builder.Append(b, s.store)
		return nil
	}
	valid := b.Cols[s.key[0]].Valid
	if len(s.key) > 1 {
		all := batch.NewBitmap(b.Rows)
		all.Fill(b.Rows)
		for _, c := range s.key {
			kernel.And(all, all, b.Cols[c].Valid, b.Rows)
		}
		valid = all
	}
	s.sel = kernel.Select(s.sel[:0], valid, nil, b.Rows)
	if len(s.sel) > 0 {
		s.input.Builder.AppendSelected(b, s.store, s.sel)
	}
	return valid
}

func hasNulls(b *batch.Batch, cols []int) bool {
	return slices.ContainsFunc(cols, func(c int) bool { return b.Cols[c].Valid != nil })
}

// passNulls puts the rows that are not valid into the output, without a match.
func (j *Join) passNulls(port int, b *batch.Batch, valid batch.Bitmap) {
	s, out := &j.sides[port], &j.nulls[port]
	none := batch.NewBitmap(b.Rows)
	kernel.Not(none, valid, b.Rows)
	s.sel = kernel.Select(s.sel[:0], none, nil, b.Rows)
	first := 0
	if port == 1 {
		first = len(j.o.Left.Types)
	}
	for at, c := range j.o.Output {
		if c -= first; c >= 0 && c < len(b.Cols) {
			kernel.Gather(out.Cols[at], &b.Cols[c], s.sel)
		} else {
			appendNulls(out.Cols[at], len(s.sel))
		}
	}
	weights := out.Room(len(s.sel))
	for k, i := range s.sel {
		weights[k] = b.Weight(int(i))
	}
}

func appendNulls(v *batch.Vector, n int) {
	for range n {
		v.AppendNull()
	}
}

// Done ends the epoch's input of one side.
func (j *Join) Done(port int) { j.sides[port].input.Done = true }

// Step seals what is done, then works through the tasks.
func (j *Join) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	for i := range j.nulls {
		if err := j.nulls[i].Flush(out); err != nil {
			return false, err
		}
	}
	for i := range j.sides {
		if j.sides[i].input.Run != nil {
			continue
		}
		if ready, more := j.sides[i].seal(budget); ready {
			j.seal(i)
			return true, nil
		} else if more {
			return true, nil
		}
	}
	rows := budget.Rows
	for len(j.tasks) > 0 {
		done, err := j.tasks[0].step(&rows, out)
		if err != nil {
			return false, err
		}
		if !done {
			return true, nil
		}
		j.tasks = j.tasks[1:]
	}
	if err := j.flush(out); err != nil {
		return false, err
	}
	if len(j.sealed) == 2 {
		j.reset()
	}
	return false, nil
}

// seal makes a side's delta part of its state and adds the work that can now be done.
func (j *Join) seal(i int) {
	s, other := &j.sides[i], &j.sides[1-i]
	if s.old == nil {
		s.old = s.before()
	}
	s.new = s.after()
	j.sealed = append(j.sealed, i)
	if other.old == nil {
		other.old = other.before()
	}
	if j.o.Kind != Semi && j.o.Kind != Anti {
		// The first side meets the old state of the second, the second the new state of the first.
		state := other.old
		if len(j.sealed) == 2 {
			state = other.new
		}
		j.add(&product{j: j, side: i, scan: arrange.NewScan(s.input.Run), state: state}, s.input.Run, state)
	}
	if len(j.sealed) == 2 {
		j.presence()
	}
}

// task is a part of an epoch's work.
type task interface {
	// step works until rows are used up and reports whether the task is done.
	step(rows *int, out operators.Emit) (done bool, err error)
}

// add adds a task that goes through run and probes state, unless there is nothing to find.
func (j *Join) add(t task, run *arrange.Run, state *arrange.Reader) {
	if run.Rows() > 0 && !state.Empty() {
		j.tasks = append(j.tasks, t)
	}
}

// flush emits what the tasks have gathered.
func (j *Join) flush(out operators.Emit) error {
	if err := j.residual.flush(j, out); err != nil {
		return err
	}
	return j.out.Flush(out)
}

// reset ends the epoch.
func (j *Join) reset() {
	for i := range j.sides {
		s := &j.sides[i]
		s.old.Close()
		s.new.Close()
		s.old, s.new = nil, nil
		s.reset()
	}
	j.sealed = j.sealed[:0]
}

// Arrangements returns the left and the right table, those that the join keeps itself.
func (j *Join) Arrangements() []*arrange.Arrangement {
	var all []*arrange.Arrangement
	for i := range j.sides {
		if j.sides[i].shared == nil {
			all = append(all, j.sides[i].state)
		}
	}
	return all
}

// Release frees all memory.
func (j *Join) Release() {
	for i := range j.sides {
		s := &j.sides[i]
		s.old.Close()
		s.new.Close()
		s.release()
	}
}
