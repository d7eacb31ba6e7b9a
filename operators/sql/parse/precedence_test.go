package parse

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// The oracle of these tests knows PostgreSQL's table of precedence and nothing of the parser: it climbs
// over single-letter operands. An operand of a comparison or of anything tighter must not itself
// be a comparison, LIKE, IN, BETWEEN, IS or NOT; where the table would make one, the parser refuses.

type level int

const (
	orLevel level = iota + 1
	andLevel
	notLevel
	isLevel
	compareLevel
	likeLevel
	otherLevel
	addLevel
	mulLevel
	powLevel
	operandLevel
)

var binaryLevels = map[string]level{
	"OR": orLevel, "AND": andLevel,
	"=": compareLevel, "<>": compareLevel, "<": compareLevel, "<=": compareLevel, ">": compareLevel, ">=": compareLevel,
	"IS DISTINCT FROM": compareLevel, "IS NOT DISTINCT FROM": compareLevel,
	"LIKE": likeLevel, "NOT LIKE": likeLevel, "ILIKE": likeLevel, "NOT ILIKE": likeLevel, "SIMILAR TO": likeLevel, "RLIKE": likeLevel,
	"||": otherLevel, "->": otherLevel, "->>": otherLevel, "&": otherLevel, "|": otherLevel, "#": otherLevel, "<<": otherLevel, ">>": otherLevel,
	"@>": otherLevel, "<@": otherLevel, "#>": otherLevel, "#>>": otherLevel, "~": otherLevel, "~*": otherLevel, "!~": otherLevel, "!~*": otherLevel,
	"+": addLevel, "-": addLevel, "*": mulLevel, "/": mulLevel, "%": mulLevel, "DIV": mulLevel, "^": powLevel,
}

var suffixes = []string{"IS NULL", "IS NOT TRUE", "IS UNKNOWN"}

// climber reads tokens by the table.
type climber struct {
	tokens []string
	bad    bool // the parser must refuse it
}

// climb returns the fully parenthesised text of what binds at least as tightly as least, and its level.
func (c *climber) climb(least level) (string, level) {
	text, at := c.prefix()
	for len(c.tokens) > 0 {
		op := c.tokens[0]
		binary, isBinary := binaryLevels[op]
		switch {
		case strings.HasPrefix(op, "IS ") && !isBinary:
			if isLevel < least {
				return text, at
			}
			c.tokens = c.tokens[1:]
			c.bad = c.bad || at < isLevel
			text, at = "("+text+" "+op+")", isLevel
		case op == "BETWEEN" || op == "NOT BETWEEN":
			if likeLevel < least {
				return text, at
			}
			c.tokens = c.tokens[1:]
			low, lowLevel := c.climb(likeLevel + 1)
			if len(c.tokens) == 0 || c.tokens[0] != "AND" {
				c.bad = true
				return text, at
			}
			c.tokens = c.tokens[1:]
			high, highLevel := c.climb(likeLevel + 1)
			c.value(at, lowLevel, highLevel)
			text, at = "("+text+" "+op+" "+low+" AND "+high+")", likeLevel
		case op == "IN" || op == "NOT IN":
			if likeLevel < least {
				return text, at
			}
			c.tokens = c.tokens[1:]
			c.value(at)
			text, at = "("+text+" "+op+" (1))", likeLevel
		case !isBinary || binary < least:
			return text, at
		default:
			c.tokens = c.tokens[1:]
			right, rightLevel := c.climb(binary + 1)
			if binary >= compareLevel {
				c.value(at, rightLevel)
			}
			text, at = "("+text+" "+op+" "+right+")", binary
		}
	}
	return text, at
}

// value demands that operands are no predicates.
func (c *climber) value(operands ...level) {
	for _, l := range operands {
		c.bad = c.bad || l < otherLevel
	}
}

func (c *climber) prefix() (string, level) {
	t := c.tokens[0]
	c.tokens = c.tokens[1:]
	if t == "NOT" {
		x, _ := c.climb(notLevel)
		return "(NOT " + x + ")", notLevel
	}
	return t, operandLevel
}

// checkPrecedence compares the parser with the table for one row of tokens.
func checkPrecedence(t *testing.T, tokens []string) {
	t.Helper()
	text := strings.ReplaceAll(strings.Join(tokens, " "), " IN ", " IN (1) ")
	if last := tokens[len(tokens)-1]; last == "IN" || last == "NOT IN" {
		text += " (1)"
	}
	c := climber{tokens: tokens}
	want, _ := c.climb(0)
	e, diags := ParseExpr("test", text)
	switch {
	case len(diags) > 0 && !c.bad:
		t.Errorf("%s: %v; want %s", text, diags[0], want)
	case len(diags) > 0:
		if code := diags[0].Code; code != "E1020" && code != "E1021" && code != "E1010" {
			t.Errorf("%s: refused with %s %v", text, code, diags[0])
		}
	case c.bad:
		t.Errorf("%s: accepted as %s", text, ast.SQL(e))
	case ast.SQL(e) != want:
		t.Errorf("%s:\ngot  %s\nwant %s", text, ast.SQL(e), want)
	}
}

func operatorsOf() []string {
	var ops []string
	for op := range binaryLevels {
		ops = append(ops, op)
	}
	return ops
}

// TestPrecedencePairs checks every pair and every triple of operators, with NOT, IS, BETWEEN and IN in between.
func TestPrecedencePairs(t *testing.T) {
	ops := operatorsOf()
	for _, x := range ops {
		checkPrecedence(t, []string{"NOT", "a", x, "b"})
		checkPrecedence(t, []string{"a", x, "NOT", "b"})
		for _, s := range suffixes {
			checkPrecedence(t, []string{"a", x, "b", s})
			checkPrecedence(t, []string{"a", s, x, "b"})
			checkPrecedence(t, []string{"NOT", "a", x, "b", s, s})
		}
		for _, between := range []string{"BETWEEN", "NOT BETWEEN"} {
			checkPrecedence(t, []string{"a", x, "b", between, "c", "AND", "d"})
			checkPrecedence(t, []string{"a", between, "b", "AND", "c", x, "d"})
			checkPrecedence(t, []string{"a", between, "b", x, "c", "AND", "d"})
		}
		checkPrecedence(t, []string{"a", x, "b", "IN"})
		checkPrecedence(t, []string{"a", "IN", x, "b"})
		for _, y := range ops {
			checkPrecedence(t, []string{"a", x, "b", y, "c"})
			checkPrecedence(t, []string{"a", x, "NOT", "b", y, "c"})
			for _, z := range []string{"OR", "AND", "=", "LIKE", "||", "+", "*", "^"} {
				checkPrecedence(t, []string{"a", x, "b", y, "c", z, "d"})
			}
		}
	}
}

// TestPrecedenceTight is the table of what sticks to an operand.
func TestPrecedenceTight(t *testing.T) {
	for text, want := range map[string]string{
		"-a::int":                       "(- CAST(a AS INT))",
		"- a ^ 2":                       "((- a) ^ 2)",
		"-2 ^ 2":                        "(-2 ^ 2)",
		"a ^ -b":                        "(a ^ (- b))",
		"-a * -b":                       "((- a) * (- b))",
		"a - -b":                        "(a - (- b))",
		"- - 5":                         "(- -5)",
		"+ - a":                         "(+ (- a))",
		"-a COLLATE c":                  "((- a) COLLATE c)",
		"a || b COLLATE c":              "(a || (b COLLATE c))",
		"a COLLATE c AT TIME ZONE z":    "((a COLLATE c) AT TIME ZONE z)",
		"a AT TIME ZONE z COLLATE c":    "(a AT TIME ZONE (z COLLATE c))",
		"a + b AT TIME ZONE z":          "(a + (b AT TIME ZONE z))",
		"a AT TIME ZONE z + b":          "((a AT TIME ZONE z) + b)",
		"-a AT TIME ZONE -b":            "((- a) AT TIME ZONE (- b))",
		"-a[1]":                         "(- (a)[1])",
		"a[1]::int[2]":                  "CAST((a)[1] AS ARRAY<INT>)",
		"a::int::text || b":             "(CAST(CAST(a AS INT) AS TEXT) || b)",
		"-(a).b::int":                   "(- CAST((a).b AS INT))",
		"-(-5)":                         "(- -5)",
		"-9223372036854775808":          "-9223372036854775808",
		"~ -a":                          "(~ (- a))",
		"~a = b":                        "((~ a) = b)",
		"NOT NOT a":                     "(NOT (NOT a))",
		"NOT a = ANY (SELECT 1) AND b":  "((NOT (a = ANY (SELECT 1))) AND b)",
		"a LIKE b || c ESCAPE d OR e":   "((a LIKE (b || c) ESCAPE d) OR e)",
		"x::text < y":                   "(CAST(x AS TEXT) < y)",
		"a IS FALSE IS NOT NULL":        "((a IS FALSE) IS NOT NULL)",
		"(a, b) = (1, 2) AND (a) = (1)": "(((a, b) = (1, 2)) AND (a = 1))",
		"f<int>(a) < b":                 "(f<INT>(a) < b)",
		"a<b":                           "(a < b)",
		"INTERVAL '1' DAY * 2":          "(INTERVAL '1' DAY * 2)",
		"EXISTS (SELECT 1) = b":         "(EXISTS (SELECT 1) = b)",
	} {
		e, diags := ParseExpr("test", text)
		if len(diags) > 0 {
			t.Errorf("%s: %v", text, diags[0])
			continue
		}
		if got := ast.SQL(e); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}
