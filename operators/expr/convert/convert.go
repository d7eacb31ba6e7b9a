// Package convert has the casts between types.
package convert

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/calendar"
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Functions returns CAST, TRY_CAST and what stands for an interval of months.
func Functions() []fn.Function {
	return []fn.Function{
		{
			Name: "cast", Signature: "cast(any as type)", Help: "The value in another type. A fraction is cut off when the type is an integer, rounded when it is a decimal; what does not fit makes the row bad.",
			Build: buildCast, Fallible: castFails, Nullable: func(n *fn.Node) bool { // JSON has a null of its own
				return n.Args[0].Nullable || n.Args[0].Type.Kind == batch.JSON && n.Type.Kind != batch.Utf8
			},
		},
		{
			Name: "try_cast", Signature: "try_cast(any as type)", Help: "Like CAST, but NULL where the value cannot be cast.",
			Build: buildTryCast, Nullable: fn.Always,
		},
		{
			Name: "precise", Signature: "precise(number, int) same", Help: "The decimal, if it has at most so many digits.",
			Build: buildPrecise, Fallible: fn.Always,
		},
		{Name: "months", Signature: "interval 'n' month", Help: "An interval of months, to be added to a date or a timestamp."},
	}
}

// castFails: casts to text, to wider numbers and of dates to timestamps near today never fail.
func castFails(e *fn.Node) bool {
	from, to := e.Args[0].Type, e.Type
	switch {
	case to.Kind == batch.Utf8, to.Float() && from.Numeric(), to.Kind == batch.Bool && from.Numeric():
		return false
	case from.Kind == batch.Bool && to.Kind != batch.Decimal, to.Kind == batch.JSON && from.Kind != batch.Utf8:
		return false
	case from.Kind == batch.Timestamp && to.Kind == batch.Date:
		return false
	case from.Signed() && to.Signed() || from.Unsigned() && to.Unsigned():
		return to.Width() < from.Width()
	case from.Unsigned() && to.Signed():
		return to.Width() <= from.Width()
	case from.Width() <= 8 && from.Integer() && to.Kind == batch.Int128:
		return false
	case from.Width() <= 8 && from.Integer() && to.Kind == batch.Decimal:
		return to.Scale > 18
	}
	return true
}

// buildPrecise keeps the promise of DECIMAL(p, s): no type has a precision, so CAST checks it.
func buildPrecise(n *fn.Node) {
	if n.Type.Kind != batch.Decimal {
		n.Run = fn.Same
		return
	}
	n.Why = func(n *fn.Node, row int) string {
		return fmt.Sprintf("the value does not fit decimal(%d,%d)", fn.Int(&n.Args[1].Col, row), n.Type.Scale)
	}
	fn.Map2(n, func(x kernel.Wide, digits int64) (kernel.Wide, bool) { return x, kernel.DecimalWithin(x, int(digits)) })
}

func buildTryCast(n *fn.Node) {
	buildCast(n)
	run := n.Run
	if run == nil {
		return
	}
	// The rows that cannot be cast become null instead of bad.
	n.Lazy = true
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Col.Valid, n.Bad = n.Args[0].Col.Valid, n.Args[0].Bad
		run(f, n)
		if n.Own != nil && kernel.Any(n.Own, f.Rows) {
			valid := n.OwnValid(f.Rows)
			kernel.AndNot(valid, valid, n.Own, f.Rows)
		}
	}
}

// buildCast is a switch over the types.
func buildCast(n *fn.Node) {
	from, to := n.Args[0].Type, n.Type
	n.Why = func(n *fn.Node, row int) string { return fmt.Sprintf("the value does not fit %v", to) }
	switch {
	case from.Kind == batch.Utf8 || from.Kind == batch.JSON && to.Kind != batch.Utf8:
		castText(n)
	case to.Kind == batch.Utf8:
		n.Run = func(f *fn.Frame, n *fn.Node) {
			c := &n.Args[0].Col
			fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) { return batch.AppendText(dst, c, i), true })
		}
	case to.Kind == batch.JSON:
		n.Run = func(f *fn.Frame, n *fn.Node) {
			c := &n.Args[0].Col
			fn.Texts(n, f.Rows, func(dst []byte, i int) ([]byte, bool) { return batch.AppendJSON(dst, c, i), true })
		}
	case from.Kind == batch.Date:
		fn.Map1(n, func(day int32) (int64, bool) {
			const limit = math.MaxInt64 / calendar.DayMicros
			return int64(day) * calendar.DayMicros, int64(day) <= limit && int64(day) >= -limit
		})
	case from.Kind == batch.Timestamp:
		fn.Map1(n, func(micros int64) (int32, bool) { return int32(calendar.FloorDiv(micros, calendar.DayMicros)), true })
	case to.Kind == batch.Bool:
		n.Run = func(f *fn.Frame, n *fn.Node) {
			dst := fn.Bits(n, f.Rows)
			clear(dst)
			for i := range f.Rows {
				if !fn.IsZero(&n.Args[0].Col, i) {
					dst.Set(i)
				}
			}
		}
	case from.Kind == batch.Bool:
		castBool(n)
	case from.Kind == batch.Decimal:
		castDecimal(n)
	default:
		castNumber(n)
	}
}

// castNumber is a switch over the kinds of the argument.
func castNumber(n *fn.Node) {
	switch n.Args[0].Type.Kind {
	case batch.Int8:
		castInt[int8](n)
	case batch.Int16:
		castInt[int16](n)
	case batch.Int32:
		castInt[int32](n)
	case batch.Int64:
		castInt[int64](n)
	case batch.Uint8:
		castInt[uint8](n)
	case batch.Uint16:
		castInt[uint16](n)
	case batch.Uint32:
		castInt[uint32](n)
	case batch.Uint64:
		castInt[uint64](n)
	case batch.Float32:
		castFloat[float32](n)
	case batch.Float64:
		castFloat[float64](n)
	case batch.Int128, batch.Uint128:
		castWide(n)
	}
}

// castInt is a switch over the kinds of the result.
func castInt[S fn.Integer](n *fn.Node) {
	switch t := n.Type; t.Kind {
	case batch.Int8:
		intToInt[int8, S](n)
	case batch.Int16:
		intToInt[int16, S](n)
	case batch.Int32:
		intToInt[int32, S](n)
	case batch.Int64:
		intToInt[int64, S](n)
	case batch.Uint8:
		intToInt[uint8, S](n)
	case batch.Uint16:
		intToInt[uint16, S](n)
	case batch.Uint32:
		intToInt[uint32, S](n)
	case batch.Uint64:
		intToInt[uint64, S](n)
	case batch.Float32:
		convert[float32, S](n)
	case batch.Float64:
		convert[float64, S](n)
	case batch.Int128:
		fn.Map1(n, func(v S) (kernel.Wide, bool) { return wideOf(v), true })
	case batch.Uint128:
		fn.Map1(n, func(v S) (kernel.Wide, bool) { return wideOf(v), v >= 0 })
	case batch.Decimal:
		scale := int(t.Scale)
		fn.Map1(n, func(v S) (kernel.Wide, bool) { return kernel.Rescale(wideOf(v), 0, scale) })
	}
}

func wideOf[S fn.Integer](v S) kernel.Wide {
	if v < 0 {
		return kernel.WideInt(int64(v))
	}
	return kernel.WideUint(uint64(v))
}

func intToInt[D, S fn.Integer](n *fn.Node) {
	n.Run = func(f *fn.Frame, n *fn.Node) {
		a := fn.Values[S](n.Args[0], f.Rows)
		if kernel.ConvertInt(fn.Fixed[D](n, f.Rows), a) {
			kernel.MarkConvertInt[D](n.Mark(f.Rows), a)
		}
	}
}

func convert[D interface {
	kernel.Number
	batch.Fixed
}, S interface {
	kernel.Number
	batch.Fixed
}](n *fn.Node) {
	n.Run = func(f *fn.Frame, n *fn.Node) {
		kernel.Convert(fn.Fixed[D](n, f.Rows), fn.Values[S](n.Args[0], f.Rows))
	}
}

// castFloat is a switch over the kinds of the result.
func castFloat[S fn.Float](n *fn.Node) {
	switch t := n.Type; t.Kind {
	case batch.Int8:
		floatToInt[int8, S](n)
	case batch.Int16:
		floatToInt[int16, S](n)
	case batch.Int32:
		floatToInt[int32, S](n)
	case batch.Int64:
		floatToInt[int64, S](n)
	case batch.Uint8:
		floatToInt[uint8, S](n)
	case batch.Uint16:
		floatToInt[uint16, S](n)
	case batch.Uint32:
		floatToInt[uint32, S](n)
	case batch.Uint64:
		floatToInt[uint64, S](n)
	case batch.Float32:
		convert[float32, S](n)
	case batch.Float64:
		convert[float64, S](n)
	case batch.Int128, batch.Uint128:
		unsigned := t.Kind == batch.Uint128
		fn.Map1(n, func(v S) (kernel.Wide, bool) {
			x, ok := kernel.FloatDecimal(math.Trunc(float64(v)), 0)
			return x, ok && (!unsigned || v > -1)
		})
	case batch.Decimal:
		scale := int(t.Scale)
		bits := 8 * n.Args[0].Type.Width()
		fn.Map1(n, func(v S) (kernel.Wide, bool) {
			if bits == 32 { // the shortest digits of a float32 are not those of its float64
				text := strconv.FormatFloat(float64(v), 'g', -1, 32)
				d, err := strconv.ParseFloat(text, 64)
				if err != nil {
					return kernel.Wide{}, false
				}
				return kernel.FloatDecimal(d, scale)
			}
			return kernel.FloatDecimal(float64(v), scale)
		})
	}
}

func floatToInt[D fn.Integer, S fn.Float](n *fn.Node) {
	n.Run = func(f *fn.Frame, n *fn.Node) {
		kernel.ConvertFloat(fn.Fixed[D](n, f.Rows), fn.Values[S](n.Args[0], f.Rows), n.Mark(f.Rows))
	}
}

// castBool gives 1 and 0.
func castBool(n *fn.Node) {
	var pair [2][]byte
	for i, text := range []string{"0", "1"} {
		v := batch.NewVector(n.Type)
		if v.AppendText(text) != nil {
			return
		}
		col := v.Take()
		pair[i] = col.Data
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		w := n.Type.Width()
		n.Bytes(f.Rows)
		for i := range f.Rows {
			which := 0
			if n.Args[0].Col.Bool(i) {
				which = 1
			}
			copy(n.Col.Data[i*w:i*w+w], pair[which])
		}
	}
}

// castDecimal cuts fractions off when the result is an integer, and rounds when it is a decimal.
func castDecimal(n *fn.Node) {
	from, to := n.Args[0].Type, n.Type
	scale := int(from.Scale)
	switch to.Kind {
	case batch.Decimal:
		fn.Map1(n, func(v kernel.Wide) (kernel.Wide, bool) { return kernel.Rescale(v, scale, int(to.Scale)) })
	case batch.Float64:
		fn.Map1(n, func(v kernel.Wide) (float64, bool) { return kernel.DecimalFloat(v, scale), true })
	case batch.Float32:
		fn.Map1(n, func(v kernel.Wide) (float32, bool) { return float32(kernel.DecimalFloat(v, scale)), true })
	default:
		wideTo(n, func(v kernel.Wide) kernel.Wide {
			q, _ := kernel.DivWide(v, kernel.Pow10(scale))
			return q
		}, false)
	}
}

// castWide casts 128-bit integers.
func castWide(n *fn.Node) {
	unsigned := n.Args[0].Type.Kind == batch.Uint128
	size := func(v kernel.Wide) (kernel.Wide, bool) { return v, !unsigned || v[1]>>63 == 0 }
	switch to := n.Type; to.Kind {
	case batch.Decimal:
		fn.Map1(n, func(v kernel.Wide) (kernel.Wide, bool) {
			v, ok := size(v)
			d, fits := kernel.Rescale(v, 0, int(to.Scale))
			return d, ok && fits
		})
	case batch.Float64, batch.Float32:
		toFloat := func(v kernel.Wide) float64 {
			if v, ok := size(v); ok {
				return kernel.DecimalFloat(v, 0)
			}
			return float64(v[1])*0x1p64 + float64(v[0])
		}
		if to.Kind == batch.Float32 {
			fn.Map1(n, func(v kernel.Wide) (float32, bool) { return float32(toFloat(v)), true })
			return
		}
		fn.Map1(n, func(v kernel.Wide) (float64, bool) { return toFloat(v), true })
	default:
		wideTo(n, func(v kernel.Wide) kernel.Wide { return v }, unsigned)
	}
}

// wideTo casts 128 bits, after a function, to an integer. It is a switch over the kinds.
func wideTo(n *fn.Node, of func(kernel.Wide) kernel.Wide, unsigned bool) {
	switch n.Type.Kind {
	case batch.Int8:
		wideToInt[int8](n, of, unsigned)
	case batch.Int16:
		wideToInt[int16](n, of, unsigned)
	case batch.Int32:
		wideToInt[int32](n, of, unsigned)
	case batch.Int64:
		wideToInt[int64](n, of, unsigned)
	case batch.Uint8:
		wideToInt[uint8](n, of, unsigned)
	case batch.Uint16:
		wideToInt[uint16](n, of, unsigned)
	case batch.Uint32:
		wideToInt[uint32](n, of, unsigned)
	case batch.Uint64:
		wideToInt[uint64](n, of, unsigned)
	case batch.Int128, batch.Uint128: // from the other of the two, or from a decimal
		signed := n.Type.Kind == batch.Int128
		fn.Map1(n, func(v kernel.Wide) (kernel.Wide, bool) {
			v = of(v)
			return v, v[1]>>63 == 0 || signed && !unsigned
		})
	}
}

func wideToInt[D fn.Integer](n *fn.Node, of func(kernel.Wide) kernel.Wide, unsigned bool) {
	fn.Map1(n, func(v kernel.Wide) (D, bool) {
		v = of(v)
		d := D(v[0])
		return d, wideOf(d) == v && (!unsigned || v[1] == 0)
	})
}

// castText reads texts and the scalars of JSON.
func castText(n *fn.Node) {
	to := n.Type
	number := to.Numeric() || to.Kind == batch.Bool
	json := n.Args[0].Type.Kind == batch.JSON
	vec := batch.NewVector(to)
	var causes map[int]string
	n.Why = func(_ *fn.Node, row int) string { return causes[row] }
	n.Run = func(f *fn.Frame, n *fn.Node) {
		vec.Reset()
		causes = nil
		c := &n.Args[0].Col
		for i := range f.Rows {
			if c.Null(i) {
				vec.AppendNull()
				continue
			}
			s := c.Text(i)
			if json && len(s) > 1 && s[0] == '"' {
				if u, err := strconv.Unquote(s); err == nil {
					s = u
				}
			}
			if to.Kind != batch.Binary {
				s = strings.TrimSpace(s)
			}
			if json && s == "null" {
				vec.AppendNull()
				continue
			}
			err := readText(vec, s, number)
			if err == nil {
				continue
			}
			vec.AppendNull()
			n.Mark(f.Rows).Set(i)
			if causes == nil {
				causes = map[int]string{}
			}
			causes[i] = err.Error()
		}
		valid, bad := n.Col.Valid, n.Own
		n.Col = vec.Peek()
		switch { // a bad row is bad, not null
		case !json:
			n.Col.Valid = valid
		case bad != nil:
			valid := n.OwnValid(f.Rows)
			kernel.Or(valid, valid, bad, f.Rows)
		}
	}
}

// readText appends a text in the forms of batch.Vector.AppendText, and some that people write: a fraction
// in excess of a decimal's scale is rounded, bytes may come as they are, TRUE may be 1 or yes.
func readText(vec *batch.Vector, s string, number bool) error {
	t := vec.Type
	err := vec.AppendText(s)
	switch {
	case err == nil:
		return nil
	case t.Kind == batch.Binary && !strings.HasPrefix(s, `\x`):
		vec.AppendString(s)
		return nil
	case t.Kind == batch.Bool:
		switch strings.ToLower(s) {
		case "1", "yes", "y", "on":
			vec.AppendBool(true)
			return nil
		case "0", "no", "n", "off":
			vec.AppendBool(false)
			return nil
		}
	case t.Kind == batch.Date: // a timestamp's day
		ts := batch.NewVector(batch.T(batch.Timestamp))
		if ts.AppendText(s) == nil {
			col := ts.Take()
			batch.Append(vec, int32(calendar.FloorDiv(batch.Values[int64](&col)[0], calendar.DayMicros)))
			return nil
		}
	case t.Kind == batch.Duration: // without months, which have no fixed length
		if i, wrong := calendar.ParseInterval(s, "", ""); wrong == nil && !i.Calendar {
			batch.Append(vec, i.Micros)
			return nil
		}
	case t.Kind == batch.Decimal:
		if rounded, ok := roundedDecimal(s, int(t.Scale)); ok {
			batch.Append(vec, rounded)
			return nil
		}
	}
	return err
}

// roundedDecimal reads a decimal with more digits after its point than there is room for.
func roundedDecimal(s string, scale int) (kernel.Wide, bool) {
	for more := scale + 1; more <= kernel.MaxScale; more++ {
		v := batch.NewVector(batch.DecimalType(uint8(more)))
		if v.AppendText(s) == nil {
			col := v.Take()
			return kernel.Rescale(batch.Values[[2]uint64](&col)[0], more, scale)
		}
	}
	return kernel.Wide{}, false
}
