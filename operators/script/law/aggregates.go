package law

// moreAggregates makes an aggregate that SQLite lacks, or has in another form, or none. arg makes an argument; condition
// is that of the FILTER.
func (g *generator) moreAggregates(s *scope, k kind, condition phrase, arg func(kind) phrase) (phrase, bool) {
	distinct := []string{"", "DISTINCT "}[g.pick(2)]
	filter := func(more ...phrase) phrase { return filtered(condition, more...) }
	switch {
	case g.pick(4) == 0: // of any kind
		return g.ends(k, filter, arg), true
	case k == kText && g.pick(2) == 0:
		x := arg(kText)
		if distinct != "" {
			return three("STRING_AGG(DISTINCT %s)%s", "GROUP_CONCAT(DISTINCT %s ORDER BY %[1]s)%s", "STRING_AGG(DISTINCT %s, ',' ORDER BY %[1]s)%s", x, filter()), true
		}
		by := arg(kind(g.pick(int(kinds))))
		order := []string{"", " DESC NULLS LAST", " NULLS FIRST"}[g.pick(3)]
		theirs := "GROUP_CONCAT(%s, '-' ORDER BY %s" + map[string]string{"": " NULLS LAST"}[order] + order + ", %[1]s)%[3]s"
		return three("GROUP_CONCAT(%s, '-' ORDER BY %s"+order+")%s", theirs, theirs, x, by, filter()), true
	case k == kText:
		x := arg(kInt)
		return three("CAST(ARRAY_AGG(%s ORDER BY %[1]s NULLS FIRST)%s AS TEXT)", "NULLIF(json_group_array(%s ORDER BY %[1]s)%s, '[]')",
			"CAST(to_json(ARRAY_AGG(%s ORDER BY %[1]s NULLS FIRST)%s) AS TEXT)", x, filter()), true
	case k == kBool:
		name := g.pick(2)
		return each([]string{"BOOL_AND", "BOOL_OR"}[name]+"(%s)%s", []string{"MIN", "MAX"}[name]+"(%s)%s", arg(kBool), filter()), true
	case k == kFloat && s.top:
		return g.statistic(distinct, filter, arg), true
	case k == kInt:
		switch g.pick(3) {
		case 0:
			return three("COUNT_IF(%s)%s", "COUNT(CASE WHEN %s THEN 1 END)%s", "COUNT(CASE WHEN %s THEN 1 END)%s", arg(kBool), filter()), true
		case 1:
			return three("COUNT(DISTINCT %s, %s)%s", "law_pairs(%s, %s)%s", "COUNT(DISTINCT CASE WHEN %s IS NOT NULL AND %s IS NOT NULL THEN ROW(%[1]s, %[2]s) END)%s",
				arg(kind(g.pick(int(kinds)))), arg(kind(g.pick(int(kinds)))), filter()), true
		}
		name := []string{"BIT_AND", "BIT_OR", "BIT_XOR"}[g.pick(3)]
		return each(name+"("+distinct+"%s)%s", "law_"+name+"("+distinct+"%s)%s", arg(kInt), filter()), true
	}
	return phrase{}, false
}

// ends makes an aggregate of one row of the group.
func (g *generator) ends(k kind, filter func(...phrase) phrase, arg func(kind) phrase) phrase {
	x, key := arg(k), arg(kind(g.pick(int(kinds))))
	switch g.pick(4) {
	case 0:
		if g.pick(2) == 0 {
			theirs := "first(%[2]s ORDER BY %[1]s, %[2]s NULLS LAST)%[3]s"
			return three("MIN_VALUE(%s, %s)%s", "law_"+theirs, theirs, key, x, filter(known(key)))
		}
		theirs := "first(%[2]s ORDER BY %[1]s DESC, %[2]s NULLS LAST)%[3]s"
		return three("MAX_BY(%[2]s, %[1]s)%[3]s", "law_"+theirs, theirs, key, x, filter(known(key)))
	case 1:
		theirs := "last(%s ORDER BY %s DESC NULLS LAST, %[1]s NULLS LAST)%[3]s"
		return three("LAST_VALUE(%s ORDER BY %s DESC NULLS LAST)%s", "law_"+theirs, theirs, x, key, filter())
	case 2:
		f := []string{"0", "0.25", "0.5", "1"}[g.pick(4)]
		return each("QUANTILE_DISC(%s, "+f+")%s", "law_disc(%s, "+f+" ORDER BY %[1]s)%s", x, filter(known(x)))
	}
	return three("MODE(%s)%s", "law_mode(%s ORDER BY %[1]s)%s", // the smallest of those that are there most often
		"map_keys(histogram(%s)%s)[list_position(map_values(histogram(%[1]s)%[2]s), list_max(map_values(histogram(%[1]s)%[2]s)))]", x, filter(known(x)))
}

// statistic makes one whose result is a float; of integers, so that both engines have the same ones.
func (g *generator) statistic(distinct string, filter func(...phrase) phrase, arg func(kind) phrase) phrase {
	if g.pick(2) == 0 {
		name := []string{"VAR_POP", "VAR_SAMP", "STDDEV", "STDDEV_POP", "MEDIAN"}[g.pick(5)]
		return each(name+"("+distinct+"%s)%s", "law_"+name+"("+distinct+"%s)%s", arg(kInt), filter())
	}
	name := []string{"COVAR_POP", "COVAR_SAMP", "CORR", "REGR_SLOPE", "REGR_INTERCEPT", "REGR_R2"}[g.pick(6)]
	call := name + "(%[1]s, %[2]s)%[3]s"
	return three(call, "law_"+call, exactly(call), arg(kInt), arg(kInt), filter())
}
