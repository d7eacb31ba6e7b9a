package over

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/running"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// spec is what the calls of an Over need, worked out once.
type spec struct {
	types  []batch.Type // of the input's columns
	stored []batch.Type // of the values
	calls  []call
	frames []frameSpec
	// placed: some call depends on how many rows or peers lie before a row.
	placed bool
	// counts: some call depends on how many rows the partition has.
	counts bool
	// peers: some call or bound looks at peers.
	peers bool
	// copies: the copies of a row may have different results.
	copies bool
	// absolute: positions have to be counted from the partition's first row.
	absolute bool
	// cost is that of the results of a row.
	cost int
	// wide: some result is a text, of any length.
	wide bool
	// ordinals: some call needs all values in their order.
	ordinals bool
	// whole: a change can reach any row, or rows too far away to be looked for backwards.
	whole bool

	value      int // the values' column of a range of values; -1: there is none
	desc       bool
	nullsFirst bool
}

// call is a call and where its parts are.
type call struct {
	Call
	arg, defaults int // of the values; -1: none
	frame         int // of spec.frames; -1: none
	sum           int // of the frame's sums; -1: none
	extreme       int
	reach         int
	reason        string // of rows whose result does not fit
}

// frameSpec is a frame and what is wanted of it.
type frameSpec struct {
	Frame
	sums     []int // calls, made of
	running  []running.Call
	extremes []extremeSpec
	reaches  []int // calls
	cost     int   // of a row that comes or goes, beyond that of a simple one
	byPeers  bool  // peers have the same frame
	numbered bool  // a call depends on the number of rows
}

// farthest is how many rows are looked for backwards.
const farthest = 4 << 10

// newSpec works out what calls need. value gives the number of an input column among the values.
func newSpec(o *Options, value func(column int) int) *spec {
	s := &spec{types: o.Types, value: -1}
	column := func(c int) int {
		if c < 0 {
			return -1
		}
		return value(c)
	}
	for _, c := range o.Calls {
		x := call{Call: c, arg: column(c.Arg), defaults: column(c.Default), frame: -1, sum: -1, extreme: -1, reach: -1, reason: running.Reason(c.Func)}
		s.wide = s.wide || c.Type.Variable()
		if Placed(c.Func) {
			s.place(c.Func, &x)
		} else {
			x.frame = s.frameOf(c.Frame)
			s.want(&x, len(s.calls), column)
		}
		s.calls = append(s.calls, x)
	}
	for i := range s.frames {
		s.look(&s.frames[i].Frame)
		if s.ranged(&s.frames[i].Frame) && s.value < 0 {
			k := o.Order[0]
			s.value, s.desc, s.nullsFirst = value(k.Col), k.Desc, k.NullsFirst
		}
	}
	s.cost = 4 + 2*len(s.calls)
	for i := range s.frames {
		s.cost += s.frames[i].cost
	}
	s.whole = s.whole || s.counts
	return s
}

// place notes what a function of the row's place needs.
func (s *spec) place(name string, x *call) {
	s.placed, s.absolute = true, true
	switch name {
	case "row_number":
		s.copies = true
	case "ntile":
		s.copies, s.counts = true, true
	case "cume_dist": // the rows up to the last peer
		x.frame = s.frameOf(Frame{Start: Bound{Unit: Unbounded}, End: Bound{Unit: Groups}})
		s.counts = true
	case "percent_rank":
		s.peers, s.counts = true, true
	default:
		s.peers = true
	}
}

// frameOf returns the number of a frame.
func (s *spec) frameOf(f Frame) int {
	i := slices.IndexFunc(s.frames, func(known frameSpec) bool { return known.Frame == f })
	if i < 0 {
		i = len(s.frames)
		peers := func(b Bound) bool { return b.Unit != Rows }
		s.frames = append(s.frames, frameSpec{Frame: f, byPeers: peers(f.Start) && peers(f.End) && (f.Exclude == "" || f.Exclude == Group)})
	}
	return i
}

// want notes what a call wants of its frame.
func (s *spec) want(x *call, number int, column func(c int) int) {
	f := &s.frames[x.frame]
	keep := f.Start.Unit == Unbounded && f.Exclude == ""
	extreme := func(e extremeSpec) {
		x.extreme = len(f.extremes)
		f.extremes = append(f.extremes, e)
	}
	switch {
	case x.Func == "min":
		extreme(extremeSpec{x.arg, -1, keep})
	case x.Func == "max":
		extreme(extremeSpec{x.arg, 1, keep})
	case x.Func == "last_value" && x.IgnoreNulls:
		extreme(extremeSpec{x.arg, 0, keep})
	case x.Func == "nth_value" && (x.IgnoreNulls || x.N < 0 || f.Exclude != ""):
		s.ordinal(x, f, number)
	case x.Func == "nth_value", x.Func == "first_value" && x.IgnoreNulls:
		x.reach = len(f.reaches)
		f.reaches = append(f.reaches, number)
		f.numbered = f.numbered || x.Func == "nth_value"
	case x.Func == "first_value", x.Func == "last_value":
	default:
		c := running.Call{Func: x.Func, Order: slices.Clone(x.Order), Distinct: x.Distinct, Text: x.Text, Type: x.Type}
		if x.arg >= 0 {
			c.Args = append(c.Args, x.arg)
		}
		for _, m := range x.More {
			c.Args = append(c.Args, column(m))
		}
		for i := range c.Order {
			c.Order[i].Col = column(c.Order[i].Col)
		}
		for _, w := range x.Where {
			c.Where = append(c.Where, column(w))
		}
		f.sum(x, number, c)
	}
	if x.defaults >= 0 && f.byPeers {
		f.byPeers = false // the default is the row's own
	}
}

// sum notes a running aggregate.
func (f *frameSpec) sum(x *call, number int, c running.Call) {
	x.sum = len(f.sums)
	f.sums, f.running = append(f.sums, number), append(f.running, c)
	f.cost += running.Cost(c)
}

// ordinal has nth_value computed of the rows kept in the order of the partition, which is that of all values.
func (s *spec) ordinal(x *call, f *frameSpec, number int) {
	c := running.Call{Func: "nth", Args: []int{x.arg}, N: x.N, Type: x.Type}
	if x.IgnoreNulls {
		c.Where = c.Args
	}
	s.ordinals = true
	f.sum(x, number, c)
}

// complete says what the values are, once all that are needed are known.
func (s *spec) complete(stored []batch.Type) {
	s.stored = stored
	if !s.ordinals {
		return
	}
	var all []relation.OrderKey
	for c := range stored {
		all = append(all, relation.OrderKey{Col: c})
	}
	for i := range s.frames {
		for j := range s.frames[i].running {
			if c := &s.frames[i].running[j]; c.Func == "nth" {
				c.Order = all
			}
		}
	}
}

// look notes what a frame needs.
func (s *spec) look(f *Frame) {
	rows := false
	for _, b := range []Bound{f.Start, f.End} {
		switch b.Unit {
		case Rows:
			rows = true
			s.whole = s.whole || b.Offset > farthest || b.Offset < -farthest
		case Groups:
			s.peers = true
			s.whole = s.whole || b.Offset > farthest || b.Offset < -farthest
		case Range:
			s.peers = true
		}
	}
	s.copies = s.copies || rows
	s.peers = s.peers || f.Exclude != ""
	s.absolute = s.absolute || f.Start.Unit == Unbounded
	s.whole = s.whole || f.End.Unit == Unbounded
}

// ranged reports whether a bound of a frame is a distance of values.
func (s *spec) ranged(f *Frame) bool { return f.Start.Unit == Range || f.End.Unit == Range }
