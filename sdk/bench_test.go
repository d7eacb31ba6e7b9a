package sdk

import (
	"testing"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// nowhere is an output that takes everything.
type nowhere struct{}

func (nowhere) Write(string, string, Mode, *batch.Batch) error { return nil }
func (nowhere) Commit(string, Position) error                  { return nil }
func (nowhere) Await(string, Position, Stage) (Epoch, error)   { return 0, nil }
func (nowhere) Live(string) error                              { return nil }

// BenchmarkInsert measures rows written one by one, as structs.
func BenchmarkInsert(b *testing.B) {
	type row struct {
		N  int64     `col:"n,key"`
		At time.Time `col:"at"`
		S  string    `col:"s"`
	}
	table, w := NewTable[row]("t"), NewWriter(nowhere{}, nil)
	at := time.Unix(0, 0)
	n := int64(0)
	for b.Loop() {
		table.Insert(w, row{n, at, "some text"})
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportAllocs()
}
