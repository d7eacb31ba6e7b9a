package live

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "modernc.org/sqlite" // the other engine
)

// tables are the tables of the example; the first column is the key.
var tables = map[string][]string{
	"customers":   {"customer_id", "name", "email", "address", "created_at"},
	"orders":      {"order_id", "customer_id", "order_date", "total_amount"},
	"order_items": {"order_item_id", "order_id", "product_id", "quantity", "price"},
	"products": {
		"product_id", "name", "category", "price", "created_at", "special", "brand", "description", "warranty", "quantity", "weight",
		"color", "size", "material", "country", "upc", "variants", "supplier", "availability", "rating", "release_date",
	},
}

var tableNames = []string{"customers", "orders", "order_items", "products"}

// views are the endpoints that show a statement's result, with the statement.
var views = map[string]string{
	"customer_orders": `select c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount, COUNT(*) as items
		from customers c inner join orders o on c.customer_id = o.customer_id
		join order_items i on o.order_id = i.order_id join products p on i.product_id = p.product_id
		group by c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount`,
	"order_lines": `select i.order_item_id, o.order_id, c.name, p.brand, i.quantity
		from customers c inner join orders o on c.customer_id = o.customer_id
		join order_items i on o.order_id = i.order_id join products p on i.product_id = p.product_id`,
	"idle_customers": `select c.customer_id, c.name from customers c left join orders o on c.customer_id = o.customer_id
		where o.order_id is null`,
}

// viewNames returns the endpoints, in a fixed order.
func viewNames() []string {
	names := slices.Clone(tableNames)
	for name := range views {
		names = append(names, name)
	}
	slices.Sort(names[len(tableNames):])
	return names
}

// oracle holds the rows that the tables have, in SQLite.
type oracle struct{ db *sql.DB }

const timeText = "2006-01-02T15:04:05.000Z" // as the API writes a timestamp

func openOracle(path string) (*oracle, error) {
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(off)&_pragma=synchronous(off)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &oracle{db}, nil
}

// newOracle returns an oracle with what the files hold.
func newOracle(t *testing.T) *oracle {
	t.Helper()
	content, err := os.ReadFile(master)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "oracle.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := openOracle(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.db.Close() })
	return o
}

// loadFiles reads the Parquet files of a folder into a new SQLite database.
func loadFiles(ctx context.Context, data, path string) error {
	o, err := openOracle(path)
	if err != nil {
		return err
	}
	defer o.db.Close()
	for _, name := range tableNames {
		columns := tables[name]
		create := fmt.Sprintf("create table %s (%s, primary key (%s))", name, strings.Join(columns, ", "), columns[0])
		if _, err := o.db.ExecContext(ctx, strings.Replace(create, columns[0]+",", columns[0]+" integer,", 1)); err != nil {
			return err
		}
		paths, err := filepath.Glob(filepath.Join(data, name, "*.parquet"))
		if err != nil || len(paths) == 0 {
			return fmt.Errorf("table %s: %d files: %w", name, len(paths), err)
		}
		for _, path := range paths {
			if err := o.loadFile(ctx, name, path); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	for _, index := range []string{"orders (customer_id)", "order_items (order_id)", "order_items (product_id)"} {
		name := strings.NewReplacer(" (", "_", ")", "").Replace(index)
		if _, err := o.db.ExecContext(ctx, "create index "+name+" on "+index); err != nil {
			return err
		}
	}
	_, err = o.db.ExecContext(ctx, "analyze")
	return err
}

func (o *oracle) loadFile(ctx context.Context, name, path string) error {
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	table, err := r.ReadTable(ctx)
	if err != nil {
		return err
	}
	defer table.Release()
	rows := array.NewTableReader(table, 0)
	defer rows.Release()
	var all [][]any
	for rows.Next() {
		rec := rows.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]any, rec.NumCols())
			for c := range row {
				row[c] = cell(rec.Column(c), i)
			}
			all = append(all, row)
		}
	}
	return o.put(ctx, name, all)
}

func cell(col arrow.Array, i int) any {
	if col.IsNull(i) {
		return nil
	}
	switch col := col.(type) {
	case *array.Int32:
		return int64(col.Value(i))
	case *array.Float64:
		return col.Value(i)
	case *array.Timestamp:
		return col.Value(i).ToTime(col.DataType().(*arrow.TimestampType).Unit).UTC().Format(timeText)
	case *array.String:
		return col.Value(i)
	}
	panic(fmt.Sprintf("the generator writes no %v", col.DataType()))
}

// put puts rows in, each in place of the one with its key.
func (o *oracle) put(ctx context.Context, name string, rows [][]any) error {
	tx, err := o.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	places := strings.TrimSuffix(strings.Repeat("?,", len(tables[name])), ",")
	st, err := tx.PrepareContext(ctx, fmt.Sprintf("insert or replace into %s values (%s)", name, places))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := st.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// apply does what a change does.
func (o *oracle) apply(t testing.TB, c *change) {
	t.Helper()
	if !c.del {
		if err := o.put(context.Background(), c.table, c.rows); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, row := range c.rows {
		query := fmt.Sprintf("delete from %s where %s = ?", c.table, tables[c.table][0])
		if _, err := o.db.ExecContext(context.Background(), query, row[0]); err != nil {
			t.Fatal(err)
		}
	}
}

// view returns the rows that a view must have, as text, sorted.
func (o *oracle) view(t testing.TB, name string) []string {
	t.Helper()
	query := views[name]
	if query == "" {
		query = "select * from " + name
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	rows, err := o.db.QueryContext(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	var out []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, rowText(values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// rowText writes values so that equal rows have equal texts, whichever engine they come from.
func rowText(values []any) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(" | ")
		}
		switch v := v.(type) {
		case float64:
			b.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
		default:
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}
