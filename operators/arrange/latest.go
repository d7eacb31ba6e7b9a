package arrange

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Latest looks rows up in an arrangement that has at most one row for a key, which it changes by
// retracting the old row and inserting the new one in the same run: the youngest run that has the
// key says what there is.
type Latest struct {
	prober Prober
	cols   []*batch.Vector // the values found, in the order in which they were
	seen   []int32         // for each key, the run that has it; -1: none so far
	at     []int32         // for each key, its row in cols; -1: none
	rows   []int32
}

// Find looks for the values of the keys in r.
func (l *Latest) Find(r *Reader, keys Probed) {
	if l.cols == nil {
		l.cols = vectors(r.spec.Types[r.spec.Key:])
	}
	for _, v := range l.cols {
		v.Reset()
	}
	l.seen, l.at = l.seen[:0], l.at[:0]
	for range keys.Hashes {
		l.seen, l.at = append(l.seen, -1), append(l.at, -1)
	}
	n := int32(0)
	l.prober.Start(r, keys)
	for m, ok := l.prober.Next(); ok; m, ok = l.prober.Next() {
		l.rows = l.rows[:0]
		for i, hit := range m.Hits {
			if l.seen[hit] >= 0 && l.seen[hit] != int32(m.Run) {
				continue
			}
			l.seen[hit] = int32(m.Run)
			lo, hi := m.Segment.Span(m.Groups[i])
			for row := lo; row < hi; row++ {
				if m.Segment.RowWeight(row) > 0 {
					l.at[hit] = n
					n++
					l.rows = append(l.rows, row)
				}
			}
		}
		for c, v := range l.cols {
			kernel.Gather(v, &m.Segment.vals[c], l.rows)
		}
	}
}

// Found says, for each of the keys, whether it has a row.
func (l *Latest) Found(key int) bool { return l.at[key] >= 0 }

// Values appends column c of the values to dst, a row for each key; a key without a row gets NULL.
func (l *Latest) Values(dst *batch.Vector, c int) {
	col := l.cols[c].Peek()
	kernel.GatherOuter(dst, &col, l.at)
}
