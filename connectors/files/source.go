package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Source reads the tables of a connection.
type Source struct {
	tables []*table
	poll   time.Duration
}

func open(_ context.Context, c config) (*Source, error) {
	root := c.root()
	if c.Tables == nil {
		var err error
		if c.Tables, err = tablesIn(root); err != nil {
			return nil, err
		}
	}
	s := &Source{poll: c.Poll}
	var errs []error
	for i := range c.Tables {
		t := c.Tables[i].is().table(root)
		t.known = map[string]*fileInfo{}
		if _, err := t.list(); err != nil {
			errs = append(errs, fmt.Errorf("table %q: %w", t.name, err))
		}
		s.tables = append(s.tables, t)
	}
	if _, err := os.Stat(root); errs != nil && errors.Is(err, fs.ErrNotExist) {
		return s, (&table{path: root}).missing(err) // once, instead of for each table
	}
	return s, errors.Join(errs...)
}

// Close has nothing to free: files are open only while they are read.
func (s *Source) Close() error { return nil }

// Tables reads the footer or the head of every file, so that it reports what is wrong with any.
func (s *Source) Tables(context.Context) ([]sdk.Table, error) {
	var out []sdk.Table
	var errs []error
	for _, t := range s.tables {
		d, err := t.describe()
		if err != nil {
			errs = append(errs, fmt.Errorf("table %q: %w", t.name, err))
		}
		out = append(out, d)
	}
	return out, errors.Join(errs...)
}

func (t *table) describe() (sdk.Table, error) {
	d := sdk.Table{Name: t.name, Replayable: true}
	files, err := t.list()
	if err != nil {
		return d, err
	}
	if len(files) == 0 {
		return d, fmt.Errorf("no %s files in %s; put one there, or set extension or path", t.extension, absolute(t.path))
	}
	var first *fileInfo
	var errs []error
	for _, f := range files {
		info, err := t.inspect(f)
		switch {
		case err != nil:
		case first == nil:
			first, d.Schema = info, batch.Schema{Fields: slices.Clone(info.schema.Fields)}
			d.Ranges = maps.Clone(info.ranges)
		default:
			err = t.format.merge(&d.Schema, first, info)
			cover(d.Ranges, info.ranges)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if info.rows < 0 || d.Rows < 0 {
			d.Rows = -1
		} else {
			d.Rows += info.rows
		}
	}
	for i := range d.Schema.Fields {
		if f := &d.Schema.Fields[i]; f.Type.Kind == batch.Invalid { // no file has a value of it
			f.Type = batch.T(batch.Utf8)
		}
	}
	return d, errors.Join(errs...)
}

// cover makes ranges cover those of another file, too. A column of which one file says nothing has none.
func cover(ranges, more map[string]sdk.Range) {
	for name, r := range ranges {
		if other, ok := more[name]; ok {
			ranges[name] = r.Over(other)
		} else {
			delete(ranges, name)
		}
	}
}

// Read reads all files that are there and, unless the request is bounded, each new one. A file that
// cannot be read does not keep it from reading the others; its error comes when they are done.
func (s *Source) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	r := &reader{out: out, parallel: max(1, req.Parallel)}
	for _, asked := range req.Tables {
		i := slices.IndexFunc(s.tables, func(t *table) bool { return t.name == asked.Name })
		if i < 0 {
			var names []string
			for _, t := range s.tables {
				names = append(names, t.name)
			}
			return fmt.Errorf("no table %q; %s", asked.Name, near.Fix(asked.Name, names))
		}
		want, err := wanted(asked)
		if err != nil {
			return err
		}
		r.tables = append(r.tables, &reading{table: s.tables[i], schema: want, where: asked.Where, done: map[string]*fileInfo{}, unread: map[string]int{}})
	}
	if err := r.settle(ctx, s.poll); err != nil {
		return err
	}
	if err := r.pass(ctx, 0); err != nil || req.Bounded {
		return err
	}
	for range sdk.Every(ctx, s.poll) {
		if err := r.pass(ctx, patience); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// wanted returns the schema of the columns that a request asks for.
func wanted(asked sdk.TableRequest) (batch.Schema, error) {
	if asked.Columns == nil {
		return asked.Schema, nil
	}
	var want batch.Schema
	for _, name := range asked.Columns {
		i := asked.Schema.Index(name)
		if i < 0 {
			return want, fmt.Errorf("table %q has no column %q", asked.Name, name)
		}
		want.Fields = append(want.Fields, asked.Schema.Fields[i])
	}
	return want, nil
}
