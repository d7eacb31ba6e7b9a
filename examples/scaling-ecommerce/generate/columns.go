package main

import (
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// chunk is a part of one column of one row group, about to be written. A column fills the one
// slice that its type needs, up to rows values.
type chunk struct {
	random  random
	first   int64 // number of the first row in its table, from 0
	rows    int
	ints    []int32
	longs   []int64
	doubles []float64
	text    []byte
	ends    []int32 // text value i is text[ends[i]:ends[i+1]]
}

func (c *chunk) endText() { c.ends = append(c.ends, int32(len(c.text))) }

// views returns the text values one by one.
func (c *chunk) views() []parquet.ByteArray {
	views := make([]parquet.ByteArray, c.rows)
	for i := range views {
		views[i] = c.text[c.ends[i]:c.ends[i+1]]
	}
	return views
}

// kind is the Parquet type of a column.
type kind uint8

const (
	integer kind = iota
	double
	text
	timestamp
)

// column says what a column is called and how its values are made.
type column struct {
	name string
	kind kind
	dict bool // few distinct values: worth a dictionary
	fill func(*chunk)
}

// node returns the column's place in the Parquet schema. No column has nulls in the files, but only
// keys promise it: rows that are pushed later need not name every column.
func (c column) node() (schema.Node, error) {
	switch c.kind {
	case integer:
		repetition := parquet.Repetitions.Optional
		if len(c.name) > 3 && c.name[len(c.name)-3:] == "_id" {
			repetition = parquet.Repetitions.Required
		}
		return schema.NewInt32Node(c.name, repetition, -1), nil
	case double:
		return schema.NewFloat64Node(c.name, parquet.Repetitions.Optional, -1), nil
	case text:
		return schema.NewPrimitiveNodeLogical(c.name, parquet.Repetitions.Optional, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)
	default:
		utcMicros := schema.NewTimestampLogicalType(true, schema.TimeUnitMicros)
		return schema.NewPrimitiveNodeLogical(c.name, parquet.Repetitions.Optional, utcMicros, parquet.Types.Int64, -1, -1)
	}
}

// serial numbers the rows of a table from 1.
func serial(name string) column {
	return column{name: name, kind: integer, fill: func(c *chunk) {
		for i := range c.ints {
			c.ints[i] = int32(c.first + int64(i) + 1)
		}
	}}
}

// references points at the keys 1..parent of another table. Some, the orphans, point beyond them.
func references(name string, parent int64, o options) column {
	ranks, scatter := newZipf(o.skew, parent), scatterStep(parent)
	return column{name: name, kind: integer, fill: func(c *chunk) {
		r := c.random
		for i := range c.ints {
			switch {
			case o.orphans > 0 && r.float() < o.orphans:
				c.ints[i] = int32(parent + 1 + int64(r.below(uint64(parent))))
			case o.skew > 0:
				// The frequent keys lie scattered over the parent's rows instead of at its start.
				c.ints[i] = int32(1 + (ranks.draw(&r)*scatter)%parent)
			default:
				c.ints[i] = int32(1 + r.below(uint64(parent)))
			}
		}
		c.random = r
	}}
}

// scatterStep returns a step that visits all of 0..n-1 before it comes back.
func scatterStep(n int64) int64 {
	gcd := func(a, b int64) int64 {
		for b != 0 {
			a, b = b, a%b
		}
		return a
	}
	step := max(1, int64(float64(n)*0.6180339887))
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

// between is a whole number of low..high.
func between(name string, low, high int32) column {
	return column{name: name, kind: integer, dict: high-low < 1000, fill: func(c *chunk) {
		for i := range c.ints {
			c.ints[i] = low + int32(c.random.below(uint64(high-low+1)))
		}
	}}
}

// money is an amount of low..high with two digits after the point.
func money(name string, low, high uint64) column {
	return column{name: name, kind: double, fill: func(c *chunk) {
		for i := range c.doubles {
			c.doubles[i] = float64(100*low+c.random.below(100*(high-low)+1)) / 100
		}
	}}
}

// in2022 is a second of the year 2022.
func in2022(name string) column {
	start := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	return column{name: name, kind: timestamp, fill: func(c *chunk) {
		for i := range c.longs {
			c.longs[i] = start + int64(c.random.below(365*24*60*60))*1_000_000
		}
	}}
}

// twoWords is a name: two random words.
func twoWords(name string) column {
	return column{name: name, kind: text, fill: func(c *chunk) {
		for range c.rows {
			c.text = appendWord(c.text, &c.random)
			c.text = append(c.text, ' ')
			c.text = appendWord(c.text, &c.random)
			c.endText()
		}
	}}
}

func email(name string) column {
	return column{name: name, kind: text, fill: func(c *chunk) {
		for range c.rows {
			c.text = appendWord(c.text, &c.random)
			c.text = append(c.text, '@')
			c.text = appendWord(c.text, &c.random)
			c.text = append(c.text, ".com"...)
			c.endText()
		}
	}}
}

func address(name string) column {
	return column{name: name, kind: text, fill: func(c *chunk) {
		for range c.rows {
			c.text = strconv.AppendUint(c.text, 1+c.random.below(999), 10)
			c.text = append(c.text, ' ')
			c.text = appendWord(c.text, &c.random)
			c.text = append(c.text, ' ')
			c.text = appendWord(c.text, &c.random)
			c.endText()
		}
	}}
}

// oneOf is one of count random words, the same ones for every row of the column.
func oneOf(name string, seed uint64, count int) column {
	words := make([][]byte, count)
	r := newRandom(seed, nameHash(name))
	for i := range words {
		words[i] = appendWord(nil, &r)
	}
	return column{name: name, kind: text, dict: true, fill: func(c *chunk) {
		for range c.rows {
			c.text = append(c.text, words[c.random.below(uint64(count))]...)
			c.endText()
		}
	}}
}

const letters = "abcdefghijklmnopqrstuvwxyz234567"

// noise is 32 random characters.
func noise(name string) column {
	return column{name: name, kind: text, fill: func(c *chunk) {
		r, ends := c.random, c.ends
		var value [32]byte
		for range c.rows {
			for i := 0; i < len(value); i += 8 {
				bits := r.next()
				for j := range 8 {
					value[i+j] = letters[bits>>(5*j)&31]
				}
			}
			c.text = append(c.text, value[:]...)
			ends = append(ends, int32(len(c.text)))
		}
		c.random, c.ends = r, ends
	}}
}

// appendWord appends 5 to 10 random letters.
func appendWord(b []byte, r *random) []byte {
	bits := r.next()
	n := 5 + int(bits>>56)%6
	for range n {
		b = append(b, 'a'+byte((bits&31)*26>>5))
		bits >>= 5
	}
	return b
}

// nameHash is FNV-1a.
func nameHash(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}
