package drive

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "modernc.org/sqlite" // the other engine
)

// oracle holds the tables in SQLite, which knows no decimals: money and shares are whole numbers of hundredths, and
// the queries are rewritten for that.
type oracle struct{ db *sql.DB }

// indexes make SQLite's plans bearable.
var indexes = []string{
	"orders (o_orderkey)", "orders (o_custkey)", "lineitem (l_orderkey, l_linenumber)", "lineitem (l_partkey, l_suppkey)",
	"lineitem (l_suppkey)", "partsupp (ps_partkey, ps_suppkey)", "partsupp (ps_suppkey)", "part (p_partkey)", "supplier (s_suppkey)",
	"customer (c_custkey)", "customer (c_nationkey)", "nation (n_nationkey)", "supplier (s_nationkey)",
}

func newOracle(t *testing.T, data string) *oracle {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:?_pragma=case_sensitive_like(1)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	o := &oracle{db}
	for _, table := range Tables {
		paths, err := filepath.Glob(filepath.Join(data, table, "*.parquet"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("table %s: %d files: %v", table, len(paths), err)
		}
		for _, path := range paths {
			o.load(t, table, path)
		}
	}
	for i, index := range indexes {
		o.exec(t, fmt.Sprintf("create index i%d on %s", i, index))
	}
	o.exec(t, "analyze")
	return o
}

func (o *oracle) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	if _, err := o.db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// load reads a Parquet file.
func (o *oracle) load(t *testing.T, name, path string) {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	var columns []string
	for _, f := range table.Schema().Fields() {
		columns = append(columns, f.Name)
	}
	o.exec(t, fmt.Sprintf("create table if not exists %s (%s)", name, strings.Join(columns, ", ")))
	rows := array.NewTableReader(table, 0)
	defer rows.Release()
	var all [][]any
	for rows.Next() {
		batch := rows.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := make([]any, len(columns))
			for c := range row {
				row[c] = cell(batch.Column(c), i)
			}
			all = append(all, row)
		}
	}
	o.insert(t, name, columns, all)
}

func (o *oracle) insert(t *testing.T, name string, columns []string, rows [][]any) {
	t.Helper()
	tx, err := o.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	places := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	st, err := tx.PrepareContext(t.Context(), fmt.Sprintf("insert into %s (%s) values (%s)", name, strings.Join(columns, ", "), places))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if _, err := st.ExecContext(t.Context(), row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func cell(col arrow.Array, i int) any {
	switch col := col.(type) {
	case *array.Int32:
		return int64(col.Value(i))
	case *array.Decimal128:
		return col.Value(i).BigInt().Int64()
	case *array.Date32:
		return col.Value(i).FormattedString()
	case *array.String:
		return col.Value(i)
	}
	panic(fmt.Sprintf("the generator writes no %v", col.DataType()))
}

// change applies a round of changes.
func (o *oracle) change(t *testing.T, dir string) {
	t.Helper()
	for _, table := range []string{"orders", "lineitem"} {
		var rows [][]any
		var columns []string
		for _, object := range objects(t, filepath.Join(dir, "insert-"+table+".ndjson")) {
			columns = nil
			var row []any
			for name, v := range object {
				columns, row = append(columns, name), append(row, whole(v))
			}
			o.insert(t, table, columns, [][]any{row})
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			t.Fatalf("%s: no new rows", dir)
		}
		for _, object := range objects(t, filepath.Join(dir, "delete-"+table+".ndjson")) {
			if table == "orders" {
				o.exec(t, "delete from orders where o_orderkey = ?", whole(object["o_orderkey"]))
			} else {
				o.exec(t, "delete from lineitem where l_orderkey = ? and l_linenumber = ?", whole(object["l_orderkey"]), whole(object["l_linenumber"]))
			}
		}
	}
}

func objects(t *testing.T, path string) (list []map[string]any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(bufio.NewReader(f))
	d.UseNumber()
	for d.More() {
		var object map[string]any
		if err := d.Decode(&object); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, object)
	}
	return list
}

// whole writes a number without its point, as the oracle has it.
func whole(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	i, err := json.Number(strings.Replace(n.String(), ".", "", 1)).Int64()
	if err != nil {
		panic(err) // the generator writes no others
	}
	return i
}

// rewrites make of a query one that SQLite takes, over hundredths.
var rewrites = strings.NewReplacer(
	"(1 - l_discount)", "(100 - l_discount)",
	"(1 + l_tax)", "(100 + l_tax)",
	".06 - 0.01", "5", ".06 + 0.01", "7",
	"l_quantity < 24", "l_quantity < 2400",
	"sum(l_quantity) > 300", "sum(l_quantity) > 30000",
	"l_quantity >= 10 and l_quantity <= 10 + 10", "l_quantity >= 1000 and l_quantity <= 2000",
	"l_quantity >= 1 and l_quantity <= 1 + 10", "l_quantity >= 100 and l_quantity <= 1100",
	"l_quantity >= 20 and l_quantity <= 20 + 10", "l_quantity >= 2000 and l_quantity <= 3000",
	"ps_availqty > (select 0.5 * sum", "200 * ps_availqty > (select sum",
	"then volume else 0 end) /", "then volume else 0 end) * 1.0 /",
	"* 0.0001000000", "/ 10000.0",
	"date '1998-12-01' - interval '90' day (3)", "'1998-09-02'",
	"date '1993-07-01' + interval '3' month", "'1993-10-01'",
	"date '1994-01-01' + interval '1' year", "'1995-01-01'",
	"date '1993-10-01' + interval '3' month", "'1994-01-01'",
	"date '1995-09-01' + interval '1' month", "'1995-10-01'",
	"date '1996-01-01' + interval '3' month", "'1996-04-01'",
	"date '", "'",
	"extract(year from l_shipdate)", "cast(substr(l_shipdate, 1, 4) as integer)",
	"extract(year from o_orderdate)", "cast(substr(o_orderdate, 1, 4) as integer)",
	"substring(c_phone from 1 for 2)", "substr(c_phone, 1, 2)",
	"select c_custkey, count(o_orderkey) from", "select c_custkey, count(o_orderkey) as c_count from",
	"as c_orders (c_custkey, c_count)", "as c_orders",
)

// answer returns the rows of a query.
func (o *oracle) answer(ctx context.Context, q Query) ([]map[string]any, error) {
	rows, err := o.db.QueryContext(ctx, rewrites.Replace(q.Bare))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := map[string]any{}
		for i, c := range columns {
			row[c] = values[i]
		}
		out = append(out, row)
	}
	return out, rows.Err()
}
