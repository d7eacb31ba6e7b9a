package batch

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the kind of a value, without its parameters.
type Kind uint8

// The kinds. Their numbers are written to disk and to the wire: never reorder, only append.
const (
	Invalid   Kind = iota
	Bool           // one bit a value, as in Arrow
	Int8           // and so on to Float64: little-endian, of that width
	Int16          //
	Int32          //
	Int64          //
	Uint8          //
	Uint16         //
	Uint32         //
	Uint64         //
	Float32        //
	Float64        //
	Decimal        // 128-bit two's complement integer times 10^-Scale, 38 digits
	Int128         // 128-bit two's complement
	Uint128        // 128-bit unsigned
	Utf8           // text; never invalid UTF-8
	Binary         // bytes
	Date           // int32 days since 1970-01-01
	Timestamp      // int64 microseconds since 1970-01-01 UTC
	Duration       // int64 microseconds
	JSON           // JSON text
	UUID           // 16 bytes
	Point          // two float64: x (longitude), y (latitude)
	kinds          // how many there are
)

var kindNames = [kinds]string{
	"invalid", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
	"float32", "float64", "decimal", "int128", "uint128", "utf8", "binary", "date", "timestamp",
	"duration", "json", "uuid", "point",
}

var kindWidths = [kinds]int{
	Int8: 1, Int16: 2, Int32: 4, Int64: 8, Uint8: 1, Uint16: 2, Uint32: 4, Uint64: 8,
	Float32: 4, Float64: 8, Decimal: 16, Int128: 16, Uint128: 16, Date: 4, Timestamp: 8,
	Duration: 8, UUID: 16, Point: 16,
}

// String returns the lower-case name of the kind.
func (k Kind) String() string {
	if k >= kinds {
		return "kind" + strconv.Itoa(int(k))
	}
	return kindNames[k]
}

// Type is the type of a column. It is comparable.
type Type struct {
	Kind  Kind
	Scale uint8 // digits after the point, of a Decimal only; 0..38
}

// T returns the type of a kind without parameters.
func T(k Kind) Type { return Type{Kind: k} }

// DecimalType returns decimal(38, scale).
func DecimalType(scale uint8) Type { return Type{Kind: Decimal, Scale: scale} }

// Width returns the bytes a value takes in Column.Data: 0 for Bool, which takes a bit, and for
// the variable-width types.
func (t Type) Width() int { return kindWidths[t.Kind] }

// Variable reports whether values have offsets: Utf8, Binary and JSON.
func (t Type) Variable() bool { return t.Kind == Utf8 || t.Kind == Binary || t.Kind == JSON }

// Signed reports whether the type is Int8..Int64.
func (t Type) Signed() bool { return t.Kind >= Int8 && t.Kind <= Int64 }

// Unsigned reports whether the type is Uint8..Uint64.
func (t Type) Unsigned() bool { return t.Kind >= Uint8 && t.Kind <= Uint64 }

// Integer reports whether the type is one of the integers, those of 128 bits included.
func (t Type) Integer() bool {
	return t.Signed() || t.Unsigned() || t.Kind == Int128 || t.Kind == Uint128
}

// Float reports whether the type is Float32 or Float64.
func (t Type) Float() bool { return t.Kind == Float32 || t.Kind == Float64 }

// Numeric reports whether arithmetic is defined on the type.
func (t Type) Numeric() bool { return t.Integer() || t.Float() || t.Kind == Decimal }

// String returns the type as it is written in schemas: "int32", "decimal(38,2)".
func (t Type) String() string {
	if t.Kind == Decimal {
		return fmt.Sprintf("decimal(38,%d)", t.Scale)
	}
	return t.Kind.String()
}

// ParseType reads what Type.String writes.
func ParseType(s string) (Type, error) {
	if rest, ok := strings.CutPrefix(s, "decimal(38,"); ok {
		scale, err := strconv.ParseUint(strings.TrimSuffix(rest, ")"), 10, 8)
		if err != nil || scale > 38 || !strings.HasSuffix(rest, ")") {
			return Type{}, fmt.Errorf("type %q: the scale of a decimal is 0..38", s)
		}
		return DecimalType(uint8(scale)), nil
	}
	for k := Bool; k < kinds; k++ {
		if kindNames[k] == s && k != Decimal {
			return T(k), nil
		}
	}
	return Type{}, fmt.Errorf("unknown type %q", s)
}

// MarshalText writes what ParseType reads.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Type) UnmarshalText(text []byte) error {
	parsed, err := ParseType(string(text))
	*t = parsed
	return err
}

// Field is a named column of a schema.
type Field struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Nullable bool   `json:"nullable,omitempty"`
}

// Schema describes the rows of a table or of a view.
type Schema struct {
	Fields []Field `json:"fields"`
	// Key holds the positions of the primary key's columns in Fields; nil: no key is known.
	Key []int `json:"key,omitempty"`
}

// Index returns the position of the named field, or -1. Names are compared exactly.
func (s *Schema) Index(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// Types returns the types of the fields, in order.
func (s *Schema) Types() []Type {
	types := make([]Type, len(s.Fields))
	for i := range s.Fields {
		types[i] = s.Fields[i].Type
	}
	return types
}
