// Package lawless has functions that break the laws, one law each, and some that keep them.
package lawless

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf"
)

var calls int64

// Module is what the guest and the test share.
var Module = udf.Module(
	udf.Scalar1("good_text", func(s string) (string, error) { return strings.ToUpper(s) + "!", nil }),
	udf.Scalar2("good_float", func(a, b float64) (float64, error) { return a*b + a/b, nil }),
	udf.Scalar2("good_errors", func(a udf.Opt[int64], b uint8) (udf.Opt[int32], error) {
		if !a.Valid {
			return udf.Some(int32(-1)), nil
		}
		if b == 0 {
			return udf.None[int32](), errors.New("zero")
		}
		return udf.Opt[int32]{Value: int32(a.Value / int64(b)), Valid: a.Value%7 != 0}, nil
	}),
	udf.Scalar2("good_panic", func(a, b int16) (int16, error) { return a / b, nil }),
	udf.Scalar3("good_times", func(t time.Time, d time.Duration, x udf.Date) (time.Time, error) {
		return t.Add(d).AddDate(0, 0, int(x%1000)), nil
	}),
	udf.Scalar1("good_invalid", func(b []byte) (string, error) { return string(b), nil }),
	udf.Columns("good_columns", udf.Signature{Args: []batch.Type{batch.DecimalType(3), batch.T(batch.JSON)}, Result: batch.T(batch.JSON)},
		func(rows int, args []batch.Column, out *batch.Column) error {
			out.Data, out.Offsets = args[1].Data, args[1].Offsets
			for i := range rows {
				if batch.Values[[2]uint64](&args[0])[i][0] == 1 {
					return errors.New("a one")
				}
			}
			return nil
		}),
	udf.Aggregate("good_sum", func(s *int64, x, weight int64) { *s += x * weight }, func(s *int64) int64 { return *s }),

	udf.Scalar1("native_differs", func(x int64) (int64, error) { return x + int64(len(runtime.GOARCH)), nil }),
	udf.Scalar1("error_differs", func(x int64) (int64, error) { return 0, errors.New(runtime.GOARCH) }),
	udf.Scalar1("sees_clock", func(int64) (int64, error) { return time.Now().Unix(), nil }),
	udf.Scalar1("sees_random", func(int64) (uint64, error) { return rand.Uint64(), nil }),
	udf.Scalar1("counts_calls", func(int64) (int64, error) { calls++; return calls, nil }),
	udf.Columns("counts_rows", udf.Signature{Args: []batch.Type{batch.T(batch.Int64)}, Result: batch.T(batch.Int64)},
		func(rows int, _ []batch.Column, out *batch.Column) error {
			for i := range rows {
				batch.Values[int64](out)[i] = int64(rows)
			}
			return nil
		}),
	udf.Aggregate("float_sum", func(s *float64, x int64, weight int64) { *s += float64(x) * 0.1 * float64(weight) }, func(s *float64) float64 { return *s }),
	udf.Aggregate("last", func(s *int64, x, _ int64) { *s = x }, func(s *int64) int64 { return *s }),
	udf.Aggregate("never_forgets", func(s *int64, x, weight int64) { *s += weight * weight }, func(s *int64) int64 { return *s }),
)
