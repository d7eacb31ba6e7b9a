package files

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// recorder is a host that remembers everything.
type recorder struct {
	mu        sync.Mutex
	open      map[string][]string       // rows of the transaction of a split
	rows      map[string][]string       // committed rows of a table
	commits   map[string][]sdk.Position // of a split
	live      []string
	stop      func(r *recorder) error // asked at every commit
	onLive    func(table string)
	largest   int
	positions map[string]sdk.Position
}

func newRecorder() *recorder {
	return &recorder{open: map[string][]string{}, rows: map[string][]string{}, commits: map[string][]sdk.Position{}, positions: map[string]sdk.Position{}}
}

func (r *recorder) Write(split, table string, mode sdk.Mode, b *batch.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.largest = max(r.largest, b.Bytes())
	for i := range b.Rows {
		r.open[split] = append(r.open[split], table+"|"+text(b.Row(i)))
	}
	for i := range b.Cols { // the batch is borrowed: whoever keeps it sees this
		for j := range b.Cols[i].Data {
			b.Cols[i].Data[j] ^= 0xa5
		}
	}
	return nil
}

func text(row []any) string {
	var cells []string
	for _, v := range row {
		cells = append(cells, fmt.Sprint(v))
	}
	return strings.Join(cells, ",")
}

func (r *recorder) Commit(split string, p sdk.Position) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		if err := r.stop(r); err != nil {
			return err
		}
	}
	for _, row := range r.open[split] {
		table, row, _ := strings.Cut(row, "|")
		r.rows[table] = append(r.rows[table], row)
	}
	r.open[split] = nil
	r.commits[split] = append(r.commits[split], bytes.Clone(p))
	r.positions[split] = bytes.Clone(p)
	return nil
}

func (r *recorder) Await(string, sdk.Position, sdk.Stage) (sdk.Epoch, error) { return 1, nil }

func (r *recorder) Live(table string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = append(r.live, table)
	if r.onLive != nil {
		r.onLive(table)
	}
	return nil
}

// sorted returns the committed rows of a table in order.
func (r *recorder) sorted(table string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.rows[table]))
}

func (r *recorder) writer() *sdk.Writer {
	return sdk.NewWriter(r, maps.Clone(r.positions))
}

// openSource opens the connector as the host does.
func openSource(t testing.TB, config map[string]any) (sdk.Source, []sdk.Table, error) {
	t.Helper()
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	src, err := Connector.Open(context.Background(), data)
	if err != nil {
		return nil, nil, err
	}
	tables, err := sdk.Discover(context.Background(), src)
	return src, tables, err
}

// request asks for all columns of all tables.
func request(tables []sdk.Table) sdk.Request {
	req := sdk.Request{Bounded: true, Parallel: 3}
	for _, t := range tables {
		req.Tables = append(req.Tables, sdk.TableRequest{Name: t.Name, Schema: t.Schema})
	}
	return req
}

// readAll opens, discovers and reads everything.
func readAll(t *testing.T, config map[string]any) (*recorder, []sdk.Table, error) {
	t.Helper()
	src, tables, err := openSource(t, config)
	if err != nil {
		return nil, tables, err
	}
	r := newRecorder()
	return r, tables, src.Read(context.Background(), request(tables), r.writer())
}

func put(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// putParquet writes a Parquet file, groupRows rows to a row group, from JSON rows.
func putParquet(t testing.TB, path string, fields []arrow.Field, groupRows int, rows ...string) {
	t.Helper()
	schema := arrow.NewSchema(fields, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(schema, f, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	for i := int64(0); i < record.NumRows(); i += int64(groupRows) {
		part := record.NewSlice(i, min(i+int64(groupRows), record.NumRows()))
		if err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		part.Release()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

var idName = []arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int32}, {Name: "name", Type: arrow.BinaryTypes.String, Nullable: true}}

// numbered returns rows with ids from..to-1.
func numbered(from, to int) (rows, want []string) {
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf(`{"id": %d, "name": "row %d"}`, i, i))
		want = append(want, fmt.Sprintf("%d,row %d", i, i))
	}
	slices.Sort(want)
	return rows, want
}

// wantError demands an error that says all of these.
func wantError(t *testing.T, err error, says ...string) {
	t.Helper()
	for _, s := range says {
		if err == nil || !strings.Contains(err.Error(), s) {
			t.Errorf("error %v\ndoes not say %q", err, s)
		}
	}
}
