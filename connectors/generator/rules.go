package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/connectors/internal/columns"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// columnConfig is a column of kind tables.
type columnConfig struct {
	Name     string          `cfg:"name,required" min:"1" doc:"Name of the column."`
	Type     string          `cfg:"type,required" doc:"Type of the column: int, bigint, double, text, timestamp, decimal(12,2) and so on."`
	Sequence *sequenceConfig `cfg:"sequence" doc:"Rule: each row has the value of the one before and a step. For numbers, dates and times."`
	Range    *rangeConfig    `cfg:"range" doc:"Rule: any value between two, all equally likely. For numbers, dates and times."`
	Choice   *choiceConfig   `cfg:"choice" doc:"Rule: one of some values. For all types."`
	Pattern  string          `cfg:"pattern" doc:"Rule: text in which # becomes a digit, ? a letter, and {n} the number of the row, from 0."`
	Nulls    float64         `cfg:"nulls" default:"0" min:"0" max:"1" doc:"Share of the rows in which the value is missing."`
}

type sequenceConfig struct {
	From any `cfg:"from" doc:"The first value; 0, or 2024-01-01, if not said."`
	Step any `cfg:"step" doc:"What is added for each row: a number, days of a date, or, of a time, text like 250ms or 1h; 1, or 1 s, if not said."`
}

type rangeConfig struct {
	Min any `cfg:"min,required" doc:"The least value."`
	Max any `cfg:"max,required" doc:"The greatest value."`
}

type choiceConfig struct {
	Values  []any     `cfg:"values,required" min:"1" max:"100000" doc:"The values."`
	Weights []float64 `cfg:"weights" doc:"How often each comes, in proportion; equally often if not said."`
}

// Check reports a column without a rule, or with several, and values that do not fit its type.
func (c *columnConfig) Check() error {
	_, err := c.rule(0)
	return err
}

// unique reports whether no two rows have the same value.
func (c *columnConfig) unique() bool {
	if c.Pattern != "" {
		return strings.Contains(c.Pattern, "{n}")
	}
	if c.Sequence == nil {
		return false
	}
	t, err := columns.ParseType(c.Type)
	if err != nil {
		return false
	}
	p, err := c.Sequence.progression(t)
	return err == nil && (p.step != 0 || p.add != 0)
}

// most returns how many rows a sequence can number, for types that are narrower than its arithmetic.
func (c *columnConfig) most() int64 {
	t, err := columns.ParseType(c.Type)
	if err != nil || c.Sequence == nil || !t.Integer() || t.Width() >= 8 {
		return math.MaxInt64
	}
	p, err := c.Sequence.progression(t)
	if err != nil || p.step == 0 {
		return math.MaxInt64
	}
	bits := 8 * t.Width()
	least, greatest := int64(-1)<<(bits-1), int64(1)<<(bits-1)-1
	if t.Unsigned() {
		least, greatest = 0, int64(1)<<bits-1
	}
	if p.step < 0 {
		return (p.from-least)/-p.step + 1
	}
	return (greatest-p.from)/p.step + 1
}

// rule appends the values of a column.
type rule func(v *batch.Vector, rows []version)

// unchanged is a rule that gives a changed row its first value again.
func unchanged(r rule) rule {
	return func(v *batch.Vector, rows []version) {
		first := slices.Clone(rows)
		for i := range first {
			first[i].changed = 0
		}
		r(v, first)
	}
}

// rule returns the column's rule.
func (c *columnConfig) rule(s salt) (rule, error) {
	t, err := columns.ParseType(c.Type)
	if err != nil {
		return nil, err
	}
	var all []string
	var made rule
	for _, r := range []struct {
		name  string
		given bool
		make  func() (rule, error)
	}{
		{"sequence", c.Sequence != nil, func() (rule, error) { return c.Sequence.rule(t) }},
		{"range", c.Range != nil, func() (rule, error) { return c.Range.rule(t, s) }},
		{"choice", c.Choice != nil, func() (rule, error) { return c.Choice.rule(t, s) }},
		{"pattern", c.Pattern != "", func() (rule, error) { return patternRule(c.Pattern, t, s) }},
	} {
		if !r.given {
			continue
		}
		all = append(all, r.name)
		if made, err = r.make(); err != nil {
			return nil, within(r.name, err)
		}
	}
	switch {
	case all == nil:
		return nil, &sdk.ConfigError{Msg: fmt.Sprintf("column %q has no rule", c.Name), Fix: "give it a sequence, range, choice or pattern"}
	case len(all) > 1:
		return nil, &sdk.ConfigError{Path: all[1], Msg: fmt.Sprintf("column %q has several rules: %s", c.Name, strings.Join(all, ", ")), Fix: "keep one of them"}
	}
	return made.withNulls(s, c.Nulls), nil
}

// within puts an error below a key.
func within(key string, err error) error {
	var one *sdk.ConfigError
	if !errors.As(err, &one) {
		return &sdk.ConfigError{Path: key, Msg: err.Error()}
	}
	path := key
	if one.Path != "" {
		path += "." + one.Path
	}
	return &sdk.ConfigError{Path: path, Msg: one.Msg, Fix: one.Fix}
}

// withNulls makes a share of the values null.
func (r rule) withNulls(s salt, share float64) rule {
	if share == 0 {
		return r
	}
	s ^= 0x6e756c6c
	return func(v *batch.Vector, rows []version) {
		start := v.Rows()
		r(v, rows)
		for i, row := range rows {
			if g := s.of(row); g.share() < share {
				v.SetNull(start + i)
			}
		}
	}
}

// of returns the generator of a value of a row, before or after its change.
func (s salt) of(v version) random {
	return salt(uint64(s) + uint64(v.changed)*golden).at(v.row)
}

// valueOf returns a value of a type, as a column of one row.
func valueOf(t batch.Type, value any) (batch.Column, error) {
	text := fmt.Sprint(value)
	switch value.(type) {
	case string, json.Number, bool:
	default:
		return batch.Column{}, &sdk.ConfigError{Msg: fmt.Sprintf("a %v is one value", t)}
	}
	v := batch.NewVector(t)
	if err := v.AppendText(text); err != nil {
		return batch.Column{}, &sdk.ConfigError{Msg: err.Error()}
	}
	return v.Peek(), nil
}

// number returns a value of a type that counts: an integer, a decimal in its smallest unit, a day, or microseconds.
func number(t batch.Type, value any) (int64, error) {
	c, err := valueOf(t, value)
	if err != nil {
		return 0, err
	}
	switch x := c.Value(0).(type) {
	case int64:
		return x, nil
	case uint64:
		if x <= math.MaxInt64 {
			return int64(x), nil
		}
	case batch.Dec:
		if x.Hi == int64(x.Lo)>>63 {
			return int64(x.Lo), nil
		}
	}
	return 0, &sdk.ConfigError{Msg: fmt.Sprintf("%v is out of the range of numbers that are made up, which have 63 bits", value)}
}

// counts reports whether a type's values are whole numbers of something.
func counts(t batch.Type) bool {
	switch t.Kind {
	case batch.Date, batch.Timestamp, batch.Duration, batch.Decimal:
		return true
	}
	return t.Integer()
}

func onlyNumbers(t batch.Type) error {
	return &sdk.ConfigError{Msg: fmt.Sprintf("this rule is for numbers, dates and times, not for %v", t), Fix: "use choice or pattern"}
}

// progression is what a sequence counts: whole numbers, or floats.
type progression struct {
	from, step int64
	first, add float64
}

// rule: from, from+step, and so on.
func (q *sequenceConfig) rule(t batch.Type) (rule, error) {
	p, err := q.progression(t)
	if err != nil {
		return nil, err
	}
	if t.Float() {
		return func(v *batch.Vector, rows []version) {
			for _, row := range rows {
				appendFloat(v, p.first+p.add*float64(row.row))
			}
		}, nil
	}
	return func(v *batch.Vector, rows []version) {
		for _, row := range rows {
			appendCount(v, p.from+p.step*row.row)
		}
	}, nil
}

func (q *sequenceConfig) progression(t batch.Type) (p progression, err error) {
	first, add, addType := q.From, q.Step, t
	switch {
	case t.Kind == batch.Date:
		first, addType = orElse(first, "2024-01-01"), batch.T(batch.Int64)
	case t.Kind == batch.Timestamp:
		first, add, addType = orElse(first, "2024-01-01T00:00:00Z"), orElse(add, "1s"), batch.T(batch.Duration)
	case t.Kind == batch.Duration:
		first, add = orElse(first, "0s"), orElse(add, "1s")
	case t.Unsigned():
		addType = batch.T(batch.Int64)
	}
	first, add = orElse(first, "0"), orElse(add, "1")
	var errFrom, errStep error
	switch {
	case t.Float():
		p.first, errFrom = float(first)
		p.add, errStep = float(add)
	case counts(t):
		p.from, errFrom = number(t, first)
		p.step, errStep = number(addType, add)
	default:
		return p, onlyNumbers(t)
	}
	switch {
	case errFrom != nil:
		return p, within("from", errFrom)
	case errStep != nil:
		return p, within("step", errStep)
	}
	return p, nil
}

// float returns a number that need not be whole.
func float(value any) (float64, error) {
	c, err := valueOf(batch.T(batch.Float64), value)
	if err != nil {
		return 0, err
	}
	return batch.Values[float64](&c)[0], nil
}

func orElse(value, other any) any {
	if value == nil {
		return other
	}
	return value
}

// rule: uniform between the bounds, these included.
func (q *rangeConfig) rule(t batch.Type, s salt) (rule, error) {
	if t.Float() {
		least, err := float(q.Min)
		if err != nil {
			return nil, within("min", err)
		}
		most, err := float(q.Max)
		if err != nil {
			return nil, within("max", err)
		}
		if !(least <= most) || math.IsInf(most-least, 0) {
			return nil, &sdk.ConfigError{Path: "max", Msg: fmt.Sprintf("%v to %v is no range", least, most)}
		}
		return func(v *batch.Vector, rows []version) {
			for _, row := range rows {
				r := s.of(row)
				appendFloat(v, least+(most-least)*r.share())
			}
		}, nil
	}
	if !counts(t) {
		return nil, onlyNumbers(t)
	}
	least, err := number(t, q.Min)
	if err != nil {
		return nil, within("min", err)
	}
	most, err := number(t, q.Max)
	if err != nil {
		return nil, within("max", err)
	}
	width := uint64(most) - uint64(least) + 1
	if most < least || width == 0 {
		return nil, &sdk.ConfigError{Path: "max", Msg: fmt.Sprintf("%v to %v is no range", q.Min, q.Max)}
	}
	return func(v *batch.Vector, rows []version) {
		for _, row := range rows {
			r := s.of(row)
			appendCount(v, int64(uint64(least)+r.below(width)))
		}
	}, nil
}

// rule: one of the values.
func (q *choiceConfig) rule(t batch.Type, s salt) (rule, error) {
	values := batch.NewVector(t)
	for i, value := range q.Values {
		one, err := valueOf(t, value)
		if err != nil {
			return nil, within(fmt.Sprintf("values[%d]", i), err)
		}
		values.AppendColumn(&one, 0, 1)
	}
	all := values.Peek()
	if q.Weights == nil {
		n := uint64(len(q.Values))
		return func(v *batch.Vector, rows []version) {
			for _, row := range rows {
				r := s.of(row)
				i := int(r.below(n))
				v.AppendColumn(&all, i, i+1)
			}
		}, nil
	}
	if len(q.Weights) != len(q.Values) {
		return nil, &sdk.ConfigError{Path: "weights", Msg: fmt.Sprintf("%d weights for %d values", len(q.Weights), len(q.Values))}
	}
	var sums []float64
	sum := 0.0
	for i, w := range q.Weights {
		if !(w >= 0) || math.IsInf(sum+w, 0) {
			return nil, &sdk.ConfigError{Path: fmt.Sprintf("weights[%d]", i), Msg: fmt.Sprintf("%v is no weight", w)}
		}
		sum += w
		sums = append(sums, sum)
	}
	if sum == 0 {
		return nil, &sdk.ConfigError{Path: "weights", Msg: "all of them are 0"}
	}
	return func(v *batch.Vector, rows []version) {
		for _, row := range rows {
			r := s.of(row)
			at := r.share() * sum
			i := min(slices.IndexFunc(sums, func(end float64) bool { return at < end }), len(sums)-1)
			v.AppendColumn(&all, max(i, 0), max(i, 0)+1)
		}
	}, nil
}

// patternRule: text with digits, letters and the row's number in it.
func patternRule(pattern string, t batch.Type, s salt) (rule, error) {
	if t.Kind != batch.Utf8 {
		return nil, &sdk.ConfigError{Msg: fmt.Sprintf("a pattern makes text, and the column is %v", t), Fix: "use another rule, or type: text"}
	}
	return func(v *batch.Vector, rows []version) {
		var text []byte
		for _, row := range rows {
			r := s.of(row)
			text = text[:0]
			for rest := pattern; rest != ""; {
				after, numbered := strings.CutPrefix(rest, "{n}")
				switch c := rest[0]; {
				case numbered:
					text, rest = strconv.AppendInt(text, row.row, 10), after
					continue
				case c == '#':
					text = append(text, '0'+byte(r.below(10)))
				case c == '?':
					text = word(text, &r, 1)
				default:
					text = append(text, c)
				}
				rest = rest[1:]
			}
			v.AppendBytes(text)
		}
	}, nil
}

// appendFloat appends to a column of a float type.
func appendFloat(v *batch.Vector, f float64) {
	if v.Type.Kind == batch.Float32 {
		batch.Append(v, float32(f))
		return
	}
	batch.Append(v, f)
}

// appendCount appends a whole number, cut to the width of the column: a sequence that has passed the end of its type
// begins again at the other.
func appendCount(v *batch.Vector, n int64) {
	switch v.Type.Width() {
	case 1:
		batch.Append(v, int8(n))
	case 2:
		batch.Append(v, int16(n))
	case 4:
		batch.Append(v, int32(n))
	case 8:
		batch.Append(v, n)
	default:
		batch.Append(v, [2]uint64{uint64(n), uint64(n >> 63)})
	}
}
