package wasm

import (
	"encoding/binary"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// layout places a frame in a room of the guest's memory. Without memory it only counts.
type layout struct {
	mem  []byte // the room; nil: count
	base uint32 // its address
	size int    // so far
}

// place returns the next n bytes and their address; nil while counting.
func (l *layout) place(n int) ([]byte, uint32) {
	at := l.size
	l.size = (l.size + n + abi.Align - 1) &^ (abi.Align - 1)
	if l.mem == nil {
		return nil, 0
	}
	return l.mem[at : at+n], l.base + uint32(at)
}

func (l *layout) copy(src []byte) uint32 {
	dst, at := l.place(len(src))
	copy(dst, src)
	return at
}

func (l *layout) zeros(n int) uint32 {
	dst, at := l.place(n)
	clear(dst)
	return at
}

func put32(dst []byte, offset int, v uint32) {
	if dst != nil {
		binary.LittleEndian.PutUint32(dst[offset:], v)
	}
}

// frame places all that a call needs.
func (l *layout) frame(f *abi.Frame, op abi.Op) {
	head, _ := l.place(abi.OffsetColumns + len(f.Args)*abi.ColumnSize)
	clear(head)
	put32(head, abi.OffsetRows, uint32(f.Rows))
	put32(head, abi.OffsetArgs, uint32(len(f.Args)))
	put32(head, abi.OffsetRow, abi.NoRow)
	put32(head, abi.OffsetGroups, uint32(f.Groups))
	if f.Run != nil {
		put32(head, abi.OffsetRun, l.copy(f.Run))
	}
	if op == abi.Add {
		put32(head, abi.OffsetGroup, l.groups(f.Group))
		if f.Weights != nil {
			put32(head, abi.OffsetWeights, l.weights(f.Weights))
		}
	}
	if op != abi.Compute {
		l.column(sub(head, abi.OffsetState), &f.State, f.Groups)
	}
	for i := range f.Args {
		l.column(sub(head, abi.OffsetColumns+i*abi.ColumnSize), &f.Args[i], f.Rows)
	}
	l.result(sub(head, abi.OffsetResult), f.Result.Type, resultRows(f, op))
}

// resultRows is how many values a call returns.
func resultRows(f *abi.Frame, op abi.Op) int {
	if op == abi.Add {
		return f.Groups
	}
	return f.Rows
}

func sub(head []byte, offset int) []byte {
	if head == nil {
		return nil
	}
	return head[offset:]
}

func (l *layout) groups(group []uint32) uint32 {
	dst, at := l.place(4 * len(group))
	for i := 0; i < len(group) && dst != nil; i++ {
		binary.LittleEndian.PutUint32(dst[4*i:], group[i])
	}
	return at
}

func (l *layout) weights(weights []batch.Weight) uint32 {
	dst, at := l.place(8 * len(weights))
	for i := 0; i < len(weights) && dst != nil; i++ {
		binary.LittleEndian.PutUint64(dst[8*i:], uint64(weights[i]))
	}
	return at
}

// column places the rows of a column, and no more than those.
func (l *layout) column(head []byte, c *batch.Column, rows int) {
	if head != nil {
		head[0], head[1] = byte(c.Type.Kind), c.Type.Scale
	}
	if c.Valid != nil {
		put32(head, abi.ColumnValidity, l.copy(c.Valid[:bits(rows)]))
	}
	var values []byte
	switch w := c.Type.Width(); {
	case c.Type.Variable():
		first := c.Offsets[0]
		values = c.Data[first:c.Offsets[rows]]
		dst, at := l.place(4 * (rows + 1))
		for i := 0; i <= rows && dst != nil; i++ {
			binary.LittleEndian.PutUint32(dst[4*i:], uint32(c.Offsets[i]-first))
		}
		put32(head, abi.ColumnOffsets, at)
	case w > 0:
		values = c.Data[:rows*w]
	default:
		values = c.Data[:bits(rows)]
	}
	put32(head, abi.ColumnValues, l.copy(values))
	put32(head, abi.ColumnBytes, uint32(len(values)))
}

// result places room for a result.
func (l *layout) result(head []byte, t batch.Type, rows int) {
	if head != nil {
		head[0], head[1] = byte(t.Kind), t.Scale
	}
	size := bits(rows)
	switch w := t.Width(); {
	case t.Variable():
		put32(head, abi.ColumnOffsets, l.zeros(4*(rows+1)))
		return
	case w > 0:
		size = rows * w
	}
	put32(head, abi.ColumnValues, l.zeros(size))
	put32(head, abi.ColumnBytes, uint32(size))
}

// bits is how many bytes a bit for each row takes.
func bits(rows int) int { return (rows + 7) / 8 }
