package plan

import "slices"

// dep is a functional dependency: rows that agree on From agree on To.
type dep struct {
	from, to []int
}

// deps are what is known about the rows of a node's output.
type deps struct {
	fds []dep
	// unique holds sets of columns that no two rows share; an empty set: there is at most one row.
	unique [][]int
}

// Closure returns all columns that the given ones determine, as a set.
func (d *deps) Closure(cols []int) map[int]bool {
	known := map[int]bool{}
	for _, c := range cols {
		known[c] = true
	}
	for grown := true; grown; {
		grown = false
		for _, fd := range d.fds {
			if !all(fd.from, known) {
				continue
			}
			for _, c := range fd.to {
				if !known[c] {
					known[c], grown = true, true
				}
			}
		}
	}
	return known
}

func all(cols []int, in map[int]bool) bool {
	for _, c := range cols {
		if !in[c] {
			return false
		}
	}
	return true
}

// Proves reports whether no two rows agree on cols.
func (d *deps) Proves(cols []int) bool {
	known := d.Closure(cols)
	for _, u := range d.unique {
		if all(u, known) {
			return true
		}
	}
	return false
}

// Shrink returns the columns of cols that are not determined by the others; it drops later columns first.
func (d *deps) Shrink(cols []int) []int {
	kept := slices.Clone(cols)
	for i, k := range slices.Backward(kept) {
		rest := slices.Delete(slices.Clone(kept), i, i+1)
		if len(rest) > 0 && d.Closure(rest)[k] {
			kept = rest
		}
	}
	return kept
}

// Key returns a small set of columns that no two rows share, or nil.
func (d *deps) Key() []int {
	var best []int
	for _, u := range d.unique {
		if k := d.Shrink(u); best == nil || len(k) < len(best) {
			best = k
		}
	}
	return best
}

// Analysis derives dependencies bottom-up, once a node.
type Analysis struct {
	catalog Catalog
	done    map[*Node]*deps
}

// Analyse returns an analysis of plans over the tables of a catalog.
func Analyse(catalog Catalog) *Analysis {
	return &Analysis{catalog: catalog, done: map[*Node]*deps{}}
}

// Of returns the dependencies of n's output.
func (a *Analysis) Of(n *Node) *deps {
	if d, ok := a.done[n]; ok {
		return d
	}
	d := a.derive(n).bounded()
	a.done[n] = d
	return d
}

// How much is known of a node at most. To know less is never wrong.
const (
	maxUnique = 64
	maxDeps   = 1_000
)

func (d *deps) bounded() *deps {
	if len(d.unique) <= maxUnique && len(d.fds) <= maxDeps {
		return d
	}
	return &deps{unique: d.unique[:min(len(d.unique), maxUnique)], fds: d.fds[:min(len(d.fds), maxDeps)]}
}

func (a *Analysis) derive(n *Node) *deps {
	switch n.Kind {
	case Scan:
		return a.scan(n)
	case Map:
		in := a.Of(n.Inputs[0])
		if n.Map.Exprs == nil {
			return in
		}
		return in.rename(Mapping(n))
	case Join:
		return a.join(n)
	case Aggregate:
		return a.aggregate(n)
	case Distinct:
		in := a.Of(n.Inputs[0])
		return &deps{fds: in.fds, unique: append(slices.Clone(in.unique), UpTo(len(n.Fields)))}
	case Combine, Positive:
		return a.Of(n.Inputs[0])
	case Window:
		return a.window(n)
	case Session:
		return a.session(n)
	case Expire:
		return a.Of(n.Inputs[0]).rename(OutputMapping(n.Expire.Output))
	case Over:
		return a.over(n)
	case Top, TopJoin:
		var in *deps
		if n.Kind == TopJoin {
			in = a.join(n)
		} else {
			in = a.Of(n.Inputs[0])
		}
		if n.Top.Limit > 1 || n.Top.Ties {
			return in
		}
		return &deps{
			fds:    append(slices.Clone(in.fds), dep{n.Top.Keys, UpTo(len(n.Fields))}),
			unique: append(slices.Clone(in.unique), append([]int{}, n.Top.Keys...)),
		}
	case Union:
		if n.Union != nil && slices.Equal(n.Union.Negate, []bool{false, true}) {
			return a.Of(n.Inputs[0]) // what is taken away leaves some of its rows
		}
		if n.Union != nil && n.Union.Parts {
			return a.common(n.Inputs)
		}
	case Values:
		if len(n.Values.Rows) <= 1 {
			return &deps{unique: [][]int{{}}}
		}
	case Unique:
		in := a.Of(n.Inputs[0])
		return &deps{
			fds:    append(slices.Clone(in.fds), dep{n.Unique.Key, UpTo(len(n.Fields))}),
			unique: append(slices.Clone(in.unique), n.Unique.Key),
		}
	}
	return &deps{}
}

// common returns what holds in all parts, since it holds in what they are parts of.
func (a *Analysis) common(parts []*Node) *deps {
	out := *a.Of(parts[0])
	for _, p := range parts[1:] {
		d := a.Of(p)
		out.unique = slices.DeleteFunc(slices.Clone(out.unique), func(u []int) bool {
			return !slices.ContainsFunc(d.unique, func(v []int) bool { return slices.Equal(u, v) })
		})
		out.fds = slices.DeleteFunc(slices.Clone(out.fds), func(f dep) bool {
			return !slices.ContainsFunc(d.fds, func(g dep) bool { return slices.Equal(f.from, g.from) && slices.Equal(f.to, g.to) })
		})
	}
	return &out
}

func (a *Analysis) scan(n *Node) *deps {
	t, ok := a.catalog.Table(n.Scan.Table)
	if !ok || t.Schema.Key == nil {
		return &deps{}
	}
	key := make([]int, 0, len(t.Schema.Key))
	for _, k := range t.Schema.Key {
		i := slices.Index(n.Scan.Columns, k)
		if i < 0 {
			return &deps{}
		}
		key = append(key, i)
	}
	return &deps{fds: []dep{{key, UpTo(len(n.Fields))}}, unique: [][]int{key}}
}

// join: dependencies of both sides hold, equal keys determine each other, and a side whose join key
// is unique leaves the other side's unique sets unique. Outer joins keep only what their padding with
// nulls cannot break.
func (a *Analysis) join(n *Node) *deps {
	left, right := a.Of(n.Inputs[0]), a.Of(n.Inputs[1])
	j, width := n.Join, len(n.Inputs[0].Fields)
	if j.Kind == Semi || j.Kind == Anti {
		return left.rename(OutputMapping(j.Output))
	}
	shifted := right.rename(func(c int) []int { return []int{c + width} })
	both := &deps{}
	if j.Kind != Right && j.Kind != Full {
		both.fds = append(both.fds, left.fds...)
	}
	if j.Kind != Left && j.Kind != Full {
		both.fds = append(both.fds, shifted.fds...)
	}
	if j.Kind == Inner {
		for i := range j.Left {
			l, r := j.Left[i], j.Right[i]+width
			both.fds = append(both.fds, dep{[]int{l}, []int{r}}, dep{[]int{r}, []int{l}})
		}
	}
	leftOnce, rightOnce := right.Proves(j.Right), left.Proves(j.Left)
	if leftOnce && (j.Kind == Inner || j.Kind == Left) {
		both.unique = append(both.unique, left.unique...)
	}
	if rightOnce && (j.Kind == Inner || j.Kind == Right) {
		both.unique = append(both.unique, shifted.unique...)
	}
	// A matching left row determines its one right row; without a match the right side is null throughout.
	if leftOnce && j.Kind == Left {
		both.fds = append(both.fds, dep{j.Left, Span(width, width+len(n.Inputs[1].Fields))})
		if len(j.Residual) > 0 {
			both.fds = both.fds[:len(both.fds)-1]
		}
	}
	// Padding does not break this: an unmatched row of a side comes once.
	for _, l := range left.unique {
		for _, r := range shifted.unique {
			both.unique = append(both.unique, append(slices.Clone(l), r...))
		}
	}
	return both.rename(OutputMapping(j.Output))
}

func (a *Analysis) aggregate(n *Node) *deps {
	s := n.Aggregate
	in := a.Of(n.Inputs[0])
	cols := append(slices.Clone(s.Keys), s.Carried...)
	d := in.rename(OutputMapping(cols))
	d.unique = [][]int{UpTo(len(s.Keys))}
	d.fds = append(d.fds, dep{UpTo(len(s.Keys)), UpTo(len(n.Fields))})
	return d
}

// rename returns what is left of d when input column c comes out as the columns to(c).
func (d *deps) rename(to func(c int) []int) *deps {
	first := func(cols []int) ([]int, bool) {
		out := make([]int, 0, len(cols))
		for _, c := range cols {
			t := to(c)
			if len(t) == 0 {
				return nil, false
			}
			out = append(out, t[0])
		}
		return out, true
	}
	out := &deps{}
	for _, u := range d.unique {
		if cols, ok := first(u); ok {
			out.unique = append(out.unique, cols)
		} else if cols, ok := first(d.substitute(u, to)); ok {
			out.unique = append(out.unique, cols)
		}
	}
	for _, fd := range d.fds {
		from, ok := first(fd.from)
		if !ok {
			if from, ok = first(d.substitute(fd.from, to)); !ok {
				continue
			}
		}
		var target []int
		for _, c := range fd.to {
			target = append(target, to(c)...)
		}
		if len(target) > 0 {
			out.fds = append(out.fds, dep{from, target})
		}
	}
	return out
}

// substitute replaces columns of cols that do not come out by single columns that determine them and do.
func (d *deps) substitute(cols []int, to func(c int) []int) []int {
	out := slices.Clone(cols)
	for i, c := range out {
		if len(to(c)) > 0 {
			continue
		}
		for _, fd := range d.fds {
			if len(fd.from) == 1 && len(to(fd.from[0])) > 0 && slices.Contains(fd.to, c) {
				out[i] = fd.from[0]
				break
			}
		}
	}
	return out
}

// OutputMapping returns where the columns of an input come out: output i is column output[i] of it.
func OutputMapping(output []int) func(int) []int {
	to := map[int][]int{}
	for i, o := range output {
		to[o] = append(to[o], i)
	}
	return func(c int) []int { return to[c] }
}

// UpTo returns 0 to n-1.
func UpTo(n int) []int { return Span(0, n) }

// Span returns from to to-1.
func Span(from, to int) []int {
	out := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}
