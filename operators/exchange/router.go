// Package exchange says which worker owns a row, by the hash of its key, and gathers rows on their
// way to their owners.
package exchange

import (
	"sync"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// A parcel is sent off when it has either.
const (
	parcelRows  = 16 << 10
	parcelBytes = 1 << 20
)

// Pool recycles the memory of rows on their way between workers. It is safe for concurrent use.
type Pool struct {
	types []batch.Type
	pool  sync.Pool
}

// NewPool returns a pool of rows of the given types.
func NewPool(types []batch.Type) *Pool { return &Pool{types: types} }

// Builder returns an empty builder.
func (p *Pool) Builder() *batch.Builder {
	if b, ok := p.pool.Get().(*batch.Builder); ok {
		return b
	}
	return batch.NewBuilder(p.types)
}

// Recycle takes a builder back whose rows nobody needs any more.
func (p *Pool) Recycle(b *batch.Builder) {
	b.Reset()
	p.pool.Put(b)
}

// Deliver hands the rows of a worker over; the builder is the callee's, who recycles it.
type Deliver func(worker int, rows *batch.Builder)

// Router gathers, at one worker, the rows for each worker. Rows for one worker leave in the order
// in which they came.
type Router struct {
	key     []int
	pool    *Pool
	deliver Deliver
	out     []*batch.Builder // nil: nothing gathered
	cols    []batch.Column
	hashes  []uint64
	owner   []uint16
	sel     []int32
	starts  []int32
}

// NewRouter returns a router to n workers by the hash of the key columns. Without key columns all
// rows go to worker 0.
func NewRouter(key []int, n int, pool *Pool, deliver Deliver) *Router {
	return &Router{key: key, pool: pool, deliver: deliver, out: make([]*batch.Builder, n)}
}

// Route copies the rows of b and delivers what has become enough to send.
func (r *Router) Route(b *batch.Batch) {
	if len(r.key) == 0 || len(r.out) == 1 {
		r.to(0).AppendBatch(b)
		r.send(0)
		return
	}
	r.cols = r.cols[:0]
	for _, c := range r.key {
		r.cols = append(r.cols, b.Cols[c])
	}
	if cap(r.hashes) < b.Rows {
		r.hashes, r.owner = make([]uint64, b.Rows), make([]uint16, b.Rows)
	}
	kernel.Hash(r.hashes[:b.Rows], r.cols, b.Rows)
	kernel.Route(r.owner[:b.Rows], r.hashes[:b.Rows], len(r.out))
	r.sel, r.starts = kernel.Split(r.owner[:b.Rows], len(r.out), r.sel, r.starts)
	for w := range r.out {
		if sel := r.sel[r.starts[w]:r.starts[w+1]]; len(sel) > 0 {
			kernel.GatherRows(r.to(w), b, sel)
			r.send(w)
		}
	}
}

// Flush delivers everything that is still here.
func (r *Router) Flush() {
	for w, rows := range r.out {
		if rows != nil {
			r.out[w] = nil
			r.deliver(w, rows)
		}
	}
}

func (r *Router) to(w int) *batch.Builder {
	if r.out[w] == nil {
		r.out[w] = r.pool.Builder()
	}
	return r.out[w]
}

func (r *Router) send(w int) {
	if rows := r.out[w]; rows.Rows() >= parcelRows || rows.Bytes() >= parcelBytes {
		r.out[w] = nil
		r.deliver(w, rows)
	}
}
