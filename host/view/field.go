package view

import (
	"encoding/binary"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Field returns row i of a column, which is not null, in the form of Row.Field, so that CompareField can
// compare it with stored values.
func Field(col *batch.Column, i int) []byte {
	le := binary.LittleEndian
	switch col.Type.Kind {
	case batch.Bool:
		if col.Bool(i) {
			return []byte{1}
		}
		return []byte{0}
	case batch.Float64:
		return le.AppendUint64(nil, canonical64(batch.Values[float64](col)[i]))
	case batch.Float32:
		return le.AppendUint32(nil, canonical32(batch.Values[float32](col)[i]))
	case batch.Point:
		v := batch.Values[[2]float64](col)[i]
		return le.AppendUint64(le.AppendUint64(nil, canonical64(v[0])), canonical64(v[1]))
	}
	if col.Type.Variable() {
		return append([]byte{}, col.View(i)...)
	}
	w := col.Type.Width()
	return append([]byte{}, col.Data[i*w:i*w+w]...)
}
