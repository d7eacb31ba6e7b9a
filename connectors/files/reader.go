package files

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// patience is in how many looks a new file may be unreadable before that is an error: somebody may
// still be writing it.
const patience = 10

var errReplaced = errors.New("the file was replaced or changed after reading it had begun; put the new data under a new name")

// reader is one Read of a source.
type reader struct {
	out      *sdk.Writer
	parallel int
	tables   []*reading
}

// reading is a table being read.
type reading struct {
	*table
	schema batch.Schema // the wanted columns
	where  []sdk.Predicate
	first  *fileInfo // whose columns those of all files must be
	done   map[string]*fileInfo
	unread map[string]int // by path: how often a file could not be inspected
	live   bool
	left   int     // jobs of this pass
	errs   []error // of this pass
}

// job is a part of a file to read.
type job struct {
	of    *reading
	split string
	query query
}

// pass reads everything new. Errors of a file come when all others are read.
func (r *reader) pass(ctx context.Context, patience int) error {
	var jobs []job
	for _, t := range r.tables {
		t.errs, t.left = nil, 0
		found := t.plan(r.out, patience)
		t.left = len(found)
		jobs = append(jobs, found...)
	}
	if err := r.run(ctx, jobs); err != nil {
		return err
	}
	var errs []error
	for _, t := range r.tables {
		for _, err := range t.errs {
			errs = append(errs, fmt.Errorf("table %q: %w", t.name, err))
		}
	}
	return errors.Join(errs...)
}

// plan lists what there is to read of a table and notes what is wrong with its files.
func (t *reading) plan(out *sdk.Writer, patience int) []job {
	files, err := t.list()
	if err != nil {
		t.fail(err)
		return nil
	}
	var jobs []job
	there := map[string]bool{}
	for _, f := range files {
		there[f.name] = true
		if info := t.done[f.path]; info != nil && info.size == f.size && info.modified.Equal(f.modified) {
			continue
		}
		info, err := t.inspect(f)
		if err == nil && t.first != nil {
			schema := batch.Schema{Fields: slices.Clone(t.first.schema.Fields)}
			err = t.format.merge(&schema, t.first, info)
		}
		if err != nil {
			if t.unread[f.path]++; t.unread[f.path] > patience {
				t.fail(err)
			}
			continue
		}
		if t.first == nil {
			t.first = info
		}
		parts, err := t.parts(out, info)
		if err != nil {
			t.fail(at(f.path, err))
			continue
		}
		t.done[f.path] = info
		jobs = append(jobs, parts...)
	}
	for _, split := range out.Splits() {
		if err := t.gone(out, split, there); err != nil {
			t.fail(err)
		}
	}
	return jobs
}

func (t *reading) fail(err error) { t.errs = append(t.errs, err) }

// splitName names a part of a file. A file of one part, as most are, gives it its name.
func (t *reading) splitName(file string, part int) string {
	if part == 0 {
		return t.name + "/" + file
	}
	return fmt.Sprintf("%s/%s#%d", t.name, file, part)
}

// parts returns what is left to read of a file.
func (t *reading) parts(out *sdk.Writer, info *fileInfo) ([]job, error) {
	if before := t.done[info.path]; before != nil { // it was read in this run
		if before.identity != info.identity {
			return nil, errReplaced
		}
		return nil, nil
	}
	var jobs []job
	for i, part := range info.parts {
		split := t.splitName(info.name, i)
		q := query{file: info, from: part.from, to: part.to, schema: t.schema, where: t.where}
		if from := out.Split(split).From(); from != nil {
			p, err := decodePosition(from)
			switch {
			case err != nil:
				return nil, err
			case p.identity != info.identity:
				return nil, errReplaced
			case p.done:
				continue
			}
			q.from = p.next
		}
		jobs = append(jobs, job{t, split, q})
	}
	return jobs, nil
}

// gone reports a file that was read in part and is not there any more.
func (t *reading) gone(out *sdk.Writer, split string, there map[string]bool) error {
	file, ours := strings.CutPrefix(split, t.name+"/")
	if i := strings.LastIndexByte(file, '#'); i > 0 && !there[file] {
		file = file[:i]
	}
	if !ours || there[file] {
		return nil
	}
	p, err := decodePosition(out.Split(split).From())
	if err != nil || p.done {
		return err
	}
	return fmt.Errorf("%s: the file is gone, but only a part of it was read; put it back", file)
}

// settle waits until no file is being written that could not be told from a whole one.
func (r *reader) settle(ctx context.Context, rest time.Duration) error {
	sizes := map[string]listed{}
	for {
		moving := false
		for _, t := range r.tables {
			if !t.format.needsRest() {
				continue
			}
			files, _ := t.list() // an error is found again, and reported, by plan
			for _, f := range files {
				young := time.Since(f.modified) < rest
				before, seen := sizes[f.path]
				if young && (!seen || before != f) {
					moving = true
				}
				sizes[f.path] = f
			}
		}
		if !moving {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rest):
		}
	}
}

// run does all jobs, several at a time, and says which tables are live. It returns what the host
// or the context have against going on; errors of files are noted at their tables.
func (r *reader) run(ctx context.Context, jobs []job) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var state sync.Mutex // guards next, and what finish changes
	next := 0
	take := func() (j job, ok bool) {
		state.Lock()
		defer state.Unlock()
		if next == len(jobs) || ctx.Err() != nil {
			return job{}, false
		}
		next++
		return jobs[next-1], true
	}
	finish := func(t *reading, err error) {
		state.Lock()
		defer state.Unlock()
		if err != nil && ctx.Err() == nil {
			t.fail(err)
		}
		if t.left--; t.left <= 0 && len(t.errs) == 0 && !t.live && ctx.Err() == nil {
			t.live = true
			if err := r.out.Live(t.name); err != nil {
				cancel(err)
			}
		}
	}
	for _, t := range r.tables {
		if t.left == 0 {
			finish(t, nil)
		}
	}
	var workers sync.WaitGroup
	for range min(r.parallel, len(jobs)) {
		workers.Go(func() {
			for j, ok := take(); ok; j, ok = take() {
				finish(j.of, j.run(ctx, r.out, cancel))
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// run reads a part of a file into its split. An error of the host, rather than of the file, cancels everything.
func (j job) run(ctx context.Context, out *sdk.Writer, cancel context.CancelCauseFunc) error {
	w := out.Split(j.split)
	host := func(err error) error {
		if err != nil {
			cancel(err)
		}
		return err
	}
	err := j.of.format.read(ctx, j.query, func(b *batch.Batch, next place, commit bool) error {
		if b.Rows > 0 {
			if err := host(w.Write(j.of.name, b)); err != nil {
				return err
			}
		}
		if !commit {
			return nil
		}
		p := position{identity: j.query.file.identity, next: next, done: next == j.query.to}
		return host(w.Commit(p.encode()))
	})
	if err != nil {
		return at(j.query.file.path, err)
	}
	return nil
}
