package arrange

import (
	"slices"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Take takes away the rows of an ordered arrangement whose key is below limit. It hands them to yield, in no
// order, as the rows lo to hi of a segment, about rows of them, and reports whether there are more. Until there are
// none the arrangement is not read or maintained.
func (a *Arrangement) Take(limit int64, rows int, yield func(seg *Segment, lo, hi int32)) (more bool) {
	end := orderedHash(limit)
	for _, run := range a.runs {
		for len(run.segs) > 0 {
			seg, lo := run.segs[0], run.from
			hi := seg.rowsBelow(end)
			if hi <= lo {
				break
			}
			if rows <= 0 {
				return true
			}
			hi = min(hi, lo+int32(min(rows, seg.rows)))
			yield(seg, lo, hi)
			rows -= int(hi - lo)
			a.advance(run, hi)
		}
	}
	a.taken = max(a.taken, end)
	a.runs = slices.DeleteFunc(a.runs, a.spent)
	return false
}

// rowsBelow returns how many rows have a hash below end.
func (s *Segment) rowsBelow(end uint64) int32 {
	group := s.lower(end)
	if int(group) == s.groups {
		return int32(s.rows)
	}
	row, _ := s.Span(group)
	return row
}

// advance makes a run begin with a row of its first segment, and frees that one if it has no more.
func (a *Arrangement) advance(run *Run, row int32) {
	seg := run.segs[0]
	run.rows -= int(row - run.from)
	run.from = row
	if int(row) < seg.rows {
		return
	}
	run.segs, run.from = run.segs[1:], 0
	run.bytes -= seg.bytes
	if run.refs > 1 || a.merging(run) {
		run.gone = append(run.gone, seg)
		return
	}
	seg.release()
}

func (a *Arrangement) merging(run *Run) bool {
	return a.merge != nil && slices.Contains(a.merge.runs, run)
}

// spent frees a run of which everything was taken away.
func (a *Arrangement) spent(run *Run) bool {
	if run.rows > 0 || a.merging(run) {
		return false
	}
	run.Release()
	return true
}

// drop takes rows away that were handed over before.
func (a *Arrangement) drop(end uint64) {
	a.taken = end
	for _, run := range a.runs {
		for len(run.segs) > 0 {
			row := run.segs[0].rowsBelow(end)
			if row <= run.from {
				break
			}
			a.advance(run, row)
		}
	}
	a.runs = slices.DeleteFunc(a.runs, a.spent)
}

// First returns the smallest key of an ordered arrangement. Rows that cancel each other count until they merge.
func (a *Arrangement) First() (key int64, ok bool) {
	for _, run := range a.runs {
		if len(run.segs) == 0 {
			continue
		}
		k := batch.Values[int64](&run.segs[0].keys[0])[run.group()]
		if !ok || k < key {
			key, ok = k, true
		}
	}
	return key, ok
}

// group returns the first group that was not taken away.
func (r *Run) group() int32 {
	if r.from == 0 {
		return 0
	}
	return r.segs[0].groupOf(r.from)
}

// worn reports whether more of a run's first segment was taken away than the run has left, so that the rest is worth
// writing anew.
func (r *Run) worn() bool { return int(r.from) > r.rows && r.rows > 0 }
