// Package columns reads columns that a configuration declares: `columns: [{name: id, type: int}]`.
package columns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Column is a declared column.
type Column struct {
	Name     string `cfg:"name,required" min:"1" doc:"Name of the column."`
	Type     string `cfg:"type,required,alias=typ" doc:"Type of the column: int, bigint, double, text, timestamp, decimal(12,2) and so on."`
	Nullable bool   `cfg:"nullable" default:"true" doc:"Whether values may be missing."`
}

// Check reports a type that does not exist.
func (c *Column) Check() error {
	_, err := ParseType(c.Type)
	return err
}

// Schema returns declared columns, and the key given by its columns' names.
func Schema(declared []Column, key []string) (batch.Schema, error) {
	var s batch.Schema
	var names []string
	for _, c := range declared {
		t, err := ParseType(c.Type)
		if err != nil {
			return s, err
		}
		if s.Index(c.Name) >= 0 {
			return s, &sdk.ConfigError{Path: "columns", Msg: fmt.Sprintf("column %q is declared twice", c.Name)}
		}
		s.Fields = append(s.Fields, batch.Field{Name: c.Name, Type: t, Nullable: c.Nullable && !slices.Contains(key, c.Name)})
		names = append(names, c.Name)
	}
	for _, name := range key {
		i := s.Index(name)
		if i < 0 {
			return s, &sdk.ConfigError{Path: "primary_key", Msg: fmt.Sprintf("unknown column %q", name), Fix: near.Fix(name, names)}
		}
		s.Key = append(s.Key, i)
	}
	return s, nil
}

// kinds are the names that types have in SQL and in schemas of other systems, besides our own.
var kinds = map[string]batch.Kind{
	"boolean": batch.Bool, "tinyint": batch.Int8, "smallint": batch.Int16, "int": batch.Int32, "integer": batch.Int32,
	"bigint": batch.Int64, "long": batch.Int64, "uint": batch.Uint64, "real": batch.Float32, "float": batch.Float64,
	"double": batch.Float64, "double precision": batch.Float64, "string": batch.Utf8, "text": batch.Utf8,
	"varchar": batch.Utf8, "char": batch.Utf8, "bytes": batch.Binary, "bytea": batch.Binary, "blob": batch.Binary,
	"datetime": batch.Timestamp, "timestamptz": batch.Timestamp, "i128": batch.Int128, "u128": batch.Uint128,
	"interval": batch.Duration,
}

// ParseType reads a type's name as people write it, in any case: int, bigint, text, decimal(12,2).
func ParseType(name string) (batch.Type, error) {
	lower := strings.ToLower(strings.TrimSpace(name))
	if kind, ok := kinds[lower]; ok {
		return batch.T(kind), nil
	}
	base, args, _ := strings.Cut(strings.TrimSuffix(lower, ")"), "(")
	switch base {
	case "varchar", "char":
		return batch.T(batch.Utf8), nil
	case "decimal", "numeric":
		if t, ok := decimal(args); ok {
			return t, nil
		}
		return batch.Type{}, &sdk.ConfigError{Path: "type", Msg: fmt.Sprintf("type %q: a decimal has up to 38 digits", name), Fix: "write decimal(12,2)"}
	}
	if t, err := batch.ParseType(lower); err == nil {
		return t, nil
	}
	return batch.Type{}, &sdk.ConfigError{Path: "type", Msg: fmt.Sprintf("unknown type %q", name), Fix: near.Fix(name, names())}
}

// decimal reads precision and scale. All decimals have 38 digits; the precision is checked only.
func decimal(args string) (batch.Type, bool) {
	precision, scale, hasScale := strings.Cut(args, ",")
	p, err := strconv.Atoi(strings.TrimSpace(precision))
	if args == "" {
		return batch.DecimalType(0), true
	}
	s := 0
	if err == nil && hasScale {
		s, err = strconv.Atoi(strings.TrimSpace(scale))
	}
	if err != nil || p < 1 || p > 38 || s < 0 || s > p {
		return batch.Type{}, false
	}
	return batch.DecimalType(uint8(s)), true
}

func names() []string {
	list := []string{"decimal"}
	for name := range kinds {
		list = append(list, name)
	}
	for kind := batch.Bool; kind <= batch.Point; kind++ {
		list = append(list, kind.String())
	}
	slices.Sort(list)
	return slices.Compact(list)
}
