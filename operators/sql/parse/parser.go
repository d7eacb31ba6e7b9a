// Package parse turns the text of a SQL script into statements. It reads the whole language itself
// but for one thing: how operators and operands group, which package lib asks the parser library.
//
// Words are keywords only where one can stand: a word is read with the knowledge of whether an operand
// or an operator comes next, so columns may be called date, key, end or interval.
package parse

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// What a statement may be at most.
const (
	MaxScriptBytes    = 64 << 20
	MaxStatementBytes = 1 << 20
	MaxTokens         = 100_000 // of a statement
	MaxDiags          = 200     // of a script, before the parser gives up
	MaxNesting        = 150     // of parentheses, calls, subqueries, CASE, and of NOT and signs in a row
)

// ParseScript reads statements separated by semicolons. The name stands in the errors. It reports the first
// mistake of every statement, in the order of the text, and returns the statements that have none.
func ParseScript(name, text string) ([]ast.Statement, []Diag) {
	src := ast.NewSource(name, text)
	if len(text) > MaxScriptBytes {
		return nil, []Diag{Diag{Code: "E1030", Msg: "the script is longer than 64 MiB", Hint: "split it into several files"}.At(src, ast.Span{})}
	}
	tokens, errs := lex.Scan(text)
	var statements []ast.Statement
	var diags []Diag
	for _, e := range errs[:min(len(errs), MaxDiags)] {
		diags = append(diags, Diag{Code: e.Code, Msg: e.Msg, Hint: e.Hint}.At(src, e.Span))
	}
	for len(tokens) > 0 {
		if len(diags) >= MaxDiags {
			d := Diag{Code: "E1033", Msg: "too many mistakes to go on", Hint: "mend those above first"}
			diags = append(diags, d.At(src, tokens[0].Span))
			break
		}
		part := statementTokens(tokens)
		tokens = tokens[len(part):]
		if len(part) == 1 {
			continue
		}
		if slices.ContainsFunc(part, func(t lex.Token) bool { return t.Kind == lex.Bad }) {
			for i := range diags {
				if first, last := part[0], part[len(part)-1]; diags[i].Pos >= first.Pos && diags[i].Pos < last.End {
					diags[i].Result = resultOf(part)
				}
			}
			continue
		}
		p := parser{src: src, tokens: part}
		stmt := p.script()
		if p.diag != nil {
			p.diag.Result = resultOf(part)
			diags = append(diags, *p.diag)
			continue
		}
		statements = append(statements, stmt)
	}
	slices.SortStableFunc(diags, func(a, b Diag) int { return a.Pos - b.Pos })
	return statements, diags
}

// resultOf guesses the name of the result that a statement that cannot be read would make.
func resultOf(tokens []lex.Token) string {
	for i, t := range tokens[:len(tokens)-1] {
		name := tokens[i+1]
		if t.Upper == "VIEW" && i < 4 && name.Upper == "IF" && len(tokens) > i+4 { // NOT EXISTS
			name = tokens[i+4]
		}
		if (t.Upper == "INTO" || t.Upper == "VIEW" && i < 4) && (name.Kind == lex.Word || name.Kind == lex.Quoted) {
			return name.Text
		}
	}
	return ""
}

// ParseExpr reads a single expression.
func ParseExpr(name, text string) (ast.Expr, []Diag) {
	src := ast.NewSource(name, text)
	tokens, errs := lex.Scan(text)
	if len(errs) > 0 {
		e := errs[0]
		return nil, []Diag{Diag{Code: e.Code, Msg: e.Msg, Hint: e.Hint}.At(src, e.Span)}
	}
	p := parser{src: src, tokens: tokens}
	p.limits()
	e := p.expr()
	p.end("an operator or the end")
	if p.diag != nil {
		return nil, []Diag{*p.diag}
	}
	return e, nil
}

// statementTokens returns the tokens up to and with the next semicolon or the end.
func statementTokens(tokens []lex.Token) []lex.Token {
	for i, t := range tokens {
		if t.Is(";") {
			return tokens[:i+1]
		}
	}
	return tokens
}

// parser reads one statement. After the first mistake it stands at the end of its tokens, so
// everything that reads comes to an end by itself; what it returned until then is thrown away.
type parser struct {
	src    *ast.Source
	tokens []lex.Token // the last one is ; or EOF
	at     int         // index of the next token
	depth  int         // how many parentheses, calls and so on are open
	diag   *Diag       // the first mistake

	into    *ast.Ident // where INTO goes; nil where it must not stand
	closing []int      // for each token that opens a parenthesis, the index of the one that closes it
	noIn    bool       // IN ends the expression: POSITION(a IN b)
}

// script reads the whole statement and checks its limits first.
func (p *parser) script() ast.Statement {
	p.limits()
	s := p.statement()
	p.end("the end of the statement")
	return s
}

// limits refuses a statement that is too long and matches its parentheses.
func (p *parser) limits() {
	first, last := p.tokens[0], p.tokens[len(p.tokens)-1]
	switch {
	case last.Pos-first.Pos > MaxStatementBytes:
		p.fail(first.Span, "E1030", "the statement is longer than 1 MiB", "split it, or put long lists into a table")
	case len(p.tokens) > MaxTokens:
		p.fail(first.Span, "E1031", "the statement has more than 100,000 words and marks", "split it, or put long lists into a table")
	}
	p.closing = make([]int, len(p.tokens))
	var open []int
	for i, t := range p.tokens {
		switch {
		case t.Is("("):
			open = append(open, i)
		case t.Is(")") && len(open) > 0:
			p.closing[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
}

// end demands that everything has been read.
func (p *parser) end(want string) {
	if p.at < len(p.tokens)-1 {
		p.unexpected(want)
	}
}

// fail records the first mistake and goes to the end.
func (p *parser) fail(at ast.Span, code, msg, hint string) {
	if p.diag == nil {
		d := Diag{Code: code, Msg: msg, Hint: hint}.At(p.src, at)
		p.diag = &d
	}
	p.at = len(p.tokens) - 1
}

// unsupported refuses something that is valid SQL but not ours.
func (p *parser) unsupported(at ast.Span, what, hint string) {
	p.fail(at, "E1040", what+" not supported yet", hint)
}

// unexpected refuses the next token.
func (p *parser) unexpected(want string) {
	t := p.peek(0)
	msg, hint := "unexpected "+describe(t), ""
	if want != "" {
		hint = "expected " + want
	}
	switch {
	case t.Kind == lex.Word && ast.Reserved(t.Upper) && p.at > 0 && p.tokens[p.at-1].Is(","):
		hint = "remove the comma before it"
	case p.misspelt() != "":
		hint = p.misspelt()
	case t.Kind == lex.Word && ast.Reserved(t.Upper) && strings.HasPrefix(want, "a"): // a name, an expression
		hint = join(hint, `a name like that is written "`+t.Text+`"`)
	}
	code := "E1010"
	if p.at == len(p.tokens)-1 {
		code = "E1011"
	}
	p.fail(t.Span, code, msg, hint)
}

// clauseWords are those that people misspell.
var clauseWords = []string{
	"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "JOIN", "INNER", "LEFT", "RIGHT",
	"FULL", "CROSS", "USING", "INTO", "BETWEEN", "DISTINCT", "WITH", "CREATE", "VIEW", "CASE", "WHEN", "THEN", "ELSE",
}

// misspelt returns the advice for a word of the grammar that is misspelt at the next token, or beside it where it
// passed for a name; "" if there is none.
func (p *parser) misspelt() string {
	for _, t := range []lex.Token{p.peek(0), p.tokens[max(0, p.at-1)], p.peek(1)} {
		if t.Kind != lex.Word || ast.Reserved(t.Upper) {
			continue
		}
		for _, w := range clauseWords {
			if oneSlip(t.Upper, w) {
				return "did you mean " + w + " instead of " + t.Text + "?"
			}
		}
	}
	return ""
}

// oneSlip reports whether two words differ by one letter that is missing, added or another, or by two that are swapped.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch rest := b[i:]; {
	case a == b || len(a) < 4:
		return false
	case len(a) < len(b):
		return a[i:] == rest[1:]
	case a[i+1:] == rest[1:]:
		return true
	default:
		return len(rest) > 1 && a[i] == rest[1] && a[i+1] == rest[0] && a[i+2:] == rest[2:]
	}
}

// join joins two parts of a hint.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// describe names a token in an error.
func describe(t lex.Token) string {
	text := t.Text
	if runes := []rune(text); len(runes) > 30 {
		text = string(runes[:30]) + "..."
	}
	switch t.Kind {
	case lex.EOF:
		return "end of the script"
	case lex.String:
		return "string '" + text + "'"
	case lex.Bytes:
		return "binary string X'" + text + "'"
	case lex.Quoted:
		return `name "` + text + `"`
	case lex.Number:
		return "number " + text
	case lex.Param:
		return "parameter $" + text
	case lex.Word:
		if ast.Reserved(t.Upper) {
			return t.Upper
		}
		return `"` + text + `"`
	}
	if t.Is(";") {
		return "end of the statement"
	}
	return text
}

// peek returns the token at a distance from the next one; the last one past the end.
func (p *parser) peek(distance int) lex.Token {
	return p.tokens[min(p.at+distance, len(p.tokens)-1)]
}

// next returns the next token and goes on, but never past the last one.
func (p *parser) next() lex.Token {
	t := p.peek(0)
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

// word says whether the next tokens are the given words.
func (p *parser) word(words ...string) bool {
	for i, w := range words {
		if p.peek(i).Upper != w {
			return false
		}
	}
	return true
}

// oneOf says whether the next token is one of the given words.
func (p *parser) oneOf(words ...string) bool {
	u := p.peek(0).Upper
	return u != "" && slices.Contains(words, u)
}

// accept reads the given words if they come next, all or none.
func (p *parser) accept(words ...string) bool {
	if !p.word(words...) {
		return false
	}
	for range words {
		p.next()
	}
	return true
}

// expect demands the given words.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.unexpected(w)
			return
		}
	}
}

// op says whether the next token is a mark.
func (p *parser) op(mark string) bool { return p.peek(0).Is(mark) }

// acceptOp reads a mark if it comes next.
func (p *parser) acceptOp(mark string) bool {
	if !p.op(mark) {
		return false
	}
	p.next()
	return true
}

// expectOp demands a mark.
func (p *parser) expectOp(mark string) {
	if !p.acceptOp(mark) {
		p.unexpected(mark)
	}
}

// since returns the span from a token's start to the end of what was read last.
func (p *parser) since(start int) ast.At {
	end := start
	if p.at > 0 {
		end = max(start, p.tokens[p.at-1].End)
	}
	return ast.At{Pos: start, End: end}
}

// pos returns where the next token starts.
func (p *parser) pos() int { return p.peek(0).Pos }

// enter opens a level of nesting; leave closes it.
func (p *parser) enter() {
	if p.depth++; p.depth > MaxNesting {
		p.fail(p.peek(0).Span, "E1032", "nested more than 150 levels deep", "name the inner parts by WITH")
	}
}

func (p *parser) leave() { p.depth-- }

// commas reads items with commas between them.
func commas[T any](p *parser, item func() T) []T {
	items := []T{item()}
	for p.acceptOp(",") {
		items = append(items, item())
	}
	return items
}

// ident demands a name; words that are reserved are names only in quotes.
func (p *parser) ident(what string) ast.Ident {
	t := p.peek(0)
	if t.Kind == lex.Word && ast.Reserved(t.Upper) {
		p.unexpected(what)
		return ast.Ident{}
	}
	return p.anyIdent(what)
}

// anyIdent demands a name; any word will do.
func (p *parser) anyIdent(what string) ast.Ident {
	t := p.peek(0)
	if t.Kind != lex.Word && t.Kind != lex.Quoted {
		p.unexpected(what)
		return ast.Ident{}
	}
	p.next()
	return ast.Ident{At: ast.At(t.Span), Text: t.Text, Quoted: t.Kind == lex.Quoted}
}

// name demands a name of one or several parts.
func (p *parser) name(what string) *ast.Name {
	start := p.pos()
	n := &ast.Name{Parts: []ast.Ident{p.ident(what)}}
	for p.acceptOp(".") {
		n.Parts = append(n.Parts, p.anyIdent("a name after the dot"))
	}
	n.At = p.since(start)
	return n
}

// idents demands a list of names in parentheses.
func (p *parser) idents(what string) []ast.Ident {
	p.expectOp("(")
	names := commas(p, func() ast.Ident { return p.anyIdent(what) })
	p.expectOp(")")
	return names
}
