// Package aggregate computes aggregates of groups of rows, and keeps them up to date: its accumulators are added up
// where sums say all, and groups keep their values in order where they do not.
package aggregate

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Call is one aggregate of a group's rows.
type Call struct {
	// Func is what to compute: count(*), count, sum, avg, a name of the tables statistics and folds.
	Func string
	// Arg is the column it is of; not of count(*). More are further arguments.
	Arg  int
	More []int
	// Order is that of the rows for what needs one. Rows that it does not tell apart come in canonical order of their
	// arguments.
	Order []relation.OrderKey
	// Where are columns: a row with a null in one of them does not count, where the values of a group are kept.
	Where []int
	// Distinct counts each value of a group once.
	Distinct bool
	// Text is what stands between texts, or the fraction of a percentile.
	Text string
	// Type is that of the result, as expr says it.
	Type batch.Type
}

// Options says what an Aggregate does.
type Options struct {
	// Types are those of the input's columns.
	Types []batch.Type
	// Keys are the columns to group by.
	Keys []int
	// Carried are further columns to group by, which Keys determine: they need not be hashed.
	Carried []int
	// Placed are the columns, among Keys and Carried, whose hash says which worker has a row. Nil:
	// Keys.
	Placed []int
	// Calls are the results. The output has the keys, the carried columns, then these.
	Calls []Call
	// Global gives one row even when there are no rows: the aggregate of a whole table. There are
	// no keys then, and all rows come to worker 0.
	Global bool
	// Merge says that the input is the output of a Partial with the same options.
	Merge bool
	// Worker is the worker that the operator is for.
	Worker int
	// Dead takes groups, as the keys and carried columns, of which a result does not fit its type.
	// Nil drops them.
	Dead port.Dead
}

// Aggregate computes aggregates of groups of rows.
//
//	aggregate(a) = { (k, f(a where key = k)): 1 | the weights of a where key = k sum to above 0 }
//
// Sums and counts are linear: a group keeps them as one row of accumulators, to which an epoch adds
// those of its delta. Where the order of rows or the values themselves matter, a group's rows are kept in order; MIN, MAX
// and their kind read the first of them, percentiles, texts and arrays go through all of a group that has changed.
// DISTINCT keeps every value's weight. When the result of a group changes, the old row is retracted and the new one inserted.
type Aggregate struct {
	o       Options
	groups  int // group columns
	walks   bool
	most    int // groups of a block
	lay     layout
	main    port.Input // the group columns, then the arguments of linear calls
	store   []int
	sets    []*orderedSet
	uniques []*uniqueSource
	state   *arrange.Arrangement // the group columns, then the accumulators
	old     *arrange.Reader
	scan    *arrange.Scan
	next    *arrange.Builder // changes of the state

	latest   arrange.Latest
	now, was accumulators
	carry    accumulators // of a group whose rows go on in the next block
	identity []int32
	results  [2]port.Output // before and after: of calls
	out      port.Output
	from     []int32
}

// owner returns where the columns stand, among the group's, whose hash says which worker has a row.
func (o *Options) owner() []int {
	if o.Placed == nil {
		return nil
	}
	group := slices.Concat(o.Keys, o.Carried)
	owner := make([]int, len(o.Placed))
	for i, c := range o.Placed {
		owner[i] = slices.Index(group, c)
	}
	return owner
}

// groupBlock is how many groups are computed at a time.
const groupBlock = 1 << 10

// walkBlock is how many they may become where all rows of a group are gone through, as long as a block goes through less
// than walkRows rows and makes less than walkBytes. One group is the least that a step can do.
const (
	walkBlock = 1 << 8
	walkRows  = 4 << 10
	walkBytes = 1 << 20
)

// New returns an aggregate.
func New(o Options) operators.Operator {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	summed := func(c Call) bool { return c.Func != "count(*)" }
	if !o.Global && !o.Merge && len(o.Calls) > 0 && len(o.Keys) > 0 && !slices.ContainsFunc(o.Calls, summed) {
		return newCount(o)
	}
	group := slices.Concat(o.Keys, o.Carried)
	a := &Aggregate{o: o, groups: len(group), most: groupBlock, store: slices.Clone(group)}
	types := port.Project(o.Types, group)
	a.lay = newLayout(o)
	a.store = append(a.store, a.lay.args...)
	rows := port.Project(o.Types, a.store)
	if o.Merge {
		a.store, rows = nil, append(slices.Clone(types), a.lay.types...)
	}
	a.main = port.NewInput(arrange.Spec{Types: rows, Key: a.groups, Hashed: len(o.Keys), Loose: true, SegmentBytes: port.SegmentBytes})
	a.state = arrange.New(arrange.Spec{Types: append(slices.Clone(types), a.lay.types...), Key: a.groups, Hashed: len(o.Keys), Owner: o.owner(), SegmentBytes: port.SegmentBytes})
	a.next = arrange.NewBuilder(a.state.Spec())
	if slices.ContainsFunc(a.lay.picks, func(p pick) bool { return p.fold > lastRow }) {
		a.walks = true
	}
	for _, spec := range a.lay.sets {
		a.sets = append(a.sets, newOrderedSet(o, group, spec))
	}
	for _, cols := range a.lay.uniques {
		a.uniques = append(a.uniques, newUniqueSource(o, group, cols))
	}
	var results []batch.Type
	for _, c := range o.Calls {
		results = append(results, c.Type)
	}
	a.results = [2]port.Output{port.NewOutput(results), port.NewOutput(results)}
	a.out = port.NewOutput(append(types, results...))
	return a
}

// Push gathers rows.
func (a *Aggregate) Push(_ int, b *batch.Batch) error {
	a.main.Builder.Append(b, a.store)
	for _, s := range a.sets {
		s.push(b)
	}
	for _, u := range a.uniques {
		u.push(b)
	}
	return nil
}

// Done ends the epoch's input.
func (a *Aggregate) Done(int) {
	a.main.Done = true
	for _, s := range a.sets {
		s.input.Done = true
	}
	for _, u := range a.uniques {
		u.distinct.Done(0)
		u.done = true
	}
}

// Step seals the input, then goes through the groups that have rows in it.
func (a *Aggregate) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more, err := a.seal(budget); !ready {
		return more, err
	}
	if a.scan == nil {
		a.begin()
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := a.scan.Next(a.most)
		if !ok {
			return a.end(budget, out)
		}
		walked := a.block(block)
		a.pace(walked)
		rows -= walked + block.Len()*(1+len(a.o.Calls))
		if a.out.Full() {
			if err := a.out.Flush(out); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// pace makes blocks larger or smaller, by what the last one took.
func (a *Aggregate) pace(walked int) {
	if !a.walks {
		return
	}
	bytes := 0
	for _, v := range a.now.picked {
		bytes += v.Bytes()
	}
	if walked >= walkRows || bytes >= walkBytes {
		a.most = max(1, a.most/8)
	} else {
		a.most = min(walkBlock, 2*a.most)
	}
}

// seal works on the runs of the epoch's input.
func (a *Aggregate) seal(budget operators.Budget) (ready, more bool, err error) {
	if ready, more := a.main.Seal(budget); !ready {
		return false, more, nil
	}
	for _, s := range a.sets {
		if ready, more := s.seal(budget); !ready {
			return false, more, nil
		}
	}
	for _, u := range a.uniques {
		if ready, more, err := u.seal(budget); !ready {
			return false, more, err
		}
	}
	return true, false, nil
}

func (a *Aggregate) begin() {
	if a.walks {
		a.most = 1
	}
	a.old = a.state.Reader()
	a.scan = arrange.NewScan(a.main.Run)
	if a.o.Global && a.o.Worker == 0 && a.old.Empty() && a.main.Run.Rows() == 0 {
		a.block(&arrange.Block{Probed: arrange.Probed{Hashes: []uint64{0}}, Hi: 1})
	}
}

// end adds the changes to the state and ends the epoch.
func (a *Aggregate) end(budget operators.Budget, out operators.Emit) (more bool, err error) {
	run, done := a.next.Seal(budget.Rows)
	if !done {
		return true, nil
	}
	a.old.Close()
	a.old, a.scan = nil, nil
	a.state.Add(run)
	a.main.Reset()
	for _, s := range a.sets {
		s.reset()
	}
	for _, u := range a.uniques {
		u.reset()
	}
	return false, a.out.Flush(out)
}

// block computes the groups of one block, but for the last one where its rows go on in the next. It returns how many
// rows kept in order it has gone through.
func (a *Aggregate) block(b *arrange.Block) (walked int) {
	n := b.Len()
	a.now.reset(&a.lay, n)
	a.sum(b)
	if b.Continued {
		a.now.add(0, &a.carry, 0)
	}
	if b.Cut {
		n--
		a.carry.reset(&a.lay, 1)
		a.carry.add(0, &a.now, n)
		a.now.truncate(n)
	}
	if n == 0 {
		return 0
	}
	keys := arrange.Probed{Keys: b.Keys, Hashes: b.Hashes[:n]}
	a.latest.Find(a.old, keys)
	a.was.load(&a.lay, &a.latest, n)
	for i := range n {
		a.now.add(i, &a.was, i)
	}
	for i, s := range a.sets {
		walked += s.pick(keys, &a.lay, i, [2]*accumulators{&a.was, &a.now})
	}
	a.answer(b, n)
	a.keep(b, n)
	return walked
}

// sum adds up the delta's rows of each group.
func (a *Aggregate) sum(b *arrange.Block) {
	for len(a.identity) < b.Hi {
		a.identity = append(a.identity, int32(len(a.identity)))
	}
	if b.Segment != nil {
		rows := kernel.GroupRows{Hits: a.identity[:b.Len()], Groups: a.identity[b.Lo:b.Hi], Offsets: b.Segment.Offsets(), Weights: b.Segment.Weights()}
		if a.o.Merge {
			a.now.merge(&a.lay, &rows, b.Segment.Values())
		} else {
			a.now.sum(&a.lay, linear, &rows, b.Segment.Values())
		}
	}
	for i, u := range a.uniques {
		u.sum(a, i, b)
	}
}

// answer computes the results before and after and puts what changed into the output.
func (a *Aggregate) answer(b *arrange.Block, n int) {
	var bad [2]batch.RowErrors
	for i, acc := range []*accumulators{&a.was, &a.now} {
		a.results[i].Reset()
		acc.results(&a.lay, a.o.Calls, &a.results[i], &bad[i])
	}
	was, now := a.results[0].Rows(), a.results[1].Rows()
	group := &batch.Batch{Cols: b.Keys, Rows: n}
	equal := batch.NewBitmap(n)
	equal.Fill(n)
	kernel.EqualRows(equal, was.Cols, now.Cols, a.identity[:n], a.identity[:n])
	for i := range n {
		before, after := a.present(&a.was, i) && !bad[0].Has(i), a.present(&a.now, i) && !bad[1].Has(i)
		if before == after && (!before || equal.Has(i)) {
			continue
		}
		if before {
			a.put(group, was, i, -1)
		}
		if after {
			a.put(group, now, i, 1)
		}
	}
	a.bury(group, &bad)
}

// present reports whether a group has a row in the output.
func (a *Aggregate) present(acc *accumulators, i int) bool {
	return acc.counts[0][i] > 0 || a.o.Global && (acc == &a.now || acc.found[i])
}

func (a *Aggregate) put(group, results *batch.Batch, i int, w batch.Weight) {
	for c, v := range a.out.Cols {
		if c < a.groups {
			v.AppendColumn(&group.Cols[c], i, i+1)
		} else {
			v.AppendColumn(&results.Cols[c-a.groups], i, i+1)
		}
	}
	a.out.Room(1)[0] = w
}

// bury hands over groups whose results do not fit: those of before are taken back (I5).
func (a *Aggregate) bury(group *batch.Batch, bad *[2]batch.RowErrors) {
	for k, acc := range []*accumulators{&a.was, &a.now} {
		for i, row := range bad[k].Rows {
			if a.present(acc, int(row)) {
				a.o.Dead(group, int(row), batch.Weight(2*k-1), bad[k].Reasons[i])
			}
		}
	}
}

// keep notes how the accumulators of the block's groups change.
func (a *Aggregate) keep(b *arrange.Block, n int) {
	for k, acc := range []*accumulators{&a.was, &a.now} {
		a.from = a.from[:0]
		for i := range n {
			if k == 0 && a.was.found[i] || k == 1 && (a.o.Global || !acc.zero(i)) {
				a.from = append(a.from, int32(i))
			}
		}
		if len(a.from) == 0 {
			continue
		}
		rows := &batch.Batch{Cols: append(slices.Clone(b.Keys), acc.columns(&a.lay)...), Rows: n}
		if k == 0 {
			rows.Weights = slices.Repeat([]batch.Weight{-1}, n)
		}
		a.next.AppendSelected(rows, nil, a.from)
	}
}

// Arrangements returns the accumulators, then the rows kept in order and for DISTINCT.
func (a *Aggregate) Arrangements() []*arrange.Arrangement {
	all := []*arrange.Arrangement{a.state}
	for _, s := range a.sets {
		all = append(all, s.state)
	}
	for _, u := range a.uniques {
		all = append(all, u.distinct.Arrangements()...)
	}
	return all
}

// Release frees all memory.
func (a *Aggregate) Release() {
	a.old.Close()
	a.main.Release()
	a.next.Release()
	a.state.Release()
	for _, s := range a.sets {
		s.release()
	}
	for _, u := range a.uniques {
		u.release()
	}
}

// unknown is a call that the planner should not have let through.
func unknown(c Call) string { return fmt.Sprintf("aggregate: no aggregate %q", c.Func) }
