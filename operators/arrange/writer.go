package arrange

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const (
	// segmentBytes is where a segment ends: what is written in one piece beyond it keeps it
	// below 64 MiB.
	segmentBytes = 56 << 20
	// pieceRows is how many rows are written before the size is looked at.
	pieceRows = 4096
	// pieceBytes bounds the variable-width data of a piece.
	pieceBytes = 4 << 20
)

// sizes is an upper bound of what will be written.
type sizes struct {
	rows  int
	bytes []int // of the variable-width columns' values
}

// add counts the rows of b.
func (z *sizes) add(b *batch.Batch) {
	if z.bytes == nil {
		z.bytes = make([]int, len(b.Cols))
	}
	z.rows += b.Rows
	for c := range b.Cols {
		if col := &b.Cols[c]; col.Type.Variable() && b.Rows > 0 {
			z.bytes[c] += int(col.Offsets[b.Rows] - col.Offsets[0])
		}
	}
}

// writer builds segments from rows that come in order.
type writer struct {
	spec  Spec
	limit int   // bytes of a segment
	hint  sizes // of everything that is to be written

	segs         []*Segment
	keys, vals   []*batch.Vector
	offs         []int32 // empty while every group has one row
	weights      []batch.Weight
	weighted     bool
	groups, rows int
	mem          *region
}

func newWriter(spec Spec, hint sizes) *writer {
	limit := spec.SegmentBytes
	if limit == 0 {
		limit = segmentBytes
	}
	return &writer{spec: spec, limit: limit, hint: hint}
}

// begin prepares memory for the next segment: a region with room for all columns as far as they can
// grow, of which only the pages written to will exist.
func (w *writer) begin() {
	n := w.spec.Key
	w.keys, w.vals = vectors(w.spec.Types[:n]), vectors(w.spec.Types[n:])
	w.offs, w.weights, w.weighted, w.groups, w.rows, w.mem = nil, nil, false, 0, 0, nil
	most := w.limit + 2*pieceBytes
	width := 0
	for _, t := range w.spec.Types {
		width += widthOf(t)
	}
	rows := min(w.hint.rows, most/max(width, 1)+pieceRows)
	total := room(4*(rows+1)) + room(8*rows)
	parts := make([]int, len(w.spec.Types))
	for c, t := range w.spec.Types {
		if parts[c] = rows * t.Width(); t.Variable() {
			parts[c] = min(w.hint.bytes[c], most)
			total += room(4 * (rows + 1))
		} else if t.Kind == batch.Bool {
			parts[c] = rows/8 + 1
		}
		total += room(parts[c])
	}
	if total < heapBytes {
		return
	}
	w.mem = newRegion(total)
	w.offs, w.weights = cutInts[int32](w.mem, rows+1)[:0], cutInts[batch.Weight](w.mem, rows)[:0]
	for c, v := range append(w.keys[:n:n], w.vals...) {
		var ends []int32
		if v.Type.Variable() {
			ends = cutInts[int32](w.mem, rows+1)
		}
		v.Back(w.mem.cut(parts[c]), ends)
	}
}

// write appends the rows that g names of cols, in pieces. goesOn says that the first of them have the key that was written
// last.
func (w *writer) write(cols []batch.Column, g *kernel.Groups, goesOn bool) {
	for group, row := 0, 0; group < len(g.First); {
		p := piece{cols: cols, g: g, group: group, row: row, cut: row > start(g, group) || row == 0 && goesOn}
		group, row = p.measure(min(pieceRows, max(w.limit/16, 1)))
		w.piece(&p)
	}
}

// piece is a part of the rows to write that may end within a group.
type piece struct {
	cols       []batch.Column
	g          *kernel.Groups
	group, row int
	cut        bool // the piece goes on with a group whose beginning is written
	groupEnd   int  // groups begun before the end
	rowEnd     int
}

// start returns where the rows of a group begin.
func start(g *kernel.Groups, group int) int {
	if g.Ends == nil {
		return group
	}
	if group == 0 {
		return 0
	}
	return int(g.Ends[group-1])
}

// measure finds the end of the piece: whole groups while they are at most most rows, else a part of one. It
// returns the group and row to go on with.
func (p *piece) measure(most int) (group, row int) {
	for c := range p.cols {
		most = min(most, fit(&p.cols[c], p.g.Rows[p.row:]))
	}
	limit := min(p.row+most, len(p.g.Rows))
	group = p.group
	for group < len(p.g.First) && start(p.g, group+1) <= limit {
		group++
	}
	row = start(p.g, group)
	p.groupEnd = group
	if row <= p.row { // not even the rest of one group fits
		row = limit
		p.groupEnd = group + 1
	}
	p.rowEnd = row
	return group, row
}

// fit returns how many of the rows, at least one and at most pieceRows, have values of a bounded size.
func fit(col *batch.Column, rows []int32) int {
	if !col.Type.Variable() {
		return pieceRows
	}
	size := 0
	for i, row := range rows[:min(len(rows), pieceRows)] {
		size += int(col.Offsets[row+1] - col.Offsets[row])
		if size > pieceBytes {
			return max(i, 1)
		}
	}
	return pieceRows
}

// piece writes p and ends the segment when it is full.
func (w *writer) piece(p *piece) {
	if w.keys == nil {
		w.begin()
		p.cut = false // the key stands at the beginning of each segment that has rows of it
	}
	group := p.group
	if p.cut {
		group++
	}
	first, rows := p.g.First[group:p.groupEnd], p.g.Rows[p.row:p.rowEnd]
	n := w.spec.Key
	for c, v := range w.keys {
		kernel.Gather(v, &p.cols[c], first)
	}
	for c, v := range w.vals {
		kernel.Gather(v, &p.cols[n+c], rows)
	}
	w.span(p, len(first), len(rows))
	w.weigh(p.g.Weights, p.row, p.rowEnd)
	w.groups += len(first)
	w.rows += len(rows)
	if w.size() >= w.limit {
		w.end()
	}
}

// span notes where the groups of the piece begin.
func (w *writer) span(p *piece, groups, rows int) {
	if len(w.offs) == 0 {
		if w.groups == w.rows && groups == rows && !p.cut {
			return
		}
		for i := range int32(w.groups + 1) {
			w.offs = append(w.offs, i)
		}
	}
	if p.cut { // the last group goes on
		w.offs[len(w.offs)-1] = int32(w.rows + min(rows, start(p.g, p.group+1)-p.row))
	}
	for group := p.groupEnd - groups; group < p.groupEnd; group++ {
		w.offs = append(w.offs, int32(w.rows+min(rows, start(p.g, group+1)-p.row)))
	}
}

// weigh appends the weights of rows i to j; nil weights are all +1.
func (w *writer) weigh(weights []batch.Weight, i, j int) {
	if weights == nil && !w.weighted {
		return
	}
	if !w.weighted {
		w.weighted = true
		w.weights = appendOnes(w.weights, w.rows)
	}
	if weights == nil {
		w.weights = appendOnes(w.weights, j-i)
	} else {
		w.weights = append(w.weights, weights[i:j]...)
	}
}

func (w *writer) size() int {
	n := 4*len(w.offs) + 8*len(w.weights)
	for _, v := range w.keys {
		n += v.Bytes()
	}
	for _, v := range w.vals {
		n += v.Bytes()
	}
	return n
}

// end finishes the segment that was begun.
func (w *writer) end() {
	if w.keys == nil {
		return
	}
	s := &Segment{hashed: w.spec.hashed(), ordered: w.spec.Ordered, groups: w.groups, rows: w.rows, mem: w.mem, keys: peek(w.keys), vals: peek(w.vals)}
	if len(w.offs) > 0 {
		s.offs = w.offs
	}
	if w.weighted {
		s.weights = w.weights
	}
	if used := w.size(); w.mem != nil && !w.mem.heap && used < heapBytes {
		s.toHeap()
	}
	w.hint.rows = max(w.hint.rows-w.rows, 0)
	w.keys, w.vals, w.mem = nil, nil, nil
	if !s.index() {
		panic("arrange: rows were written out of order")
	}
	s.measure()
	w.segs = append(w.segs, s)
}

// toHeap moves the little that is left of what was thought to be large out of its mapping.
func (s *Segment) toHeap() {
	s.keys = (&batch.Batch{Cols: s.keys, Rows: s.groups}).Clone().Cols
	s.vals = (&batch.Batch{Cols: s.vals, Rows: s.rows}).Clone().Cols
	s.offs, s.weights = append([]int32(nil), s.offs...), append([]batch.Weight(nil), s.weights...)
	s.mem.release()
	s.mem = nil
}

// run ends the last segment and returns everything that was written.
func (w *writer) run() *Run {
	w.end()
	return newRun(w.segs)
}

// abort frees what was written so far.
func (w *writer) abort() {
	w.run().Release()
}

func vectors(types []batch.Type) []*batch.Vector {
	vs := make([]*batch.Vector, len(types))
	for i, t := range types {
		vs[i] = batch.NewVector(t)
	}
	return vs
}

func peek(vs []*batch.Vector) []batch.Column {
	cols := make([]batch.Column, len(vs))
	for i, v := range vs {
		cols[i] = v.Peek()
	}
	return cols
}

// widthOf returns the bytes a value takes apart from its variable part.
func widthOf(t batch.Type) int {
	if t.Variable() {
		return 4
	}
	return t.Width()
}

func appendOnes(weights []batch.Weight, n int) []batch.Weight {
	for range n {
		weights = append(weights, 1)
	}
	return weights
}
