package files

import (
	"fmt"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// parquetSchema returns the columns of a Parquet file.
func parquetSchema(s *schema.Schema) (batch.Schema, error) {
	var out batch.Schema
	for i := range s.NumColumns() {
		c := s.Column(i)
		path := c.ColumnPath()
		if len(path) > 1 || c.MaxRepetitionLevel() > 0 || c.MaxDefinitionLevel() > 1 {
			return out, fmt.Errorf("column %q is nested, which is not supported; leave it out of the file", path[0])
		}
		t, err := parquetType(c)
		if err != nil {
			return out, fmt.Errorf("column %q: %w", c.Name(), err)
		}
		if out.Index(c.Name()) >= 0 {
			return out, fmt.Errorf("column %q is there twice", c.Name())
		}
		out.Fields = append(out.Fields, batch.Field{Name: c.Name(), Type: t, Nullable: c.MaxDefinitionLevel() > 0})
	}
	return out, nil
}

// parquetType returns the type that holds all values of a column.
func parquetType(c *schema.Column) (batch.Type, error) {
	switch t := c.LogicalType().(type) {
	case *schema.DecimalLogicalType:
		return decimalType(t)
	case schema.DecimalLogicalType:
		return decimalType(&t)
	case *schema.IntLogicalType:
		return integerType(t)
	case schema.IntLogicalType:
		return integerType(&t)
	case schema.StringLogicalType, *schema.StringLogicalType, schema.EnumLogicalType, *schema.EnumLogicalType:
		return batch.T(batch.Utf8), nil
	case schema.JSONLogicalType, *schema.JSONLogicalType:
		return batch.T(batch.JSON), nil
	case schema.UUIDLogicalType, *schema.UUIDLogicalType:
		return batch.T(batch.UUID), nil
	case schema.DateLogicalType, *schema.DateLogicalType:
		return batch.T(batch.Date), nil
	case schema.TimestampLogicalType, *schema.TimestampLogicalType:
		return batch.T(batch.Timestamp), nil
	case schema.TimeLogicalType, *schema.TimeLogicalType:
		return batch.T(batch.Duration), nil
	case schema.Float16LogicalType, *schema.Float16LogicalType:
		return batch.T(batch.Float32), nil
	}
	return physicalType(c)
}

// physicalType returns the type of a column that has no logical one, or one that adds nothing.
func physicalType(c *schema.Column) (batch.Type, error) {
	switch c.PhysicalType() {
	case parquet.Types.Boolean:
		return batch.T(batch.Bool), nil
	case parquet.Types.Int32:
		return batch.T(batch.Int32), nil
	case parquet.Types.Int64:
		return batch.T(batch.Int64), nil
	case parquet.Types.Int96:
		return batch.T(batch.Timestamp), nil
	case parquet.Types.Float:
		return batch.T(batch.Float32), nil
	case parquet.Types.Double:
		return batch.T(batch.Float64), nil
	case parquet.Types.ByteArray, parquet.Types.FixedLenByteArray:
		return batch.T(batch.Binary), nil
	}
	return batch.Type{}, fmt.Errorf("type %v is not supported", c.PhysicalType())
}

func decimalType(t *schema.DecimalLogicalType) (batch.Type, error) {
	if t.Precision() > 38 || t.Scale() < 0 || t.Scale() > 38 {
		return batch.Type{}, fmt.Errorf("decimal(%d,%d) is not supported: 38 digits are the most", t.Precision(), t.Scale())
	}
	return batch.DecimalType(uint8(t.Scale())), nil
}

func integerType(t *schema.IntLogicalType) (batch.Type, error) {
	kinds := map[int8][2]batch.Kind{
		8: {batch.Uint8, batch.Int8}, 16: {batch.Uint16, batch.Int16}, 32: {batch.Uint32, batch.Int32}, 64: {batch.Uint64, batch.Int64},
	}
	kind, ok := kinds[t.BitWidth()]
	if !ok {
		return batch.Type{}, fmt.Errorf("integers of %d bits are not supported", t.BitWidth())
	}
	if t.IsSigned() {
		return batch.T(kind[1]), nil
	}
	return batch.T(kind[0]), nil
}
