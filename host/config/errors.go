package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file of the user. Line and Column count from 1; 0 means that they are not known.
type Pos struct {
	File         string
	Line, Column int
}

// String returns file:line:column, as far as they are known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Error is one mistake in the user's configuration: where it is, and how to mend it.
type Error struct {
	Pos  Pos
	Path string // "endpoints[0].index.primary_key"; may be empty
	Msg  string // `unknown key "cols"`
	Fix  string // `did you mean "columns"?`; may be empty
	// Width is how many characters the mistake is about; 0 is one.
	Width int
	// Warning says that it stops nothing.
	Warning bool

	line   string // of the file
	quoted bool   // the line is known
}

// Error returns everything that is known about the mistake, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	for _, part := range []string{e.Pos.String(), e.Path} {
		if part != "" {
			b.WriteString(part)
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Msg)
	if e.Fix != "" {
		b.WriteString("; ")
		b.WriteString(e.Fix)
	}
	return b.String()
}

// Errors are all the mistakes of a configuration, in the order of their places.
type Errors []*Error

// Error returns one line for each mistake.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort brings the mistakes into the order of their places, each once.
func (e Errors) Sort() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int { return a.Pos.compare(b.Pos) })
	return slices.CompactFunc(e, func(a, b *Error) bool { return *a == *b })
}

// Unwrap returns the single mistakes.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// notes gathers what is to be said to the user while a configuration is read.
type notes struct {
	errs     Errors
	warnings []warning
}

type warning struct {
	pos  Pos
	text string
}

func (o *notes) fail(e Error) { o.errs = append(o.errs, &e) }

func (o *notes) warn(pos Pos, format string, args ...any) {
	o.warnings = append(o.warnings, warning{pos, fmt.Sprintf(format, args...)})
}

// err returns the mistakes in order of place, once each, or nil.
func (o *notes) err() error {
	if len(o.errs) == 0 {
		return nil
	}
	return o.errs.Sort()
}

// texts returns the warnings in order of place.
func (o *notes) texts() (out []string) {
	slices.SortStableFunc(o.warnings, func(a, b warning) int { return a.pos.compare(b.pos) })
	for _, w := range o.warnings {
		out = append(out, w.pos.String()+": "+w.text)
	}
	return slices.Compact(out)
}

func (p Pos) compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}
