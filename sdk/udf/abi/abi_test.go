package abi_test

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

func example() []abi.Function {
	int64Type, text := abi.Type{Type: batch.T(batch.Int64)}, abi.Type{Type: batch.T(batch.Utf8), Nullable: true}
	money := abi.Type{Type: batch.DecimalType(2)}
	return []abi.Function{
		{Name: "f", Kind: abi.Scalar, Result: int64Type},
		{Name: "long_name_2", Kind: abi.Aggregate, Args: []abi.Type{text, money}, Result: text},
	}
}

func TestDescription(t *testing.T) {
	want := example()
	data := abi.AppendDescription([]byte("before"), want)[len("before"):]
	got, err := abi.ParseDescription(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	if string(data[:4]) != "UDF1" {
		t.Errorf("it begins with %q", data[:4])
	}
}

// The layout is a promise to guests in other languages: this is the example of the documentation in bytes.
func TestDescriptionBytes(t *testing.T) {
	got := abi.AppendDescription(nil, []abi.Function{{
		Name: "twice", Kind: abi.Scalar,
		Args:   []abi.Type{{Type: batch.DecimalType(7), Nullable: true}},
		Result: abi.Type{Type: batch.T(batch.Float64)},
	}})
	want := []byte("UDF1" + "\x01\x00\x00\x00" + "\x28\x00\x00\x00" + "\x01\x00\x00\x00" +
		"\x01\x01\x05\x00" + "\x00\x00\x00\x00" + "\x0b\x00\x00\x00" + "\x0c\x07\x01\x00" + "twice\x00\x00\x00")
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestBadDescriptions(t *testing.T) {
	base := abi.AppendDescription(nil, example())
	change := func(at int, b ...byte) []byte {
		out := bytes.Clone(base)
		copy(out[at:], b)
		return out
	}
	named := func(name string) []byte {
		f := example()[:1]
		f[0].Name = name
		return abi.AppendDescription(nil, f)
	}
	twice := abi.AppendDescription(nil, append(example(), example()...))
	for want, data := range map[string][]byte{
		"begins with":                    change(0, 'X'),
		"it has ABI version 7":           change(4, 7),
		"16 to 1048576":                  change(8, 0xff, 0xff, 0xff),
		"cut off: 15":                    nil,
		"the description is cut off":     base[:15],
		"cut off: ":                      base[:len(base)-1],
		"lists 0 functions":              change(12, 0),
		"function 2: its entry":          change(12, 3),
		"bytes too many":                 change(12, 1),
		"kind 9 is unknown":              change(16, 9),
		"function 0: its entry":          change(17, 255),
		"no type has kind 200":           change(24, 200),
		"no type has kind 4 and scale 3": change(24, 4, 3),
		"flags 0x2 are unknown":          change(26, 2),
		"function 2: the name":           twice,
		`the name "F"`:                   named("F"),
		`the name ""`:                    named(""),
		`the name "1a"`:                  named("1a"),
		`the name "a-b"`:                 named("a-b"),
		"(1 to 128":                      named(strings.Repeat("a", 129)),
	} {
		if strings.HasPrefix(want, "cut off: ") && data == nil {
			want = "cut off"
		}
		if _, err := abi.ParseDescription(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestRun(t *testing.T) {
	b := batch.NewBuilder([]batch.Type{batch.T(batch.Int64), batch.T(batch.Utf8), batch.T(batch.Int64)})
	for _, row := range [][]any{{int64(1), "a", nil}, {nil, "b", nil}, {int64(3), nil, int64(1)}, {int64(4), "d", int64(4)}} {
		if err := b.AppendValues(1, row...); err != nil {
			t.Fatal(err)
		}
	}
	in := b.Take()
	f := abi.Function{Args: []abi.Type{{}, {}, {Nullable: true}}}
	run := f.Run(in.Rows, in.Cols)
	for i, want := range []bool{true, false, false, true} {
		if run.Has(i) != want {
			t.Errorf("row %d runs: %v, want %v", i, run.Has(i), want)
		}
	}
	f = abi.Function{Args: []abi.Type{{Nullable: true}, {Nullable: true}, {Nullable: true}}}
	if run := f.Run(in.Rows, in.Cols); run != nil {
		t.Errorf("a function that sees nulls runs on %v", run)
	}
}

func FuzzDescription(f *testing.F) {
	f.Add(abi.AppendDescription(nil, example()))
	f.Fuzz(func(t *testing.T, data []byte) {
		functions, err := abi.ParseDescription(data)
		if err != nil {
			return
		}
		again := abi.AppendDescription(nil, functions)
		size := binary.LittleEndian.Uint32(data[8:])
		if int(size) != len(again) {
			t.Errorf("%d bytes became %d", size, len(again))
		}
		second, err := abi.ParseDescription(again)
		if err != nil || !reflect.DeepEqual(second, functions) {
			t.Errorf("%v became %v, %v", functions, second, err)
		}
	})
}
