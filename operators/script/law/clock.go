package law

import (
	"fmt"
	"strings"
	"time"
)

// clockStart is the time of the first epoch of a case.
var clockStart = time.Date(2022, 1, 1, 5, 30, 0, 0, time.UTC)

// clock returns the time of an epoch.
func (c *Case) clock(e int) time.Time { return clockStart.Add(time.Duration(e) * c.tick) }

// current makes a condition that the clock makes true for a while.
func (g *generator) current(in *scope) phrase {
	p := g.clocked(in)
	if g.rarely(5) {
		p = both("(%s OR %s)", g.expr(in, kBool, 1), p)
	}
	p.duckdb = strings.NewReplacer("NOW()", "(SELECT now FROM clock)", "CURRENT_DATE", "(SELECT day FROM clock)").Replace(p.duckdb)
	return p
}

// clocked makes it as it is with our functions, for SQLite with the table that holds the time there.
func (g *generator) clocked(in *scope) phrase {
	x, n := g.expr(in, kDate, g.pick(2)), text(fmt.Sprint(g.pick(25)))
	ops := []string{"<", ">", "<=", ">=", "="}
	op := ops[g.pick(5)]
	const now, day = "(SELECT now FROM clock)", "(SELECT day FROM clock)"
	switch g.pick(8) {
	case 0:
		return each("%s "+op+" CURRENT_DATE", "%s "+op+" "+day, x)
	case 1:
		return each("CURRENT_DATE - %s "+op+" %s", "date("+day+", '-%s days') "+op+" %s", n, x)
	case 2:
		return each("CAST(%s AS TIMESTAMP) + INTERVAL '%s' HOUR "+op+" NOW()", "datetime(%s, '+%s hours') "+op+" "+now, x, n)
	case 3:
		return each("%s BETWEEN CURRENT_DATE - %s AND CURRENT_DATE + 9", "%s BETWEEN date("+day+", '-%s days') AND date("+day+", '+9 days')", x, n)
	case 4:
		return each("NOW() - INTERVAL '%s' HOUR "+op+" %s", "datetime("+now+", '-%s hours') "+op+" datetime(%s)", n, x)
	case 5:
		return each("NOT (%s "+ops[g.pick(4)%4]+" NOW())", "NOT (datetime(%s) "+ops[g.made[len(g.made)-1]%4]+" "+now+")", x)
	case 6:
		return each("DATE_TRUNC('hour', NOW()) "+op+" CAST(%s AS TIMESTAMP)", "strftime('%%Y-%%m-%%d %%H:00:00', "+now+") "+op+" datetime(%s)", x)
	}
	return each("NOW() - %s "+op+" INTERVAL '%s' DAY", now+" "+op+" datetime(%s, '+%s days')", x, n)
}

// ttl makes a TTL over a source with a day.
func (g *generator) ttl(s source, alias string) (sql phrase, ok bool) {
	days := (&scope{terms: s.terms}).of(kDate)
	if len(days) == 0 {
		return sql, false
	}
	d, n := days[g.pick(len(days))].sql, text(fmt.Sprint(1+g.pick(20)))
	rows := "(SELECT * FROM " + s.name + " WHERE %s IS NOT NULL"
	return three("TTL("+rows+"), %s, '%s DAYS') AS "+alias,
		rows+" AND datetime(%s, '+%s days') > (SELECT now FROM clock)) AS "+alias,
		rows+" AND CAST(%s AS TIMESTAMP) + INTERVAL '%s' DAY > (SELECT now FROM clock)) AS "+alias, d, d, n), true
}
