package kernel

import (
	"math/bits"
	"slices"
)

// Sorter orders rows by their hash. It keeps scratch memory of 12 bytes a row for the next call;
// the zero value is ready to use.
type Sorter struct {
	scratch []entry
}

// entry is a hash with its row. Two halves keep it at 12 bytes, and one stream of writes a part instead
// of two: BenchmarkSortByHash of 33 M rows went from 15.0 to 13.0 ns a row.
type entry struct {
	low, high uint32
	row       int32
}

func newEntry(h uint64, row int32) entry { return entry{uint32(h), uint32(h >> 32), row} }

func (e entry) hash() uint64 { return uint64(e.high)<<32 | uint64(e.low) }

// Radix of the sort, chosen by BenchmarkSortByHash: 256 ways keep the lines being written to in the
// first-level cache, and below smallRun one counting pass and an insertion pass finish the run.
const (
	radixBits = 8
	smallRun  = 2048
	tinyRun   = 24
)

// SortByHash sorts hashes ascending and moves the entries of perm, which has the same length, along
// with them. Equal hashes keep their order.
func (s *Sorter) SortByHash(hashes []uint64, perm []int32) {
	n := len(hashes)
	sortRun(hashes, perm[:n], s.room(n), 64)
}

// Partition orders hashes and perm by the top width bits of the hashes, 1..16, without looking at
// the bits below, and returns where each of the 1<<width parts begins, followed by the number of
// rows, in starts' memory. Rows of one part keep their order.
func (s *Sorter) Partition(hashes []uint64, perm []int32, width int, starts []int32) []int32 {
	n := len(hashes)
	shift := 64 - width
	starts = append(starts[:0], make([]int32, 1<<width+1)...)
	for _, h := range hashes {
		starts[h>>shift+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	next, to := slices.Clone(starts), s.room(n)
	for i, h := range hashes {
		at := next[h>>shift]
		next[h>>shift] = at + 1
		to[at] = newEntry(h, perm[i])
	}
	unpack(hashes, perm[:n], to)
	return starts
}

// Release gives the scratch memory back.
func (s *Sorter) Release() { s.scratch = nil }

func (s *Sorter) room(n int) []entry {
	if cap(s.scratch) < n {
		s.scratch = make([]entry, n)
	}
	return s.scratch[:n]
}

// sortRun sorts h, whose bits above the low width are all equal, with p alongside; t is scratch of
// the same length.
func sortRun(h []uint64, p []int32, t []entry, width int) {
	switch n := len(h); {
	case n <= tinyRun:
		insertionSort(h, p)
	case width <= 0 || slices.IsSorted(h): // among others, the many rows of one frequent key
	case n <= smallRun:
		pack(t, h, p)
		sortSmall(h, p, t, width)
	default:
		var next parts
		for _, v := range h {
			next[digitOf(v, width)]++
		}
		next.begin()
		p, t = p[:len(h)], t[:len(h)]
		for i, v := range h {
			digit := digitOf(v, width)
			at := next[digit]
			next[digit] = at + 1
			t[at] = newEntry(v, p[i])
		}
		start := 0
		for _, end := range next {
			sortBack(h[start:end], p[start:end], t[start:end], width-radixBits)
			start = end
		}
	}
}

// sortBack sorts t into h and p.
func sortBack(h []uint64, p []int32, t []entry, width int) {
	n := len(t)
	if n <= tinyRun || width <= 0 || inOrder(t) {
		unpack(h, p, t)
		if n <= tinyRun {
			insertionSort(h, p)
		}
		return
	}
	if n <= smallRun {
		sortSmall(h, p, t, width)
		return
	}
	var next parts
	for i := range t {
		next[digitOf(t[i].hash(), width)]++
	}
	next.begin()
	h, p = h[:n], p[:n]
	for _, e := range t {
		v := e.hash()
		digit := digitOf(v, width)
		at := next[digit]
		next[digit] = at + 1
		h[at], p[at] = v, e.row
	}
	start := 0
	for _, end := range next {
		sortRun(h[start:end], p[start:end], t[start:end], width-radixBits)
		start = end
	}
}

// parts counts the rows of each part, then says where the next row of each goes, and so, when all are
// placed, where each ends.
type parts [1 << radixBits]int

func (p *parts) begin() {
	at := 0
	for i, count := range p {
		p[i] = at
		at += count
	}
}

// digitOf returns the top radixBits of the low width bits.
func digitOf(v uint64, width int) uint64 {
	if width < radixBits {
		return v << (radixBits - width) & (1<<radixBits - 1)
	}
	return v >> (width - radixBits) & (1<<radixBits - 1)
}

// sortSmall sorts t into h and p, counting as many top bits of the low width as give each row about a
// place of its own.
func sortSmall(h []uint64, p []int32, t []entry, width int) {
	var next [smallRun]int32
	digits := min(bits.Len(uint(len(t))), bits.Len(uint(smallRun))-1, width)
	shift, mask := width-digits, uint64(1)<<digits-1
	for i := range t {
		next[t[i].hash()>>shift&mask&(smallRun-1)]++
	}
	at := int32(0)
	for i := range next[:mask+1] {
		count := next[i]
		next[i] = at
		at += count
	}
	for _, e := range t {
		v := e.hash()
		digit := v >> shift & mask & (smallRun - 1)
		at := next[digit]
		next[digit] = at + 1
		h[at], p[at] = v, e.row
	}
	finish(h, p, t)
}

// finish sorts what sortSmall left: nearly all rows stand in their place. A row that would move
// far shows a run of equal digits (few distinct hashes, each many times): then the run is merged.
func finish(h []uint64, p []int32, t []entry) {
	for i := 1; i < len(h); i++ {
		v := h[i]
		if h[i-1] <= v {
			continue
		}
		row, j := p[i], i
		for j > 0 && h[j-1] > v && i-j < 64 {
			h[j], p[j] = h[j-1], p[j-1]
			j--
		}
		h[j], p[j] = v, row
		if j > 0 && h[j-1] > v {
			mergeSort(h, p, t)
			return
		}
	}
}

// mergeSort sorts the runs that finish gives up on.
func mergeSort(h []uint64, p []int32, t []entry) {
	n := len(h)
	if n <= tinyRun {
		insertionSort(h, p)
		return
	}
	m := n / 2
	mergeSort(h[:m], p[:m], t[:m])
	mergeSort(h[m:], p[m:], t[m:])
	pack(t[:m], h[:m], p[:m])
	for i, j, k := 0, m, 0; i < m; k++ {
		if v := t[i].hash(); j < n && h[j] < v {
			h[k], p[k] = h[j], p[j]
			j++
		} else {
			h[k], p[k] = v, t[i].row
			i++
		}
	}
}

func insertionSort(h []uint64, p []int32) {
	for i := 1; i < len(h); i++ {
		v, row, j := h[i], p[i], i
		for ; j > 0 && h[j-1] > v; j-- {
			h[j], p[j] = h[j-1], p[j-1]
		}
		h[j], p[j] = v, row
	}
}

func inOrder(t []entry) bool {
	for i := 1; i < len(t); i++ {
		if t[i].hash() < t[i-1].hash() {
			return false
		}
	}
	return true
}

func pack(t []entry, h []uint64, p []int32) {
	p, t = p[:len(h)], t[:len(h)]
	for i, v := range h {
		t[i] = newEntry(v, p[i])
	}
}

func unpack(h []uint64, p []int32, t []entry) {
	h, p = h[:len(t)], p[:len(t)]
	for i, e := range t {
		h[i], p[i] = e.hash(), e.row
	}
}

// Split orders the row numbers 0 to len(part)-1 by their part, of n, into sel, and returns in
// starts where each part begins, followed by the number of rows. Rows of one part keep their order.
func Split(part []uint16, n int, sel, starts []int32) (bySel, byStarts []int32) {
	starts = append(starts[:0], make([]int32, n+1)...)
	for _, w := range part {
		starts[w+1]++
	}
	for i := 1; i <= n; i++ {
		starts[i] += starts[i-1]
	}
	sel = slices.Grow(sel[:0], len(part))[:len(part)]
	for i, w := range part {
		sel[starts[w]] = int32(i)
		starts[w]++
	}
	copy(starts[1:], starts[:n])
	starts[0] = 0
	return sel, starts
}
