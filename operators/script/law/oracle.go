package law

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Dialect is an engine that cases can be compared with.
type Dialect int

const (
	// SQLite is SQLite 3 with case_sensitive_like, and with the aggregates law_* that it lacks.
	SQLite Dialect = iota
	// DuckDB is DuckDB.
	DuckDB
)

// String returns the name of the engine.
func (d Dialect) String() string { return [...]string{"SQLite", "DuckDB"}[d] }

// of returns a query in the dialect.
func (d Dialect) of(p phrase) string {
	if d == DuckDB {
		return emptyFrames.ReplaceAllString(p.duckdb, " $1 BETWEEN 10000000 FOLLOWING AND 10000001 FOLLOWING")
	}
	return p.sqlite
}

// emptyFrames are frames that end before they start: in DuckDB their counts are below zero, and they have rows beside
// EXCLUDE. Instead they start behind all rows; of a row whose key is null RANGE has its peers either way.
var emptyFrames = regexp.MustCompile(` (ROWS|GROUPS|RANGE) BETWEEN 3 FOLLOWING AND 1 FOLLOWING`)

// kind returns the type of a column.
func (d Dialect) kind(f batch.Field) string {
	if d == SQLite {
		return [...]string{"INT", "TEXT", "REAL", "INT", "TEXT"}[kindOf(f.Name)]
	}
	switch f.Type.Kind {
	case batch.Int16, batch.Int32:
		return "INTEGER" // a product of SMALLINTs would not fit one
	case batch.Float32:
		return "REAL"
	}
	return [...]string{"BIGINT", "TEXT", "DOUBLE", "BOOLEAN", "DATE"}[kindOf(f.Name)]
}

// Oracle is an engine that says what the views of a case are: a database in memory with one connection, which may be
// used for nothing else meanwhile.
type Oracle struct {
	DB      *sql.DB
	Dialect Dialect
	// Patience is how long a statement may take; a case that takes longer is left out. 0 is 5 seconds.
	Patience time.Duration
	// Unable reports whether an error says that the engine cannot answer, so that the case is left out. It may be nil.
	Unable func(error) bool
	// Renew opens another database after each case that is left out: an error may leave this one useless. nil: it does not.
	Renew func() (*sql.DB, error)
}

// renew replaces the database after a case that was left out.
func (o *Oracle) renew() error {
	if o.Renew == nil {
		return nil
	}
	db, err := o.Renew()
	if err != nil {
		return err
	}
	_ = o.DB.Close() // it may be broken
	o.DB = db
	return nil
}

// unanswered is an error that leaves a case out.
type unanswered struct{ reason string }

func (u unanswered) Error() string { return "left out: " + u.reason }

func (o *Oracle) patient() (context.Context, context.CancelFunc) {
	patience := o.Patience
	if patience == 0 {
		patience = 5 * time.Second
	}
	return context.WithTimeout(context.Background(), patience)
}

// judge says whether an error leaves a case out.
func (o *Oracle) judge(ctx context.Context, err error, text string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return unanswered{"too slow"}
	case o.Unable != nil && o.Unable(err):
		first, _, _ := strings.Cut(err.Error(), "\n")
		return unanswered{first}
	}
	return fmt.Errorf("%w\n%s", err, text)
}

func (o *Oracle) exec(text string) error {
	ctx, cancel := o.patient()
	defer cancel()
	_, err := o.DB.ExecContext(ctx, text)
	return o.judge(ctx, err, text)
}

// bench holds the tables and the views of a case in an oracle.
type bench struct {
	*Oracle
	c       *Case
	planned []plan.View
	made    []string                     // statements that undo what was made
	live    map[string]map[string]copies // the rows of each table
}

// copies are equal rows of a table.
type copies struct {
	sql string // the values
	n   int
}

func (b *bench) open(queries []phrase) error {
	b.live = map[string]map[string]copies{}
	types := [...]string{"TEXT, day TEXT", "TIMESTAMP, day DATE"}[b.Dialect]
	if err := b.make("CREATE TABLE clock (now "+types+")", "DROP TABLE clock"); err != nil {
		return err
	}
	for _, t := range b.c.tables {
		var cols []string
		for _, f := range t.Schema.Fields {
			cols = append(cols, f.Name+" "+b.Dialect.kind(f))
		}
		b.live[t.Name] = map[string]copies{}
		if err := b.make("CREATE TABLE "+t.Name+" ("+strings.Join(cols, ", ")+")", "DROP TABLE "+t.Name); err != nil {
			return err
		}
	}
	for i, q := range queries {
		if err := b.make(fmt.Sprintf("CREATE VIEW v%d AS %s", i, b.Dialect.of(q)), fmt.Sprintf("DROP VIEW v%d", i)); err != nil {
			return err
		}
	}
	return nil
}

// make executes a statement, and when the bench is closed another one.
func (b *bench) make(text, undo string) error {
	if err := b.exec(text); err != nil {
		return err
	}
	b.made = append(b.made, undo)
	return nil
}

func (b *bench) close() error {
	var errs []error
	for _, text := range slices.Backward(b.made) {
		_, err := b.DB.Exec(text)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// setClock tells the oracle the time: its views read it from a table where ours say NOW().
func (b *bench) setClock(at time.Time) error {
	return b.exec(fmt.Sprintf("DELETE FROM clock; INSERT INTO clock VALUES ('%s', '%s')", at.Format(time.DateTime), at.Format(time.DateOnly)))
}

// apply makes changes, and fills each table that they change anew.
func (b *bench) apply(changes []script.Change) error {
	touched := map[string]bool{}
	for _, ch := range changes {
		t, _ := b.c.tables.Table(ch.Table)
		key := fmt.Sprintf("%#v", ch.Row)
		row, ok := b.live[ch.Table][key]
		if !ok {
			var values []string
			for i, f := range t.Schema.Fields {
				values = append(values, literal(ch.Row[i], f))
			}
			row.sql = "(" + strings.Join(values, ", ") + ")"
		}
		row.n += int(ch.Weight)
		b.live[ch.Table][key] = row
		touched[ch.Table] = true
	}
	for name := range touched {
		var rows []string
		for key, row := range b.live[name] {
			for range row.n {
				rows = append(rows, row.sql)
			}
			if row.n == 0 {
				delete(b.live[name], key)
			}
		}
		text := "DELETE FROM " + name
		if len(rows) > 0 {
			slices.Sort(rows)
			text += "; INSERT INTO " + name + " VALUES " + strings.Join(rows, ", ")
		}
		if err := b.exec(text); err != nil {
			return err
		}
	}
	return nil
}

// literal writes a value as SQL.
func literal(v any, f batch.Field) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	case int64:
		if kindOf(f.Name) == kDate {
			return "'" + time.Unix(v*86400, 0).UTC().Format(time.DateOnly) + "'"
		}
	}
	return fmt.Sprint(v)
}

// views returns the rows of all views, with how often they are there.
func (b *bench) views() (map[string]int64, error) {
	out := map[string]int64{}
	for i, v := range b.planned {
		if err := b.view(fmt.Sprint("v", i, " "), v, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *bench) view(prefix string, v plan.View, into map[string]int64) error {
	text := "SELECT * FROM " + v.Name
	ctx, cancel := b.patient()
	defer cancel()
	rows, err := b.DB.QueryContext(ctx, text)
	if err != nil {
		return b.judge(ctx, err, text)
	}
	defer func() { _ = rows.Close() }()
	types := v.Node.Types()
	row, at := make([]any, len(types)), make([]any, len(types))
	for i := range at {
		at[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return b.judge(ctx, err, text)
		}
		for c := range row {
			row[c] = plain(row[c], types[c])
		}
		into[prefix+cells(row)]++
	}
	return b.judge(ctx, rows.Err(), text)
}

// plain brings a value of an oracle to the form in which ours has that type.
func plain(v any, t batch.Type) any {
	float := t.Float() || t.Kind == batch.Decimal
	switch x := v.(type) {
	case int8:
		return plain(int64(x), t)
	case int16:
		return plain(int64(x), t)
	case int32:
		return plain(int64(x), t)
	case int64:
		if t.Kind == batch.Bool {
			return x != 0
		}
		if float {
			return float64(x)
		}
	case *big.Int:
		if x.IsInt64() {
			return plain(x.Int64(), t)
		}
		return x.String()
	case float32:
		return float64(x)
	case interface{ Float64() float64 }:
		return x.Float64()
	case time.Time:
		if t.Kind == batch.Date {
			return x.Unix() / 86400
		}
	case string:
		if t.Kind == batch.Date {
			if at, err := time.Parse(time.DateOnly, x); err == nil {
				return at.Unix() / 86400
			}
		}
	}
	return v
}

// cells writes a row in a form that is the same for all engines. Floats are rounded: a mean may differ in its last bit.
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
				fmt.Fprint(&out, err, " ")
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
