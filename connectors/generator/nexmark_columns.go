package generator

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/millrace-dev/millrace/sdk/batch"
)

var (
	firstNames = []string{"Ada", "Ben", "Clara", "David", "Emma", "Finn", "Grace", "Hugo", "Ida", "Jonas", "Karl", "Lena"}
	lastNames  = []string{"Adler", "Baker", "Carter", "Dunn", "Ellis", "Fisher", "Grant", "Hale", "Irwin"}
	// cities are two of each state.
	cities = []string{
		"Phoenix", "Tucson", "Fresno", "Oakland", "Boise", "Nampa", "Portland", "Salem", "Seattle", "Spokane", "Cheyenne", "Laramie",
	}
	states = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
)

// channel is where bids come from.
type channel struct{ name, url string }

// hotChannels are where half of all bids come from; as many others share the rest.
var hotChannels = []string{"Google", "Facebook", "Baidu", "Apple"}

const otherChannels = 10_000

// newChannels returns the hot channels and then the others, nine in ten of which have their number in their URL.
func newChannels(seed uint64) []channel {
	of := salted(seed, "channels")
	var out []channel
	for i := range len(hotChannels) + otherChannels {
		r := of.at(int64(i))
		url := []byte("https://www.nexmark.com/")
		for range 3 {
			url = append(word(url, &r, 3+int(r.below(3))), '/')
		}
		url = append(url, "item.htm?query=1"...)
		if i < len(hotChannels) {
			out = append(out, channel{hotChannels[i], string(url)})
			continue
		}
		number := i - len(hotChannels)
		if !r.oneIn(10) {
			url = fmt.Appendf(url, "&channel_id=%d", bits.Reverse32(uint32(number))>>1)
		}
		out = append(out, channel{fmt.Sprintf("channel-%d", number), string(url)})
	}
	return out
}

// channel is a column that a bid's channel determines.
func (n *nexmark) channel(name string, value func(*channel) string) eventColumn {
	s := salted(n.seed, "bid.channel")
	return eventColumn{name, batch.Utf8, func(v *batch.Vector, events []int64) {
		for _, e := range events {
			r := s.at(e)
			c := r.below(uint64(len(hotChannels)))
			if r.oneIn(2) {
				c = uint64(len(hotChannels)) + r.below(otherChannels)
			}
			v.AppendString(value(&n.channels[c]))
		}
	}}
}

// ints is a column of numbers, times or days.
func (n *nexmark) ints(table, name string, kind batch.Kind, value func(r *random, event int64) int64) eventColumn {
	s := salted(n.seed, table+"."+name)
	return eventColumn{name, kind, func(v *batch.Vector, events []int64) {
		out := batch.Extend[int64](v, len(events))
		var r random
		for i, e := range events {
			r = s.at(e)
			out[i] = value(&r, e)
		}
	}}
}

// texts is a column of text, which value appends to dst.
func (n *nexmark) texts(table, name string, value func(dst []byte, r *random) []byte) eventColumn {
	s := salted(n.seed, table+"."+name)
	return eventColumn{name, batch.Utf8, func(v *batch.Vector, events []int64) {
		var text []byte
		var r random
		for _, e := range events {
			r = s.at(e)
			text = value(text[:0], &r)
			v.AppendBytes(text)
		}
	}}
}

// parts is a column of existing text.
func (n *nexmark) parts(table, name string, value func(r *random) string) eventColumn {
	s := salted(n.seed, table+"."+name)
	return eventColumn{name, batch.Utf8, func(v *batch.Vector, events []int64) {
		var r random
		for _, e := range events {
			r = s.at(e)
			v.AppendString(value(&r))
		}
	}}
}

func (n *nexmark) times(table, name string) eventColumn {
	return n.ints(table, name, batch.Timestamp, func(_ *random, event int64) int64 { return n.time(event) })
}

// extra is a column of filler.
func (n *nexmark) extra(table string, least, most int) eventColumn {
	return n.parts(table, "extra", func(r *random) string { return n.pool.textOf(r, least, most) })
}

func (n *nexmark) person() []eventColumn {
	const t = "person"
	return []eventColumn{
		n.ints(t, "id", batch.Int64, func(_ *random, event int64) int64 { return firstPerson + lastPerson(event) }),
		n.texts(t, "name", func(dst []byte, r *random) []byte {
			dst = append(dst, firstNames[r.below(uint64(len(firstNames)))]...)
			return append(append(dst, ' '), lastNames[r.below(uint64(len(lastNames)))]...)
		}),
		n.texts(t, "emailAddress", func(dst []byte, r *random) []byte {
			dst = append(word(dst, r, 3+int(r.below(5))), '@')
			return append(word(dst, r, 3+int(r.below(3))), ".com"...)
		}),
		n.texts(t, "creditCard", func(dst []byte, r *random) []byte {
			for i := range 4 {
				if i > 0 {
					dst = append(dst, ' ')
				}
				dst = strconv.AppendUint(dst, 10_000+r.below(10_000), 10)
				dst = append(dst[:len(dst)-5], dst[len(dst)-4:]...) // four digits, zeros in front included
			}
			return dst
		}),
		n.parts(t, "city", func(r *random) string { return cities[r.below(uint64(len(cities)))] }),
		n.parts(t, "state", func(r *random) string { return states[r.below(uint64(len(states)))] }),
		n.times(t, "dateTime"),
		n.extra(t, 80, 120),
	}
}

func (n *nexmark) auction() []eventColumn {
	const t = "auction"
	initial := salted(n.seed, "auction.initialBid")
	return []eventColumn{
		n.ints(t, "id", batch.Int64, func(_ *random, event int64) int64 { return firstAuction + lastAuction(event) }),
		n.parts(t, "itemName", func(r *random) string { return n.pool.textOf(r, 3, 20) }),
		n.parts(t, "description", func(r *random) string { return n.pool.textOf(r, 3, 100) }),
		n.ints(t, "initialBid", batch.Int64, func(r *random, _ int64) int64 { return n.price(r) }),
		n.ints(t, "reserve", batch.Int64, func(r *random, event int64) int64 {
			first := initial.at(event)
			return n.price(&first) + n.price(r)
		}),
		n.times(t, "dateTime"),
		n.ints(t, "expires", batch.Timestamp, n.expires),
		n.ints(t, "seller", batch.Int64, func(r *random, event int64) int64 {
			if !r.oneIn(n.HotSellers) {
				return firstPerson + lastPerson(event)/hotStep*hotStep
			}
			return firstPerson + n.anyPerson(r, event)
		}),
		n.ints(t, "category", batch.Int64, func(r *random, _ int64) int64 { return firstCategory + int64(r.below(categories)) }),
		n.extra(t, 260, 400),
	}
}

// expires returns the end of an auction: on average when as many others have begun as may be in flight.
func (n *nexmark) expires(r *random, event int64) int64 {
	begin := n.time(event)
	horizon := n.time(event+n.InFlight*groupEvents/groupAuctions) - begin
	return begin + 1000 + int64(r.below(uint64(max(2*horizon, 1))))
}

func (n *nexmark) bid() []eventColumn {
	const t = "bid"
	return []eventColumn{
		n.ints(t, "auction", batch.Int64, func(r *random, event int64) int64 {
			if !r.oneIn(n.HotAuctions) {
				return firstAuction + max(lastAuction(event), 0)/hotStep*hotStep
			}
			return firstAuction + n.anyAuction(r, event)
		}),
		n.ints(t, "bidder", batch.Int64, func(r *random, event int64) int64 {
			if !r.oneIn(n.HotBidders) {
				return firstPerson + lastPerson(event)/hotStep*hotStep + 1
			}
			return firstPerson + n.anyPerson(r, event)
		}),
		n.ints(t, "price", batch.Int64, func(r *random, _ int64) int64 { return n.price(r) }),
		n.channel("channel", func(c *channel) string { return c.name }),
		n.channel("url", func(c *channel) string { return c.url }),
		n.times(t, "dateTime"),
		n.extra(t, 54, 82),
	}
}
