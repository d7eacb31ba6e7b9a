package generator

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// stream is a sequence of steps, each of which adds rows to tables. Any step can be made without those before it.
type stream struct {
	name   string
	steps  int64 // 0: without end
	whole  bool  // not to be split: a step may take back what an earlier one has added
	tables []table
}

// table is a table of a stream.
type table struct {
	sdk.Table
	// add appends what steps from..to-1 add to the table.
	add func(b *batch.Builder, what *wanted, from, to int64)
}

// Source makes the rows of a connection.
type Source struct {
	config      config
	fingerprint uint64
	streams     []*stream
}

func open(_ context.Context, c config) (*Source, error) {
	s := &Source{config: c, fingerprint: c.fingerprint()}
	if c.Kind == "nexmark" {
		first, err := valueOf(batch.T(batch.Timestamp), c.First)
		if err != nil {
			return nil, err
		}
		s.streams = []*stream{newNexmark(c.nexmarkConfig, c.Seed, batch.Values[int64](&first)[0]).stream()}
	}
	for i := range c.Tables {
		t, err := newRows(&c.Tables[i], c.Seed)
		if err != nil {
			return nil, err
		}
		s.streams = append(s.streams, t.stream())
	}
	return s, nil
}

// Close has nothing to free.
func (s *Source) Close() error { return nil }

// Tables returns the tables. Those that have an end, and no rate, are complete when they are shown.
func (s *Source) Tables(context.Context) ([]sdk.Table, error) {
	var out []sdk.Table
	for _, st := range s.streams {
		for _, t := range st.tables {
			if !s.complete(st) {
				t.Rows = 0
			}
			out = append(out, t.Table)
		}
	}
	return out, nil
}

// complete reports whether the tables of a stream are shown only when all rows are there.
func (s *Source) complete(st *stream) bool { return st.steps > 0 && s.config.Rate == 0 }

// Read makes all rows, or rows without end, from the position of each split on. A bounded request gets no
// rows of what has no end.
func (s *Source) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	streams, err := s.asked(req)
	if err != nil {
		return err
	}
	group, within := errgroup.WithContext(ctx)
	for _, r := range streams {
		if !s.complete(r.stream) {
			if err := r.live(out); err != nil {
				return err
			}
		}
		if req.Bounded && r.stream.steps == 0 {
			continue
		}
		parts, err := r.parts(out)
		if err != nil {
			return err
		}
		for _, p := range parts {
			group.Go(func() error { return p.make(within) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, r := range streams {
		if s.complete(r.stream) {
			if err := r.live(out); err != nil {
				return err
			}
		}
	}
	if !req.Bounded {
		<-ctx.Done() // nothing more will come, but the tables stay
	}
	return ctx.Err()
}

// reading is a stream of which tables were asked for.
type reading struct {
	*Source
	stream *stream
	tables []*asked
}

// asked is a table, and what is wanted of it.
type asked struct {
	*table
	wanted
	types []batch.Type
}

// wanted are columns, by their places in the schema, of the rows that meet conditions.
type wanted struct {
	columns []int
	where   []condition
}

// asked finds what a request is about.
func (s *Source) asked(req sdk.Request) ([]*reading, error) {
	var out []*reading
	found := map[string]bool{}
	for _, st := range s.streams {
		r := &reading{Source: s, stream: st}
		for i := range st.tables {
			t := &st.tables[i]
			for _, ask := range req.Tables {
				if ask.Name != t.Name {
					continue
				}
				a, err := t.columns(ask.Columns)
				if err != nil {
					return nil, err
				}
				a.where = t.conditions(ask.Where)
				found[t.Name] = true
				r.tables = append(r.tables, a)
			}
		}
		if r.tables != nil {
			out = append(out, r)
		}
	}
	for _, ask := range req.Tables {
		if !found[ask.Name] {
			return nil, fmt.Errorf("no table %q; %s", ask.Name, near.Fix(ask.Name, s.names()))
		}
	}
	return out, nil
}

func (s *Source) names() []string {
	var names []string
	for _, st := range s.streams {
		for _, t := range st.tables {
			names = append(names, t.Name)
		}
	}
	return names
}

// columns finds the columns of these names; nil: all of them.
func (t *table) columns(names []string) (*asked, error) {
	a := &asked{table: t}
	if names == nil {
		for i := range t.Schema.Fields {
			a.wanted.columns = append(a.wanted.columns, i)
		}
	}
	for _, name := range names {
		i := t.Schema.Index(name)
		if i < 0 {
			return nil, fmt.Errorf("table %q has no column %q", t.Name, name)
		}
		a.wanted.columns = append(a.wanted.columns, i)
	}
	for _, i := range a.wanted.columns {
		a.types = append(a.types, t.Schema.Fields[i].Type)
	}
	return a, nil
}

func (r *reading) live(out *sdk.Writer) error {
	for _, t := range r.tables {
		if err := out.Live(t.Name); err != nil {
			return err
		}
	}
	return nil
}

// part is a split of a stream: every so manieth batch.
type part struct {
	*reading
	out   *sdk.Writer
	next  int64 // the step to go on with
	since int64 // the step from which on the rate counts
}

// splits returns how many splits the stream has.
func (r *reading) splits() int64 {
	if r.stream.whole {
		return 1
	}
	return r.config.Splits
}

// parts returns the splits of a stream, each at its position.
func (r *reading) parts(out *sdk.Writer) ([]*part, error) {
	var parts []*part
	since := int64(math.MaxInt64)
	for i := range r.splits() {
		w := out.Split(fmt.Sprintf("%s/%d", r.stream.name, i))
		next := i * r.config.batch()
		if from := w.From(); from != nil {
			var err error
			if next, err = r.decode(from); err != nil {
				return nil, err
			}
		}
		since = min(since, next)
		parts = append(parts, &part{reading: r, out: w, next: next})
	}
	for _, p := range parts {
		p.since = since
	}
	return parts, nil
}

// make makes the rows of a split, a batch a commit.
func (p *part) make(ctx context.Context) error {
	pace := pacer{start: time.Now(), rate: p.config.Rate}
	builders := make([]*batch.Builder, len(p.tables))
	for i, t := range p.tables {
		builders[i] = batch.NewBuilder(t.types)
	}
	size := p.config.batch()
	for p.stream.steps == 0 || p.next < p.stream.steps {
		whole := p.next - p.next%size + size
		end := whole
		if p.stream.steps > 0 {
			end = min(end, p.stream.steps)
		}
		if err := pace.wait(ctx, end-p.since); err != nil {
			return err
		}
		for i, t := range p.tables {
			if err := p.write(builders[i], t, end); err != nil {
				return err
			}
		}
		if p.next = end; end == whole { // the batches between are those of other splits
			p.next += size * (p.splits() - 1)
		}
		if err := p.out.Commit(p.encode(p.next)); err != nil {
			return err
		}
	}
	return nil
}

// write writes what the steps up to end add to a table.
func (p *part) write(b *batch.Builder, t *asked, end int64) error {
	for from := p.next; from < end; from += mostBatch {
		b.Reset()
		t.add(b, &t.wanted, from, min(from+mostBatch, end))
		if b.Rows() == 0 {
			continue
		}
		if err := p.out.Write(t.Name, b.Peek()); err != nil {
			return err
		}
	}
	return nil
}

// A position is the fingerprint of the configuration and the next step.
func (s *Source) encode(next int64) sdk.Position {
	return binary.AppendUvarint(binary.BigEndian.AppendUint64(nil, s.fingerprint), uint64(next))
}

func (s *Source) decode(p sdk.Position) (next int64, err error) {
	if len(p) < 9 {
		return 0, errors.New("the stored position is not one of this connector; remove the app's data with millrace clean")
	}
	n, size := binary.Uvarint(p[8:])
	switch {
	case size != len(p)-8 || n > math.MaxInt64:
		return 0, errors.New("the stored position is damaged; remove the app's data with millrace clean")
	case binary.BigEndian.Uint64(p) != s.fingerprint:
		return 0, errors.New("the settings that the rows follow from are not those with which the stored rows were made: " +
			"go back to them, or remove the app's data with millrace clean")
	}
	return int64(n), nil
}

// pacer spreads steps over time.
type pacer struct {
	start time.Time
	rate  float64 // steps a second; 0: no limit
}

// wait waits until so many steps are due since the start.
func (p *pacer) wait(ctx context.Context, steps int64) error {
	if p.rate > 0 {
		due := time.Duration(min(float64(steps)/p.rate*float64(time.Second), math.MaxInt64/2))
		if ahead := due - time.Since(p.start); ahead > 0 {
			timer := time.NewTimer(ahead)
			defer timer.Stop()
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		}
	}
	return ctx.Err()
}
