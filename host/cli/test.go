package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/operators/script"
	"github.com/millrace-dev/millrace/operators/script/slt"
)

// Subject is what a test script takes of a configuration by "use config".
type Subject = script.Config

// Served is a view of a Subject.
type Served = script.Served

// Testable is what an App can do whose configuration may be tested.
type Testable interface {
	// Subject returns what a test script needs of the configuration. It connects to nothing.
	Subject(ctx context.Context) (*Subject, error)
}

const testHelp = `Run test files: scripts (.delta) and sqllogictest files (.slt, .test), or all that are below a folder.

A script has tables, views, and epochs of weighted rows, each with the changes that the views must have:

    create table orders (id int, item text, primary key (id))
    view per_item as select item, count(*) as n from orders group by item

    epoch
    orders  +1  1 pen
    orders  +1  2 ink
    ----
    per_item  +1  ink 1
    per_item  +1  pen 1

    # An update is a retraction and an insertion; put and del change a row by its key.
    epoch
    orders  -1  2 ink
    orders  +1  2 pen
    ----
    per_item  -1  ink 1
    per_item  -1  pen 1
    per_item  +1  pen 2

Write the epochs, run millrace test --rewrite, and read what it wrote behind ---- as you would read a
colleague's change. Values stand between blanks, in double quotes where they have blanks themselves; NULL is a
null. "explain" in the place of "epoch" asks for the plan. Every script runs in several ways: on 1, 2 and 8
workers, in batches of another size, rows in another order, all epochs in one, with restarts from a checkpoint.
All must agree.

To test a pipeline without running its connectors, begin a script with the line

    use config

It then has the SQL, the functions and the served views of the configuration that -c names; "use config v, w" has
only these views. Tables come from the connections, which are asked for their columns but not for rows; where the
script declares all tables that the SQL reads, nothing is connected to.

A sqllogictest file runs statements, each an epoch, and queries, each a view that is maintained from then on and
compared with one built anew:

    statement ok
    INSERT INTO orders VALUES (3, 'pen')

    query TI rowsort
    SELECT item, count(*) FROM orders GROUP BY item
    ----
    pen
    3

It may use what the suites of SQLite, DuckDB and CockroachDB have in common: statement ok|error|count,
query TYPES nosort|rowsort|valuesort LABEL, "N values hashing to", skipif, onlyif (we are millrace), halt,
hash-threshold, include, loop, foreach, require, mode skip, and control of sqllogictest-rs.

The exit code is 0 if all checks passed, 1 if one failed, 2 for wrong usage.`

// testFlags are the flags of the command.
type testFlags struct {
	rewrite, verbose, loose bool
	engine                  string
	sample, jobs            int
}

func (c *command) testCommand() *cobra.Command {
	var o testFlags
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run test scripts (.delta) and sqllogictest files (.slt, .test), also against a configuration",
		Long:  testHelp,
		Args:  usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.sample < 0 || o.jobs < 1 {
				return errUsage{errors.New("--sample and --jobs are numbers from 1")}
			}
			files, err := testFiles(args)
			if err != nil {
				return errUsage{err}
			}
			ctx, stop := c.untilSignal(cmd.Context(), nil)
			defer stop()
			return c.test(ctx, files, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.rewrite, "rewrite", false, "write the answers into the files, to be reviewed")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "a line for each file, and all failures of a file")
	f.BoolVar(&o.loose, "loose", false, "in sqllogictest files, accept what a configuration in Dozer's format may do")
	f.StringVar(&o.engine, "engine", slt.Engine, "our `name` in skipif and onlyif")
	f.IntVar(&o.sample, "sample", 0, "run only one query in `N` of a sqllogictest file")
	f.IntVarP(&o.jobs, "jobs", "j", runtime.NumCPU(), "how many files run at the same time")
	return cmd
}

// testKinds are the endings of test files.
var testKinds = []string{".delta", ".slt", ".test"}

// testFiles returns the files, and for folders those below them.
func testFiles(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, arg)
			continue
		}
		before := len(out)
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && slices.Contains(testKinds, filepath.Ext(path)) {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(out) == before {
			return nil, fmt.Errorf("%s: there is no file that ends in %s", arg, strings.Join(testKinds, ", "))
		}
	}
	return out, nil
}

// tester runs test files.
type tester struct {
	testFlags
	c    *command
	load func() (*script.Config, error)
}

// tested is what a file came to.
type tested struct {
	passed, skipped int
	failures        []string
	causes          []string // of the failures, for the summary
	notes           []string
	rewritten       bool
	took            time.Duration
}

// errTests is why the command fails when checks do.
type errTests int

func (e errTests) Error() string {
	if e == 1 {
		return "1 check failed"
	}
	return fmt.Sprintf("%d checks failed", int(e))
}

func (c *command) test(ctx context.Context, files []string, o testFlags) (err error) {
	t := &tester{testFlags: o, c: c}
	var opened App
	t.load = sync.OnceValues(func() (*script.Config, error) {
		app, subject, err := c.subject(ctx)
		opened = app
		return subject, err
	})
	defer func() {
		if opened != nil {
			err = errors.Join(err, opened.Close())
		}
	}()
	results := make([]chan *tested, len(files))
	var group errgroup.Group
	group.SetLimit(o.jobs + 1)
	for i := range files {
		results[i] = make(chan *tested, 1)
	}
	group.Go(func() error { t.print(files, results); return nil })
	all := make([]*tested, len(files))
	for i, file := range files {
		group.Go(func() error {
			all[i] = t.file(ctx, file)
			results[i] <- all[i]
			return nil
		})
	}
	_ = group.Wait() // what failed is in the results
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return t.summary(all)
}

// subject opens the configuration.
func (c *command) subject(ctx context.Context) (App, *script.Config, error) {
	if c.program.Open == nil {
		return nil, nil, errors.New("this program has no configurations")
	}
	a, err := c.open(ctx, c.env.Err)
	if err != nil {
		return nil, nil, err
	}
	able, ok := a.App.(Testable)
	if !ok {
		return a, nil, errors.New("this configuration cannot be tested")
	}
	s, err := able.Subject(ctx)
	return a, s, err
}

// file runs a file.
func (t *tester) file(ctx context.Context, file string) *tested {
	out := &tested{}
	start := time.Now()
	text, err := os.ReadFile(file)
	switch {
	case err != nil:
	case filepath.Ext(file) == ".delta":
		err = t.delta(file, string(text), out)
	default:
		err = t.logic(ctx, file, string(text), out)
	}
	if err != nil {
		out.fail("file", strings.TrimSpace(err.Error()))
	}
	out.took = time.Since(start)
	return out
}

func (r *tested) fail(cause, text string) {
	r.failures, r.causes = append(r.failures, text), append(r.causes, cause)
}

func (t *tester) delta(file, text string, out *tested) error {
	s, err := script.ParseWith(file, text, t.load)
	if err != nil {
		return err
	}
	answers, err := s.Check(script.Ways)
	if err != nil {
		return err
	}
	if t.rewrite {
		out.passed = len(answers)
		return out.write(file, text, s.Text(answers))
	}
	wrong := s.Mismatches(answers)
	for _, m := range wrong {
		out.fail("wrong", strings.TrimSuffix(m.String(), "\n"))
	}
	out.passed = len(answers) - len(wrong)
	return nil
}

func (t *tester) logic(ctx context.Context, file, text string, out *tested) error {
	f, err := slt.Read(file, text, func(name string) (string, error) {
		more, err := os.ReadFile(name)
		return string(more), err
	})
	if err != nil {
		return err
	}
	r, err := f.Run(ctx, slt.Options{Engine: t.engine, Loose: t.loose, Sample: t.sample})
	out.passed, out.skipped = r.Passed, r.Skipped
	if r.Missing != "" {
		out.notes = append(out.notes, fmt.Sprintf("%s: the rest is skipped: it requires %s", file, r.Missing))
	}
	for i := range r.Failures {
		x := &r.Failures[i]
		if t.rewrite && x.Cause == slt.Wrong {
			continue
		}
		cause := string(x.Cause)
		if x.Code != "" {
			cause += " " + x.Code
		}
		out.fail(cause, strings.TrimSuffix(x.String(), "\n"))
	}
	if err != nil || !t.rewrite {
		return err
	}
	return out.write(file, text, f.Rewrite(r))
}

// write writes a file if it changes.
func (r *tested) write(file, old, text string) error {
	if old == text {
		return nil
	}
	r.rewritten = true
	return os.WriteFile(file, []byte(text), 0o644)
}

// maxShown is how many failures of a file are shown without -v.
const maxShown = 10

// print prints the results in the order of the files, each as soon as those before it are there.
func (t *tester) print(files []string, results []chan *tested) {
	for i, file := range files {
		r := <-results[i]
		t.one(t.c.env.Out, file, r)
	}
}

func (t *tester) one(w io.Writer, file string, r *tested) {
	for i, f := range r.failures {
		if i == maxShown && !t.verbose {
			fmt.Fprintf(w, "%s: and %d more failures; -v shows them\n\n", file, len(r.failures)-i)
			break
		}
		fmt.Fprintf(w, "%s\n\n", f)
	}
	for _, note := range r.notes {
		fmt.Fprintln(w, note)
	}
	if r.rewritten {
		fmt.Fprintf(w, "%s: rewritten\n", file)
	}
	if t.verbose {
		word := "ok  "
		if len(r.failures) > 0 {
			word = "FAIL"
		}
		fmt.Fprintf(w, "%s  %s  %d passed, %d failed, %d skipped  %.2fs\n", word, file, r.passed, len(r.failures), r.skipped, r.took.Seconds())
	}
}

// summary prints the last line and returns the error of the command.
func (t *tester) summary(all []*tested) error {
	var passed, failed, skipped int
	causes := map[string]int{}
	for _, r := range all {
		passed, failed, skipped = passed+r.passed, failed+len(r.failures), skipped+r.skipped
		for _, c := range r.causes {
			causes[c]++
		}
	}
	line := fmt.Sprintf("%d files, %d checks passed, %d failed", len(all), passed, failed)
	if len(all) == 1 {
		line = strings.Replace(line, "files", "file", 1)
	}
	if failed > 0 {
		var parts []string
		for c, n := range causes {
			parts = append(parts, fmt.Sprintf("%s: %d", c, n))
		}
		slices.Sort(parts)
		line += " (" + strings.Join(parts, ", ") + ")"
	}
	if skipped > 0 {
		line += fmt.Sprintf(", %d skipped", skipped)
	}
	fmt.Fprintln(t.c.env.Out, line)
	if failed > 0 {
		return errTests(failed)
	}
	return nil
}
