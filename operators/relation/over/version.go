package over

import (
	"math"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// version is a partition before the epoch, or after it, while it is gone through.
type version struct {
	main    cursor
	frames  []frame // of the spec's frames
	first   int64   // the position of the first peer of the current row
	group   int64   // main.peers when first was set
	count   cursor  // counts the rows
	total   int64   // of rows, once counted
	counted bool
	results []*batch.Vector // of the calls, for rows whose change is not emitted yet
	n       int             // how many
	bad     batch.RowErrors
}

// newVersion returns a version for a spec.
func newVersion(s *spec) version {
	v := version{frames: make([]frame, len(s.frames))}
	for i := range v.frames {
		v.frames[i] = newFrame(s, &s.frames[i])
	}
	for _, c := range s.calls {
		v.results = append(v.results, batch.NewVector(c.Type))
	}
	return v
}

// counting counts the rows, as far as the budget allows, and reports whether all are counted.
func (v *version) counting(spans []span, budget *int) bool {
	if !v.counted {
		v.count.open(spans, false)
		v.counted = true
	}
	if !v.count.skip(math.MaxInt64, budget) {
		return false
	}
	v.total = v.count.pos
	return true
}

// reach moves the frames to the current row, as far as the budget allows, and reports whether they are there.
func (v *version) reach(s *spec, budget *int) bool {
	for i := range v.frames {
		if !v.frames[i].move(s, &v.main, budget) {
			return false
		}
	}
	if v.main.peers != v.group {
		v.first, v.group = v.main.pos, v.main.peers
	}
	return true
}

// answer appends the results of the current row.
func (v *version) answer(s *spec) {
	for i := range s.calls {
		c := &s.calls[i]
		if c.frame < 0 {
			v.placed(c, v.results[i])
			continue
		}
		f := &v.frames[c.frame]
		if c.Func == "cume_dist" {
			batch.Append(v.results[i], float64(f.end.pos)/float64(v.total))
		} else if !f.result(c, v.results[i], &v.main) {
			v.bad.Add(v.n, c.reason)
		}
	}
	v.n++
}

// placed appends what a function says of the row's place.
func (v *version) placed(c *call, out *batch.Vector) {
	switch at := v.main.pos; c.Func {
	case "row_number":
		batch.Append(out, at+1)
	case "rank":
		batch.Append(out, v.first+1)
	case "dense_rank":
		batch.Append(out, v.main.peers+1)
	case "percent_rank":
		rank := 0.0
		if v.total > 1 {
			rank = float64(v.first) / float64(v.total-1)
		}
		batch.Append(out, rank)
	case "ntile":
		size, more := v.total/c.N, v.total%c.N
		if at < more*(size+1) {
			batch.Append(out, at/(size+1)+1)
		} else {
			batch.Append(out, (at-more)/size+1)
		}
	default:
		panic("over: no function " + c.Func)
	}
}

// bytes returns how large the results are.
func (v *version) bytes() (n int) {
	for _, r := range v.results {
		n += r.Bytes()
	}
	return n
}

// reset forgets the results.
func (v *version) reset() {
	for _, r := range v.results {
		r.Reset()
	}
	v.n = 0
	v.bad.Reset()
}

// settled reports whether the results of all rows after the current one are the same in both versions. Both stand at the
// same row, with its results appended.
func settled(s *spec, old, now *version) bool {
	if now.main.unsettled > 0 || old.main.used != now.main.used {
		return false
	}
	if s.placed && (old.main.pos != now.main.pos || old.first != now.first || old.main.peers != now.main.peers) {
		return false
	}
	if s.counts && old.total != now.total {
		return false
	}
	for i := range s.frames {
		f, g := &old.frames[i], &now.frames[i]
		if !f.end.same(&g.end) {
			return false
		}
		if s.frames[i].Start.Unit != Unbounded {
			if !f.start.same(&g.start) {
				return false
			}
		} else if !f.equal(g) {
			return false
		}
	}
	for i := range s.calls {
		c := &s.calls[i]
		if c.frame < 0 || s.frames[c.frame].Start.Unit != Unbounded {
			continue
		}
		x, y := old.results[i].Peek(), now.results[i].Peek()
		if kernel.Compare(&x, old.n-1, &y, now.n-1) != 0 {
			return false
		}
	}
	return true
}

// forget drops what refers to segments.
func (v *version) forget() {
	v.main.forget()
	v.count.forget()
	for i := range v.frames {
		v.frames[i].forget()
	}
	v.reset()
}
