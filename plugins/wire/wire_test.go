package wire

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	pb "github.com/millrace-dev/millrace/plugins/proto"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var fields = []batch.Field{{Name: "n", Type: batch.T(batch.Int64)}, {Name: "s", Type: batch.T(batch.Utf8), Nullable: true}}

func rows(t testing.TB, n, width int) *batch.Batch {
	b := batch.NewBuilder([]batch.Type{fields[0].Type, fields[1].Type})
	for i := range n {
		var s any
		if i%5 != 0 {
			s = strings.Repeat("x", width)
		}
		if err := b.AppendValues(batch.Weight(i%3), int64(i), s); err != nil {
			t.Fatal(err)
		}
	}
	return b.Take()
}

// over sends a frame through the codec.
func over(t testing.TB, f *Frame) *Frame {
	t.Helper()
	data, err := Codec{}.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	raw := data.Materialize()
	data.Free()
	out := &Frame{}
	if err := (Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(raw)}, out); err != nil {
		t.Fatal(err)
	}
	// Anyone else's protobuf library reads the same.
	var plain pb.PluginFrame
	if err := proto.Unmarshal(raw, &plain); err != nil || string(plain.Body) != string(out.Body) {
		t.Fatalf("as plain protobuf: %v", err)
	}
	return out
}

func TestFramesCarryBatches(t *testing.T) {
	e := NewEncoder(fields, true)
	schema, err := e.Schema()
	if err != nil {
		t.Fatal(err)
	}
	opened := over(t, &Frame{Msg: &pb.PluginFrame{Kind: &pb.PluginFrame_Schema{Schema: &pb.Schema{Stream: 7, Table: "t"}}}, Body: schema})
	if got := opened.Msg.GetSchema(); got.GetStream() != 7 || got.GetTable() != "t" {
		t.Fatal(opened.Msg)
	}
	d, err := NewDecoder(opened.Body, []batch.Type{fields[0].Type, fields[1].Type})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 63, 1000} {
		want := rows(t, n, n%50)
		body, err := e.Rows(want)
		if err != nil {
			t.Fatal(err)
		}
		f := over(t, &Frame{Msg: &pb.PluginFrame{Kind: &pb.PluginFrame_Rows{Rows: &pb.Rows{Stream: 7, Split: strings.Repeat("s", n%9)}}}, Body: body})
		got, err := d.Rows(f.Body)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if fmt.Sprint(got.Row(i), got.Weight(i)) != fmt.Sprint(want.Row(i), want.Weight(i)) {
				t.Fatalf("row %d of %d: %v", i, n, got.Row(i))
			}
		}
		f.Free()
	}
}

func TestSplitKeepsEveryRow(t *testing.T) {
	for _, c := range []struct{ n, width int }{{1, 10}, {5000, 100}, {3, 3 << 20}, {200000, 0}, {20, 200 << 10}} {
		b, next, frames := rows(t, c.n, c.width), 0, 0
		err := Split(b, func(part *batch.Batch) error {
			if part.Bytes() > MaxFrame && part.Rows > 1 {
				t.Errorf("%d rows of %d bytes in a frame", part.Rows, part.Bytes())
			}
			for i := range part.Rows {
				if fmt.Sprint(part.Row(i)) != fmt.Sprint(b.Row(next)) || part.Weight(i) != b.Weight(next) {
					t.Fatalf("row %d is wrong", next)
				}
				next++
			}
			frames++
			return nil
		})
		if err != nil || next != c.n {
			t.Errorf("%d of %d rows: %v", next, c.n, err)
		}
		if most := 4*b.Bytes()/MaxFrame + 2; frames > most {
			t.Errorf("%d frames for %d bytes", frames, b.Bytes())
		}
	}
}

func TestWrongColumns(t *testing.T) {
	e := NewEncoder(fields[:1], false)
	if _, err := e.Rows(rows(t, 1, 1)); err == nil {
		t.Error("a batch with another column was encoded")
	}
	schema, err := e.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewDecoder(schema, []batch.Type{batch.T(batch.Utf8)}); err == nil {
		t.Error("a stream of other columns was opened")
	}
}

func FuzzGarbage(f *testing.F) {
	e := NewEncoder(fields, true)
	schema, err := e.Schema()
	if err != nil {
		f.Fatal(err)
	}
	body, err := e.Rows(rows(f, 9, 5))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(schema, body)
	f.Add(schema[:20], body[:100])
	types := []batch.Type{fields[0].Type, fields[1].Type}
	f.Fuzz(func(t *testing.T, schema, body []byte) {
		d, err := NewDecoder(schema, types)
		if err != nil {
			return
		}
		b, err := d.Rows(body)
		if err != nil {
			return
		}
		for i := range b.Rows { // whatever was let through can be read
			_ = b.Row(i)
			_ = b.Weight(i)
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte{0x0a, 0x00, 0x7a, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = (Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, &Frame{})
	})
}
