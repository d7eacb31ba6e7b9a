package live

import (
	"context"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// newChanges returns random changes of a share of the keys.
func newChanges(t testing.TB, r *rand.Rand, o *oracle, share, shares int) *changes {
	t.Helper()
	g := &changes{Rand: rand.New(rand.NewPCG(r.Uint64(), uint64(share))), share: share, shares: shares, count: map[string]int{}, fresh: 100} //nolint:gosec // choices of a test
	for _, name := range tableNames {
		g.count[name] = len(o.view(t, name))
	}
	return g
}

// TestLive proves I2 to I4 while nothing breaks: after any changes every view equals what another engine computes
// from the tables, in the epoch that the push answered with.
func TestLive(t *testing.T) {
	t.Parallel()
	s, o, r := newSystem(t), newOracle(t), random(t)
	g := newChanges(t, r, o, 0, 1)
	s.start(t)
	s.ready(t)
	s.mustEqual(t, o, 0)
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	readers.Go(func() { s.hammer(ctx, t) })
	defer readers.Wait()
	defer cancel()
	last := uint64(1)
	for range rounds(4) {
		for range 1 + r.IntN(25) {
			c := g.next()
			o.apply(t, c)
			epoch := s.mustPush(t, c)
			if epoch <= last {
				t.Fatalf("%v: visible in epoch %d, and epoch %d was published before it", c, epoch, last)
			}
			last = epoch
		}
		s.mustEqual(t, o, last)
	}
}

// hammer reads until ctx ends, and proves I3: epochs never go back, and two views of one epoch agree.
func (s *system) hammer(ctx context.Context, t *testing.T) {
	last := uint64(0)
	for k := 1; ctx.Err() == nil; k = k%20 + 1 {
		id := strconv.Itoa(k)
		customers, err := s.get("customers", url.Values{"customer_id": {id}, "$limit": {"10"}})
		if err != nil {
			t.Error(err)
			return
		}
		orders, err := s.get("customer_orders", url.Values{"customer_id": {id}, "$limit": {"1000"}})
		if err != nil {
			t.Error(err)
			return
		}
		if customers.epoch < last || orders.epoch < customers.epoch {
			t.Errorf("epochs %d, %d, %d", last, customers.epoch, orders.epoch)
		}
		last = orders.epoch
		if customers.epoch != orders.epoch {
			continue
		}
		for _, order := range orders.rows {
			if len(customers.rows) != 1 || order["name"] != customers.rows[0]["name"] {
				t.Errorf("epoch %d: order %v of customer %v", orders.epoch, order, customers.rows)
			}
		}
	}
}

// TestDependents changes and takes back rows that many others refer to, one after the other.
func TestDependents(t *testing.T) {
	t.Parallel()
	s, o := newSystem(t), newOracle(t)
	s.start(t)
	s.ready(t)
	do := func(c *change) {
		t.Helper()
		o.apply(t, c)
		s.mustEqual(t, o, s.mustPush(t, c))
	}
	customer := &change{table: "customers", rows: [][]any{{int64(1), "ada", "a@b.com", nil, nil}}}
	product := &change{table: "products", rows: [][]any{slices.Concat([]any{int64(1)}, make([]any, 20))}}
	orders, items := &change{table: "orders"}, &change{table: "order_items"}
	for i := range int64(500) {
		orders.rows = append(orders.rows, []any{1000 + i, int64(1), nil, 1.5})
		items.rows = append(items.rows, []any{10_000 + i, 1000 + i%7, int64(1), i, 2.5})
	}
	away := func(c *change, keys int) *change {
		d := &change{table: c.table, del: true}
		for _, row := range c.rows[:keys] {
			d.rows = append(d.rows, row[:1])
		}
		return d
	}
	for _, c := range []*change{customer, product, orders, items, away(customer, 1), customer, away(product, 1), away(orders, 250), product, orders, away(items, 499)} {
		do(c)
	}
	moved := &change{table: "orders"} // to another customer, who may not be there
	for i, row := range orders.rows {
		moved.rows = append(moved.rows, []any{row[0], int64(2 + i%2*5_000_000), row[2], row[3]})
	}
	do(moved)
	do(orders)
	do(&change{table: "order_items", del: true, rows: [][]any{{int64(77_777_777)}}}) // nothing is there
	twice := &change{table: "orders", rows: [][]any{{int64(1), int64(1), nil, 1.0}, {int64(1), int64(2), nil, 2.0}}}
	do(twice) // the last row of a key stays
	s.stop(t)
}

// TestBusy proves I2 under load: several clients at once, whose requests share epochs.
func TestBusy(t *testing.T) {
	t.Parallel()
	s, o, r := newSystem(t), newOracle(t), random(t)
	s.start(t)
	s.ready(t)
	const clients = 4
	for range rounds(1) {
		done := make([][]*change, clients)
		var pushing sync.WaitGroup
		for i := range clients {
			g := newChanges(t, r, o, i, clients)
			pushing.Go(func() {
				for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
					c := g.next()
					if _, err := s.push(c, g.IntN(2) == 0); err != nil {
						t.Error(err)
						return
					}
					done[i] = append(done[i], c)
				}
			})
		}
		pushing.Wait()
		n := 0
		for _, list := range done {
			n += len(list)
			for _, c := range list {
				o.apply(t, c)
			}
		}
		t.Logf("%d changes", n)
		s.mustEqual(t, o, s.mustPush(t, marker))
		o.apply(t, marker)
	}
}

// marker is a change that is visible when everything pushed before is.
var marker = &change{table: "products", del: true, byPath: true, rows: [][]any{{int64(99_999_999)}}}
