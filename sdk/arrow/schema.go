// Package arrow is the bridge between batches and arrow-go: both have the same memory layout, so
// batches become records and records batches by wrapping buffers, without copying.
package arrow

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Extension names are carried by the metadata of a field, as Arrow prescribes, for the types that Arrow
// itself has not.
const (
	extensionKey = "ARROW:extension:name"
	extJSON      = "arrow.json"
	extUUID      = "arrow.uuid"
	extPoint     = "millrace.point"   // two little-endian doubles, x and y, in 16 bytes
	extInt128    = "millrace.int128"  // little-endian two's complement in 16 bytes
	extUint128   = "millrace.uint128" // little-endian in 16 bytes
	extWeight    = "millrace.weight"  // not a column: the weights of the rows, as int64
	weightName   = "__weight"
)

var (
	bytes16     = &arrow.FixedSizeBinaryType{ByteWidth: 16}
	timestampUS = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	durationUS  = &arrow.DurationType{Unit: arrow.Microsecond}
)

// DataType returns the Arrow type in which a column of type t is stored.
func DataType(t batch.Type) arrow.DataType { //nolint:gocyclo // a switch over the kinds
	switch t.Kind {
	case batch.Bool:
		return arrow.FixedWidthTypes.Boolean
	case batch.Int8:
		return arrow.PrimitiveTypes.Int8
	case batch.Int16:
		return arrow.PrimitiveTypes.Int16
	case batch.Int32:
		return arrow.PrimitiveTypes.Int32
	case batch.Int64:
		return arrow.PrimitiveTypes.Int64
	case batch.Uint8:
		return arrow.PrimitiveTypes.Uint8
	case batch.Uint16:
		return arrow.PrimitiveTypes.Uint16
	case batch.Uint32:
		return arrow.PrimitiveTypes.Uint32
	case batch.Uint64:
		return arrow.PrimitiveTypes.Uint64
	case batch.Float32:
		return arrow.PrimitiveTypes.Float32
	case batch.Float64:
		return arrow.PrimitiveTypes.Float64
	case batch.Decimal:
		return &arrow.Decimal128Type{Precision: 38, Scale: int32(t.Scale)}
	case batch.Utf8, batch.JSON:
		return arrow.BinaryTypes.String
	case batch.Binary:
		return arrow.BinaryTypes.Binary
	case batch.Date:
		return arrow.FixedWidthTypes.Date32
	case batch.Timestamp:
		return timestampUS
	case batch.Duration:
		return durationUS
	case batch.UUID, batch.Point, batch.Int128, batch.Uint128:
		return bytes16
	}
	panic("arrow: no Arrow type for " + t.String())
}

var extensions = map[batch.Kind]string{
	batch.JSON: extJSON, batch.UUID: extUUID, batch.Point: extPoint, batch.Int128: extInt128, batch.Uint128: extUint128,
}

// Schema returns the Arrow schema of rows with the given fields. A weighted one has a last column
// that carries the weights of the rows.
func Schema(fields []batch.Field, weighted bool) *arrow.Schema {
	out := make([]arrow.Field, len(fields), len(fields)+1)
	for i, f := range fields {
		out[i] = arrow.Field{Name: f.Name, Type: DataType(f.Type), Nullable: f.Nullable}
		if name := extensions[f.Type.Kind]; name != "" {
			out[i].Metadata = extension(name)
		}
	}
	if weighted {
		out = append(out, arrow.Field{Name: weightName, Type: arrow.PrimitiveTypes.Int64, Metadata: extension(extWeight)})
	}
	return arrow.NewSchema(out, nil)
}

func extension(name string) arrow.Metadata {
	return arrow.NewMetadata([]string{extensionKey}, []string{name})
}

func extensionOf(f arrow.Field) string {
	if ext, ok := f.Type.(arrow.ExtensionType); ok {
		return ext.ExtensionName()
	}
	name, _ := f.Metadata.GetValue(extensionKey)
	return name
}

// Fields returns the fields of an Arrow schema, the weights left out. An error names the column
// whose type has no counterpart.
func Fields(s *arrow.Schema) ([]batch.Field, error) {
	out := make([]batch.Field, 0, s.NumFields())
	for _, f := range s.Fields() {
		if extensionOf(f) == extWeight {
			continue
		}
		t, err := FieldType(f)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		out = append(out, batch.Field{Name: f.Name, Type: t, Nullable: f.Nullable})
	}
	return out, nil
}

// FieldType returns the type that a field's column becomes, its extension included.
func FieldType(f arrow.Field) (batch.Type, error) {
	storage := f.Type
	if ext, ok := storage.(arrow.ExtensionType); ok {
		storage = ext.StorageType()
	}
	t, err := TypeOf(storage)
	if err != nil {
		return t, err
	}
	name := extensionOf(f)
	for kind, ext := range extensions {
		if ext != name {
			continue
		}
		if kind == batch.JSON && t.Kind == batch.Utf8 || kind != batch.JSON && wide16(storage) {
			return batch.T(kind), nil
		}
		return t, fmt.Errorf("extension %s over %v is not supported", name, storage)
	}
	return t, nil
}

func wide16(t arrow.DataType) bool {
	fixed, ok := t.(*arrow.FixedSizeBinaryType)
	return ok && fixed.ByteWidth == 16
}

// TypeOf returns the type that an Arrow column becomes: the same where there is the same; text of all
// layouts becomes utf8, bytes of all layouts binary, instants of all units timestamp, a time of day duration,
// dates date, 16-bit floats float32, a dictionary what it holds, and lists, structs and maps json.
func TypeOf(t arrow.DataType) (batch.Type, error) { //nolint:gocyclo // a switch over the types
	switch t := t.(type) {
	case *arrow.BooleanType:
		return batch.T(batch.Bool), nil
	case *arrow.Int8Type:
		return batch.T(batch.Int8), nil
	case *arrow.Int16Type:
		return batch.T(batch.Int16), nil
	case *arrow.Int32Type:
		return batch.T(batch.Int32), nil
	case *arrow.Int64Type:
		return batch.T(batch.Int64), nil
	case *arrow.Uint8Type:
		return batch.T(batch.Uint8), nil
	case *arrow.Uint16Type:
		return batch.T(batch.Uint16), nil
	case *arrow.Uint32Type:
		return batch.T(batch.Uint32), nil
	case *arrow.Uint64Type:
		return batch.T(batch.Uint64), nil
	case *arrow.Float16Type, *arrow.Float32Type:
		return batch.T(batch.Float32), nil
	case *arrow.Float64Type:
		return batch.T(batch.Float64), nil
	case arrow.DecimalType:
		if scale := t.GetScale(); scale >= 0 && scale <= 38 {
			return batch.DecimalType(uint8(scale)), nil
		}
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType:
		return batch.T(batch.Utf8), nil
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType, *arrow.FixedSizeBinaryType:
		return batch.T(batch.Binary), nil
	case *arrow.Date32Type, *arrow.Date64Type:
		return batch.T(batch.Date), nil
	case *arrow.TimestampType:
		return batch.T(batch.Timestamp), nil
	case *arrow.DurationType, *arrow.Time32Type, *arrow.Time64Type:
		return batch.T(batch.Duration), nil
	case *arrow.DictionaryType:
		return TypeOf(t.ValueType)
	case *arrow.NullType:
		return batch.T(batch.Utf8), nil
	case arrow.ExtensionType:
		return FieldType(arrow.Field{Type: t})
	case arrow.NestedType:
		return batch.T(batch.JSON), nil
	}
	return batch.Type{}, fmt.Errorf("the Arrow type %v is not supported", t)
}
