package slt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Refusal is why a statement or a query cannot be run.
type Refusal struct {
	// Code is that of the mistake, or a word.
	Code string
	Msg  string
	// Line and Col are the place in the text; 0: none is known.
	Line, Col int

	at int
}

// Error returns the code and the message.
func (r *Refusal) Error() string { return r.Code + ": " + r.Msg }

func refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// Exec runs a statement and returns how many rows it changed.
func (d *Database) Exec(ctx context.Context, sql string) (int, error) {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	t := scan(sql)
	n, done, err := d.simple(t)
	if !done {
		n, err = d.statement(ctx, t)
	}
	return n, t.placed(err)
}

// Query returns the rows of a query.
func (d *Database) Query(ctx context.Context, sql string) (*Answer, error) {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	t := scan(sql)
	s, err := t.parse()
	if err != nil {
		return nil, t.placed(err)
	}
	q, ok := s.(*ast.QueryStatement)
	if !ok {
		n, err := d.statement(ctx, t)
		if err != nil {
			return nil, t.placed(err)
		}
		return counted(n), nil
	}
	a, err := d.ask(ctx, t.sql, q.Query)
	return a, t.placed(err)
}

// counted is the answer of a statement that is asked like a query: how many rows it changed.
func counted(n int) *Answer {
	b := batch.NewBuilder([]batch.Type{batch.T(batch.Int64)})
	_ = b.AppendValues(1, int64(n)) // an integer fits
	return &Answer{Rows: b.Take(), Width: 1, order: []int{0}}
}

// text is the text of a statement. Words that are not quoted are in small letters: they are not case-sensitive.
type text struct {
	sql    string
	tokens []lex.Token
}

func scan(sql string) *text {
	tokens, _ := lex.Scan(sql) // the parser reports what cannot be read
	out := []byte(sql)
	for i, t := range tokens {
		if lower := strings.ToLower(t.Text); t.Kind == lex.Word && len(lower) == t.End-t.Pos {
			copy(out[t.Pos:t.End], lower)
			tokens[i].Text = lower
		}
	}
	return &text{string(out), tokens}
}

// blank takes tokens from first up to end out of the text.
func (t *text) blank(first, end int) {
	from, to := t.tokens[first].Pos, t.tokens[end-1].End
	t.sql = t.sql[:from] + strings.Repeat(" ", to-from) + t.sql[to:]
	t.tokens = slices.Delete(t.tokens, first, end)
}

// starts reports whether the words from a token on are these.
func (t *text) starts(at int, words ...string) bool {
	for i, w := range words {
		if at+i >= len(t.tokens) || t.tokens[at+i].Upper != w {
			return false
		}
	}
	return true
}

// name returns the name at a token.
func (t *text) name(at int) string {
	if at < len(t.tokens) && (t.tokens[at].Kind == lex.Word || t.tokens[at].Kind == lex.Quoted) {
		return t.tokens[at].Text
	}
	return ""
}

func (t *text) parse() (ast.Statement, error) {
	statements, diags := parse.ParseScript("sql", t.sql)
	if len(diags) > 0 {
		d := diags[0]
		msg := d.Msg
		if d.Hint != "" {
			msg += "; " + d.Hint
		}
		return nil, &Refusal{Code: d.Code, Msg: msg, Line: d.Line, Col: d.Col}
	}
	if len(statements) != 1 {
		return nil, refuse("statement", "write one statement, not %d", len(statements))
	}
	return statements[0], nil
}

// placed gives an error its line and column.
func (t *text) placed(err error) error {
	if r, ok := errors.AsType[*Refusal](err); ok && r.Line == 0 && r.at > 0 {
		r.Line, r.Col = ast.NewSource("sql", t.sql).Position(r.at)
	}
	return err
}

// simple runs the statements that the parser does not know. It is a switch over all of them.
func (d *Database) simple(t *text) (n int, done bool, err error) {
	switch {
	case t.starts(0, "DROP", "TABLE"), t.starts(0, "DROP", "VIEW"), t.starts(0, "DROP", "INDEX"):
		return 0, true, d.drop(t)
	case t.starts(0, "CREATE", "INDEX"), t.starts(0, "CREATE", "UNIQUE", "INDEX"):
		return 0, true, d.createIndex(t)
	case t.starts(0, "BEGIN"), t.starts(0, "START", "TRANSACTION"):
		return 0, true, d.begin()
	case t.starts(0, "COMMIT"), t.starts(0, "END"):
		return 0, true, d.end(true)
	case t.starts(0, "ROLLBACK"):
		return 0, true, d.end(false)
	}
	return 0, false, nil
}

// drop drops a table, a view or an index, and ends the views that are maintained: some may read it.
func (d *Database) drop(t *text) error {
	kind, at, maybe := t.tokens[1].Upper, 2, false
	if t.starts(2, "IF", "EXISTS") {
		at, maybe = 4, true
	}
	name := t.name(at)
	view := slices.IndexFunc(d.views, func(s ast.Statement) bool { return s.(*ast.CreateView).Name.Last().Text == name })
	if end := t.tokens[min(at+1, len(t.tokens)-1)]; end.Kind != lex.EOF && !end.Is(";") && kind != "INDEX" {
		return refuse("E1010", "unexpected %q; drop one thing a statement", end.Text)
	}
	switch {
	case d.open != nil:
		return refuse("transaction", "DROP in a transaction is not supported")
	case kind == "TABLE" && d.tables[name] != nil:
		d.forget(name)
	case kind == "VIEW" && view >= 0:
		d.views = slices.Delete(d.views, view, view+1)
	case kind == "INDEX" && d.indexes[name] != nil:
		delete(d.indexes, name)
	case !maybe:
		return refuse("E2001", "there is no %s %q", strings.ToLower(kind), name)
	}
	if kind == "INDEX" {
		return nil
	}
	return d.Close()
}

// forget drops a table with its indexes.
func (d *Database) forget(name string) {
	for index, t := range d.indexes {
		if t == d.tables[name] {
			delete(d.indexes, index)
		}
	}
	delete(d.tables, name)
	d.names = slices.DeleteFunc(d.names, func(n string) bool { return n == name })
}

// createIndex notes an index. Only that it is unique has a meaning.
func (d *Database) createIndex(t *text) error {
	at := 2
	single := t.starts(1, "UNIQUE")
	if single {
		at++
	}
	if t.starts(at, "IF", "NOT", "EXISTS") {
		if at += 3; d.indexes[t.name(at)] != nil {
			return nil
		}
	}
	name := t.name(at)
	table := d.tables[t.name(at+2)]
	switch {
	case name == "" || !t.starts(at+1, "ON"):
		return refuse("E1010", "write CREATE INDEX name ON table (columns)")
	case table == nil:
		return refuse("E2001", "unknown table %q", t.name(at+2))
	case d.indexes[name] != nil:
		return refuse("E2007", "there is an index %q already", name)
	}
	var columns []int
	for i := at + 3; i < len(t.tokens); i++ {
		if before := t.tokens[i-1]; !before.Is("(") && !before.Is(",") {
			continue
		}
		c := table.Schema.Index(t.name(i))
		if c < 0 {
			return refuse("E2002", "unknown column %q of table %q", t.tokens[i].Text, table.Name)
		}
		columns = append(columns, c)
	}
	if single {
		u := &unique{name: name, columns: columns, seen: map[string]batch.Weight{}}
		for _, s := range table.rows {
			k, ok := key(s.row, columns)
			if u.seen[k] += s.weight; ok && u.seen[k] > 1 {
				return refuse("unique", "table %q has rows with the same %s", table.Name, name)
			}
		}
		table.unique = append(table.unique, u)
	}
	d.indexes[name] = table
	return nil
}

func (d *Database) statement(ctx context.Context, t *text) (int, error) {
	var constraints [][]string
	if t.starts(0, "CREATE", "TABLE") {
		constraints = t.uniques()
	}
	s, err := t.parse()
	if err != nil {
		return 0, err
	}
	switch s := s.(type) {
	case *ast.CreateTable:
		return 0, d.createTable(ctx, s, constraints)
	case *ast.CreateView:
		return 0, d.createView(s)
	case *ast.Insert:
		return d.insert(ctx, s)
	case *ast.Update:
		return d.update(ctx, s)
	case *ast.Delete:
		return d.remove(ctx, s)
	case *ast.QueryStatement:
		if s.Into.Text != "" {
			return 0, d.createView(&ast.CreateView{At: s.At, Name: &ast.Name{At: s.Into.At, Parts: []ast.Ident{s.Into}}, Query: s.Query})
		}
		_, err := d.ask(ctx, t.sql, s.Query)
		return 0, err
	}
	return 0, refuse("statement", "this statement is not supported")
}
