package arrange

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const (
	// pileRows and pileBytes are how much the tail of a Builder takes before it is put on a pile:
	// it still lies in the second-level cache then.
	pileRows  = 64 << 10
	pileBytes = 4 << 20
	// pileBits is into how many parts a pile is divided, by the top bits of the hash. Of a worker's
	// share of the hashes enough parts are left to sort each in cache.
	pileBits = 12
	// sliceRows is how many rows are sorted at a time when piles are sealed.
	sliceRows = 32 << 10
)

// Builder gathers rows in any order and seals them into a run. Up to pileRows rows wait in a tail;
// a full tail is divided by hash and put on a pile outside the Go heap. Sealing then takes the same
// range of hashes from all piles, sorts it in cache and writes it out.
type Builder struct {
	spec    Spec
	tail    *batch.Builder
	parts   batch.Batch // the tail's columns in the order of the spec
	piles   []pile
	sizes   sizes
	sealer  sealer
	starts  []int32
	sealing *sealing
}

// pile is rows ordered by the top bits of their hash.
type pile struct {
	rows   batch.Batch
	starts []int32 // where each part begins, and the number of rows
	mem    *region
}

// NewBuilder returns an empty builder of runs.
func NewBuilder(spec Spec) *Builder {
	return &Builder{spec: spec, tail: batch.NewBuilder(spec.Types), sealer: sealer{spec: spec}}
}

// Spec returns what runs it builds.
func (b *Builder) Spec() Spec { return b.spec }

// Rows returns how many rows were appended since the last run.
func (b *Builder) Rows() int { return b.sizes.rows + b.tail.Rows() }

// Bytes returns how much memory the appended rows take.
func (b *Builder) Bytes() int {
	n := b.tail.Bytes()
	for i := range b.piles {
		n += b.piles[i].rows.Bytes()
	}
	return n
}

// Append copies the rows of src: the columns cols of it, in the order of the spec; nil: all.
func (b *Builder) Append(src *batch.Batch, cols []int) {
	b.AppendSelected(src, cols, nil)
}

// AppendSelected copies the rows sel of src, or all when sel is nil, as Append does.
func (b *Builder) AppendSelected(src *batch.Batch, cols []int, sel []int32) {
	if b.sealing != nil {
		panic("arrange: Append while a run is being sealed")
	}
	part := src
	if cols != nil {
		b.parts.Cols = b.parts.Cols[:0]
		for _, c := range cols {
			b.parts.Cols = append(b.parts.Cols, src.Cols[c])
		}
		b.parts.Rows, b.parts.Weights = src.Rows, src.Weights
		part = &b.parts
	}
	from := b.tail.Rows()
	if sel != nil {
		kernel.GatherRows(b.tail, part, sel)
	} else {
		b.tail.AppendBatch(part)
	}
	kernel.Canonical(b.tail, from)
	if b.tail.Rows() >= pileRows || b.tail.Bytes() >= pileBytes {
		b.pile()
	}
}

// pile divides the tail by hash and puts it on a pile.
func (b *Builder) pile() {
	rows := b.tail.Peek()
	s := &b.sealer
	s.hashes, s.perm = grow(s.hashes, rows.Rows), grow(s.perm, rows.Rows)
	b.spec.hash(s.hashes, rows.Cols, rows.Rows)
	for i := range s.perm {
		s.perm[i] = int32(i)
	}
	b.starts = s.sort.Partition(s.hashes, s.perm, pileBits, b.starts)
	var z sizes
	z.add(rows)
	b.sizes.add(rows)
	p := pile{starts: append([]int32(nil), b.starts...)}
	p.copy(rows, s.perm, z)
	b.piles = append(b.piles, p)
	b.tail.Reset()
}

// copy fills the pile with the rows perm of src.
func (p *pile) copy(src *batch.Batch, perm []int32, z sizes) {
	n := src.Rows
	total := 0
	for c := range src.Cols {
		total += room(z.bytes[c]) + room(n*widthOf(src.Cols[c].Type)+4) + room(n/8+1)
	}
	if src.Weights != nil {
		total += room(8 * n)
	}
	p.mem = newRegion(total)
	p.rows = batch.Batch{Cols: make([]batch.Column, len(src.Cols)), Rows: n}
	for c := range src.Cols {
		v := batch.NewVector(src.Cols[c].Type)
		switch t := v.Type; {
		case t.Variable():
			v.Back(p.mem.cut(z.bytes[c]), cutInts[int32](p.mem, n+1))
		case t.Kind == batch.Bool:
			v.Back(p.mem.cut(n/8+1), nil)
		default:
			v.Back(p.mem.cut(n*t.Width()), nil)
		}
		kernel.Gather(v, &src.Cols[c], perm)
		p.rows.Cols[c] = v.Peek()
	}
	if src.Weights != nil {
		p.rows.Weights = cutInts[batch.Weight](p.mem, n)
		kernel.Take(p.rows.Weights, src.Weights, perm)
	}
}

// sealing is how far the sealing of the piles has come.
type sealing struct {
	w     *writer
	flat  flat
	part  int
	large *largePart // nil: the part is sorted at once
}

// Seal does about as much work as rows says and returns the finished run when done is true; the
// builder is then empty again. Until then nothing may be appended.
func (b *Builder) Seal(rows int) (run *Run, done bool) {
	if b.sealing == nil {
		if len(b.piles) == 0 {
			return b.sealTail(), true
		}
		if b.tail.Rows() > 0 {
			b.pile()
		}
		b.sealing = &sealing{w: newWriter(b.spec, b.sizes), flat: newFlat(b.spec)}
	}
	s := b.sealing
	for rows > 0 && s.part < 1<<pileBits {
		end, n := b.slice(s.part)
		if n > largeRows && !b.spec.Loose {
			if s.large == nil {
				s.large = &largePart{end: end}
			}
			if !s.large.step(b, rows) {
				return nil, false
			}
			s.large, s.part = nil, end
			rows -= sliceRows
			continue
		}
		s.flat.reset()
		for i := range b.piles {
			p := &b.piles[i]
			s.flat.add(&p.rows, int(p.starts[s.part]), int(p.starts[end]))
		}
		b.sealer.seal(s.flat.rows(), s.w)
		s.part = end
		rows -= n
	}
	if s.part < 1<<pileBits {
		return nil, false
	}
	run = s.w.run()
	b.Release()
	return run, true
}

// slice returns where the slice of parts that begins with part ends, and how many rows it has.
func (b *Builder) slice(part int) (end, rows int) {
	for end = part; end < 1<<pileBits; end++ {
		n := 0
		for i := range b.piles {
			starts := b.piles[i].starts
			n += int(starts[end+1] - starts[end])
		}
		if rows > 0 && rows+n > sliceRows {
			break
		}
		rows += n
	}
	return end, rows
}

// sealTail seals what fits in the tail.
func (b *Builder) sealTail() *Run {
	rows := b.tail.Peek()
	var z sizes
	z.add(rows)
	w := newWriter(b.spec, z)
	b.sealer.seal(rows, w)
	b.tail.Reset()
	return w.run()
}

// Release drops all rows and gives back the memory outside the Go heap and most of that within.
func (b *Builder) Release() {
	if b.sealing != nil && b.sealing.part < 1<<pileBits {
		b.sealing.w.abort()
		if b.sealing.large != nil {
			b.sealing.large.release()
		}
	}
	if len(b.piles) > 0 {
		b.tail, b.sealer, b.starts = batch.NewBuilder(b.spec.Types), sealer{spec: b.spec}, nil
	}
	for i := range b.piles {
		b.piles[i].mem.release()
	}
	b.piles, b.sizes, b.sealing = nil, sizes{}, nil
	b.tail.Reset()
}

// flat gathers ranges of rows one after another.
type flat struct {
	cols     []*batch.Vector
	weights  []batch.Weight
	weighted bool
	n        int
	sel      []int32
	out      batch.Batch
}

func newFlat(spec Spec) flat { return flat{cols: vectors(spec.Types)} }

func (f *flat) reset() {
	for _, v := range f.cols {
		v.Reset()
	}
	f.weights, f.weighted, f.n = f.weights[:0], false, 0
}

// add appends rows i to j of b.
func (f *flat) add(b *batch.Batch, i, j int) {
	if i == j {
		return
	}
	for c, v := range f.cols {
		v.AppendColumn(&b.Cols[c], i, j)
	}
	f.weigh(b.Weights, i, j)
}

// weigh notes the weights of j-i rows whose values were appended; nil weights are all +1.
func (f *flat) weigh(weights []batch.Weight, i, j int) {
	if weights != nil && !f.weighted {
		f.weighted = true
		f.weights = appendOnes(f.weights, f.n)
	}
	if f.weighted {
		if weights == nil {
			f.weights = appendOnes(f.weights, j-i)
		} else {
			f.weights = append(f.weights, weights[i:j]...)
		}
	}
	f.n += j - i
}

// rows returns the rows so far, valid until the next reset.
func (f *flat) rows() *batch.Batch {
	f.out = batch.Batch{Cols: peek(f.cols), Rows: f.n}
	if f.weighted {
		f.out.Weights = f.weights
	}
	return &f.out
}
