package push

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// many is a table with a column of many types.
var many = sdk.TableRequest{Name: "many", Schema: batch.Schema{Key: []int{0}, Fields: []batch.Field{
	{Name: "id", Type: batch.T(batch.Int32)},
	{Name: "name", Type: batch.T(batch.Utf8), Nullable: true},
	{Name: "price", Type: batch.DecimalType(2), Nullable: true},
	{Name: "on", Type: batch.T(batch.Bool), Nullable: true},
	{Name: "day", Type: batch.T(batch.Date), Nullable: true},
	{Name: "more", Type: batch.T(batch.JSON), Nullable: true},
	{Name: "at", Type: batch.T(batch.Point), Nullable: true},
	{Name: "size", Type: batch.T(batch.Float64)},
}}}

// both decodes a body by scanning and by encoding/json, and returns what came of it.
func both(t testing.TB, body string, w batch.Weight, end error) (scanned, decoded string) {
	t.Helper()
	tab, err := newTable(many)
	if err != nil {
		t.Fatal(err)
	}
	results := make([]string, 2)
	for i := range results {
		r := newRows(tab, w)
		in := io.Reader(strings.NewReader(body))
		if end != nil {
			in = io.MultiReader(in, iotest.ErrReader(end))
		}
		if i == 0 {
			err = r.decode(iotest.OneByteReader(in))
		} else {
			err = r.decodeWhole(in)
		}
		var out strings.Builder
		for _, b := range r.batches() {
			for row := range b.Rows {
				fmt.Fprintln(&out, b.Weight(row), b.Row(row))
			}
		}
		fmt.Fprint(&out, r.count, " ", err)
		if bad, ok := errors.AsType[*badRequest](err); ok {
			row := -1
			if bad.Row != nil {
				row = *bad.Row
			}
			fmt.Fprintf(&out, " row %d %q %q %q %q", row, bad.Column, bad.Value, bad.Type, bad.Fix)
		}
		results[i] = out.String()
		if strings.HasPrefix(strings.TrimSpace(body), "[") { // encoding/json does not count the commas of a list
			results[i] = place.ReplaceAllString(results[i], "at byte N")
		}
	}
	return results[0], results[1]
}

var place = regexp.MustCompile(`at byte \d+`)

func compareBoth(t testing.TB, body string) {
	t.Helper()
	for _, w := range []batch.Weight{1, -1} {
		for _, end := range []error{nil, io.ErrUnexpectedEOF, errors.New("gone")} {
			if scanned, decoded := both(t, body, w, end); scanned != decoded {
				t.Fatalf("%q, %v, %v:\n%s\nwant\n%s", body, w, end, scanned, decoded)
			}
		}
	}
}

// TestScan: a body that is scanned gives the rows and the mistakes that it gives when it is decoded.
func TestScan(t *testing.T) {
	values := []string{
		"1", "-2", "0", "1.50", "1e2", "01", "+1", "1.", ".5", "-", "1e", "2147483648", `"1"`, `"x"`, `"é"`, `"\u00e9\n\"\\"`, "\"\xff\"", "\"\x01\"", `"\x"`, `"`,
		`"2022-01-01"`, `"2022-13-01"`, "true", "false", "null", "nul", "nullx", `{"x": 1, "y": 2.5}`, `{"b": [1, {}], "a": "}"}`, "[1, 2]", "[", "{", "", `"NaN"`, "12345678901234567890123456789012345678901234567890",
	}
	names := []string{"id", "name", "price", "on", "day", "more", "at", "size", "Id", "other", "n\\u0061me"}
	seps := []string{"\n", " ", "", ",", ", ", "\n\n", "]"}
	for seed := range uint64(4_000) {
		r := rand.New(rand.NewPCG(seed, 7))
		pick := func(list []string, usual int) string {
			if r.IntN(12) > 0 {
				return list[r.IntN(usual)]
			}
			return list[r.IntN(len(list))]
		}
		list := r.IntN(3) == 0
		var b strings.Builder
		if list {
			b.WriteString(" [")
		}
		for k := range r.IntN(4) {
			if k > 0 && list {
				b.WriteString(pick([]string{",", ", ", "\n", " "}, 2))
			} else if k > 0 {
				b.WriteString(pick(seps, 3))
			}
			if r.IntN(30) == 0 {
				b.WriteString(values[r.IntN(len(values))])
				continue
			}
			fmt.Fprintf(&b, `{"id":%d,"size": %s`, k, pick([]string{"1", "1.5", `"NaN"`, "x"}, 3))
			for range r.IntN(4) {
				fmt.Fprintf(&b, `%s"%s"%s%s`, pick([]string{",", ", ", "", ";"}, 2), pick(names, 8), pick([]string{":", " : ", ""}, 2), pick(values, len(values)))
			}
			b.WriteString(pick([]string{"}", " }", "", ",}", "}}"}, 2))
		}
		if list {
			b.WriteString(pick([]string{"]", " ] ", "", "]]", "] 1"}, 2))
		}
		compareBoth(t, b.String())
	}
}

// FuzzScan: any body.
func FuzzScan(f *testing.F) {
	f.Add(`[{"id": 1, "size": 2, "name": "x"}, {"id": 2}]`)
	f.Add("{\"id\": 1, \"size\": 1}\n{\"id\": 2, \"at\": {\"x\": 1, \"y\": 2}}")
	f.Add(`[{"id": 1,}`)
	f.Fuzz(func(t *testing.T, body string) { compareBoth(t, body) })
}
