package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the other engine

	"github.com/millrace-dev/millrace/examples/tpch/drive"
)

// duck holds the answers of all queries after each round.
type duck struct {
	db      *sql.DB
	columns map[string][]column
	took    map[string]time.Duration // a query over the loaded tables
}

// column is a column of an answer.
type column struct {
	name, kind string
}

// openDuck loads the tables and computes all answers.
func openDuck(ctx context.Context, o options, queries []drive.Query) (*duck, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	d := &duck{db: db, columns: map[string][]column{}, took: map[string]time.Duration{}}
	if err := d.fill(ctx, o, queries); err != nil {
		return nil, errors.Join(fmt.Errorf("DuckDB: %w", err), db.Close())
	}
	return d, nil
}

func (d *duck) close() { _ = d.db.Close() }

func (d *duck) exec(ctx context.Context, text string, args ...any) error {
	_, err := d.db.ExecContext(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", text[:min(len(text), 200)], err)
	}
	return nil
}

func (d *duck) fill(ctx context.Context, o options, queries []drive.Query) error {
	for _, t := range drive.Tables {
		if err := d.exec(ctx, fmt.Sprintf("create table %s as from read_parquet('%s/data/%s/*.parquet')", t, o.work, t)); err != nil {
			return err
		}
	}
	for round := 0; round <= o.rounds; round++ {
		if round > 0 {
			if err := d.round(ctx, filepath.Join(o.work, "changes", fmt.Sprintf("%02d", round))); err != nil {
				return err
			}
		}
		for i := range queries {
			start := time.Now()
			if err := d.exec(ctx, fmt.Sprintf("create table %s_%d as %s", queries[i].Name, round, strings.Replace(queries[i].Bare, "day (3)", "day", 1))); err != nil {
				return fmt.Errorf("%s: %w", queries[i].Name, err)
			}
			d.took[queries[i].Name] = time.Since(start) // the last one
		}
	}
	for i := range queries {
		rows, err := d.db.QueryContext(ctx, fmt.Sprintf("select column_name, column_type from (describe %s_0)", queries[i].Name))
		if err != nil {
			return err
		}
		var columns []column
		for rows.Next() {
			var c column
			if err := rows.Scan(&c.name, &c.kind); err != nil {
				return err
			}
			columns = append(columns, c)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		d.columns[queries[i].Name] = columns
	}
	return nil
}

// round applies the changes of a folder.
func (d *duck) round(ctx context.Context, dir string) error {
	for _, text := range []string{
		"insert into orders by name from read_json('%s/insert-orders.ndjson')",
		"insert into lineitem by name from read_json('%s/insert-lineitem.ndjson')",
		"delete from orders where o_orderkey in (select o_orderkey from read_json('%s/delete-orders.ndjson'))",
		"delete from lineitem where (l_orderkey, l_linenumber) in (select (l_orderkey, l_linenumber) from read_json('%s/delete-lineitem.ndjson'))",
	} {
		if text = fmt.Sprintf(text, dir); strings.Contains(text, "insert-") {
			// Money is read as text, so that no digit is lost.
			text = strings.Replace(text, ".ndjson'", ".ndjson', columns = {"+columnTypes(text)+"}", 1)
		}
		if err := d.exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// columnTypes lists the columns of orders or lineitem for read_json.
func columnTypes(text string) string {
	list := "l_orderkey:int, l_partkey:int, l_suppkey:int, l_linenumber:int, l_quantity:M, l_extendedprice:M, l_discount:M, l_tax:M, " +
		"l_returnflag:T, l_linestatus:T, l_shipdate:date, l_commitdate:date, l_receiptdate:date, l_shipinstruct:T, l_shipmode:T, l_comment:T"
	if strings.Contains(text, "into orders") {
		list = "o_orderkey:int, o_custkey:int, o_orderstatus:T, o_totalprice:M, o_orderdate:date, o_orderpriority:T, o_clerk:T, " +
			"o_shippriority:int, o_comment:T"
	}
	var out []string
	for c := range strings.SplitSeq(list, ", ") {
		name, kind, _ := strings.Cut(c, ":")
		kind = strings.NewReplacer("M", "decimal(15,2)", "T", "text").Replace(kind)
		out = append(out, fmt.Sprintf("%s: '%s'", name, kind))
	}
	return strings.Join(out, ", ")
}

// compare compares the rows of a view with the answer, both ways, with every digit. Averages and quotients are doubles
// in DuckDB; they are rounded to the digits that the view has.
func (d *duck) compare(ctx context.Context, name string, round int, rows []map[string]any) error {
	columns := d.columns[name]
	var types, casts []string
	for _, c := range columns {
		if c.kind == "DOUBLE" {
			c.kind = fmt.Sprintf("DECIMAL(38,%d)", digits(rows, c.name))
		}
		types = append(types, c.name+" "+c.kind)
		casts = append(casts, fmt.Sprintf("%s::%s", c.name, c.kind))
	}
	if err := d.exec(ctx, fmt.Sprintf("create or replace table got (%s)", strings.Join(types, ", "))); err != nil {
		return err
	}
	for part := range slices.Chunk(rows, 1000) {
		if err := d.exec(ctx, "insert into got values "+values(columns, part)); err != nil {
			return err
		}
	}
	want := fmt.Sprintf("(select %s from %s_%d)", strings.Join(casts, ", "), name, round)
	for _, c := range []struct{ what, query string }{
		{"rows that should not be there", "from got except all " + want},
		{"rows that are missing", want + " except all from got"},
	} {
		var n int
		var first sql.NullString
		query := fmt.Sprintf("select count(*), min(t::text) from (%s) t", c.query)
		if err := d.db.QueryRowContext(ctx, query).Scan(&n, &first); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		if n > 0 {
			return fmt.Errorf("%d %s, such as %s", n, c.what, first.String)
		}
	}
	return nil
}

// digits returns how many digits behind the point the values of a column have.
func digits(rows []map[string]any, column string) int {
	for _, row := range rows {
		if n, ok := row[column].(json.Number); ok {
			_, behind, _ := strings.Cut(n.String(), ".")
			return len(behind)
		}
	}
	return 6
}

// values writes rows as SQL.
func values(columns []column, rows []map[string]any) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString([]string{"(", ", ("}[min(i, 1)])
		for j, c := range columns {
			if j > 0 {
				b.WriteString(", ")
			}
			if v, ok := row[c.name]; !ok {
				b.WriteString("'no such column'")
			} else if v == nil {
				b.WriteString("null")
			} else {
				fmt.Fprintf(&b, "'%s'", strings.ReplaceAll(fmt.Sprint(v), "'", "''"))
			}
		}
		b.WriteString(")")
	}
	return b.String()
}
