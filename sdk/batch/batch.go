// Package batch is the one shape in which data moves: batches of weighted rows, column by column,
// in Arrow's memory layout. Connectors fill them, operators compute over them, guests read them
// in their linear memory and sinks write them out. It imports the standard library only.
package batch

// Weight says how often a row is added (+) or taken back (-).
type Weight int64

// Batch is a set of weighted rows, column by column.
//
// Who owns the memory is said wherever a Batch is passed; unless said otherwise it is borrowed for
// the length of the call, and what must live longer is copied.
type Batch struct {
	Cols []Column
	Rows int
	// Weights has a weight for each row, or is nil: every row counts +1.
	Weights []Weight
}

// Len returns the number of rows.
func (b *Batch) Len() int { return b.Rows }

// Weight returns the weight of row i.
func (b *Batch) Weight(i int) Weight {
	if b.Weights == nil {
		return 1
	}
	return b.Weights[i]
}

// Bytes returns how much memory the rows take.
func (b *Batch) Bytes() int {
	n := 8 * len(b.Weights)
	for i := range b.Cols {
		n += b.Cols[i].Bytes()
	}
	return n
}

// Slice returns rows i to j of b. It shares b's memory wherever i allows it: bits are copied
// when i is not a multiple of 8.
func (b *Batch) Slice(i, j int) *Batch {
	out := &Batch{Cols: make([]Column, len(b.Cols)), Rows: j - i}
	for c := range b.Cols {
		out.Cols[c] = b.Cols[c].Slice(i, j)
	}
	if b.Weights != nil {
		out.Weights = b.Weights[i:j]
	}
	return out
}

// Project returns the named columns of b, sharing its memory.
func (b *Batch) Project(cols []int) *Batch {
	out := &Batch{Cols: make([]Column, len(cols)), Rows: b.Rows, Weights: b.Weights}
	for i, c := range cols {
		out.Cols[i] = b.Cols[c]
	}
	return out
}

// Clone returns a copy that shares no memory with b.
func (b *Batch) Clone() *Batch {
	out := NewBuilder(b.Types())
	out.AppendBatch(b)
	return out.Take()
}

// Types returns the types of the columns.
func (b *Batch) Types() []Type {
	types := make([]Type, len(b.Cols))
	for i := range b.Cols {
		types[i] = b.Cols[i].Type
	}
	return types
}

// Row returns row i in wide form, for tests, messages and the edges of the system.
func (b *Batch) Row(i int) []any {
	row := make([]any, len(b.Cols))
	for c := range b.Cols {
		row[c] = b.Cols[c].Value(i)
	}
	return row
}
