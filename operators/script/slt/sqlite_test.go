package slt_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/millrace-dev/millrace/operators/script/slt"
)

// TestSQLite: what the files in testdata/sqlite say is what SQLite says.
func TestSQLite(t *testing.T) {
	files, err := filepath.Glob("testdata/sqlite/*.slt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".slt"), func(t *testing.T) {
			text, err := open(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := slt.Read(file, text, open)
			if err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", ":memory:")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			for i := range f.Records {
				askSQLite(t, db, &f.Records[i])
			}
		})
	}
}

func askSQLite(t *testing.T, db *sql.DB, rec *slt.Record) {
	switch {
	case rec.Kind == slt.Statement:
		if _, err := db.Exec(rec.SQL); (err != nil) != rec.Fails {
			t.Errorf("%s:%d: %v", rec.File, rec.Line, err)
		}
	case rec.Kind == slt.Query && !rec.Fails:
		got, err := sqliteLines(db, rec)
		if err != nil {
			t.Errorf("%s:%d: %v", rec.File, rec.Line, err)
		} else if !slices.Equal(got, rec.Answer) {
			t.Errorf("%s:%d: SQLite says\n%s", rec.File, rec.Line, strings.Join(got, "\n"))
		}
	}
}

func sqliteLines(db *sql.DB, rec *slt.Record) ([]string, error) {
	rows, err := db.Query(rec.SQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		values := make([]any, len(rec.Types))
		at := make([]any, len(values))
		for i := range at {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			return nil, err
		}
		var cells []string
		for i, v := range values {
			switch {
			case v == nil:
				v = "NULL"
			case rec.Types[i] == 'R':
				v = fmt.Sprintf("%.3f", v)
			}
			cells = append(cells, fmt.Sprint(v))
		}
		lines = append(lines, strings.Join(cells, "\t"))
	}
	if rec.Sort != slt.NoSort {
		slices.Sort(lines)
	}
	return lines, rows.Err()
}
