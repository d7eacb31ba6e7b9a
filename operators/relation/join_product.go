package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
)

const (
	// blockKeys is how many keys are probed at a time.
	blockKeys = 4 << 10
	// pairRows is how many pairs are listed at a time.
	pairRows = 4 << 10
)

// product emits the pairs of a delta's rows with those of the other side's state.
type product struct {
	j     *Join
	side  int // whose delta it is
	scan  *arrange.Scan
	state *arrange.Reader

	block  *arrange.Block
	prober arrange.Prober
	match  *arrange.Match // nil: all of its pairs are listed
	seen   *arrange.Segment
	cross  kernel.Cross
	pairs  kernel.Pairs
}

func (p *product) step(rows *int, out operators.Emit) (bool, error) {
	for *rows > 0 {
		if !p.advance(rows) {
			return true, nil
		}
		p.pairs.Reset()
		if more := p.cross.Next(&p.pairs, pairRows); !more {
			p.match = nil
		}
		*rows -= len(p.pairs.Left)
		if err := p.j.pair(p, out); err != nil {
			return false, err
		}
	}
	return false, nil
}

// advance makes sure that there is a match to list pairs of; false: there are no more.
func (p *product) advance(rows *int) bool {
	for p.match == nil {
		if p.block == nil {
			block, ok := p.scan.Next(blockKeys)
			if !ok {
				return false
			}
			p.block = block
			p.prober.Start(p.state, block.Probed)
			*rows -= block.Len() / 4
		}
		m, ok := p.prober.Next()
		if !ok {
			p.block = nil
			continue
		}
		p.match = m
		p.cross = kernel.Cross{
			Hits: m.Hits, Groups: m.Groups, Base: int32(p.block.Lo),
			LeftOffsets: p.block.Segment.Offsets(), RightOffsets: m.Segment.Offsets(),
		}
		p.seen = m.Segment
	}
	return true
}

// pair gathers the columns of the pairs listed.
func (j *Join) pair(p *product, out operators.Emit) error {
	into := &j.out
	cols := j.o.Output
	if j.residual.program != nil {
		into, cols = &j.residual.rows, j.residual.cols
	}
	delta, state := p.block.Segment, p.seen
	for at, c := range cols {
		i, col := j.find(c)
		switch keys := len(j.sides[i].key); {
		case col < keys: // equal on both sides
			kernel.Gather(into.Cols[at], &delta.Keys()[col], p.pairs.Group)
		case i == p.side:
			kernel.Gather(into.Cols[at], &delta.Values()[col-keys], p.pairs.Left)
		default:
			kernel.Gather(into.Cols[at], &state.Values()[col-keys], p.pairs.Right)
		}
	}
	if n := len(p.pairs.Left); delta.Weights() == nil && state.Weights() == nil {
		into.Ones(n)
	} else {
		kernel.MulWeights(into.Room(n), delta.Weights(), state.Weights(), &p.pairs)
	}
	if into.N < port.OutRows {
		return nil
	}
	return j.flush(out)
}

// find returns the side that has a column of the output and where it is kept there.
func (j *Join) find(c int) (side, col int) {
	if c >= len(j.o.Left.Types) {
		side = 1
	}
	return side, j.sides[side].where[c]
}
