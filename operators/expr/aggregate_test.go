package expr

import (
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestAggregateTable: the table is in order, aliases lead to what is there and has their form, and every row says what it
// does.
func TestAggregateTable(t *testing.T) {
	all := Aggregates()
	if !slices.IsSortedFunc(all, func(a, b Aggregate) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not in order of its names")
	}
	for _, a := range all {
		if found, ok := AggregateNamed(strings.ToUpper(strings.TrimSuffix(a.Name, "(*)")), strings.HasSuffix(a.Name, "(*)")); !ok || found.Name != a.Name {
			t.Errorf("%s is not found by its name", a.Name)
		}
		if !strings.HasPrefix(a.Signature, strings.TrimSuffix(a.Name, "(*)")+"(") || !strings.Contains(a.Signature, " -> ") {
			t.Errorf("%s has the signature %q", a.Name, a.Signature)
		}
		if a.Help == "" || strings.ContainsAny(a.Help, "\n") || !strings.HasSuffix(a.Help, ".") {
			t.Errorf("%s has the help %q", a.Name, a.Help)
		}
		if a.Alias == "" {
			continue
		}
		if of, ok := AggregateNamed(a.Alias, false); !ok || of.Alias != "" || of.Linear != a.Linear {
			t.Errorf("%s is another name of %s, which is not alike", a.Name, a.Alias)
		}
	}
}

// TestAggregateTypes: what aggregates of two arguments and of constants give, or refuse.
func TestAggregateTypes(t *testing.T) {
	dec, date := batch.DecimalType(2), batch.T(batch.Date)
	col := func(t batch.Type) Expr { return Column(0, t, true) }
	for _, c := range []struct {
		name string
		args []Expr
		want string
	}{
		{"string_agg", []Expr{col(tInt32)}, "utf8"},
		{"string_agg", []Expr{col(tText), Text("; ")}, "utf8"},
		{"string_agg", []Expr{col(tText), col(tText)}, "error"},
		{"string_agg", []Expr{col(tText), Null(tText)}, "error"},
		{"array_agg", []Expr{col(tDur)}, "json"},
		{"json_object_agg", []Expr{col(tInt), col(date)}, "json"},
		{"median", []Expr{col(tInt)}, "float64"},
		{"median", []Expr{col(dec)}, "decimal(38,6)"},
		{"median", []Expr{col(date)}, "timestamp"},
		{"median", []Expr{col(tDur)}, "duration"},
		{"median", []Expr{col(tText)}, "error"},
		{"percentile_disc", []Expr{col(date), must(Number("0.5"))}, "date"},
		{"quantile_cont", []Expr{col(tInt), Int(1)}, "float64"},
		{"quantile_cont", []Expr{col(tInt), must(Number("1.01"))}, "error"},
		{"quantile_cont", []Expr{col(tInt), col(tInt)}, "error"},
		{"arg_min", []Expr{col(tText), col(tInt)}, "utf8"},
		{"min_value", []Expr{col(tText), col(tInt)}, "int64"},
		{"corr", []Expr{col(dec), col(batch.T(batch.Float32))}, "float64"},
		{"corr", []Expr{col(dec), col(tText)}, "error"},
		{"regr_avgx", []Expr{col(tInt), col(dec)}, "decimal(38,6)"},
		{"regr_count", []Expr{col(tInt), col(dec)}, "int64"},
		{"bit_or", []Expr{col(batch.T(batch.Uint8))}, "uint8"},
		{"bit_or", []Expr{col(dec)}, "error"},
		{"bool_or", []Expr{col(tBool)}, "bool"},
		{"bool_or", []Expr{col(tInt)}, "error"},
		{"count_if", []Expr{col(tInt)}, "error"},
		{"mode", []Expr{col(tText)}, "utf8"},
		{"any_value", []Expr{Null(batch.Type{})}, "int64"},
		{"any_value", nil, "error"},
	} {
		a, ok := AggregateNamed(c.name, false)
		if !ok {
			t.Fatal(c.name)
		}
		_, typ, _, err := a.Bind(c.args...)
		if got := typ.String(); err == nil && got != c.want || (err != nil) != (c.want == "error") {
			t.Errorf("%s%v is %v, %v; want %s", c.name, c.args, got, err, c.want)
		}
	}
}
