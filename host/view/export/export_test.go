package export

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestSameBytes exports a view with so many different texts that a writer may change its mind about how to
// encode them, in every format and several times.
func TestSameBytes(t *testing.T) {
	store, err := view.Open(t.TempDir(), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	p := store.Pipeline("p")
	schema := batch.Schema{Fields: []batch.Field{
		{Name: "id", Type: batch.T(batch.Int32)}, {Name: "text", Type: batch.T(batch.Utf8), Nullable: true}, {Name: "half", Type: batch.T(batch.Float64)},
	}, Key: []int{0}}
	v, err := p.Define(view.Definition{Name: "v", Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	load, err := p.Load(v, 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := batch.NewBuilder(schema.Types())
	const count = 150_000
	for i := range count {
		if err := rows.AppendValues(1, int64(i), "a text of some length "+strconv.Itoa(i*7919), float64(i)/2); err != nil {
			t.Fatal(err)
		}
	}
	if err := load.Writer().Add(rows.Peek()); err != nil {
		t.Fatal(err)
	}
	loaded, err := load.Finish(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tx := p.Begin(1)
	tx.Flip(loaded)
	if err := tx.Commit(false); err != nil {
		t.Fatal(err)
	}
	if err := p.Publish(1); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"parquet", "csv", "ndjson"} {
		var first []byte
		for range 4 {
			var out bytes.Buffer
			if err := Write(t.Context(), v, format, &out); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = out.Bytes()
			}
			if !bytes.Equal(first, out.Bytes()) {
				t.Errorf("%s: two exports of the same rows differ", format)
			}
		}
		if format != "parquet" && bytes.Count(first, []byte("\n")) < count {
			t.Errorf("%s: %d lines of %d rows", format, bytes.Count(first, []byte("\n")), count)
		}
	}
}
