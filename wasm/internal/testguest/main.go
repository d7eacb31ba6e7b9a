// Command testguest is a guest for the host's tests: functions of every type, and functions that
// misbehave in every way that Go allows.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf"
)

var _ = udf.Module(
	same[bool]("same_bool"), same[int8]("same_int8"), same[int16]("same_int16"), same[int32]("same_int32"),
	same[int64]("same_int64"), same[int]("same_int"), same[uint8]("same_uint8"), same[uint16]("same_uint16"),
	same[uint32]("same_uint32"), same[uint64]("same_uint64"), same[uint]("same_uint"), same[float32]("same_float32"),
	same[float64]("same_float64"), same[string]("same_string"), same[[]byte]("same_bytes"),
	same[time.Time]("same_time"), same[time.Duration]("same_duration"), same[udf.Date]("same_date"),
	same[udf.JSON]("same_json"), same[[16]byte]("same_uuid"), same[[2]float64]("same_point"),
	same[udf.Opt[string]]("same_opt"),

	udf.Scalar2("join", func(a, b string) (string, error) { return a + "/" + b, nil }),
	udf.Scalar3("mid", func(s string, from, n int64) (string, error) { return s[from : from+n], nil }),
	udf.Scalar4("four", func(a int8, b uint16, c float32, d bool) (string, error) { return fmt.Sprint(a, b, c, d), nil }),
	udf.Scalar5("five", func(a, b, c, d, e int64) (int64, error) { return a + b*c - d*e, nil }),
	udf.Scalar6("six", func(a, b, c, d, e, f string) (string, error) {
		return strings.Join([]string{a, b, c, d, e, f}, ","), nil
	}),
	udf.Scalar1("or_zero", func(x udf.Opt[int64]) (int64, error) { return x.Value, nil }),
	udf.Scalar1("positive", func(x int64) (udf.Opt[int64], error) { return udf.Opt[int64]{Value: x, Valid: x > 0}, nil }),
	udf.Scalar1("not_odd", notOdd),
	udf.Scalar1("spin", spin),
	udf.Scalar1("misbehave", misbehave),
	udf.Scalar1("repeat_x", func(n int64) (string, error) { return strings.Repeat("x", int(n)), nil }),
	udf.Scalar1("invalid", func(s string) (string, error) { return s[:len(s)-1], nil }),
	udf.Scalar1("json", func(s string) (udf.JSON, error) { return udf.JSON(s), nil }),
	udf.Scalar1("garbage", garbage),
	udf.Scalar1("leak", func(n int64) (int64, error) { leaked = append(leaked, make([]byte, n)); return n, nil }),
	udf.Scalar1("world", world),
	udf.Columns("halve", udf.Signature{Args: []batch.Type{batch.DecimalType(2)}, Result: batch.DecimalType(2)}, halve),
	udf.Columns("no_13", udf.Signature{Args: []batch.Type{batch.T(batch.Int64)}, Result: batch.T(batch.Utf8)}, no13),

	udf.Aggregate("checksum", func(sum *int64, x, weight int64) { *sum += x * weight }, func(s *int64) int64 { return *s }),
	udf.Aggregate("distinct_words", func(s *words, x string, weight int64) { s.add(x, weight) }, func(s *words) udf.Opt[string] {
		return udf.Opt[string]{Value: strings.Join(s.list(), " "), Valid: len(*s) > 0}
	}),
	udf.Aggregate2("dot", func(s *float64, x, y float64, weight int64) { *s += x * y * float64(weight) }, func(s *float64) float64 { return *s }),
	udf.Aggregate("picky", picky, func(s *int64) int64 { return *s }),
)

func same[T any](name string) udf.Function {
	return udf.Scalar1(name, func(x T) (T, error) { return x, nil })
}

func notOdd(x int64) (int64, error) {
	if x%2 != 0 {
		return 0, fmt.Errorf("%d is odd", x)
	}
	return x / 2, nil
}

var sink int64 //nolint:unused // written, so that loops are not dropped

// spin takes about n turns of a loop.
func spin(n int64) (int64, error) {
	for i := range n {
		sink ^= i
	}
	return n, nil
}

// misbehave does what its argument says and returns it if there is nothing.
func misbehave(what int64) (int64, error) {
	switch what {
	case 1:
		panic("on purpose")
	case 2:
		var s []int64
		return s[what], nil
	case 3:
		fmt.Println("goodbye")
		os.Exit(3)
	case 4:
		select {}
	case 5:
		time.Sleep(time.Second)
	case 6:
		for {
			sink++
		}
	case 7:
		return deep(1), nil
	case 8:
		return int64(len(slices.Repeat([]byte{1}, 1<<30))), nil
	case 9:
		panic(errors.New("an error"))
	case 10:
		panic(7)
	case 11:
		return 0, errors.New("")
	case 12:
		return 0, errors.New("bad text \xff\xfe" + strings.Repeat("!", 5000))
	case 13:
		m := map[int64]int64{}
		go func() { m[1] = 1 / (what - 13) }()
		time.Sleep(time.Nanosecond)
	case 14:
		if _, err := os.Open("/etc/passwd"); err != nil {
			return 0, err
		}
	}
	return what, nil
}

func deep(n int64) int64 {
	if n < 0 {
		return 0
	}
	return deep(n+1) + n
}

var leaked [][]byte

// garbage allocates n small things and keeps few, so that the collector runs.
func garbage(n int64) (int64, error) {
	var keep [100][]byte
	for i := range n {
		keep[i%100] = make([]byte, 100)
	}
	return int64(len(keep[0])), nil
}

// world returns what the guest can see of the world.
func world(string) (string, error) {
	return fmt.Sprint(time.Now().UTC().Format(time.RFC3339Nano), " ", rand.Uint64()%1000, " ", len(os.Args), os.Environ()), nil
}

func halve(rows int, args []batch.Column, out *batch.Column) error {
	dst := batch.Values[[2]uint64](out)
	for i, v := range batch.Values[[2]uint64](&args[0])[:rows] {
		dst[i] = [2]uint64{v[0]>>1 | v[1]<<63, uint64(int64(v[1]) >> 1)}
	}
	return nil
}

func no13(rows int, args []batch.Column, out *batch.Column) error {
	v := batch.NewVector(out.Type)
	for i, x := range batch.Values[int64](&args[0])[:rows] {
		if x == 13 && !args[0].Null(i) {
			return errors.New("13 is bad luck")
		}
		v.AppendString(fmt.Sprint(x))
	}
	*out = v.Take()
	return nil
}

// words counts words.
type words map[string]int64

func (w *words) add(word string, weight int64) {
	if *w == nil {
		*w = words{}
	}
	if (*w)[word] += weight; (*w)[word] == 0 {
		delete(*w, word)
	}
}

func (w *words) list() []string {
	var out []string
	for word := range *w {
		out = append(out, word)
	}
	slices.Sort(out)
	return out
}

// AppendBinary writes the words in order.
func (w *words) AppendBinary(dst []byte) ([]byte, error) {
	for _, word := range w.list() {
		dst = binary.AppendUvarint(dst, uint64(len(word)))
		dst = append(dst, word...)
		dst = binary.AppendVarint(dst, (*w)[word])
	}
	return dst, nil
}

// UnmarshalBinary reads what AppendBinary wrote.
func (w *words) UnmarshalBinary(data []byte) error {
	*w = words{}
	for len(data) > 0 {
		n, size := binary.Uvarint(data)
		if size <= 0 || uint64(len(data)-size) < n {
			return errors.New("words: cut off")
		}
		word := string(data[size : size+int(n)])
		data = data[size+int(n):]
		weight, size := binary.Varint(data)
		if size <= 0 {
			return errors.New("words: cut off")
		}
		data = data[size:]
		(*w)[word] = weight
	}
	return nil
}

func picky(s *int64, x, weight int64) {
	*s += 1000 * weight
	switch x {
	case 13:
		panic("13 is bad luck")
	case 14:
		os.Exit(1)
	}
	*s += (x - 1000) * weight
}

func main() {}
