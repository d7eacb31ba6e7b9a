package arrange

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Span is the rows from Lo to before Hi of a segment, which have one key, in their order. Group is the number that the
// segment has for the key.
type Span struct {
	Seg           *Segment
	Lo, Hi, Group int32
}

// Span returns the rows of the i-th key that was found.
func (m *Match) Span(i int) Span {
	lo, hi := m.Segment.Span(m.Groups[i])
	return Span{m.Segment, lo, hi, m.Groups[i]}
}

// Compare compares the values of the first rows of two spans that are not empty.
func (s *Span) Compare(t *Span) int {
	return kernel.CompareRows(s.Seg.Values(), t.Seg.Values(), int(s.Lo), int(t.Lo))
}

// Least returns which of some spans of a key has the least first row; -1 if all are empty.
func Least(spans []Span) int {
	best := -1
	for i := range spans {
		if spans[i].Lo < spans[i].Hi && (best < 0 || spans[i].Compare(&spans[best]) < 0) {
			best = i
		}
	}
	return best
}

// Next takes the least row of some spans of a key, and its equals, off them, and returns it, as the first of head, with
// how often it is there. It is not ok if all are empty.
func Next(spans []Span) (head Span, sum batch.Weight, ok bool) {
	best := Least(spans)
	if best < 0 {
		return head, 0, false
	}
	head = spans[best]
	for i := range spans {
		if spans[i].Lo < spans[i].Hi && (i == best || spans[i].Compare(&head) == 0) {
			sum += spans[i].Seg.RowWeight(spans[i].Lo)
			spans[i].Lo++
		}
	}
	return head, sum, true
}
