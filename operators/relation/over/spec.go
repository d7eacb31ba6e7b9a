package over

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// spec is what the calls of an Over need, worked out once.
type spec struct {
	types  []batch.Type // of the input's columns
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
	sums     []int // calls
	args     []int // the values' columns that the sums are of; -1: none
	extremes []extremeSpec
	reaches  []int // calls
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
		x := call{Call: c, arg: column(c.Arg), defaults: column(c.Default), frame: -1, sum: -1, extreme: -1, reach: -1, reason: aggregate.TooLarge(c.aggregate())}
		if Placed(c.Func) {
			s.place(c.Func, &x)
		} else {
			x.frame = s.frameOf(c.Frame)
			s.want(&x, len(s.calls))
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
		x.frame = s.frameOf(Frame{Bound{Unit: Unbounded}, Bound{Unit: Groups}})
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
		s.frames = append(s.frames, frameSpec{Frame: f, byPeers: peers(f.Start) && peers(f.End)})
	}
	return i
}

// want notes what a call wants of its frame.
func (s *spec) want(x *call, number int) {
	f := &s.frames[x.frame]
	keep := f.Start.Unit == Unbounded
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
	case x.Func == "nth_value", x.Func == "first_value" && x.IgnoreNulls:
		x.reach = len(f.reaches)
		f.reaches = append(f.reaches, number)
		f.numbered = f.numbered || x.Func == "nth_value"
	case x.Func == "first_value", x.Func == "last_value":
	default:
		x.sum = len(f.sums)
		f.sums, f.args = append(f.sums, number), append(f.args, x.arg)
	}
	if x.defaults >= 0 && f.byPeers {
		f.byPeers = false // the default is the row's own
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
	s.absolute = s.absolute || f.Start.Unit == Unbounded
	s.whole = s.whole || f.End.Unit == Unbounded
}

// ranged reports whether a bound of a frame is a distance of values.
func (s *spec) ranged(f *Frame) bool { return f.Start.Unit == Range || f.End.Unit == Range }
