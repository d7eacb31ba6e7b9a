package script_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the oracle

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestScriptsAgainstSQLite: what the scripts in testdata/sqlite say is what SQLite says, after every epoch. They use
// only what both understand, and types that both have: int, float64, utf8 and bool.
func TestScriptsAgainstSQLite(t *testing.T) {
	files, err := filepath.Glob("testdata/sqlite/*.delta")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".delta"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := script.Parse(filepath.Base(file), string(text))
			if err != nil {
				t.Fatal(err)
			}
			compareWithSQLite(t, s)
		})
	}
}

func TestScriptsForSQLite(t *testing.T) { run(t, "testdata/sqlite/*.delta") }

// TestScriptsOfPostgres: the answers of these scripts are PostgreSQL's, as testdata/postgres/check.py shows.
func TestScriptsOfPostgres(t *testing.T) { run(t, "testdata/postgres/*.delta") }

func compareWithSQLite(t *testing.T, s *script.Script) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(text string) {
		t.Helper()
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	for _, table := range s.Tables {
		var cols []string
		for _, f := range table.Schema.Fields {
			cols = append(cols, f.Name)
		}
		exec("CREATE TABLE " + table.Name + " (" + strings.Join(cols, ", ") + ")")
	}
	exec(s.SQL)
	p, err := script.Compile(s.Name, s.Tables, s.SQL, bind.Options{Loose: s.Loose})
	if err != nil {
		t.Fatal(err)
	}
	x, err := p.Start(script.Way{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := x.Stop(); err != nil {
			t.Error(err)
		}
	}()
	have := map[string]int64{}
	for _, b := range s.Blocks {
		for _, c := range b.Changes {
			exec(sqliteChange(s, c))
		}
		deltas, _, err := x.Epoch(context.Background(), b.Changes)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{}
		for i, d := range deltas {
			for row := range d.Rows.Rows {
				values := make([]any, len(d.Rows.Cols))
				for c := range values {
					values[c] = d.Rows.Cols[c].Value(row)
				}
				have[d.View+" "+sqliteCells(values)] += int64(d.Rows.Weight(row))
			}
			sqliteRows(t, db, p.Plan.Views[i], want)
		}
		maps.DeleteFunc(have, func(_ string, n int64) bool { return n == 0 })
		if !maps.Equal(have, want) {
			t.Fatalf("%s:%d: have\n%s\nand SQLite has\n%s", s.Name, b.Line, sqliteText(have), sqliteText(want))
		}
	}
}

func sqliteText(rows map[string]int64) string {
	var lines []string
	for row, n := range rows {
		lines = append(lines, fmt.Sprintf("%s: %d", row, n))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// sqliteChange returns the statement that makes a change of weight +1 or -1.
func sqliteChange(s *script.Script, c script.Change) string {
	t, _ := s.Table(c.Table)
	var values, equal []string
	for i, v := range c.Row {
		text := "NULL"
		switch v := v.(type) {
		case nil:
		case string:
			text = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		default:
			text = fmt.Sprint(v)
		}
		values, equal = append(values, text), append(equal, t.Schema.Fields[i].Name+" IS "+text)
	}
	if c.Weight > 0 {
		return "INSERT INTO " + c.Table + " VALUES (" + strings.Join(values, ", ") + ")"
	}
	return "DELETE FROM " + c.Table + " WHERE rowid = (SELECT min(rowid) FROM " + c.Table + " WHERE " + strings.Join(equal, " AND ") + ")"
}

func sqliteRows(t *testing.T, db *sql.DB, v plan.View, into map[string]int64) {
	rows, err := db.Query("SELECT * FROM " + v.Name)
	if err != nil {
		t.Fatalf("view %s: %v", v.Name, err)
	}
	defer rows.Close()
	types := v.Node.Types()
	row, at := make([]any, len(types)), make([]any, len(types))
	for i := range at {
		at[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		for i, t := range types {
			if n, ok := row[i].(int64); ok && t.Float() {
				row[i] = float64(n)
			} else if ok && t.Kind == batch.Bool {
				row[i] = n != 0
			}
		}
		into[v.Name+" "+sqliteCells(row)]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func sqliteCells(row []any) string {
	var out []string
	for _, v := range row {
		if f, ok := v.(float64); ok {
			v = fmt.Sprintf("%.10g", f)
		}
		out = append(out, fmt.Sprint(v))
	}
	return strings.Join(out, " ")
}
