package relation

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Conditional is a left, right, full, semi or anti join with a condition c beside the equality of
// the keys, made of simpler joins:
//
//	i             = inner(a, b) where c
//	semi(a, b, c) = semi(a, columns of a in i)         all columns being the key, NULLs equal
//	left(a, b, c) = i + anti(a, columns of a in i) x NULLs
//
// Rows with equal keys are on one worker, so what i gives stays there.
type Conditional struct {
	o     JoinOptions
	types []batch.Type
	inner *Join
	pairs []int    // the output's columns in what inner gives; nil: pairs are not in the output
	match [2]*Join // finds the rows of a side that are in the output for themselves
	cols  [2][]int // the side's columns in what inner gives
	ended int      // ports that are done
	fed   bool     // the second stage knows that the first is done
}

func newConditional(o JoinOptions) *Conditional {
	c := &Conditional{o: o, types: port.Project(slices.Concat(o.Left.Types, o.Right.Types), o.Output)}
	var wide []int
	if o.Kind != Semi && o.Kind != Anti {
		wide = slices.Clone(o.Output)
		c.pairs = count(0, len(wide))
	}
	for side, s := range []JoinSide{o.Left, o.Right} {
		if side == 0 && o.Kind == Right || side == 1 && o.Kind != Right && o.Kind != Full {
			continue
		}
		first := side * len(o.Left.Types)
		c.cols[side] = count(len(wide), len(s.Types))
		wide = append(wide, count(first, len(s.Types))...)
		whole := JoinSide{Types: s.Types, Key: count(0, len(s.Types))}
		m := JoinOptions{Kind: Anti, Left: whole, Right: whole, NullsMatch: true}
		if o.Kind == Semi {
			m.Kind = Semi
		}
		for _, col := range o.Output {
			if col >= first && col < first+len(s.Types) {
				m.Output = append(m.Output, col-first)
			}
		}
		c.match[side] = newJoin(m)
		for i := range c.match[side].sides {
			c.match[side].sides[i].own(s.Key)
		}
	}
	o.Kind, o.Output = Inner, wide
	c.inner = newJoin(o)
	return c
}

// count returns n numbers from first on.
func count(first, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = first + i
	}
	return out
}

// Push gathers rows.
func (c *Conditional) Push(port int, b *batch.Batch) error {
	if m := c.match[port]; m != nil {
		if err := m.Push(0, b); err != nil {
			return err
		}
	}
	return c.inner.Push(port, b)
}

// Done ends the epoch's input of one side.
func (c *Conditional) Done(port int) {
	c.ended++
	c.inner.Done(port)
	if m := c.match[port]; m != nil {
		m.Done(0)
	}
}

// Step works on the pairs first, then on the rows that have, or have not, got one.
func (c *Conditional) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if !c.fed {
		more, err := c.inner.Step(budget, func(b *batch.Batch) error { return c.feed(b, out) })
		if more || err != nil || c.ended < 2 {
			return more, err
		}
		c.fed = true
		for _, m := range c.match {
			if m != nil {
				m.Done(1)
			}
		}
	}
	for side, m := range c.match {
		if m == nil {
			continue
		}
		more, err := m.Step(budget, func(b *batch.Batch) error { return out(c.extend(side, b)) })
		if more || err != nil {
			return more, err
		}
	}
	c.ended, c.fed = 0, false
	return false, nil
}

// feed passes pairs on to the output and to the second stage.
func (c *Conditional) feed(b *batch.Batch, out operators.Emit) error {
	for side, m := range c.match {
		if m == nil {
			continue
		}
		if err := m.Push(1, b.Project(c.cols[side])); err != nil {
			return err
		}
	}
	if c.pairs == nil {
		return nil
	}
	return out(b.Project(c.pairs))
}

// extend gives rows of one side NULLs for the columns of the other.
func (c *Conditional) extend(side int, b *batch.Batch) *batch.Batch {
	out := &batch.Batch{Rows: b.Rows, Weights: b.Weights}
	own := 0
	for at, col := range c.o.Output {
		if (col >= len(c.o.Left.Types)) == (side == 1) {
			out.Cols = append(out.Cols, b.Cols[own])
			own++
			continue
		}
		v := batch.NewVector(c.types[at])
		appendNulls(v, b.Rows)
		out.Cols = append(out.Cols, v.Take())
	}
	return out
}

// Arrangements returns those of all its joins.
func (c *Conditional) Arrangements() []*arrange.Arrangement {
	all := c.inner.Arrangements()
	for _, m := range c.match {
		if m != nil {
			all = append(all, m.Arrangements()...)
		}
	}
	return all
}

// Release frees all memory.
func (c *Conditional) Release() {
	c.inner.Release()
	for _, m := range c.match {
		if m != nil {
			m.Release()
		}
	}
}
