package arrow

import (
	"encoding/json"
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Column returns an Arrow array as a column of the wanted type, or of TypeOf when want is zero. It shares the
// array's memory when the layouts agree and copies otherwise; the array must then outlive the column. The types of other
// layouts are those of TypeOf; besides, 16 bytes become uuid, point or a 128-bit integer, binary becomes utf8 when it is
// valid, utf8 json, and a number another numeric type that holds all its values.
func Column(arr arrow.Array, want batch.Type) (batch.Column, error) {
	if ext, ok := arr.(array.ExtensionArray); ok {
		if want == (batch.Type{}) {
			natural, err := TypeOf(arr.DataType())
			if err != nil {
				return batch.Column{}, err
			}
			want = natural
		}
		arr = ext.Storage()
	}
	natural, err := TypeOf(arr.DataType())
	if err != nil {
		return batch.Column{}, err
	}
	if want == (batch.Type{}) {
		want = natural
	}
	if arr.DataType().ID() == arrow.NULL {
		v := batch.NewVector(want)
		for range arr.Len() {
			v.AppendNull()
		}
		return v.Take(), nil
	}
	if wide16(arr.DataType()) && want.Width() == 16 && extensions[want.Kind] != "" {
		natural = want
	}
	c, err := convert(arr, natural)
	if err != nil || natural == want {
		return c, err
	}
	return cast(c, arr.Len(), want)
}

// convert brings an array into the layout of its natural type.
func convert(arr arrow.Array, t batch.Type) (batch.Column, error) { //nolint:gocyclo // a switch over the types
	switch a := arr.(type) {
	case *array.Float16:
		return each(a, t, func(v *batch.Vector, i int) error { return v.AppendValue(float64(a.Value(i).Float32())) })
	case *array.LargeString:
		return each(a, t, func(v *batch.Vector, i int) error { v.AppendString(a.Value(i)); return nil })
	case *array.LargeBinary:
		return each(a, t, func(v *batch.Vector, i int) error { v.AppendBytes(a.Value(i)); return nil })
	case *array.StringView:
		return each(a, t, func(v *batch.Vector, i int) error { v.AppendString(a.Value(i)); return nil })
	case *array.BinaryView:
		return each(a, t, func(v *batch.Vector, i int) error { v.AppendBytes(a.Value(i)); return nil })
	case *array.FixedSizeBinary:
		if t.Kind == batch.Binary {
			return each(a, t, func(v *batch.Vector, i int) error { v.AppendBytes(a.Value(i)); return nil })
		}
	case *array.Dictionary:
		return gather(a, t)
	case *array.Timestamp:
		if unit := a.DataType().(*arrow.TimestampType).Unit; unit != arrow.Microsecond {
			return each(a, t, func(v *batch.Vector, i int) error { return micros(v, int64(a.Value(i)), unit) })
		}
	case *array.Duration:
		if unit := a.DataType().(*arrow.DurationType).Unit; unit != arrow.Microsecond {
			return each(a, t, func(v *batch.Vector, i int) error { return micros(v, int64(a.Value(i)), unit) })
		}
	case *array.Time32:
		unit := a.DataType().(*arrow.Time32Type).Unit
		return each(a, t, func(v *batch.Vector, i int) error { return micros(v, int64(a.Value(i)), unit) })
	case *array.Time64:
		unit := a.DataType().(*arrow.Time64Type).Unit
		return each(a, t, func(v *batch.Vector, i int) error { return micros(v, int64(a.Value(i)), unit) })
	case *array.Date64:
		return each(a, t, func(v *batch.Vector, i int) error { return v.AppendValue(floorDiv(int64(a.Value(i)), 86400_000)) })
	case *array.Decimal32, *array.Decimal64, *array.Decimal256:
		// The text of a decimal is exact, and these widths are rare.
		return each(a, t, func(v *batch.Vector, i int) error { return v.AppendText(a.ValueStr(i)) })
	case array.ListLike, *array.Struct, array.Union, *array.RunEndEncoded:
		return each(a, t, func(v *batch.Vector, i int) error {
			text, err := json.Marshal(a.GetOneForMarshal(i))
			v.AppendBytes(text)
			return err
		})
	}
	return wrap(arr, t)
}

// each builds a column value by value.
func each(a arrow.Array, t batch.Type, put func(v *batch.Vector, i int) error) (batch.Column, error) {
	v := batch.NewVector(t)
	for i := range a.Len() {
		if a.IsNull(i) {
			v.AppendNull()
			continue
		}
		if err := put(v, i); err != nil {
			return batch.Column{}, fmt.Errorf("row %d: %w", i, err)
		}
		if v.Bytes() < 0 || v.Bytes() > maxColumnBytes {
			return batch.Column{}, fmt.Errorf("row %d: the column is larger than %d bytes: read fewer rows at once", i, maxColumnBytes)
		}
	}
	return v.Take(), nil
}

// maxColumnBytes is what 32-bit offsets can address.
const maxColumnBytes = 1<<31 - 1

func gather(a *array.Dictionary, t batch.Type) (batch.Column, error) {
	values, err := Column(a.Dictionary(), t)
	if err != nil {
		return batch.Column{}, err
	}
	size := a.Dictionary().Len()
	return each(a, t, func(v *batch.Vector, i int) error {
		k := a.GetValueIndex(i)
		if k < 0 || k >= size {
			return fmt.Errorf("entry %d of a dictionary of %d", k, size)
		}
		v.AppendColumn(&values, k, k+1)
		return nil
	})
}

func micros(v *batch.Vector, n int64, unit arrow.TimeUnit) error {
	switch unit {
	case arrow.Nanosecond:
		return v.AppendValue(floorDiv(n, 1000))
	case arrow.Millisecond:
		return times(v, n, 1000)
	case arrow.Second:
		return times(v, n, 1e6)
	}
	return v.AppendValue(n)
}

func times(v *batch.Vector, n, factor int64) error {
	if n*factor/factor != n {
		return fmt.Errorf("the time %d does not fit in 64 bits of microseconds", n)
	}
	return v.AppendValue(n * factor)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// wrap shares the buffers of an array whose layout is already ours.
func wrap(arr arrow.Array, t batch.Type) (batch.Column, error) {
	data := arr.Data()
	buffers, from, to := data.Buffers(), data.Offset(), data.Offset()+data.Len()
	c := batch.Column{Type: t}
	if arr.Len() == 0 {
		v := batch.NewVector(t)
		return v.Take(), nil
	}
	if arr.NullN() > 0 && buffers[0] != nil {
		c.Valid = batch.Bitmap(buffers[0].Bytes())
		if len(c.Valid) < (to+7)/8 {
			return c, fmt.Errorf("validity of %d bytes for %d rows", len(c.Valid), to)
		}
	}
	if len(buffers) < 2 || buffers[1] == nil {
		return c, fmt.Errorf("an array of %v without data", arr.DataType())
	}
	raw := buffers[1].Bytes()
	if len(raw) < need(t, to) {
		return c, fmt.Errorf("%d bytes of data for %d rows of %v", len(raw), to, t)
	}
	if !t.Variable() {
		c.Data = aligned(raw, min(max(t.Width(), 1), 8))
		return c.Slice(from, to), nil
	}
	raw = aligned(raw, 4)
	c.Offsets = unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/4)
	if len(buffers) > 2 && buffers[2] != nil {
		c.Data = buffers[2].Bytes()
	}
	return c.Slice(from, to), nil
}

// need returns how many bytes of values, or of offsets, rows of type t take.
func need(t batch.Type, rows int) int {
	switch w := t.Width(); {
	case t.Variable():
		return 4 * (rows + 1)
	case w > 0:
		return rows * w
	}
	return (rows + 7) / 8
}

// aligned returns b, or a copy if b does not start at a multiple of n.
func aligned(b []byte, n int) []byte {
	if uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(n) == 0 {
		return b
	}
	out := batch.Alloc(len(b))
	copy(out, b)
	return out
}

// cast turns a column into another type that holds all its values.
func cast(c batch.Column, rows int, want batch.Type) (batch.Column, error) {
	from := c.Type
	switch {
	case from.Kind == batch.Binary && want.Kind == batch.Utf8, from.Kind == batch.Utf8 && want.Kind == batch.Binary:
		c.Type = want
		return c, check(&c, rows)
	case from.Kind == batch.Utf8 && want.Kind == batch.JSON:
		c.Type = want
		for i := range rows {
			if !c.Null(i) && !json.Valid(c.View(i)) {
				return c, fmt.Errorf("row %d: %.60q is not valid JSON", i, c.View(i))
			}
		}
		return c, nil
	case !from.Numeric() || !want.Numeric() || from.Float() && !want.Float():
		return c, fmt.Errorf("%v is not %v", from, want)
	}
	v := batch.NewVector(want)
	var text []byte
	for i := range rows {
		if c.Null(i) {
			v.AppendNull()
			continue
		}
		text = batch.AppendText(text[:0], &c, i)
		if err := v.AppendText(string(text)); err != nil {
			return c, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return v.Take(), nil
}
