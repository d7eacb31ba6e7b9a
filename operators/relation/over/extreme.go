package over

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// extremeSpec says what an extreme looks for.
type extremeSpec struct {
	column int // of the values
	sign   int // -1: the least, 1: the greatest, 0: the last that is not null
	keep   bool
}

// extreme is the least or the greatest value of a frame: the rows of the frame that no row after them surpasses, from the
// first on, which is the best. Where no row ever leaves the frame it is the best alone.
type extreme struct {
	rows []candidate
	from int // the rows before it have left
}

// candidate is a row that is the best when those before it have left.
type candidate struct {
	place
	last int64 // the position of its last copy
}

func (x *extreme) reset() { x.rows, x.from = x.rows[:0], 0 }

// add takes rows in, the first of which has position pos.
func (x *extreme) add(s *extremeSpec, r rowsOf, pos int64) {
	col := &r.seg.Values()[s.column]
	for row := r.row; row < r.row+r.rows; row++ {
		w := r.times
		if r.weights != nil {
			w *= r.weights[row]
		}
		if pos += int64(w); !col.Null(int(row)) {
			x.put(s, col, candidate{place{r.seg, row, r.group}, pos - 1})
		}
	}
}

func (x *extreme) put(s *extremeSpec, col *batch.Column, c candidate) {
	for len(x.rows) > x.from {
		worst := &x.rows[len(x.rows)-1]
		if s.sign != 0 {
			d := s.sign * kernel.Compare(col, int(c.row), &worst.seg.Values()[s.column], int(worst.row))
			if d < 0 && s.keep {
				return
			}
			if d < 0 {
				break
			}
		}
		x.rows = x.rows[:len(x.rows)-1]
	}
	if x.from > 0 && len(x.rows) == cap(x.rows) { // what has left makes room
		x.rows = x.rows[:copy(x.rows, x.rows[x.from:])]
		x.from = 0
	}
	x.rows = append(x.rows, c)
}

// drop takes rows out whose last copy lies before a position.
func (x *extreme) drop(pos int64) {
	for x.from < len(x.rows) && x.rows[x.from].last < pos {
		x.from++
	}
}

// best returns the best row, if there is one.
func (x *extreme) best() place {
	if x.from == len(x.rows) {
		return place{}
	}
	return x.rows[x.from].place
}
