package view

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// loadMerge brings the pieces of a load into tables that do not overlap.
type loadMerge struct {
	load      *Load
	duplicate func(*batch.Batch) error

	mu    sync.Mutex // guards out and the calls of duplicate
	out   *Loaded
	paths []string
}

const (
	partBytes     = 64 << 20 // of what one goroutine merges in one go
	duplicateRows = 1024     // of a batch of duplicates
)

// run returns the paths of the tables.
func (m *loadMerge) run(ctx context.Context) ([]string, error) {
	pieces := m.load.pieces
	slices.SortFunc(pieces, func(a, b piece) int { return bytes.Compare(a.min, b.min) })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(m.load.store.opts.Parallel)
	for _, cluster := range clusters(pieces) {
		if p := &cluster[0]; len(cluster) == 1 && p.table {
			m.mu.Lock()
			m.paths = append(m.paths, p.path)
			m.out.Rows += p.rows
			m.out.Bytes += p.bytes
			m.mu.Unlock()
			continue
		}
		cuts := cuts(cluster, m.load.store.opts.Parallel)
		for i := range len(cuts) + 1 {
			var lo, hi []byte
			if i > 0 {
				lo = cuts[i-1]
			}
			if i < len(cuts) {
				hi = cuts[i]
			}
			g.Go(func() error { return m.merge(ctx, cluster, lo, hi) })
		}
	}
	err := g.Wait()
	return m.paths, err
}

// clusters splits pieces, ordered by their least keys, where no piece reaches over. Neighbours that have to
// be written again anyway stay together.
func clusters(pieces []piece) (out [][]piece) {
	rewrite := false
	var max []byte
	start := 0
	for i := range pieces {
		p := &pieces[i]
		apart := i > start && bytes.Compare(max, p.min) < 0
		alone := p.table && (i+1 == len(pieces) || bytes.Compare(p.max, pieces[i+1].min) < 0)
		if apart && (alone || !rewrite) {
			out = append(out, pieces[start:i])
			start, rewrite = i, false
		}
		rewrite = rewrite || !p.table || i > start
		if i == start || bytes.Compare(p.max, max) > 0 {
			max = p.max
		}
	}
	if start < len(pieces) {
		out = append(out, pieces[start:])
	}
	return out
}

// cuts returns keys that split a cluster into parts for the goroutines.
func cuts(cluster []piece, parallel int) (out [][]byte) {
	var samples [][]byte
	var total int64
	for i := range cluster {
		samples = append(samples, cluster[i].samples...)
		total += cluster[i].bytes
	}
	slices.SortFunc(samples, bytes.Compare)
	parts := int(total / partBytes)
	if parts < parallel && total > 1<<20 {
		parts = parallel
	}
	for i := 1; i < parts && len(samples) >= parts; i++ {
		if key := samples[i*len(samples)/parts]; len(out) == 0 || !bytes.Equal(out[len(out)-1], key) {
			out = append(out, key)
		}
	}
	return out
}

// part is one goroutine's share of a merge: the keys from lo to below hi of a cluster.
type part struct {
	merge  *loadMerge
	ctx    context.Context
	table  *tableWriter
	keys   int
	spare  *batch.Builder // duplicates not yet handed out
	value  []byte
	result Loaded
	paths  []string
}

func (m *loadMerge) merge(ctx context.Context, cluster []piece, lo, hi []byte) error {
	var sources []source
	for i := range cluster {
		p := &cluster[i]
		if lo != nil && bytes.Compare(p.max, lo) < 0 || hi != nil && bytes.Compare(p.min, hi) >= 0 {
			continue
		}
		s, err := p.open(lo, hi)
		if err != nil {
			for _, s := range sources {
				err = errors.Join(err, s.close())
			}
			return err
		}
		sources = append(sources, s)
	}
	p := &part{merge: m, ctx: ctx, spare: batch.NewBuilder(m.load.generation.codec.types)}
	emit := p.keyed
	if !m.load.generation.codec.keyed() {
		emit = p.keyless
	}
	err := consolidate(sources, emit)
	return errors.Join(err, p.end(err == nil))
}

// end closes the table and adds the part's result to the whole.
func (p *part) end(whole bool) error {
	err := p.endTable()
	if err == nil && whole {
		err = p.handOut()
	}
	m := p.merge
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paths = append(m.paths, p.paths...)
	m.out.Rows += p.result.Rows
	m.out.Duplicates += p.result.Duplicates
	m.out.Absent += p.result.Absent
	m.out.Bytes += p.result.Bytes
	return err
}

func (p *part) endTable() error {
	t := p.table
	if t == nil {
		return nil
	}
	p.table = nil
	if err := t.close(); err != nil {
		return err
	}
	p.paths = append(p.paths, t.path)
	p.result.Bytes += int64(t.bytes)
	return nil
}

func (p *part) set(key, value []byte) error {
	if p.keys++; p.keys%4096 == 0 && p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	if p.table != nil && p.table.full() {
		if err := p.endTable(); err != nil {
			return err
		}
	}
	if p.table == nil {
		var err error
		if p.table, err = p.merge.load.newTable(); err != nil {
			return err
		}
	}
	return p.table.set(key, value)
}

func (p *part) keyed(key []byte, rows []weighted) error {
	c := p.merge.load.generation.codec
	first := -1
	for i, r := range rows {
		switch {
		case r.weight < 0:
			p.result.Absent -= int64(r.weight)
		case first < 0 || c.compareRows(r.row, rows[first].row) < 0:
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	for i, r := range rows {
		if i == first {
			r.weight--
		}
		if r.weight > 0 {
			if err := p.leaveOut(c, r); err != nil {
				return err
			}
		}
	}
	p.result.Rows++
	p.value = binary.LittleEndian.AppendUint32(p.value[:0], p.merge.load.version)
	p.value = append(p.value, rows[first].row...)
	return p.set(key, p.value)
}

func (p *part) keyless(key []byte, rows []weighted) error {
	w := rows[0].weight
	if w < 0 {
		p.result.Absent -= int64(w)
		return nil
	}
	p.result.Rows += int64(w)
	p.value = countValue(p.value[:0], p.merge.load.version, uint64(w))
	return p.set(key, p.value)
}

// leaveOut keeps a duplicate to be handed out.
func (p *part) leaveOut(c *codec, r weighted) error {
	var row Row
	if err := row.load(c, r.row); err != nil {
		return err
	}
	for i, v := range p.spare.Cols {
		row.appendTo(v, i)
	}
	p.spare.End(r.weight)
	p.result.Duplicates += int64(r.weight)
	if p.spare.Rows() < duplicateRows {
		return nil
	}
	return p.handOut()
}

func (p *part) handOut() error {
	if p.spare.Rows() == 0 || p.merge.duplicate == nil {
		p.spare.Reset()
		return nil
	}
	b := p.spare.Take()
	p.merge.mu.Lock()
	defer p.merge.mu.Unlock()
	return p.merge.duplicate(b)
}
