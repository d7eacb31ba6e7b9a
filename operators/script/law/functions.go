package law

import "fmt"

// function calls a scalar function that SQLite has, too, or that its functions can be put together to. It is a
// switch over the kinds.
func (g *generator) function(k kind, sub func(kind) phrase) phrase {
	n := text(fmt.Sprint(1 + g.pick(3)))
	switch k {
	case kInt:
		return g.intFunction(sub)
	case kFloat:
		switch g.pick(6) {
		case 0:
			return both("ROUND(%s)", sub(kFloat))
		case 1:
			return both("FLOOR(%s)", sub(kFloat))
		case 2:
			return both("CEIL(%s)", sub(kFloat))
		case 3:
			return both("TRUNC(%s)", sub(kFloat))
		case 4:
			return each("GREATEST(%s, %s)", "COALESCE(MAX(%[1]s, %[2]s), %[1]s, %[2]s)", sub(kFloat), sub(kFloat))
		}
		return three("NVL2(%s, %s, %s)", "IIF(%s IS NOT NULL, %s, %s)", "CASE WHEN %s IS NOT NULL THEN %s ELSE %s END", sub(kInt), sub(kFloat), sub(kFloat))
	case kText:
		return g.textFunction(sub, n)
	case kDate:
		switch g.pick(5) {
		case 0:
			return each("LAST_DAY(%s)", "date(%s, 'start of month', '+1 month', '-1 day')", sub(kDate))
		case 1:
			return three("DATE_TRUNC('month', %s)", "date(%s, 'start of month')", "CAST(date_trunc('month', %s) AS DATE)", sub(kDate))
		case 2:
			return three("DATE_TRUNC(year, %s)", "date(%s, 'start of year')", "CAST(date_trunc('year', %s) AS DATE)", sub(kDate))
		case 3:
			return three("TO_DATE(TO_CHAR(%s, 'YYYY-MM-DD'), 'YYYY-MM-DD')", "%s", "CAST(strftime(%s, '%%Y-%%m-%%d') AS DATE)", sub(kDate))
		}
		return each("CAST(%s + %s * INTERVAL '1' DAY AS DATE)", "date(%s, (%s) || ' days')", sub(kDate), text(fmt.Sprint(g.pick(50))))
	}
	return g.testFunction(sub)
}

func (g *generator) intFunction(sub func(kind) phrase) phrase {
	switch g.pick(15) {
	case 0:
		return both("INSTR(%s, %s)", sub(kText), sub(kText))
	case 1:
		return each("ASCII(%s)", "CASE WHEN %[1]s = '' THEN 0 ELSE unicode(%[1]s) END", sub(kText))
	case 2:
		return three("SIGN(%s)", "SIGN(%s)", "CAST(SIGN(%s) AS BIGINT)", sub(kInt))
	case 3:
		return both("(%s & %s)", sub(kInt), sub(kInt))
	case 4:
		return both("(%s | %s)", sub(kInt), sub(kInt))
	case 5:
		return three("(%s # %s)", "((%[1]s | %[2]s) - (%[1]s & %[2]s))", "xor(%s, %s)", sub(kInt), sub(kInt))
	case 6:
		return both("(~ %s)", sub(kInt))
	case 7:
		return each("MONTH(%s)", "CAST(strftime('%%m', %s) AS INTEGER)", sub(kDate))
	case 8:
		return each("DAYOFYEAR(%s)", "CAST(strftime('%%j', %s) AS INTEGER)", sub(kDate))
	case 9:
		return three("DAYOFWEEK(%s)", "(CAST(strftime('%%w', %s) AS INTEGER) + 1)", "(DAYOFWEEK(%s) + 1)", sub(kDate))
	case 10:
		return each("QUARTER(%s)", "((CAST(strftime('%%m', %s) AS INTEGER) + 2) / 3)", sub(kDate))
	case 11:
		return three("DATEDIFF(%s, %s)", "CAST(julianday(%s) - julianday(%s) AS INTEGER)", "(%s - %s)", sub(kDate), sub(kDate))
	case 12:
		return three("TIMESTAMPDIFF(DAY, %s, %s)", "CAST(julianday(%[2]s) - julianday(%[1]s) AS INTEGER)", "date_diff('day', %s, %s)", sub(kDate), sub(kDate))
	case 13:
		return each("LEAST(%s, %s)", "COALESCE(MIN(%[1]s, %[2]s), %[1]s, %[2]s)", sub(kInt), sub(kInt))
	}
	const decoded = "CASE WHEN %[1]s IS NOT DISTINCT FROM 1 THEN %[2]s WHEN %[1]s IS NULL THEN %[3]s END"
	return three("DECODE(%s, 1, %s, NULL, %s)", decoded, decoded, sub(kInt), sub(kInt), sub(kInt))
}

func (g *generator) textFunction(sub func(kind) phrase, n phrase) phrase {
	switch g.pick(14) {
	case 0:
		return both("LTRIM(%s, 'ab')", sub(kText))
	case 1:
		return both("RTRIM(%s)", sub(kText))
	case 2:
		return each("LEFT(%s, %s)", "substr(%s, 1, %s)", sub(kText), n)
	case 3:
		return each("RIGHT(%s, %s)", "substr(%s, -(%s))", sub(kText), n)
	case 4:
		return each("REPEAT(%s, 2)", "(%[1]s || %[1]s)", sub(kText))
	case 5:
		return each("HEX(%s)", "IIF(%[1]s IS NULL, NULL, hex(%[1]s))", sub(kText))
	case 6:
		return each("CONCAT(%s, '-', %s)", "(COALESCE(%s, '') || '-' || COALESCE(%s, ''))", sub(kText), sub(kText))
	case 7:
		return both("CONCAT_WS('-', %s, %s)", sub(kText), sub(kText))
	case 8:
		return each("TRANSLATE(%s, 'ab', 'x')", "replace(replace(%s, 'a', 'x'), 'b', '')", sub(kText))
	case 9:
		return three("CHR(65 + ABS(%s) %% 26)", "IIF(%[1]s IS NULL, NULL, char(65 + ABS(%[1]s) %% 26))", "CHR(CAST(65 + ABS(%s) %% 26 AS INTEGER))", sub(kInt))
	case 10:
		return three("IIF(%s, %s, %s)", "IIF(%s, %s, %s)", "CASE WHEN %s THEN %s ELSE %s END", sub(kBool), sub(kText), sub(kText))
	case 11:
		return three("DATE_FORMAT(%s, 'dd/MM/yyyy')", "strftime('%%d/%%m/%%Y', %s)", "strftime(%s, '%%d/%%m/%%Y')", sub(kDate))
	case 12:
		return each("REGEXP_REPLACE(%s, '[ab]', 'x', 'g')", "replace(replace(%s, 'a', 'x'), 'b', 'x')", sub(kText))
	}
	return each("SPLIT_PART(%s, 'b', 1)", "CASE WHEN instr(%[1]s, 'b') > 0 THEN substr(%[1]s, 1, instr(%[1]s, 'b') - 1) ELSE %[1]s END", sub(kText))
}

func (g *generator) testFunction(sub func(kind) phrase) phrase {
	switch g.pick(6) {
	case 0:
		return each("STARTS_WITH(%s, 'a')", "(substr(%s, 1, 1) = 'a')", sub(kText))
	case 1:
		return each("CONTAINS(%s, %s)", "(instr(%s, %s) > 0)", sub(kText), sub(kText))
	case 2:
		return three("(%s ~ '^a')", "(substr(%s, 1, 1) = 'a')", "regexp_matches(%s, '^a')", sub(kText))
	case 3:
		return three("(%s SIMILAR TO '(a|b)%%')", "(substr(%[1]s, 1, 1) IN ('a', 'b'))", "(%s SIMILAR TO '(a|b).*')", sub(kText))
	case 4:
		return three("(%s !~ 'b')", "(instr(%s, 'b') = 0)", "(NOT regexp_matches(%s, 'b'))", sub(kText))
	}
	const symmetric = "(%[1]s BETWEEN %[2]s AND %[3]s OR %[1]s BETWEEN %[3]s AND %[2]s)"
	return three("(%s BETWEEN SYMMETRIC %s AND %s)", symmetric, symmetric, sub(kInt), sub(kInt), sub(kInt))
}
