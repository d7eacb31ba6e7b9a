package batch

// RowErrors gathers the rows of a batch that could not be computed, each with its reason. A row that
// fails twice keeps its first reason. The zero value is ready to use.
type RowErrors struct {
	Rows    []int32
	Reasons []string
	bad     map[int32]struct{}
}

// Add marks row i as bad.
func (e *RowErrors) Add(i int, reason string) {
	if _, twice := e.bad[int32(i)]; twice {
		return
	}
	if e.bad == nil {
		e.bad = map[int32]struct{}{}
	}
	e.bad[int32(i)] = struct{}{}
	e.Rows = append(e.Rows, int32(i))
	e.Reasons = append(e.Reasons, reason)
}

// Has reports whether row i is bad.
func (e *RowErrors) Has(i int) bool {
	_, bad := e.bad[int32(i)]
	return bad
}

// Len returns how many rows are bad.
func (e *RowErrors) Len() int { return len(e.Rows) }

// Reset forgets all rows.
func (e *RowErrors) Reset() {
	e.Rows, e.Reasons = e.Rows[:0], e.Reasons[:0]
	clear(e.bad)
}
