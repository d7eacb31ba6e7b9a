package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// presence adds the tasks for rows that are in the output because the other side has their key, or
// has it not. Let p(k) say so after the epoch. For the rows a of a side and the other side b:
//
//	d(a where p) = da where p + a(e-1) x (p - p(e-1))     p changes only for keys in db
func (j *Join) presence() {
	for i := range j.sides {
		wanted := j.o.Kind == Semi && i == 0
		if !wanted && !j.sides[i].outer {
			continue
		}
		s, other := &j.sides[i], &j.sides[1-i]
		if s.input.Run.Rows() > 0 {
			j.tasks = append(j.tasks, &arrived{rows: rows{j: j, side: i}, scan: arrange.NewScan(s.input.Run), wanted: wanted})
		}
		j.add(&turned{rows: rows{j: j, side: i}, scan: arrange.NewScan(other.input.Run), wanted: wanted}, other.input.Run, s.old)
	}
}

// rows emits rows of one side, with NULLs for the columns of the other.
type rows struct {
	j     *Join
	side  int
	cross kernel.Cross // Left names the key, Right the row
	pairs kernel.Pairs
	keys  []batch.Column // of Left
	seg   *arrange.Segment
	signs []batch.Weight // of Left; nil: all +1
	busy  bool           // cross has more
}

// some emits rows until the budget is used up or cross has no more.
func (r *rows) some(budget *int, out operators.Emit) error {
	for r.busy && *budget > 0 {
		r.pairs.Reset()
		r.busy = r.cross.Next(&r.pairs, pairRows)
		*budget -= len(r.pairs.Right)
		r.gather()
		if r.j.out.N >= port.OutRows {
			if err := r.j.out.Flush(out); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rows) gather() {
	o := &r.j.out
	n := len(r.pairs.Right)
	for at, c := range r.j.o.Output {
		side, col := r.j.find(c)
		switch {
		case side != r.side:
			appendNulls(o.Cols[at], n)
		case col < len(r.keys):
			kernel.Gather(o.Cols[at], &r.keys[col], r.pairs.Left)
		default:
			kernel.Gather(o.Cols[at], &r.seg.Values()[col-len(r.keys)], r.pairs.Right)
		}
	}
	if r.signs == nil && r.seg.Weights() == nil {
		o.Ones(n)
		return
	}
	if r.signs == nil {
		kernel.Take(o.Room(n), r.seg.Weights(), r.pairs.Right)
		return
	}
	kernel.MulWeights(o.Room(n), r.signs, r.seg.Weights(), &r.pairs)
}

// arrived emits the rows of a side's delta whose key the other side has, or has not, after the epoch.
type arrived struct {
	rows
	scan   *arrange.Scan
	wanted bool
	prober arrange.Prober
	has    []batch.Weight
	sel    []int32
}

func (a *arrived) step(budget *int, out operators.Emit) (bool, error) {
	for *budget > 0 {
		if a.busy {
			if err := a.some(budget, out); err != nil {
				return false, err
			}
			continue
		}
		block, ok := a.scan.Next(blockKeys)
		if !ok {
			return true, nil
		}
		*budget -= block.Len() / 4
		a.has = append(a.has[:0], make([]batch.Weight, block.Len())...)
		a.prober.Weights(a.has, a.j.sides[1-a.side].new, block.Probed)
		a.sel = a.sel[:0]
		for i, w := range a.has {
			if (w > 0) == a.wanted {
				a.sel = append(a.sel, int32(block.Lo+i))
			}
		}
		a.keys, a.seg = block.Segment.Keys(), block.Segment
		a.cross = kernel.Cross{Hits: a.sel, Groups: a.sel, RightOffsets: block.Segment.Offsets()}
		a.busy = len(a.sel) > 0
	}
	return false, nil
}

// turned emits the old rows of a side whose key the other side has got or lost in this epoch.
type turned struct {
	rows
	scan        *arrange.Scan
	wanted      bool
	weigher     arrange.Prober
	prober      arrange.Prober
	before, now []batch.Weight
	sel         []int32
	probed      arrange.Probed
	picked      port.Output
	probing     bool
}

func (t *turned) step(budget *int, out operators.Emit) (bool, error) {
	for *budget > 0 {
		if t.busy {
			if err := t.some(budget, out); err != nil {
				return false, err
			}
			continue
		}
		if t.probing {
			m, ok := t.prober.Next()
			if t.probing = ok; ok {
				t.keys, t.seg, t.busy = t.probed.Keys, m.Segment, true
				t.cross = kernel.Cross{Hits: m.Hits, Groups: m.Groups, RightOffsets: m.Segment.Offsets()}
			}
			continue
		}
		block, ok := t.scan.Next(blockKeys)
		if !ok {
			return true, nil
		}
		*budget -= block.Len() / 4
		t.pick(block)
	}
	return false, nil
}

// pick finds the keys of a block that the other side has got or lost, and begins to look for their
// rows.
func (t *turned) pick(block *arrange.Block) {
	other := &t.j.sides[1-t.side]
	t.before = append(t.before[:0], make([]batch.Weight, block.Len())...)
	t.now = append(t.now[:0], make([]batch.Weight, block.Len())...)
	t.weigher.Weights(t.before, other.old, block.Probed)
	t.weigher.Weights(t.now, other.new, block.Probed)
	t.sel, t.signs, t.probed.Hashes = t.sel[:0], t.signs[:0], t.probed.Hashes[:0]
	for i, before := range t.before {
		if (before > 0) == (t.now[i] > 0) || i == 0 && block.Continued {
			continue
		}
		sign := batch.Weight(-1)
		if (t.now[i] > 0) == t.wanted {
			sign = 1
		}
		t.sel, t.signs = append(t.sel, int32(i)), append(t.signs, sign)
		t.probed.Hashes = append(t.probed.Hashes, block.Hashes[i])
	}
	if len(t.sel) == 0 {
		return
	}
	t.probed.Keys = t.picked.Take(&batch.Batch{Cols: block.Keys, Rows: block.Len()}, t.sel).Cols
	t.prober.Start(t.j.sides[t.side].old, t.probed)
	t.probing = true
}
