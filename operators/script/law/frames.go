package law

import "fmt"

// frameCall is what an aggregate over a frame is made of.
type frameCall struct {
	over   phrase // OVER (...)
	filter phrase // the condition; empty: none
	total  bool   // the order of the window tells all rows apart that differ
	arg    func(kind) phrase
}

// where returns the FILTER of an aggregate, with more conditions for the oracles.
func (f *frameCall) where(more ...phrase) phrase { return filtered(f.filter, more...) }

// of makes an aggregate over the frame, whose arguments count from the second on.
func (f *frameCall) of(ours, sqlite, duckdb string, args ...phrase) (phrase, bool) {
	return three(ours+"%[1]s", sqlite+"%[1]s", duckdb+"%[1]s", append([]phrase{f.over}, args...)...), true
}

// overFrame makes an aggregate over a frame that SQLite lacks, or has in another form, or none.
func (g *generator) overFrame(s *scope, k kind, f *frameCall) (phrase, bool) {
	of := f.of
	switch {
	case g.pick(4) == 0:
		return g.overEnds(k, f)
	case k == kText && f.total && g.pick(2) == 0:
		return of("STRING_AGG(%[2]s)%[3]s", "law_joined(%[2]s)%[3]s", "STRING_AGG(%[2]s, ',')%[3]s", f.arg(kText), f.where())
	case k == kText && g.pick(2) == 0:
		return of("STRING_AGG(DISTINCT %[2]s)%[3]s", "law_d_joined(%[2]s)%[3]s", "STRING_AGG(DISTINCT %[2]s, ',' ORDER BY %[2]s)%[3]s", f.arg(kText), f.where())
	case k == kText:
		return of("STRING_AGG(%[2]s, ',' ORDER BY %[3]s DESC NULLS LAST)%[4]s", "law_joined_by(%[2]s, %[3]s)%[4]s",
			"STRING_AGG(%[2]s, ',' ORDER BY %[3]s DESC NULLS LAST, %[2]s)%[4]s", f.arg(kText), f.arg(kind(g.pick(int(kinds)))), f.where())
	case k == kBool:
		name := g.pick(2)
		return of([]string{"BOOL_AND", "BOOL_OR"}[name]+"(%[2]s)%[3]s", []string{"MIN", "MAX"}[name]+"(%[2]s)%[3]s", []string{"BOOL_AND", "BOOL_OR"}[name]+"(%[2]s)%[3]s",
			f.arg(kBool), f.where())
	case k == kFloat && s.top:
		return g.overStatistic(f)
	case k == kInt:
		return g.overNumbers(f)
	}
	return phrase{}, false
}

// overNumbers makes one whose result is an integer.
func (g *generator) overNumbers(f *frameCall) (phrase, bool) {
	of := f.of
	switch g.pick(5) {
	case 0:
		one := "COUNT(CASE WHEN %[2]s THEN 1 END)%[3]s"
		return of("COUNT_IF(%[2]s)%[3]s", one, one, f.arg(kBool), f.where())
	case 1:
		return of("COUNT(DISTINCT %[2]s, %[3]s)%[4]s", "law_pairs(%[2]s, %[3]s)%[4]s",
			"COUNT(DISTINCT CASE WHEN %[2]s IS NOT NULL AND %[3]s IS NOT NULL THEN ROW(%[2]s, %[3]s) END)%[4]s",
			f.arg(kind(g.pick(int(kinds)))), f.arg(kind(g.pick(int(kinds)))), f.where())
	case 2:
		call := "COUNT(DISTINCT %[2]s)%[3]s"
		return of(call, "law_d_count(%[2]s)%[3]s", call, f.arg(kind(g.pick(int(kinds)))), f.where())
	case 3:
		call := "SUM(DISTINCT %[2]s)%[3]s"
		return of(call, "law_d_sum(%[2]s)%[3]s", call, f.arg(kInt), f.where())
	}
	name := []string{"BIT_AND", "BIT_OR", "BIT_XOR"}[g.pick(3)]
	distinct, prefix := "", "law_"
	if g.pick(2) == 0 {
		distinct, prefix = "DISTINCT ", "law_d_"
	}
	call := name + "(" + distinct + "%[2]s)%[3]s"
	return of(call, prefix+name+"(%[2]s)%[3]s", call, f.arg(kInt), f.where())
}

// overEnds makes one whose result is the value of a row.
func (g *generator) overEnds(k kind, f *frameCall) (phrase, bool) {
	x, key := f.arg(k), f.arg(kind(g.pick(int(kinds))))
	by := func(ours, sqlite, desc string) (phrase, bool) {
		return three(ours+"%[4]s%[1]s", sqlite+"(%[2]s, %[3]s)%[4]s%[1]s", "(ARRAY_AGG(%[2]s ORDER BY %[3]s"+desc+", %[2]s NULLS LAST)%[4]s%[1]s)[1]",
			f.over, x, key, f.where(known(key))), true
	}
	switch g.pick(5) {
	case 0:
		return by("MIN_VALUE(%[3]s, %[2]s)", "law_by_least", "")
	case 1:
		return by("MAX_BY(%[2]s, %[3]s)", "law_by_greatest", " DESC")
	case 2:
		fraction := []string{"0", "0.25", "0.5", "1"}[g.pick(4)]
		call := "QUANTILE_DISC(%[2]s, " + fraction + ")%[3]s"
		return f.of(call, "law_quantile(%[2]s, "+fraction+")%[3]s", call, x, f.where(known(x)))
	case 3:
		if f.total && f.filter.ours == "" {
			return g.overKnown(x, f), true
		}
	}
	return three("MODE(%[2]s)%[3]s%[1]s", "law_often(%[2]s)%[3]s%[1]s",
		"map_keys(histogram(%[2]s)%[3]s%[1]s)[list_position(map_values(histogram(%[2]s)%[3]s%[1]s), list_max(map_values(histogram(%[2]s)%[3]s%[1]s)))]",
		f.over, x, f.where(known(x))), true
}

// overKnown makes a window function that leaves nulls out or counts from the last row.
func (g *generator) overKnown(x phrase, f *frameCall) phrase {
	n := 1 + g.pick(3)
	duckdb := func(n int) string {
		return fmt.Sprintf("(ARRAY_AGG(%%[2]s) FILTER (WHERE %%[2]s IS NOT NULL)%%[1]s)[%d]", n)
	}
	sqlite := func(n int) string { return fmt.Sprintf("law_known(%%[2]s, %d)%%[1]s", n) }
	switch g.pick(4) {
	case 0:
		return three(fmt.Sprintf("NTH_VALUE(%%[2]s, %d) IGNORE NULLS%%[1]s", n), sqlite(n), duckdb(n), f.over, x)
	case 1:
		return three(fmt.Sprintf("NTH_VALUE(%%[2]s, %d) FROM LAST IGNORE NULLS%%[1]s", n), sqlite(-n), duckdb(-n), f.over, x)
	case 2:
		return three("FIRST_VALUE(%[2]s) IGNORE NULLS%[1]s", sqlite(1), duckdb(1), f.over, x)
	}
	return three("LAST_VALUE(%[2]s) IGNORE NULLS%[1]s", sqlite(-1), duckdb(-1), f.over, x)
}

// overStatistic makes one whose result is a float; of integers, so that both engines have the same ones.
func (g *generator) overStatistic(f *frameCall) (phrase, bool) {
	if g.pick(2) == 0 {
		name := []string{"VAR_POP", "VAR_SAMP", "STDDEV", "STDDEV_POP", "MEDIAN"}[g.pick(5)]
		distinct, prefix := "", "law_"
		if g.pick(2) == 0 {
			distinct, prefix = "DISTINCT ", "law_d_"
		}
		return each(name+"("+distinct+"%[2]s)%[3]s%[1]s", prefix+name+"(%[2]s)%[3]s%[1]s", f.over, f.arg(kInt), f.where()), true
	}
	name := []string{"COVAR_POP", "COVAR_SAMP", "CORR", "REGR_SLOPE", "REGR_INTERCEPT", "REGR_R2"}[g.pick(6)]
	call := name + "(%[2]s, %[3]s)%[4]s%[1]s"
	return three(call, "law_"+call, exactly(call), f.over, f.arg(kInt), f.arg(kInt), f.where()), true
}
