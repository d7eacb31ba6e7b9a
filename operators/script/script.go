// Package script runs .delta test scripts: tables, views over them, and epochs of weighted rows, each with the
// deltas that the views must have.
//
//	# A comment.
//	create table o (id int, item text, primary key (id))
//	view v as select id, item from o
//	  where item <> 'ink'
//
//	epoch
//	o  +1  1 pen
//	o  +1  2 "red ink"
//	----
//	v  +1  1 pen
//	v  +1  2 "red ink"
//
//	explain
//	----
//	view v (id, item), key id
//	...
//
// An epoch may say what time it is, as in "epoch 2024-01-01T00:00:10Z"; without, the time of the epoch before goes on. TTL and
// NOW() look at it. It never goes back.
//
// A statement begins at the start of a line and goes on in indented lines; "view v as" is short for CREATE
// VIEW, and a SELECT with INTO is a view, too. "loose" on a line of its own accepts what bind.Options.Loose
// does. A row is a table, a weight and a value for each column, in the text form of batch.AppendText, in double
// quotes where it has blanks; NULL is a null. A table with a primary key is kept unique by the circuit, and may
// get keyed changes, too, which have the word put or del for a weight. The answer to an epoch has the delta of each view, retractions
// first, in canonical order, and the rows that became dead letters:
//
//	dead map  +1  1 0 "division by zero"
//
// With "use config" on a line of its own, a script has the tables, the functions and the views of a configuration, and
// with "use config v, w" of the views only these. A table that the script itself declares takes the place of the
// configuration's; where it declares all that are read, no source is asked for its tables.
//
// Every script runs in many ways: on several numbers of workers, with other queues and batches, with borrowed
// memory overwritten, with and without combining. They must all agree (I4, I8).
package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Script is a .delta file.
type Script struct {
	Name   string
	Tables []*plan.Table
	// SQL holds the statements that make views.
	SQL    string
	Loose  bool
	Blocks []Block

	head, tail string // the text before the first block and after the last one
	config     *Config
	only       []string // the views of the config that are of interest; nil: all
}

// Block is an epoch, or a question to the planner.
type Block struct {
	Line    int
	Explain bool   // not an epoch: the plan
	Clock   *int64 // the time, in microseconds since 1970; nil: as before
	Changes []Change
	// Answer is what the file says, without blank lines at its end.
	Answer string

	lead, word, text string // what stands before the block, its first line, and what stands in it before its answer
}

// Change is a row of a table that is inserted or retracted.
type Change struct {
	Table string
	// Row has the values of all columns in the wide form of batch.Column.Value.
	Row    []any
	Weight batch.Weight
	// Keyed is a change by key, of a table with a primary key: weight +1 puts the row in the place of the one
	// with its key, -1 takes that away. Such changes keep their order.
	Keyed bool
}

// Parse reads a script. The error names the line.
func Parse(name, text string) (*Script, error) { return ParseWith(name, text, nil) }

// ParseWith reads a script that may say "use config": load then returns what a configuration says.
func ParseWith(name, text string, load func() (*Config, error)) (*Script, error) {
	s := &Script{Name: name}
	p := parser{s: s, load: load}
	for i, line := range strings.Split(strings.TrimRight(text, " \t\r\n"), "\n") {
		if err := p.line(i+1, strings.TrimRight(line, " \t\r")); err != nil {
			return nil, placed(name, i+1, err)
		}
	}
	if err := p.end(); err != nil {
		return nil, placed(name, p.first, err)
	}
	return s, nil
}

// lineError is an error at a line.
type lineError struct {
	name string
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.name, e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// placed gives an error the line that it is about, if it does not have one.
func placed(name string, line int, err error) error {
	_, diag := errors.AsType[parse.Diag](err)
	_, line1 := errors.AsType[*lineError](err)
	if diag || line1 {
		return err
	}
	return &lineError{name, line, err}
}

// place is where the parser stands in a script.
type place int

const (
	inHead   place = iota
	between        // behind an answer
	inBlock        // behind the word epoch or explain
	inAnswer       // behind ----
)

type parser struct {
	s         *Script
	load      func() (*Config, error)
	at        place
	statement []string // its lines, the first of which has the number first
	first     int
	lead      strings.Builder
	sql       []string // the lines of all statements, at their places
}

func (p *parser) line(number int, line string) error {
	bare := strings.TrimSpace(line)
	switch p.at {
	case inHead, between:
		if word, _, _ := strings.Cut(line, " "); word == "epoch" || line == "explain" {
			clock, err := epochClock(line)
			if err != nil {
				return err
			}
			if p.at == inHead {
				if err := p.endHead(); err != nil {
					return err
				}
				p.s.head = p.lead.String()
				p.lead.Reset()
			}
			p.s.Blocks = append(p.s.Blocks, Block{Line: number, Explain: line == "explain", Clock: clock, lead: p.lead.String(), word: line})
			p.lead.Reset()
			p.at = inBlock
			return nil
		}
		p.lead.WriteString(line + "\n")
		if bare == "" || strings.HasPrefix(bare, "#") {
			if p.statement != nil {
				p.statement = append(p.statement, "")
			}
			return nil
		}
		if p.at == between {
			return fmt.Errorf("%q is neither epoch nor explain", bare)
		}
		return p.headLine(number, line)
	case inBlock:
		b := &p.s.Blocks[len(p.s.Blocks)-1]
		if line == "----" {
			p.at = inAnswer
			return nil
		}
		b.text += line + "\n"
		if bare == "" || strings.HasPrefix(bare, "#") {
			return nil
		}
		if b.Explain {
			return fmt.Errorf("%q: explain takes no rows", bare)
		}
		c, err := p.s.change(bare)
		if err != nil {
			return err
		}
		b.Changes = append(b.Changes, c)
	case inAnswer:
		if bare == "" {
			p.at = between
			p.lead.WriteString("\n")
			return nil
		}
		p.s.Blocks[len(p.s.Blocks)-1].Answer += line + "\n"
	}
	return nil
}

// epochClock reads the time behind the word epoch.
func epochClock(line string) (*int64, error) {
	text, ok := strings.CutPrefix(line, "epoch ")
	if !ok {
		return nil, nil //nolint:nilnil // there is none
	}
	v := batch.NewVector(batch.T(batch.Timestamp))
	if err := v.AppendText(strings.TrimSpace(text)); err != nil {
		return nil, fmt.Errorf("the time of the epoch: %w", err)
	}
	col := v.Peek()
	return &batch.Values[int64](&col)[0], nil
}

// headLine takes a line of a statement.
func (p *parser) headLine(number int, line string) error {
	if line[0] == ' ' || line[0] == '\t' {
		if p.statement == nil {
			return fmt.Errorf("an indented line continues a statement, and there is none")
		}
		p.statement = append(p.statement, line)
		return nil
	}
	if err := p.endStatement(); err != nil {
		return placed(p.s.Name, p.first, err)
	}
	if line == "loose" {
		p.s.Loose = true
		return nil
	}
	p.first = number
	if words := strings.Fields(line); words[0] == "use" {
		return p.use(words[1:])
	}
	p.statement = []string{line}
	return nil
}

// endStatement takes the statement that is complete now, if there is one.
func (p *parser) endStatement() error {
	if p.statement == nil {
		return nil
	}
	lines := layout(p.statement, p.first)
	p.statement = nil
	statements, diags := parse.ParseScript(p.s.Name, strings.Join(lines, "\n"))
	if len(diags) > 0 {
		return diags[0]
	}
	for _, stmt := range statements {
		if t, ok := stmt.(*ast.CreateTable); ok {
			return p.s.table(t)
		}
	}
	for i, line := range lines {
		if i >= len(p.sql) {
			p.sql = append(p.sql, "")
		}
		p.sql[i] += line
	}
	return nil
}

func (p *parser) end() error {
	if p.at == inHead {
		p.s.head = p.lead.String()
		return p.endHead()
	}
	p.s.tail = strings.TrimRight(p.lead.String(), "\n")
	return nil
}

// endHead ends the statements: the tables are known now.
func (p *parser) endHead() error {
	if err := p.endStatement(); err != nil {
		return placed(p.s.Name, p.first, err)
	}
	p.s.SQL = strings.Join(p.sql, "\n")
	return p.s.complete()
}

// table declares a table.
func (s *Script) table(c *ast.CreateTable) error {
	t := &plan.Table{Name: c.Name.Last().Text, Rows: -1}
	for _, col := range c.Columns {
		if col.Type == nil || col.As != nil || col.Default != nil {
			return fmt.Errorf("table %q: column %q: write a name and a type", t.Name, col.Name.Text)
		}
		typ, err := expr.TypeNamed(col.Type.Name, col.Type.Args...)
		if err != nil {
			return fmt.Errorf("table %q: column %q: %w", t.Name, col.Name.Text, err)
		}
		t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: col.Name.Text, Type: typ, Nullable: !col.NotNull})
	}
	for _, key := range c.PrimaryKey {
		i := t.Schema.Index(key.Text)
		if i < 0 {
			return fmt.Errorf("table %q: the key has no column %q", t.Name, key.Text)
		}
		t.Schema.Key = append(t.Schema.Key, i)
		t.Schema.Fields[i].Nullable = false
	}
	if _, twice := s.Table(t.Name); twice {
		return fmt.Errorf("two tables %q", t.Name)
	}
	s.Tables = append(s.Tables, t)
	return nil
}

// change reads a line "table weight values".
func (s *Script) change(line string) (Change, error) {
	cells, err := split(line)
	if err != nil {
		return Change{}, err
	}
	if len(cells) < 2 {
		return Change{}, fmt.Errorf("%q: write a table, a weight and values", line)
	}
	t, ok := s.Table(cells[0].text)
	if !ok {
		return Change{}, fmt.Errorf("unknown table %q", cells[0].text)
	}
	c := Change{Table: t.Name}
	switch word := cells[1].text; word {
	case "put", "del":
		c.Keyed, c.Weight = true, map[string]batch.Weight{"put": 1, "del": -1}[word]
		if t.Schema.Key == nil {
			return Change{}, fmt.Errorf("%s: the table %q has no primary key", word, t.Name)
		}
	default:
		w, err := strconv.ParseInt(word, 10, 64)
		if err != nil || w == 0 {
			return Change{}, fmt.Errorf("%q is no weight: write +1 or -1, or put or del", word)
		}
		c.Weight = batch.Weight(w)
	}
	values := cells[2:]
	if len(values) != len(t.Schema.Fields) {
		return Change{}, fmt.Errorf("%d values for the %d columns of %q", len(values), len(t.Schema.Fields), t.Name)
	}
	for i, f := range t.Schema.Fields {
		v, err := values[i].value(f.Type)
		if err != nil {
			return Change{}, fmt.Errorf("column %q: %w", f.Name, err)
		}
		c.Row = append(c.Row, v)
	}
	return c, nil
}

// Table returns the named table, as a plan.Catalog does.
func (s *Script) Table(name string) (*plan.Table, bool) { return Tables(s.Tables).Table(name) }

// Text returns the script with the given answers, one for each block.
func (s *Script) Text(answers []string) string {
	var out strings.Builder
	out.WriteString(s.head)
	for i, b := range s.Blocks {
		out.WriteString(b.lead)
		out.WriteString(b.word + "\n" + b.text + "----\n" + answers[i])
	}
	if s.tail != "" {
		out.WriteString(s.tail + "\n")
	}
	return out.String()
}

// Mismatch is a block whose answer is not the file's.
type Mismatch struct {
	Script string
	Line   int // of the block
	Diff   string
}

// String returns the place, and the lines that differ.
func (m *Mismatch) String() string {
	return fmt.Sprintf("%s:%d: the answer differs\n%s", m.Script, m.Line, m.Diff)
}

// Mismatches compares answers, one for each block, with those of the file.
func (s *Script) Mismatches(answers []string) []*Mismatch {
	var out []*Mismatch
	for i, b := range s.Blocks {
		if answers[i] == b.Answer {
			continue
		}
		first := b.Line + strings.Count(b.text, "\n") + 2 // behind ----
		out = append(out, &Mismatch{s.Name, b.Line, Diff(first, lines(b.Answer), lines(answers[i]))})
	}
	return out
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}
