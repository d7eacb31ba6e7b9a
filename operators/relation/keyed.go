package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// The reasons of a Keyed's dead letters.
const (
	// DuplicateKey is a row whose key another row has that comes before it in canonical order.
	DuplicateKey = fault.DuplicateKey + ": another row has this key"
	// AbsentRow is a retraction of a row that is not there.
	AbsentRow = fault.AbsentRow + ": no such row to retract"
	// AbsentKey is a keyed delete of a key that no row has.
	AbsentKey = fault.AbsentRow + ": no row has the key to delete"
)

// KeyedOptions says what a Keyed does.
type KeyedOptions struct {
	// Types are those of the rows.
	Types []batch.Type
	// Key are the key's columns.
	Key []int
	// Upserts adds port 1, for keyed changes.
	Upserts bool
	// Dead takes the rows that have to give way, with the reasons above. Nil drops them.
	Dead Dead
}

// Keyed makes a table's key unique.
//
//	keyed(a) = { x: 1 | x is the first in canonical order of the rows of a with its key and a weight above 0 }
//
// Port 0 takes weighted rows. Port 1 takes keyed changes in their order, after the rows of port 0 in
// the same epoch: one of weight +1 puts its row in the place of all rows with its key, one of weight
// -1, whose other columns do not matter, takes them all away.
//
// It keeps all rows, so which of several gives way does not depend on the order in which they come,
// and a row that stood aside comes forward when the first one goes. Rows that stand aside, or would
// be taken away twice, are dead letters as long as they do (I5).
type Keyed struct {
	o      KeyedOptions
	rows   port.Input // the key, then the other columns
	ops    port.Input // the key, the number of the change, then the other columns
	store  []int
	back   []int // where the columns of a row are kept
	state  *arrange.Arrangement
	fix    *arrange.Builder // what changes of port 1 do to the state
	fixes  port.Output      // the same, of a block
	number int64

	old, delta, changes *arrange.Reader
	scan                *arrange.Scan
	second              bool // the scan is that of the changes
	prober              arrange.Prober
	groups              []keyedGroup
	plain               []int32
	out, single         port.Output
}

// keyedGroup is the rows of one key.
type keyedGroup struct {
	old, delta, ops []arrange.Span
}

// NewKeyed returns a keyed table.
func NewKeyed(o KeyedOptions) *Keyed {
	if o.Dead == nil {
		o.Dead = port.Drop
	}
	side := newSide(JoinSide{Types: o.Types, Key: o.Key}, count(0, len(o.Types)), 0)
	k := &Keyed{o: o, rows: side.input, store: side.store, state: side.state, back: make([]int, len(o.Types))}
	for c := range k.back {
		k.back[c] = side.where[c]
	}
	spec := side.state.Spec()
	k.fix, k.fixes = arrange.NewBuilder(spec), port.NewOutput(spec.Types)
	n := len(o.Key)
	spec.Types = append(append(append([]batch.Type{}, spec.Types[:n]...), batch.T(batch.Int64)), spec.Types[n:]...)
	k.ops = port.NewInput(spec)
	k.ops.Done = !o.Upserts
	k.out, k.single = port.NewOutput(o.Types), port.NewOutput(o.Types)
	return k
}

// Push gathers rows, or changes in their order.
func (k *Keyed) Push(port int, b *batch.Batch) error {
	if port == 0 {
		k.rows.Builder.Append(b, k.store)
		return nil
	}
	v := batch.NewVector(batch.T(batch.Int64))
	for i, numbers := 0, batch.Extend[int64](v, b.Rows); i < len(numbers); i++ {
		numbers[i] = k.number
		k.number++
	}
	numbers := v.Take()
	numbered := &batch.Batch{Rows: b.Rows, Weights: b.Weights}
	for at, c := range k.store {
		if at == len(k.o.Key) {
			numbered.Cols = append(numbered.Cols, numbers)
		}
		numbered.Cols = append(numbered.Cols, b.Cols[c])
	}
	if len(k.store) == len(k.o.Key) {
		numbered.Cols = append(numbered.Cols, numbers)
	}
	k.ops.Builder.Append(numbered, nil)
	return nil
}

// Done ends the epoch's input of one port.
func (k *Keyed) Done(port int) {
	if port == 0 {
		k.rows.Done = true
	} else {
		k.ops.Done = true
	}
}

// Step seals the input, then goes through the keys that have rows in it, and then those that have
// changes.
func (k *Keyed) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := k.rows.Seal(budget); !ready {
		return more, nil
	}
	if ready, more := k.ops.Seal(budget); !ready {
		return more, nil
	}
	if k.scan == nil {
		k.old = k.state.Reader()
		k.delta = arrange.NewReader(k.state.Spec(), k.rows.Run)
		k.changes = arrange.NewReader(k.ops.Builder.Spec(), k.ops.Run)
		k.scan, k.second = arrange.NewScan(k.rows.Run), false
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := k.scan.Next(keyBlock)
		if !ok && !k.second {
			k.scan, k.second = arrange.NewScan(k.ops.Run), true
			continue
		}
		if !ok {
			return k.end(budget, out)
		}
		k.block(block)
		if k.out.N >= port.OutRows {
			if err := k.out.Flush(out); err != nil {
				return false, err
			}
		}
		rows -= 2 * block.Len()
	}
	return true, nil
}

// end adds the epoch's rows to the state.
func (k *Keyed) end(budget operators.Budget, out operators.Emit) (more bool, err error) {
	fix, done := k.fix.Seal(budget.Rows)
	if !done {
		return true, nil
	}
	k.old.Close()
	k.delta.Close()
	k.changes.Close()
	k.old, k.delta, k.changes, k.scan = nil, nil, nil, nil
	k.state.Add(k.rows.Run.Retain())
	k.state.Add(fix)
	k.rows.Reset()
	k.ops.Reset()
	k.ops.Done = !k.o.Upserts
	k.number = 0
	return false, k.out.Flush(out)
}

// block goes through the keys of a block.
func (k *Keyed) block(b *arrange.Block) {
	k.collect(b.Probed)
	k.plain = k.plain[:0]
	for i := range k.groups {
		g := &k.groups[i]
		if i == 0 && b.Continued || !k.second && len(g.ops) > 0 {
			continue
		}
		if len(g.old) == 0 && len(g.ops) == 0 && len(g.delta) == 1 {
			if s := g.delta[0]; s.Hi == s.Lo+1 && s.Seg.RowWeight(s.Lo) == 1 {
				k.plain = append(k.plain, s.Lo) // nothing but a new row
				continue
			}
		}
		k.resolve(g)
	}
	if len(k.plain) > 0 {
		k.insert(b.Segment, int32(b.Lo))
	}
	if k.fixes.N > 0 {
		k.fix.Append(k.fixes.Rows(), nil)
		k.fixes.Reset()
	}
}

// insert emits the rows plain of a segment; their groups are from group on.
func (k *Keyed) insert(s *arrange.Segment, from int32) {
	keys := k.plain
	if offs := s.Offsets(); offs != nil {
		keys = make([]int32, len(k.plain))
		for i, row := range k.plain {
			for offs[from+1] <= row {
				from++
			}
			keys[i] = from
		}
	}
	for c, v := range k.out.Cols {
		if at := k.back[c]; at < len(k.o.Key) {
			kernel.Gather(v, &s.Keys()[at], keys)
		} else {
			kernel.Gather(v, &s.Values()[at-len(k.o.Key)], k.plain)
		}
	}
	k.out.Ones(len(k.plain))
}

// collect finds all rows of the keys.
func (k *Keyed) collect(keys arrange.Probed) {
	k.groups = port.Grown(k.groups, len(keys.Hashes))
	for i := range k.groups {
		g := &k.groups[i]
		g.old, g.delta, g.ops = g.old[:0], g.delta[:0], g.ops[:0]
	}
	for which, r := range []*arrange.Reader{k.old, k.delta, k.changes} {
		k.prober.Start(r, keys)
		for m, ok := k.prober.Next(); ok; m, ok = k.prober.Next() {
			for i, hit := range m.Hits {
				g := &k.groups[hit]
				spans := [3]*[]arrange.Span{&g.old, &g.delta, &g.ops}[which]
				*spans = append(*spans, m.Span(i))
			}
		}
	}
}

// Arrangements returns all rows.
func (k *Keyed) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{k.state} }

// Release frees all memory.
func (k *Keyed) Release() {
	k.old.Close()
	k.delta.Close()
	k.changes.Close()
	k.rows.Release()
	k.ops.Release()
	k.fix.Release()
	k.state.Release()
}
