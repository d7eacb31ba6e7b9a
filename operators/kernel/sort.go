package kernel

import (
	"math/bits"
	"slices"
)

// Sorter orders rows by their hash. It keeps scratch memory of 12 bytes a row for the next call;
// the zero value is ready to use.
type Sorter struct {
	hashes []uint64
	perm   []int32
}

// Radix of the sort, chosen by BenchmarkSortByHash: 256 ways keep the lines being written to in the
// first-level cache, and below smallRun one counting pass and an insertion pass finish the run.
const (
	radixBits = 8
	smallRun  = 2048
)

// SortByHash sorts hashes ascending and moves the entries of perm, which has the same length, along
// with them. Equal hashes keep their order.
func (s *Sorter) SortByHash(hashes []uint64, perm []int32) {
	n := len(hashes)
	s.grow(n)
	sortRun(hashes, perm[:n], s.hashes[:n], s.perm[:n], 64)
}

// Partition orders hashes and perm by the top width bits of the hashes, 1..16, without looking at
// the bits below, and returns where each of the 1<<width parts begins, followed by the number of
// rows. Rows of one part keep their order. The result is valid until the next call when it is put
// into starts' memory.
func (s *Sorter) Partition(hashes []uint64, perm []int32, width int, starts []int32) []int32 {
	n := len(hashes)
	s.grow(n)
	shift := 64 - width
	starts = append(starts[:0], make([]int32, 1<<width+1)...)
	for _, h := range hashes {
		starts[h>>shift+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	next := slices.Clone(starts)
	th, tp := s.hashes[:n], s.perm[:n]
	for i, h := range hashes {
		at := next[h>>shift]
		next[h>>shift] = at + 1
		th[at], tp[at] = h, perm[i]
	}
	copy(hashes, th)
	copy(perm, tp)
	return starts
}

// Release gives the scratch memory back.
func (s *Sorter) Release() { s.hashes, s.perm = nil, nil }

func (s *Sorter) grow(n int) {
	if cap(s.hashes) < n {
		s.hashes, s.perm = make([]uint64, n), make([]int32, n)
	}
}

// sortRun sorts h, whose bits above the low width are all equal, with p alongside; th and tp are
// scratch of the same length.
func sortRun(h []uint64, p []int32, th []uint64, tp []int32, width int) {
	switch n := len(h); {
	case n < 2 || width <= 0:
	case n <= 24:
		insertionSort(h, p)
	case slices.IsSorted(h): // among others, the many rows of one frequent key
	case n <= smallRun:
		sortSmall(h, p, th, tp, width)
	default:
		var ends [1 << radixBits]int
		scatter(h, p, th, tp, width, &ends)
		// Two levels at once: the parts are sorted from the scratch back to where they belong.
		start := 0
		for _, end := range ends {
			sortBack(h[start:end], p[start:end], th[start:end], tp[start:end], width-radixBits)
			start = end
		}
	}
}

// sortBack sorts th with tp into h and p.
func sortBack(h []uint64, p []int32, th []uint64, tp []int32, width int) {
	n := len(h)
	sorted := n <= 24 || width <= 0 || slices.IsSorted(th)
	if n <= smallRun || sorted {
		if !sorted {
			countingPass(th, tp, h, p, width)
			finish(h, p, th, tp, width)
			return
		}
		copy(h, th)
		copy(p, tp)
		sortRun(h, p, th, tp, width)
		return
	}
	var ends [1 << radixBits]int
	scatter(th, tp, h, p, width, &ends)
	start := 0
	for _, end := range ends {
		sortRun(h[start:end], p[start:end], th[start:end], tp[start:end], width-radixBits)
		start = end
	}
}

// scatter moves h and p to th and tp by the top radixBits of the low width bits, and sets where
// each part ends.
func scatter(h []uint64, p []int32, th []uint64, tp []int32, width int, ends *[1 << radixBits]int) {
	shift, up := max(width-radixBits, 0), uint(max(radixBits-width, 0))
	const mask = 1<<radixBits - 1
	var next [1 << radixBits]int
	for _, v := range h {
		next[v>>shift<<up&mask]++
	}
	at := 0
	for i, count := range next {
		next[i] = at
		at += count
	}
	p, th, tp = p[:len(h)], th[:len(h)], tp[:len(h)]
	for i, v := range h {
		digit := v >> shift << up & mask
		at := next[digit]
		next[digit] = at + 1
		th[at], tp[at] = v, p[i]
	}
	*ends = next
}

func sortSmall(h []uint64, p []int32, th []uint64, tp []int32, width int) {
	countingPass(h, p, th, tp, width)
	copy(h, th)
	copy(p, tp)
	finish(h, p, th, tp, width)
}

// countingPass moves h and p to th and tp by as many top bits of the low width as give each row
// about a slot of its own.
func countingPass(h []uint64, p []int32, th []uint64, tp []int32, width int) {
	var next [smallRun]int32
	digits := min(bits.Len(uint(len(h))), bits.Len(uint(smallRun))-1, width)
	shift, mask := width-digits, uint64(1)<<digits-1
	for _, v := range h {
		next[v>>shift&mask&(smallRun-1)]++
	}
	at := int32(0)
	for i := range next[:mask+1] {
		count := next[i]
		next[i] = at
		at += count
	}
	p, th, tp = p[:len(h)], th[:len(h)], tp[:len(h)]
	for i, v := range h {
		digit := v >> shift & mask & (smallRun - 1)
		at := next[digit]
		next[digit] = at + 1
		th[at], tp[at] = v, p[i]
	}
}

// finish sorts what countingPass left: nearly all rows stand in their place. A row that would move
// far shows a run of equal digits (few distinct hashes, each many times): that run is sorted by
// the bits below instead.
func finish(h []uint64, p []int32, th []uint64, tp []int32, width int) {
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
			slowSort(h, p, th, tp)
			return
		}
	}
}

// slowSort is a stable merge sort, for the runs that finish gives up on.
func slowSort(h []uint64, p []int32, th []uint64, tp []int32) {
	n := len(h)
	if n <= 24 {
		insertionSort(h, p)
		return
	}
	m := n / 2
	slowSort(h[:m], p[:m], th[:m], tp[:m])
	slowSort(h[m:], p[m:], th[m:], tp[m:])
	copy(th[:m], h[:m])
	copy(tp[:m], p[:m])
	for i, j, k := 0, m, 0; i < m; k++ {
		if j < n && h[j] < th[i] {
			h[k], p[k] = h[j], p[j]
			j++
		} else {
			h[k], p[k] = th[i], tp[i]
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
