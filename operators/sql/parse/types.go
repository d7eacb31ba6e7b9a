package parse

import (
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
)

// typeName reads a type: name(numbers), the names of several words, ARRAY<type> and type[].
func (p *parser) typeName() *ast.TypeName {
	p.enter()
	defer p.leave()
	start := p.pos()
	first := p.peek(0)
	if first.Kind == lex.Word && ast.Reserved(first.Upper) {
		p.unexpected("a type")
		return &ast.TypeName{}
	}
	name := p.anyIdent("a type")
	t := &ast.TypeName{Name: name.Text}
	if !name.Quoted {
		t.Name = strings.ToUpper(name.Text)
	}
	switch {
	case name.Quoted:
	case t.Name == "DOUBLE":
		if p.accept("PRECISION") {
			t.Name = "DOUBLE PRECISION"
		}
	case t.Name == "CHARACTER" || t.Name == "CHAR" || t.Name == "NATIONAL":
		p.characterType(t)
	case t.Name == "UNSIGNED" || t.Name == "SIGNED":
		if p.oneOf("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT") {
			t.Name += " " + p.next().Upper
		}
	case t.Name == "INTERVAL" && units[p.peek(0).Upper] != "":
		i := &ast.Interval{}
		p.intervalUnit(i)
	}
	if p.op("<") {
		p.elements(t)
	}
	if p.op("(") {
		t.Args = p.typeArgs()
	}
	if t.Name == "TIMESTAMP" || t.Name == "TIME" {
		p.timeZone(t)
	}
	if p.oneOf("UNSIGNED") {
		t.Name = "UNSIGNED " + t.Name
		p.next()
	}
	t.At = p.since(start)
	for p.op("[") || p.word("ARRAY") {
		if !p.accept("ARRAY") {
			p.next()
			if p.peek(0).Kind == lex.Number {
				p.next()
			}
			p.expectOp("]")
		}
		t = &ast.TypeName{At: p.since(start), Name: "ARRAY", Elems: []*ast.TypeName{t}}
	}
	return t
}

// characterType reads what follows CHARACTER, CHAR or NATIONAL.
func (p *parser) characterType(t *ast.TypeName) {
	if t.Name == "NATIONAL" && p.oneOf("CHAR", "CHARACTER") {
		t.Name += " " + p.next().Upper
	}
	switch {
	case p.accept("VARYING"):
		t.Name += " VARYING"
	case p.accept("LARGE", "OBJECT"):
		t.Name += " LARGE OBJECT"
	}
}

func (p *parser) timeZone(t *ast.TypeName) {
	for _, zone := range []string{"WITH TIME ZONE", "WITHOUT TIME ZONE", "WITH LOCAL TIME ZONE"} {
		if p.accept(strings.Fields(zone)...) {
			t.Name += " " + zone
			return
		}
	}
}

// elements reads <type>, <type, type> or <name type, ...>.
func (p *parser) elements(t *ast.TypeName) {
	row := t.Name == "ROW" || t.Name == "STRUCT"
	if !row && t.Name != "ARRAY" && t.Name != "MAP" && t.Name != "LIST" && t.Name != "MULTISET" {
		return
	}
	p.next()
	t.Elems = commas(p, func() *ast.TypeName {
		if row {
			t.Fields = append(t.Fields, p.anyIdent("a field"))
			p.acceptOp(":")
		}
		return p.typeName()
	})
	if row {
		t.Name = "ROW"
	}
	p.closeAngle()
}

// closeAngle reads >, splitting a >> that closes two lists.
func (p *parser) closeAngle() {
	t := p.peek(0)
	if !t.Is(">>") {
		p.expectOp(">")
		return
	}
	rest := t
	rest.Text, rest.Pos = ">", t.Pos+1
	// The tokens are this statement's own: nothing else reads them.
	p.tokens[p.at] = rest
}

// typeArgs reads (n) or (n, m).
func (p *parser) typeArgs() []int {
	p.expectOp("(")
	args := commas(p, func() int {
		t := p.next()
		n, err := strconv.Atoi(t.Text)
		if (t.Kind != lex.Number || err != nil) && p.diag == nil {
			p.fail(t.Span, "E1010", "unexpected "+describe(t), "expected a whole number")
		}
		return n
	})
	p.expectOp(")")
	return args
}
