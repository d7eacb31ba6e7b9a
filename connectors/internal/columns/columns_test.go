package columns

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestParseType(t *testing.T) {
	for name, want := range map[string]batch.Type{
		"int": batch.T(batch.Int32), "BIGINT": batch.T(batch.Int64), "varchar(20)": batch.T(batch.Utf8), "utf8": batch.T(batch.Utf8),
		"Decimal(12,2)": batch.DecimalType(2), "numeric(5)": batch.DecimalType(0), "decimal(38,38)": batch.DecimalType(38),
		"timestamp": batch.T(batch.Timestamp), "uuid": batch.T(batch.UUID), "double precision": batch.T(batch.Float64),
	} {
		if got, err := ParseType(name); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"itn": `did you mean`, "decimal(39,2)": "38 digits", "decimal(4,5)": "38 digits", "decimal(x)": "38 digits", "": "unknown type",
	} {
		if _, err := ParseType(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestSchema(t *testing.T) {
	declared := []Column{{Name: "id", Type: "int", Nullable: true}, {Name: "name", Type: "text", Nullable: true}}
	s, err := Schema(declared, []string{"id"})
	if err != nil || len(s.Fields) != 2 || s.Fields[0].Nullable || !s.Fields[1].Nullable || len(s.Key) != 1 || s.Key[0] != 0 {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := Schema(declared, []string{"idd"}); err == nil || !strings.Contains(err.Error(), `did you mean "id"?`) {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := Schema(append(declared, declared[0]), nil); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("double column: %v", err)
	}
}
