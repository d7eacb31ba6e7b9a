package law

import (
	"fmt"
	"strings"
)

// windowed makes a source of the rows of another in windows or sessions of days, with the columns of that one and the day
// at which the window of a row begins and ends. The oracles compute both from the numbers of days, and sessions by window
// functions.
func (g *generator) windowed(s source, alias string) (sql phrase, terms []term, ok bool) {
	days := (&scope{terms: s.terms}).of(kDate)
	if len(days) == 0 {
		return sql, nil, false
	}
	d := days[g.pick(len(days))].sql.ours
	var items strings.Builder
	for i, t := range s.terms {
		fmt.Fprintf(&items, "%s AS c%d, ", t.sql.ours, i)
		terms = append(terms, term{sql: text(fmt.Sprintf("%s.c%d", alias, i)), kind: t.kind, small: t.small})
	}
	for _, name := range []string{"ws", "we"} {
		terms = append(terms, term{sql: text(alias + "." + name), kind: kDate})
	}
	rows := func(day string) string {
		return "(SELECT " + items.String() + strings.ReplaceAll(day, "{d}", d) + " FROM " + s.name + " WHERE " + d + " IS NOT NULL)"
	}
	call, query := g.windowing(terms[:len(s.terms)])
	call = strings.ReplaceAll(call, "{rows}", rows("CAST({d} AS TIMESTAMP) AS at"))
	theirs := func(number, day string) string {
		from := strings.ReplaceAll(query, "{rows}", rows(number+" AS n")+" AS r")
		list := strings.ReplaceAll(day, "{n}", "f") + " AS ws, " + strings.ReplaceAll(day, "{n}", "u") + " AS we"
		return "(SELECT *, " + list + " FROM (" + from + ") AS q) AS " + alias
	}
	return phrase{
		"(SELECT t.*, CAST(window_start AS DATE) AS ws, CAST(window_end AS DATE) AS we FROM " + call + " t) AS " + alias,
		theirs("CAST(julianday({d}) - 2440587.5 AS INTEGER)", "date('1970-01-01', '+' || {n} || ' days')"),
		theirs("({d} - DATE '1970-01-01')", "(DATE '1970-01-01' + CAST({n} AS INTEGER))"),
	}, terms, true
}

// windowing makes a call of a table function over {rows} with a time at, and what it means over {rows} with the number n
// of a day: those rows with f and u, the days at which the window begins and ends.
func (g *generator) windowing(terms []term) (call, query string) {
	hop := 1 + g.pick(6)
	size := hop + g.pick(9)
	steps := func(from, n int) string {
		var out []string
		for k := range n {
			out = append(out, fmt.Sprint("SELECT ", from+k, " AS k"))
		}
		return "(" + strings.Join(out, " UNION ALL ") + ") AS steps"
	}
	with := func(query string, all int, steps string) string {
		return strings.NewReplacer("{hop}", fmt.Sprint(hop), "{size}", fmt.Sprint(size), "{all}", fmt.Sprint(all), "{steps}", steps).Replace(query)
	}
	switch g.pick(4) {
	case 0:
		return fmt.Sprintf("TUMBLE({rows}, at, '%d DAYS')", hop), with("SELECT *, n - n % {hop} AS f, n - n % {hop} + {hop} AS u FROM {rows}", 0, "")
	case 1:
		return fmt.Sprintf("HOP({rows}, at, '%d DAYS', '%d DAYS')", hop, size),
			with("SELECT *, n - n % {hop} - k * {hop} AS f, n - n % {hop} - k * {hop} + {size} AS u FROM {rows}, {steps} WHERE n - n % {hop} - k * {hop} + {size} > n",
				0, steps(0, (size+hop-1)/hop))
	case 2:
		n := 1 + g.pick(4)
		return fmt.Sprintf("CUMULATE({rows}, at, '%d DAYS', '%d DAYS')", hop, n*hop),
			with("SELECT *, n - n % {all} AS f, n - n % {all} + k * {hop} AS u FROM {rows}, {steps} WHERE n - n % {all} + k * {hop} > n", n*hop, steps(1, n))
	}
	key, partition := "", "PARTITION BY 1"
	if g.pick(3) > 0 {
		if i := g.pick(len(terms)); terms[i].kind != kDate {
			key, partition = fmt.Sprintf(", c%d", i), fmt.Sprintf("PARTITION BY c%d", i)
		}
	}
	first := fmt.Sprintf("SELECT *, CASE WHEN n - LAG(n) OVER (%s ORDER BY n) < %d THEN 0 ELSE 1 END AS begins FROM {rows}", partition, hop)
	second := fmt.Sprintf("SELECT *, SUM(begins) OVER (%s ORDER BY n RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session FROM (%s) AS b", partition, first)
	third := fmt.Sprintf("SELECT *, MIN(n) OVER (%[1]s, session) AS f, MAX(n) OVER (%[1]s, session) + %[2]d AS u FROM (%[3]s) AS s", partition, hop, second)
	return fmt.Sprintf("SESSION({rows}, at, '%d DAYS'%s)", hop, key), third
}
