package script_test

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// oracle holds the tables and views of a case in SQLite.
type oracle struct {
	db     *sql.DB
	c      *lawCase
	made   []string           // statements that undo what was made
	rowids map[string][]int64 // of the rows in the tables
	next   int64
}

// openSQLite opens a database in memory.
func openSQLite() (*sql.DB, error) {
	registerAggregates()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec("PRAGMA case_sensitive_like = ON")
	return db, err
}

func (o *oracle) open(queries []dual) error {
	o.rowids = map[string][]int64{}
	if err := o.openClock(); err != nil {
		return err
	}
	for _, t := range o.c.tables {
		var cols []string
		for _, f := range t.Schema.Fields {
			cols = append(cols, f.Name+" "+[...]string{"INT", "TEXT", "REAL", "INT", "TEXT"}[kindOf(f.Name)])
		}
		if _, err := o.db.Exec("CREATE TABLE " + t.Name + " (" + strings.Join(cols, ", ") + ")"); err != nil {
			return err
		}
		o.made = append(o.made, "DROP TABLE "+t.Name)
	}
	for i, q := range queries {
		if _, err := o.db.Exec(fmt.Sprintf("CREATE VIEW v%d AS %s", i, q.theirs)); err != nil {
			return fmt.Errorf("%w\n%s", err, q.theirs)
		}
		o.made = append(o.made, fmt.Sprintf("DROP VIEW v%d", i))
	}
	return nil
}

func (o *oracle) close() {
	for i := range o.made {
		if _, err := o.db.Exec(o.made[len(o.made)-1-i]); err != nil {
			panic(err)
		}
	}
}

// apply inserts first: within an epoch the order does not matter.
func (o *oracle) apply(changes []script.Change) error {
	for _, ch := range changes {
		if ch.Weight < 0 {
			continue
		}
		o.next++
		var names, values []string
		t, _ := o.c.tables.Table(ch.Table)
		for i, f := range t.Schema.Fields {
			names, values = append(names, f.Name), append(values, sqliteLiteral(ch.Row[i], f))
		}
		text := fmt.Sprintf("INSERT INTO %s (rowid, %s) VALUES (%d, %s)", t.Name, strings.Join(names, ", "), o.next, strings.Join(values, ", "))
		if _, err := o.db.Exec(text); err != nil {
			return fmt.Errorf("%w\n%s", err, text)
		}
		key := fmt.Sprintf("%s%#v", ch.Table, ch.Row)
		o.rowids[key] = append(o.rowids[key], o.next)
	}
	for _, ch := range changes {
		if ch.Weight > 0 {
			continue
		}
		key := fmt.Sprintf("%s%#v", ch.Table, ch.Row)
		ids := o.rowids[key]
		if _, err := o.db.Exec(fmt.Sprintf("DELETE FROM %s WHERE rowid = %d", ch.Table, ids[len(ids)-1])); err != nil {
			return err
		}
		o.rowids[key] = ids[:len(ids)-1]
	}
	return nil
}

func sqliteLiteral(v any, f batch.Field) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	case int64:
		if kindOf(f.Name) == kDate {
			return "'" + day(v) + "'"
		}
	}
	return fmt.Sprint(v)
}

func day(n int64) string { return time.Unix(n*86400, 0).UTC().Format(time.DateOnly) }

// views returns the rows of all views, with how often they are there.
func (o *oracle) views(p *script.Program) (map[string]int64, error) {
	out := map[string]int64{}
	for i, v := range p.Plan.Views {
		rows, err := o.db.Query("SELECT * FROM " + v.Name)
		if err != nil {
			return nil, err
		}
		types := v.Node.Types()
		row, at := make([]any, len(types)), make([]any, len(types))
		for i := range at {
			at[i] = &row[i]
		}
		for rows.Next() {
			if err := rows.Scan(at...); err != nil {
				return nil, err
			}
			for c := range row {
				row[c] = ofSQLite(row[c], types[c])
			}
			out[fmt.Sprint("v", i, " ", cells(row))]++
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		rows.Close()
	}
	return out, nil
}

// ofSQLite brings a value of SQLite to the form in which ours has that type.
func ofSQLite(v any, t batch.Type) any {
	switch x := v.(type) {
	case int64:
		if t.Kind == batch.Bool {
			return x != 0
		}
		if t.Float() || t.Kind == batch.Decimal {
			return float64(x)
		}
	case string:
		if t.Kind == batch.Date {
			at, err := time.Parse(time.DateOnly, x)
			if err == nil {
				return at.Unix() / 86400
			}
		}
	}
	return v
}

// cells writes a row in a form that is the same for both engines. Floats are rounded: a mean may differ in its last bit.
func cells(row []any) string {
	var out strings.Builder
	for i, v := range row {
		if i > 0 {
			out.WriteByte(' ')
		}
		switch v := v.(type) {
		case nil:
			out.WriteString("NULL")
		case batch.Dec:
			f, err := strconv.ParseFloat(v.String(), 64)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(&out, "%.12gf", f+0)
		case float64:
			fmt.Fprintf(&out, "%.12gf", v+0)
		case string:
			fmt.Fprintf(&out, "%q", v)
		default:
			fmt.Fprint(&out, v)
		}
	}
	return out.String()
}
