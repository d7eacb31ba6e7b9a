package parse

import (
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// upper returns a word or the contents of a string in capitals.
func upper(t lex.Token) string { return strings.ToUpper(t.Text) }

// timeLiteral reads DATE, TIME or TIMESTAMP and a string; nil if no string comes.
func (p *parser) timeLiteral() ast.Expr {
	start := p.pos()
	word := p.peek(0).Upper
	kind := map[string]ast.LiteralKind{"DATE": ast.Date, "TIME": ast.Time, "TIMESTAMP": ast.Timestamp, "TIMESTAMPTZ": ast.TimestampTZ}[word]
	n := 1
	if word == "TIMESTAMP" && p.peek(2).Upper == "TIME" && p.peek(3).Upper == "ZONE" {
		switch p.peek(1).Upper {
		case "WITH":
			kind = ast.TimestampTZ
			n = 4
		case "WITHOUT":
			n = 4
		}
	}
	t := p.peek(n)
	if t.Kind != lex.String {
		return nil
	}
	p.skip(n + 1)
	return &ast.Literal{At: p.since(start), Kind: kind, Text: t.Text}
}

// units holds the units of intervals by every spelling.
var units = func() map[string]string {
	all := map[string]string{}
	for u := range strings.FieldsSeq("YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND MICROSECOND NANOSECOND") {
		all[u], all[u+"S"] = u, u
	}
	return all
}()

// isInterval says whether a text is a number and a unit: 5 MINUTES.
func isInterval(text string) bool {
	number, unit, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok || units[strings.ToUpper(strings.TrimSpace(unit))] == "" {
		return false
	}
	_, err := strconv.ParseFloat(number, 64)
	return err == nil
}

// interval reads INTERVAL in all its spellings; nil if the word is a name or a function here.
func (p *parser) interval() ast.Expr {
	start := p.pos()
	n := 1
	sign := p.peek(1)
	if sign.Is("-") || sign.Is("+") {
		n = 2
	}
	i := &ast.Interval{Negative: sign.Is("-")}
	value, unit := p.peek(n), p.peek(n+1)
	switch {
	case value.Kind == lex.String && (n == 1 || units[unit.Upper] != ""):
		p.skip(n)
		i.Value = p.primary()
	case value.Kind == lex.Number && units[unit.Upper] != "":
		p.skip(n)
		i.Value = p.primary()
	case n == 1 && (value.Kind == lex.Word && !ast.Reserved(value.Upper) || value.Kind == lex.Quoted) && units[unit.Upper] != "":
		p.next()
		i.Value = p.nameOrCall()
	case n == 1 && value.Is("(") && units[p.afterParen(1).Upper] != "" && !p.parenQueryAt(1):
		p.next()
		i.Value = p.paren()
	default:
		return nil
	}
	p.intervalUnit(i)
	i.At = p.since(start)
	return i
}

// intervalUnit reads unit [(precision)] [TO unit [(precision)]]. The precisions say nothing about the
// value and are dropped.
func (p *parser) intervalUnit(i *ast.Interval) {
	if i.Unit = units[p.peek(0).Upper]; i.Unit == "" {
		return
	}
	p.next()
	p.precision()
	if p.word("TO") {
		if i.To = units[p.peek(1).Upper]; i.To == "" {
			p.next()
			p.unexpected("a unit after TO")
			return
		}
		p.skip(2)
		p.precision()
	}
}

// precision reads (n) or (n, m).
func (p *parser) precision() {
	if !p.op("(") || p.peek(1).Kind != lex.Number {
		return
	}
	p.typeArgs()
}

// afterParen returns the token behind the parenthesis that opens at a distance.
func (p *parser) afterParen(distance int) lex.Token {
	i := min(p.at+distance, len(p.tokens)-1)
	if p.closing[i] == 0 {
		return lex.Token{}
	}
	return p.tokens[min(p.closing[i]+1, len(p.tokens)-1)]
}

// parenQueryAt says whether the parenthesis at a distance holds a query.
func (p *parser) parenQueryAt(distance int) bool {
	return p.peek(distance).Is("(") && p.queryWord(distance+1)
}
