package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// leaf reads a column of a row group.
type leaf interface {
	// read appends the next n values to v.
	read(n int, v *batch.Vector) error
	skip(n int64) error
	close() error
}

// openLeaf returns the reader of a column, which reads at most maxStep values at a time.
func openLeaf(group *file.RowGroupReader, field batch.Field) (leaf, error) {
	index := -1
	s := group.MetaData().Schema
	for i := range s.NumColumns() {
		if c := s.Column(i); c.Name() == field.Name && len(c.ColumnPath()) == 1 {
			index = i
		}
	}
	if index < 0 {
		return nil, errors.New("the file has no such column")
	}
	if t, err := parquetType(s.Column(index)); err != nil || t != field.Type {
		return nil, errors.Join(err, fmt.Errorf("the file has type %v, the table %v", t, field.Type))
	}
	r, err := group.Column(index)
	if err != nil {
		return nil, err
	}
	nullable := r.Descriptor().MaxDefinitionLevel() > 0
	switch r := r.(type) {
	case *file.BooleanColumnChunkReader:
		return newLeaf(r, nullable, addBools), nil
	case *file.Int32ColumnChunkReader:
		return newLeaf(r, nullable, addInt32(field.Type)), nil
	case *file.Int64ColumnChunkReader:
		return newLeaf(r, nullable, addInt64(r.Descriptor(), field.Type)), nil
	case *file.Int96ColumnChunkReader:
		return newLeaf(r, nullable, addInt96), nil
	case *file.Float32ColumnChunkReader:
		return newLeaf(r, nullable, add[float32]), nil
	case *file.Float64ColumnChunkReader:
		return newLeaf(r, nullable, add[float64]), nil
	case *file.ByteArrayColumnChunkReader:
		return newLeaf(r, nullable, addBytes[parquet.ByteArray](field.Type)), nil
	case *file.FixedLenByteArrayColumnChunkReader:
		return newLeaf(r, nullable, addBytes[parquet.FixedLenByteArray](field.Type)), nil
	}
	return nil, fmt.Errorf("type %v is not supported", r.Type())
}

// pages is what all readers of column chunks have.
type pages[T any] interface {
	ReadBatchInPage(n int64, values []T, levels, repetition []int16) (rows int64, read int, err error)
	Skip(n int64) (int64, error)
	Close() error
}

// leafOf reads a column of which the library decodes the values as T.
type leafOf[T any] struct {
	pages  pages[T]
	values []T
	levels []int16 // 1: there is a value; nil: the column has no nulls
	add    func(v *batch.Vector, values []T) error
}

func newLeaf[T any](p pages[T], nullable bool, add func(*batch.Vector, []T) error) *leafOf[T] {
	l := &leafOf[T]{pages: p, values: make([]T, maxStep), add: add}
	if nullable {
		l.levels = make([]int16, maxStep)
	}
	return l
}

func (l *leafOf[T]) close() error { return l.pages.Close() }

func (l *leafOf[T]) skip(n int64) error {
	if n == 0 {
		return nil
	}
	skipped, err := l.pages.Skip(n)
	if err == nil && skipped != n {
		return errShort
	}
	return err
}

var errShort = errors.New("the file has fewer values than its footer says; write the file again")

func (l *leafOf[T]) read(n int, v *batch.Vector) error {
	for n > 0 {
		var levels []int16
		if l.levels != nil {
			levels = l.levels[:n]
		}
		rows, read, err := l.pages.ReadBatchInPage(int64(n), l.values[:n], levels, nil)
		switch {
		case err != nil:
			return err
		case rows <= 0 || rows > int64(n) || read > int(rows):
			return errShort
		case read == int(rows):
			err = l.add(v, l.values[:read])
		case levels == nil:
			return errShort
		default:
			err = l.spread(v, l.values[:read], levels[:rows])
		}
		if err != nil {
			return err
		}
		n -= int(rows)
	}
	return nil
}

// spread appends values with nulls between them, as the levels say.
func (l *leafOf[T]) spread(v *batch.Vector, values []T, levels []int16) error {
	for i := 0; i < len(levels); {
		if levels[i] == 0 {
			v.AppendNull()
			i++
			continue
		}
		run := 1
		for i+run < len(levels) && levels[i+run] != 0 {
			run++
		}
		if run > len(values) {
			return errShort
		}
		if err := l.add(v, values[:run]); err != nil {
			return err
		}
		values = values[run:]
		i += run
	}
	return nil
}

func add[T batch.Fixed](v *batch.Vector, values []T) error {
	batch.Append(v, values...)
	return nil
}

func addBools(v *batch.Vector, values []bool) error {
	for _, b := range values {
		v.AppendBool(b)
	}
	return nil
}

// convert appends values of a narrower type, which hold them by contract.
func convert[To batch.Fixed, From int32 | int64](to func(From) To) func(*batch.Vector, []From) error {
	return func(v *batch.Vector, values []From) error {
		out := batch.Extend[To](v, len(values))
		for i, x := range values {
			out[i] = to(x)
		}
		return nil
	}
}

func addInt32(t batch.Type) func(*batch.Vector, []int32) error {
	switch t.Kind {
	case batch.Int8, batch.Uint8:
		return convert(func(x int32) int8 { return int8(x) })
	case batch.Int16, batch.Uint16:
		return convert(func(x int32) int16 { return int16(x) })
	case batch.Decimal:
		return convert(func(x int32) [2]uint64 { return [2]uint64{uint64(x), uint64(int64(x) >> 63)} })
	case batch.Duration: // a time of day in milliseconds
		return convert(func(x int32) int64 { return int64(x) * 1000 })
	}
	return add[int32]
}

func addInt64(c *schema.Column, t batch.Type) func(*batch.Vector, []int64) error {
	if t.Kind == batch.Decimal {
		return convert(func(x int64) [2]uint64 { return [2]uint64{uint64(x), uint64(x >> 63)} })
	}
	if t.Kind != batch.Timestamp && t.Kind != batch.Duration {
		return add[int64]
	}
	switch unitOf(c) {
	case schema.TimeUnitMillis:
		return addMillis
	case schema.TimeUnitNanos:
		return convert(func(x int64) int64 {
			micros := x / 1000
			if x%1000 < 0 {
				micros--
			}
			return micros
		})
	}
	return add[int64]
}

func addMillis(v *batch.Vector, values []int64) error {
	const limit = math.MaxInt64 / 1000
	out := batch.Extend[int64](v, len(values))
	for i, x := range values {
		if x < -limit || x > limit {
			return fmt.Errorf("%d milliseconds is out of range", x)
		}
		out[i] = x * 1000
	}
	return nil
}

func unitOf(c *schema.Column) schema.TimeUnitType {
	switch t := c.LogicalType().(type) {
	case schema.TimestampLogicalType:
		return t.TimeUnit()
	case *schema.TimestampLogicalType:
		return t.TimeUnit()
	case schema.TimeLogicalType:
		return t.TimeUnit()
	case *schema.TimeLogicalType:
		return t.TimeUnit()
	}
	return schema.TimeUnitMicros
}

// addInt96 appends timestamps of old writers: nanoseconds of a day and a Julian day.
func addInt96(v *batch.Vector, values []parquet.Int96) error {
	const julianEpoch, microsPerDay = 2440588, 24 * 60 * 60 * 1_000_000
	for i, out := 0, batch.Extend[int64](v, len(values)); i < len(values); i++ {
		nanos := int64(binary.LittleEndian.Uint64(values[i][:8]))
		day := int64(binary.LittleEndian.Uint32(values[i][8:])) - julianEpoch
		if day < -100_000_000 || day > 100_000_000 || nanos < 0 || nanos > 1000*microsPerDay {
			return fmt.Errorf("day %d, nanosecond %d is out of range", day, nanos)
		}
		out[i] = day*microsPerDay + nanos/1000
	}
	return nil
}

func addBytes[T ~[]byte](t batch.Type) func(*batch.Vector, []T) error {
	switch t.Kind {
	case batch.Utf8, batch.JSON:
		return addText[T]
	case batch.Decimal:
		return addDecimals[T]
	case batch.UUID:
		return func(v *batch.Vector, values []T) error {
			for _, x := range values {
				if len(x) != 16 {
					return fmt.Errorf("a UUID of %d bytes", len(x))
				}
				batch.Append(v, [16]byte(x))
			}
			return nil
		}
	case batch.Float32:
		return func(v *batch.Vector, values []T) error {
			for _, x := range values {
				if len(x) != 2 {
					return fmt.Errorf("a 16-bit float of %d bytes", len(x))
				}
				batch.Append(v, float16.FromLEBytes(x).Float32())
			}
			return nil
		}
	}
	return func(v *batch.Vector, values []T) error {
		_, err := addVariable(v, values)
		return err
	}
}

func addVariable[T ~[]byte](v *batch.Vector, values []T) (data []byte, err error) {
	size := 0
	for _, x := range values {
		size += len(x)
	}
	if size > math.MaxInt32-v.Bytes() {
		return nil, fmt.Errorf("%d values have %d bytes, more than a batch can hold", len(values), size)
	}
	end, ends, data := v.ExtendBytes(len(values), size)
	at := 0
	for i, x := range values {
		at += copy(data[at:], x)
		ends[i] = end + int32(at)
	}
	return data, nil
}

func addText[T ~[]byte](v *batch.Vector, values []T) error {
	data, err := addVariable(v, values)
	if err != nil {
		return err
	}
	valid := utf8.Valid(data)
	for i := 0; valid && i < len(values); i++ {
		// No value may begin inside of a character: then it and the one before are broken.
		valid = len(values[i]) == 0 || utf8.RuneStart(values[i][0])
	}
	if valid {
		return nil
	}
	for _, x := range values {
		if !utf8.Valid(x) {
			return fmt.Errorf("%.60q is not valid UTF-8; write the column as binary, or in UTF-8", []byte(x))
		}
	}
	return nil
}

// addDecimals appends big-endian numbers in two's complement.
func addDecimals[T ~[]byte](v *batch.Vector, values []T) error {
	for _, x := range values {
		fill := byte(0)
		if len(x) > 0 && x[0] >= 0x80 {
			fill = 0xff
		}
		var b [16]byte
		for i := range b {
			b[i] = fill
		}
		for len(x) > 16 && x[0] == fill {
			x = x[1:]
		}
		if len(x) > 16 || len(x) == 16 && (x[0] >= 0x80) != (fill != 0) {
			return errors.New("a decimal has more than 38 digits")
		}
		copy(b[16-len(x):], x)
		batch.Append(v, [2]uint64{binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[:8])})
	}
	return nil
}
