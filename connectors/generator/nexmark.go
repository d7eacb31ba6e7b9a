package generator

import (
	"fmt"
	"math"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// The events of the Nexmark benchmark (Tucker, Tufte, Papadimos, Maier: "NEXMark, a benchmark for queries over data
// streams"), with the proportions and distributions that its public implementations have settled on. Of 50 events
// the first is a new person, the next three are new auctions, and the others are bids.
const (
	groupEvents   = 50
	groupPeople   = 1
	groupAuctions = 3
	groupBids     = groupEvents - groupPeople - groupAuctions

	firstPerson   = 1000 // the least id
	firstAuction  = 1000
	firstCategory = 10
	categories    = 5

	personLead  = 10  // how many people may be named before they are there
	auctionLead = 10  // likewise
	hotStep     = 100 // of how many people or auctions in a row one is hot
)

// nexmark is the world that the events are about.
type nexmark struct {
	nexmarkConfig
	seed     uint64
	first    int64 // microseconds
	prices   []int64
	pool     pool
	channels []channel
}

// nexmarkConfig are the parameters of kind nexmark.
type nexmarkConfig struct {
	Events      int64  `cfg:"events" default:"0" min:"0" doc:"Kind nexmark: how many events there are, people, auctions and bids together; 0 is no end."`
	EventRate   int64  `cfg:"event_rate" default:"10000" min:"1" max:"1000000000" doc:"Kind nexmark: events in a second of their own time."`
	HotAuctions uint64 `cfg:"hot_auctions" default:"2" min:"1" max:"1000000" doc:"Kind nexmark: one bid in so many is not for a hot auction; 1 makes none hot."`
	HotBidders  uint64 `cfg:"hot_bidders" default:"4" min:"1" max:"1000000" doc:"Kind nexmark: one bid in so many is not by a hot bidder; 1 makes none hot."`
	HotSellers  uint64 `cfg:"hot_sellers" default:"4" min:"1" max:"1000000" doc:"Kind nexmark: one auction in so many is not by a hot seller; 1 makes none hot."`
	People      int64  `cfg:"active_people" default:"1000" min:"1" max:"1000000000" doc:"Kind nexmark: how many of the last people bid and sell."`
	InFlight    int64  `cfg:"in_flight_auctions" default:"100" min:"1" max:"1000000000" doc:"Kind nexmark: how many of the last auctions are bid for."`
}

const maxEvents = 1 << 53

// Check reports so many events that their numbers would overflow.
func (c *nexmarkConfig) Check() error {
	if c.Events > maxEvents {
		return &sdk.ConfigError{Path: "events", Msg: fmt.Sprintf("%d is above %d", c.Events, int64(maxEvents)), Fix: "write 0 for no end"}
	}
	return nil
}

func newNexmark(c nexmarkConfig, seed uint64, first int64) *nexmark {
	n := &nexmark{nexmarkConfig: c, seed: seed, first: first, pool: newPool(seed), channels: newChannels(seed)}
	for i := range priceSteps + 1 {
		n.prices = append(n.prices, int64(math.Round(math.Pow(10, 6*float64(i)/priceSteps)*100)))
	}
	return n
}

// stream returns the events as a stream of three tables.
func (n *nexmark) stream() *stream {
	return &stream{name: "nexmark", steps: n.Events, tables: []table{
		n.table("person", n.person(), share{0, groupPeople}),
		n.table("auction", n.auction(), share{groupPeople, groupAuctions}),
		n.table("bid", n.bid(), share{groupPeople + groupAuctions, groupBids}),
	}}
}

// eventColumn makes the values of a column from the numbers of events.
type eventColumn struct {
	name string
	kind batch.Kind
	fill func(v *batch.Vector, events []int64)
}

func (n *nexmark) table(name string, columns []eventColumn, of share) table {
	t := table{Table: sdk.Table{Name: name, Replayable: true, Rows: of.before(n.Events)}}
	for _, c := range columns {
		t.Schema.Fields = append(t.Schema.Fields, batch.Field{Name: c.name, Type: batch.T(c.kind)})
	}
	t.add = func(b *batch.Builder, what *wanted, from, to int64) {
		events := meeting(of.events(from, to), what.where, func(c int, v *batch.Vector, events []int64) { columns[c].fill(v, events) })
		for i, c := range what.columns {
			columns[c].fill(b.Cols[i], events)
		}
		b.EndRows(len(events), 1)
	}
	return t
}

// share says which events of a group are rows of a table.
type share struct{ first, count int64 }

// before returns how many rows there are in events 0..n-1.
func (s share) before(n int64) int64 {
	return n/groupEvents*s.count + min(max(n%groupEvents-s.first, 0), s.count)
}

// events returns the numbers of those in from..to-1 that are rows of the table.
func (s share) events(from, to int64) []int64 {
	out := make([]int64, s.before(to)-s.before(from))
	at := from
	for i := range out {
		switch r := at % groupEvents; {
		case r < s.first:
			at += s.first - r
		case r >= s.first+s.count:
			at += groupEvents + s.first - r
		}
		out[i] = at
		at++
	}
	return out
}

// time returns when an event happens, in microseconds.
func (n *nexmark) time(event int64) int64 {
	return n.first + event/n.EventRate*1e6 + event%n.EventRate*1e6/n.EventRate
}

// lastPerson returns the number of the last person at an event, that event included.
func lastPerson(event int64) int64 { return event / groupEvents }

// lastAuction returns the number of the last auction at an event, that event included; -1 before the first.
func lastAuction(event int64) int64 {
	return share{groupPeople, groupAuctions}.before(event+1) - 1
}

// anyPerson returns one of the last people, or one who is about to come.
func (n *nexmark) anyPerson(r *random, event int64) int64 {
	people := lastPerson(event) + 1
	active := min(people, n.People)
	return people - active + int64(r.below(uint64(active+personLead)))
}

// anyAuction returns one of the last auctions, or one that is about to come.
func (n *nexmark) anyAuction(r *random, event int64) int64 {
	last := max(lastAuction(event), 0)
	least := max(last-n.InFlight, 0)
	return least + int64(r.below(uint64(last-least+1+auctionLead)))
}

const (
	priceSteps    = 1 << priceStepBits
	priceStepBits = 10
)

// price returns a price in cents: the logarithms of prices are uniform between 1 and a million.
func (n *nexmark) price(r *random) int64 {
	x := r.next()
	i := x >> (64 - priceStepBits)
	const fractionBits = 20
	fraction := int64(x >> (64 - priceStepBits - fractionBits) & (1<<fractionBits - 1))
	return n.prices[i] + (n.prices[i+1]-n.prices[i])*fraction>>fractionBits
}
