package main

import (
	"fmt"
	"strconv"
	"time"
)

// kind is the type of a column.
type kind uint8

const (
	integer kind = iota
	money        // decimal(15,2)
	date
	text
)

// sink takes the values of rows, column by column.
type sink interface {
	integer(v int32)
	money(cents int64)
	date(days int32)
	text(v []byte)
	end()
}

// column is a column of a table.
type column struct {
	name string
	kind kind
}

// table says how the rows of a table are made: unit by unit, from 1. A unit is a row, or an order with its rows.
type table struct {
	name    string
	columns []column
	units   int64
	write   func(d *data, unit int64, s sink)
}

// data is everything that the rows depend on.
type data struct {
	options
	prose                               prose
	suppliers, customers, parts, orders int64
}

func newData(o options) *data {
	scaled := func(n float64) int64 { return int64(n*o.scale + 0.5) }
	return &data{
		options: o, prose: newProse(o.seed, 4<<20),
		suppliers: scaled(10_000), customers: scaled(150_000), parts: scaled(200_000), orders: scaled(1_500_000),
	}
}

func (d *data) tables() []table {
	return []table{
		{"lineitem", lineColumns, d.orders, writeLines},
		{"orders", orderColumns, d.orders, writeOrder},
		{"partsupp", columns("ps_partkey:i ps_suppkey:i ps_availqty:i ps_supplycost:m ps_comment:t"), d.parts, writePartSupplier},
		{"part", columns("p_partkey:i p_name:t p_mfgr:t p_brand:t p_type:t p_size:i p_container:t p_retailprice:m p_comment:t"), d.parts, writePart},
		{"customer", columns("c_custkey:i c_name:t c_address:t c_nationkey:i c_phone:t c_acctbal:m c_mktsegment:t c_comment:t"), d.customers, writeCustomer},
		{"supplier", columns("s_suppkey:i s_name:t s_address:t s_nationkey:i s_phone:t s_acctbal:m s_comment:t"), d.suppliers, writeSupplier},
		{"nation", columns("n_nationkey:i n_name:t n_regionkey:i n_comment:t"), int64(len(nations)), writeNation},
		{"region", columns("r_regionkey:i r_name:t r_comment:t"), int64(len(regions)), writeRegion},
	}
}

var (
	orderColumns = columns("o_orderkey:i o_custkey:i o_orderstatus:t o_totalprice:m o_orderdate:d o_orderpriority:t o_clerk:t " +
		"o_shippriority:i o_comment:t")
	lineColumns = columns("l_orderkey:i l_partkey:i l_suppkey:i l_linenumber:i l_quantity:m l_extendedprice:m l_discount:m l_tax:m " +
		"l_returnflag:t l_linestatus:t l_shipdate:d l_commitdate:d l_receiptdate:d l_shipinstruct:t l_shipmode:t l_comment:t")
)

// columns reads a list of names, each with the first letter of its kind.
func columns(list string) []column {
	var out []column
	for start := 0; start < len(list); {
		end := start
		for end < len(list) && list[end] != ' ' {
			end++
		}
		kinds := map[byte]kind{'i': integer, 'm': money, 'd': date, 't': text}
		out = append(out, column{list[start : end-2], kinds[list[end-1]]})
		start = end + 1
	}
	return out
}

func day(year int, month time.Month, of int) int32 {
	return int32(time.Date(year, month, of, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func numbered(prefix string, n int64) []byte { return fmt.Appendf(nil, "%s#%09d", prefix, n) }

// phone is a number whose country code tells the nation.
func phone(r *random, nation int64) []byte {
	return fmt.Appendf(nil, "%d-%d-%d-%d", nation+10, r.between(100, 999), r.between(100, 999), r.between(1000, 9999))
}

func writeRegion(d *data, unit int64, s sink) {
	r := newRandom(d.seed, "region", unit)
	s.integer(int32(unit - 1))
	s.text([]byte(regions[unit-1]))
	s.text(d.prose.piece(r, 31, 115))
	s.end()
}

func writeNation(d *data, unit int64, s sink) {
	r := newRandom(d.seed, "nation", unit)
	s.integer(int32(unit - 1))
	s.text([]byte(nations[unit-1].name))
	s.integer(nations[unit-1].region)
	s.text(d.prose.piece(r, 31, 114))
	s.end()
}

func writeSupplier(d *data, unit int64, s sink) {
	r := newRandom(d.seed, "supplier", unit)
	nation := r.between(0, 24)
	s.integer(int32(unit))
	s.text(numbered("Supplier", unit))
	s.text(r.characters(nil, 10, 40))
	s.integer(int32(nation))
	s.text(phone(r, nation))
	s.money(r.between(-99_999, 999_999))
	s.text(d.supplierComment(r, unit))
	s.end()
}

// supplierComment tells of complaints of customers, or of recommendations, at 1 of 2000 suppliers each.
func (d *data) supplierComment(r *random, unit int64) []byte {
	comment := append([]byte(nil), d.prose.piece(r, 25, 100)...)
	what := ""
	switch unit % 2000 {
	case 7:
		what = "Complaints"
	case 13:
		what = "Recommends"
	default:
		return comment
	}
	gap := r.between(0, int64(len(comment)-len("Customer")-len(what)))
	at := r.between(0, int64(len(comment)-len("Customer")-len(what))-gap)
	copy(comment[at:], "Customer")
	copy(comment[at+int64(len("Customer"))+gap:], what)
	return comment
}

func writeCustomer(d *data, unit int64, s sink) {
	r := newRandom(d.seed, "customer", unit)
	nation := r.between(0, 24)
	s.integer(int32(unit))
	s.text(numbered("Customer", unit))
	s.text(r.characters(nil, 10, 40))
	s.integer(int32(nation))
	s.text(phone(r, nation))
	s.money(r.between(-99_999, 999_999))
	s.text([]byte(r.pick(segments)))
	s.text(d.prose.piece(r, 29, 116))
	s.end()
}

// retailPrice is a part's price in cents.
func retailPrice(part int64) int64 { return 90_000 + part/10%20_001 + 100*(part%1000) }

func writePart(d *data, unit int64, s sink) {
	r := newRandom(d.seed, "part", unit)
	var name []byte
	seen := map[string]bool{}
	for len(seen) < 5 {
		if word := r.pick(colours); !seen[word] {
			seen[word] = true
			name = append(append(name, word...), ' ')
		}
	}
	maker, brand := r.between(1, 5), r.between(1, 5)
	s.integer(int32(unit))
	s.text(name[:len(name)-1])
	s.text(fmt.Appendf(nil, "Manufacturer#%d", maker))
	s.text(fmt.Appendf(nil, "Brand#%d%d", maker, brand))
	s.text([]byte(r.pick(typeSizes) + " " + r.pick(typeFinishes) + " " + r.pick(typeMetals)))
	s.integer(int32(r.between(1, 50)))
	s.text([]byte(r.pick(containerSizes) + " " + r.pick(containerKinds)))
	s.money(retailPrice(unit))
	s.text(d.prose.piece(r, 5, 22))
	s.end()
}

// supplierOf is the i-th of the four suppliers of a part.
func (d *data) supplierOf(part, i int64) int64 {
	return (part+i*(d.suppliers/4+(part-1)/d.suppliers))%d.suppliers + 1
}

func writePartSupplier(d *data, unit int64, s sink) {
	r := newRandom(d.seed, "partsupp", unit)
	for i := range int64(4) {
		s.integer(int32(unit))
		s.integer(int32(d.supplierOf(unit, i)))
		s.integer(int32(r.between(1, 9999)))
		s.money(r.between(100, 100_000))
		s.text(d.prose.piece(r, 49, 198))
		s.end()
	}
}

// clerk names one of a thousand clerks for each unit of scale.
func (d *data) clerk(r *random) []byte {
	return numbered("Clerk", r.between(1, max(1, int64(1000*d.scale))))
}

func cents(b []byte, v int64) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	b = strconv.AppendInt(b, v/100, 10)
	return append(b, '.', '0'+byte(v/10%10), '0'+byte(v%10))
}
