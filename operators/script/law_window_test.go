package script_test

import "fmt"

// windowed makes a source of the rows of another in windows or sessions of days, with the columns of that one and the day
// at which the window of a row begins and ends. SQLite computes both from the numbers of days, and sessions by window
// functions.
func (g *generator) windowed(s source, alias string) (sql dual, terms []term, ok bool) {
	days := (&scope{terms: s.terms}).of(kDate)
	if len(days) == 0 {
		return sql, nil, false
	}
	d := days[g.pick(len(days))].sql.ours
	hop := 1 + g.pick(6)
	size := hop + g.pick(9)
	var items string
	for i, t := range s.terms {
		items += fmt.Sprintf("%s AS c%d, ", t.sql.ours, i)
		terms = append(terms, term{sql: text(fmt.Sprintf("%s.c%d", alias, i)), kind: t.kind, small: t.small})
	}
	for _, name := range []string{"ws", "we"} {
		terms = append(terms, term{sql: text(alias + "." + name), kind: kDate})
	}
	rows := "(SELECT " + items + "CAST(" + d + " AS TIMESTAMP) AS at FROM " + s.name + " WHERE " + d + " IS NOT NULL)"
	dated := "(SELECT " + items + "CAST(julianday(" + d + ") - 2440587.5 AS INTEGER) AS n FROM " + s.name + " WHERE " + d + " IS NOT NULL)"
	ours := "(SELECT t.*, CAST(window_start AS DATE) AS ws, CAST(window_end AS DATE) AS we FROM %s t) AS " + alias
	theirs := "(SELECT *, date('1970-01-01', '+' || f || ' days') AS ws, date('1970-01-01', '+' || u || ' days') AS we FROM (%s)) AS " + alias
	steps := "(VALUES (0)"
	for k := 1; k*hop < size; k++ {
		steps += fmt.Sprintf(", (%d)", k)
	}
	steps += ")"
	switch g.pick(4) {
	case 0:
		return dual{
			fmt.Sprintf(ours, fmt.Sprintf("TUMBLE(%s, at, '%d DAYS')", rows, hop)),
			fmt.Sprintf(theirs, fmt.Sprintf("SELECT *, n - n %% %d AS f, n - n %% %d + %d AS u FROM %s", hop, hop, hop, dated)),
		}, terms, true
	case 1:
		return dual{
			fmt.Sprintf(ours, fmt.Sprintf("HOP(%s, at, '%d DAYS', '%d DAYS')", rows, hop, size)),
			fmt.Sprintf(theirs, fmt.Sprintf("SELECT *, n - n %% %d - column1 * %d AS f, n - n %% %d - column1 * %d + %d AS u FROM %s, %s WHERE n - n %% %d - column1 * %d + %d > n",
				hop, hop, hop, hop, size, dated, steps, hop, hop, size)),
		}, terms, true
	case 2:
		n := 1 + g.pick(4)
		all := n * hop
		steps = "(VALUES (1)"
		for k := 2; k <= n; k++ {
			steps += fmt.Sprintf(", (%d)", k)
		}
		steps += ")"
		return dual{
			fmt.Sprintf(ours, fmt.Sprintf("CUMULATE(%s, at, '%d DAYS', '%d DAYS')", rows, hop, all)),
			fmt.Sprintf(theirs, fmt.Sprintf("SELECT *, n - n %% %d AS f, n - n %% %d + column1 * %d AS u FROM %s, %s WHERE n - n %% %d + column1 * %d > n",
				all, all, hop, dated, steps, all, hop)),
		}, terms, true
	}
	key, partition := "", ""
	if g.pick(3) > 0 {
		i := g.pick(len(s.terms))
		if terms[i].kind != kDate {
			key, partition = fmt.Sprintf(", c%d", i), fmt.Sprintf("PARTITION BY c%d", i)
		}
	}
	both := partition
	if both == "" {
		both = "PARTITION BY 1"
	}
	first := fmt.Sprintf("SELECT *, CASE WHEN n - LAG(n) OVER (%s ORDER BY n) < %d THEN 0 ELSE 1 END AS begins FROM %s", partition, hop, dated)
	second := fmt.Sprintf("SELECT *, SUM(begins) OVER (%s ORDER BY n RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session FROM (%s)", partition, first)
	third := fmt.Sprintf("SELECT *, MIN(n) OVER (%s, session) AS f, MAX(n) OVER (%s, session) + %d AS u FROM (%s)", both, both, hop, second)
	return dual{fmt.Sprintf(ours, fmt.Sprintf("SESSION(%s, at, '%d DAYS'%s)", rows, hop, key)), fmt.Sprintf(theirs, third)}, terms, true
}
