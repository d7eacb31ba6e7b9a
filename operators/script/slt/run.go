package slt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/script"
)

// Engine is our name in skipif and onlyif.
const Engine = "millrace"

// Options says how a file is run. The zero value is ready to use.
type Options struct {
	// Engine is the name in skipif and onlyif; "" is Engine.
	Engine string
	// Loose accepts what bind.Options.Loose does.
	Loose bool
	// Sample runs only one query in so many. Zero and one run all.
	Sample int
	// Trace is called before each record, if it is not nil.
	Trace func(rec *Record)
}

// Cause is why a record failed.
type Cause string

// The causes.
const (
	Wrong     Cause = "wrong"     // another answer
	Refused   Cause = "refused"   // an error where there must be none
	Accepted  Cause = "accepted"  // no error where there must be one
	Another   Cause = "another"   // another error
	Unequal   Cause = "unequal"   // a maintained view differs from one built anew
	Defective Cause = "defective" // the circuit broke
)

// Failure is a record that did not do what the file says.
type Failure struct {
	File  string
	Line  int
	Cause Cause
	// Code is that of a Refusal.
	Code string
	SQL  string
	Text string
}

// String returns the failure as lines: place and cause, the SQL, what is different.
func (f *Failure) String() string {
	title := map[Cause]string{
		Wrong: "the answer differs", Refused: "an error", Accepted: "there is no error", Another: "another error",
		Unequal: "the view that was maintained differs from one built anew", Defective: "internal error",
	}[f.Cause]
	var out strings.Builder
	fmt.Fprintf(&out, "%s:%d: %s\n", f.File, f.Line, title)
	for line := range strings.Lines(f.SQL) {
		out.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
	}
	return out.String() + strings.TrimRight(f.Text, "\n") + "\n"
}

// Result is what a run of a file came to.
type Result struct {
	// Passed are the records that did what the file says, Skipped those that were not run.
	Passed, Skipped int
	Failures        []Failure
	// Missing is what the file requires and we have not; the rest was skipped.
	Missing string

	answers []written
	rowwise bool
	limit   int
}

// written is the answer that a record got: for Rewrite.
type written struct {
	rec    Record
	answer *Answer // nil: an error
	limit  int     // hash-threshold
	rows   bool    // a row a line
}

// Run runs a file. The error is that of the context, or of ending the views.
func (f *File) Run(ctx context.Context, o Options) (*Result, error) {
	if o.Engine == "" {
		o.Engine = Engine
	}
	d := New()
	d.Loose = o.Loose
	r := runner{Options: o, db: d, out: &Result{}, labels: map[string]labelled{}}
	err := r.run(ctx, f.Records)
	if errors.Is(err, errHalt) {
		err = nil
	}
	return r.out, errors.Join(err, d.Close())
}

var errHalt = errors.New("halt")

type runner struct {
	Options
	db       *Database
	out      *Result
	labels   map[string]labelled
	skipping bool // mode skip
	queries  int
}

// labelled is the first answer under a label.
type labelled struct {
	hash string
	line int
}

func (r *runner) run(ctx context.Context, records []Record) error {
	for i := range records {
		rec := &records[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		if !holds(rec.Conditions, r.Engine) || r.skipping && rec.Kind != Mode {
			if rec.Kind == Statement || rec.Kind == Query {
				r.out.Skipped++
			}
			continue
		}
		if err := r.record(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) record(ctx context.Context, rec *Record) error {
	if r.Trace != nil {
		r.Trace(rec)
	}
	switch rec.Kind {
	case Statement:
		n, err := r.db.Exec(ctx, rec.SQL)
		if r.expected(rec, err) && err == nil && rec.Count >= 0 && n != rec.Count {
			r.out.Passed--
			r.fail(rec, Wrong, "", script.Diff(rec.Line, []string{fmt.Sprintf("statement count %d", rec.Count)}, []string{fmt.Sprintf("statement count %d", n)}))
		}
	case Query:
		if r.queries++; r.Sample > 1 && r.queries%r.Sample != 0 {
			r.out.Skipped++
			return nil
		}
		r.query(ctx, rec)
	case Halt:
		return errHalt
	case Threshold:
		r.out.limit = rec.N
	case Mode:
		r.skipping = rec.On
	case Rowwise:
		r.out.rowwise = rec.On
	case Require:
		if !slices.Contains(granted, rec.Name) {
			r.out.Missing = rec.Name
			return errHalt
		}
	case Loop:
		for _, v := range rec.Values {
			body := make([]Record, len(rec.Body))
			for i := range body {
				body[i] = rec.Body[i].bound(rec.Name, v)
			}
			if err := r.run(ctx, body); err != nil {
				return err
			}
		}
	}
	return nil
}

// granted is what a file may require: it asks nothing of us.
var granted = []string{"skip_reload", "vector_size", "no_alternative_verify", "noforcestorage", "notwindows", "64bit", "longdouble"}

func (r *runner) query(ctx context.Context, rec *Record) {
	a, err := r.db.Query(ctx, rec.SQL)
	if r.keeps(rec) {
		r.out.answers = append(r.out.answers, written{*rec, a, r.out.limit, r.out.rowwise})
	}
	if !r.expected(rec, err) || err != nil {
		return
	}
	if got, want := rec.differences(a); got != nil || want != nil {
		r.out.Passed--
		text := script.Diff(rec.From+1, want, got)
		if rec.Sort != NoSort {
			text = fmt.Sprintf("    (in the order of %s)\n", rec.Sort) + text
		}
		r.fail(rec, Wrong, "", text)
		return
	}
	if rec.Label == "" || len(rec.Types) != a.Width {
		return
	}
	h := hash(a.texts(rec.Types).values(rec.Sort))
	if first, ok := r.labels[rec.Label]; ok && first.hash != h {
		r.out.Passed--
		r.fail(rec, Wrong, "", fmt.Sprintf("    the answer under the label %s differs from that in line %d\n", rec.Label, first.line))
	} else if !ok {
		r.labels[rec.Label] = labelled{h, rec.Line}
	}
}

// keeps reports whether the answer of a record can be written back.
func (r *runner) keeps(rec *Record) bool { return rec.Answered && !rec.Fails && !rec.repeated }

// expected counts whether an error, or none, is what a record says.
func (r *runner) expected(rec *Record, err error) bool {
	var broken *Broken
	var refusal *Refusal
	switch {
	case errors.As(err, &broken):
		r.fail(rec, Unequal, "", indent(broken.Error()))
	case err != nil && !errors.As(err, &refusal):
		r.fail(rec, Defective, "", indent(err.Error()))
	case err == nil && rec.Fails:
		r.fail(rec, Accepted, "", "    there must be one\n")
	case err != nil && !rec.Fails && !rec.May:
		place := ""
		if refusal.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d: ", rec.File, rec.SQLLine+refusal.Line-1, refusal.Col)
		}
		r.fail(rec, Refused, refusal.Code, indent(place+refusal.Error()))
	case err != nil && rec.Error != nil && !rec.Error.MatchString(err.Error()):
		r.fail(rec, Another, refusal.Code, script.Diff(rec.Line, []string{"error " + rec.Error.String()}, []string{"error " + err.Error()}))
	default:
		r.out.Passed++
		return true
	}
	return false
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n"
}

func (r *runner) fail(rec *Record, cause Cause, code, text string) {
	r.out.Failures = append(r.out.Failures, Failure{rec.File, rec.Line, cause, code, rec.SQL, text})
}

// Rewrite returns the text of the file with the answers of a run. Those of included files and of loops stay.
func (f *File) Rewrite(r *Result) string {
	lines, at := []string{}, 0
	for _, w := range r.answers {
		if w.rec.File != f.Name || w.answer == nil {
			continue
		}
		lines = append(append(lines, f.lines[at:w.rec.From]...), w.text()...)
		at = w.rec.To
	}
	return strings.Join(append(lines, f.lines[at:]...), "\n")
}

// text returns the lines of an answer, in the form of the old ones. An answer that is right stays as it is.
func (w *written) text() []string {
	rec := w.rec
	if got, want := rec.differences(w.answer); got == nil && want == nil {
		return rec.Answer
	}
	letters := rec.Types
	if len(letters) != w.answer.Width {
		letters = ""
	}
	g := w.answer.texts(letters)
	values := g.values(rec.Sort)
	if w.limit > 0 && len(values) > w.limit {
		return []string{fmt.Sprintf("%d values hashing to %s", len(values), hash(values))}
	}
	rows := w.rows
	if len(rec.Answer) > 0 && w.answer.Width > 1 {
		rows = strings.Contains(rec.Answer[0], "\t")
	}
	return rec.lines(g, rows)
}
