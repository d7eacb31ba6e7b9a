package parse

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// generator makes random expressions, as trees.
type generator struct {
	*rand.Rand
	depth int
}

func (g *generator) expr() ast.Expr {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 5 || g.IntN(4) == 0 {
		return g.leaf()
	}
	switch g.IntN(12) {
	case 0, 1, 2, 3, 4:
		return &ast.Binary{Op: g.op(), Left: g.expr(), Right: g.expr()}
	case 5:
		op := []ast.Op{ast.OpNot, ast.OpSub, ast.OpAdd, ast.OpBitNot}[g.IntN(4)]
		x := g.expr()
		if l, ok := x.(*ast.Literal); ok && l.Kind == ast.Number && op == ast.OpSub && !strings.HasPrefix(l.Text, "-") {
			l.Text = "-" + l.Text // as the parser does
			return l
		}
		return &ast.Unary{Op: op, X: x}
	case 6:
		return &ast.Is{X: g.expr(), Kind: ast.IsKind(g.IntN(4)), Not: g.IntN(2) == 0}
	case 7:
		return &ast.Between{X: g.expr(), Low: g.expr(), High: g.expr(), Not: g.IntN(2) == 0, Symmetric: g.IntN(4) == 0}
	case 8:
		m := &ast.Match{X: g.expr(), Pattern: g.expr(), Kind: ast.LikeKind(g.IntN(4)), Not: g.IntN(2) == 0}
		if g.IntN(3) == 0 {
			m.Escape = g.expr()
		}
		return m
	case 9:
		in := &ast.In{X: g.expr(), Not: g.IntN(2) == 0}
		if g.IntN(3) == 0 {
			in.Query = g.query()
		} else {
			in.List = g.exprs()
		}
		return in
	}
	return g.form()
}

// form makes the expressions with a shape of their own. It is a switch over them.
func (g *generator) form() ast.Expr {
	switch g.IntN(13) {
	case 0:
		c := &ast.Case{Whens: []ast.When{{Cond: g.expr(), Then: g.expr()}, {Cond: g.expr(), Then: g.expr()}}}
		if g.IntN(2) == 0 {
			c.X, c.Else = g.expr(), g.expr()
		}
		return c
	case 1:
		return &ast.Cast{X: g.expr(), Type: &ast.TypeName{Name: "DECIMAL", Args: []int{10, 2}}, Try: g.IntN(2) == 0}
	case 2:
		return &ast.Cast{X: g.expr(), Type: &ast.TypeName{Name: "ARRAY", Elems: []*ast.TypeName{{Name: "DOUBLE PRECISION"}}}}
	case 3:
		return &ast.Extract{Field: "YEAR", X: g.expr()}
	case 4:
		return &ast.Trim{Mode: ast.TrimMode(g.IntN(3)), Chars: g.expr(), X: g.expr()}
	case 5:
		return &ast.AtTimeZone{X: g.expr(), Zone: g.expr()}
	case 6:
		return &ast.Collate{X: g.expr(), Name: &ast.Name{Parts: []ast.Ident{{Text: "de"}}}}
	case 7:
		return &ast.Index{X: g.expr(), I: g.expr(), Slice: g.IntN(2) == 0}
	case 8:
		return &ast.Tuple{Items: append(g.exprs(), g.expr())}
	case 9:
		return &ast.Array{Items: g.exprs()}
	case 10:
		return &ast.Exists{Query: g.query()}
	case 11:
		return &ast.Quantified{Op: ast.OpLt, X: g.expr(), All: g.IntN(2) == 0, Query: g.query()}
	}
	return g.call()
}

func (g *generator) call() ast.Expr {
	c := &ast.Call{Name: &ast.Name{Parts: []ast.Ident{{Text: "F"}}}, Args: g.exprs(), Distinct: g.IntN(3) == 0}
	if g.IntN(3) == 0 {
		c.Filter = g.expr()
	}
	if g.IntN(3) == 0 {
		c.OrderBy = g.orders()
	}
	if g.IntN(3) == 0 {
		c.Over = &ast.Window{PartitionBy: g.exprs(), OrderBy: g.orders(), Frame: &ast.Frame{
			Unit: "ROWS", Start: ast.Bound{Kind: ast.Preceding, Value: g.expr()}, End: ast.Bound{Kind: ast.Following, Value: g.expr()},
		}}
	}
	return c
}

func (g *generator) orders() []ast.Order {
	return []ast.Order{{Expr: g.expr(), Desc: g.IntN(2) == 0, Nulls: ast.Nulls(g.IntN(3))}}
}

func (g *generator) exprs() []ast.Expr {
	var items []ast.Expr
	for range 1 + g.IntN(2) {
		items = append(items, g.expr())
	}
	return items
}

func (g *generator) query() *ast.Query {
	return &ast.Query{Body: &ast.Select{Items: []ast.Item{{Expr: g.expr()}}}}
}

func (g *generator) leaf() ast.Expr {
	switch g.IntN(8) {
	case 0:
		return &ast.Literal{Kind: ast.Number, Text: fmt.Sprint(g.IntN(1000))}
	case 1:
		return &ast.Literal{Kind: ast.String, Text: "it's -- /* no */ \\"}
	case 2:
		return &ast.Literal{Kind: ast.Null, Text: "NULL"}
	case 3:
		return &ast.Interval{Value: &ast.Literal{Kind: ast.String, Text: "1"}, Unit: "DAY", Negative: g.IntN(2) == 0}
	case 4:
		return &ast.Literal{Kind: ast.Timestamp, Text: "2020-01-01"}
	}
	return &ast.Name{Parts: []ast.Ident{{Text: []string{"a", "date", "interval", "key", "row", "end_", "at"}[g.IntN(7)]}}}
}

func (g *generator) op() ast.Op {
	ops := []ast.Op{
		ast.OpOr, ast.OpAnd, ast.OpEq, ast.OpNe, ast.OpLt, ast.OpDistinct, ast.OpNotDistinct, ast.OpAdd, ast.OpSub,
		ast.OpMul, ast.OpDiv, ast.OpIntDiv, ast.OpMod, ast.OpPow, ast.OpConcat, ast.OpBitAnd, ast.OpBitOr, ast.OpShiftLeft,
		ast.OpArrow, ast.OpArrowText, ast.OpMatch, ast.OpNoMatchFold,
	}
	return ops[g.IntN(len(ops))]
}

// TestRandomExpressions prints random trees with all parentheses and with as few as possible and reads
// both back.
func TestRandomExpressions(t *testing.T) {
	const count, seed = 20_000, 7
	g := generator{Rand: rand.New(rand.NewPCG(seed, seed))}
	for i := range count {
		want := g.expr()
		for _, text := range []string{ast.SQL(want), ast.OutputName(want)} {
			got, diags := ParseExpr("random", text)
			if len(diags) > 0 {
				t.Fatalf("%d: %s\n%v\nof %s", i, text, diags[0], ast.SQL(want))
			}
			if path := different(reflect.ValueOf(want), reflect.ValueOf(got)); path != "" {
				t.Fatalf("%d: %s\nread back as %s\ndiffers at %s", i, text, ast.SQL(got), path)
			}
		}
	}
}

// TestMutations changes the scripts at random: whatever comes out, the parser ends, points into the text,
// and what it accepts survives printing.
func TestMutations(t *testing.T) {
	const count, seed = 6_000, 11
	r := rand.New(rand.NewPCG(seed, seed))
	var statements []string
	for name := range clean {
		statements = append(statements, strings.SplitAfter(read(t, "testdata/"+name+".sql"), ";\n")...)
	}
	slices.Sort(statements) // a map gives the scripts in any order
	accepted := 0
	for range count {
		text := mutate(r, statements[r.IntN(len(statements))])
		parsed, diags := ParseScript("mutated", text)
		for _, d := range diags {
			checkPlace(t, text, d)
		}
		if len(diags) == 0 {
			accepted++
			for _, s := range parsed {
				roundTrip(t, s)
			}
		}
		if t.Failed() {
			t.Fatalf("text was %q", text)
		}
	}
	if accepted < count/20 {
		t.Errorf("only %d of %d accepted: the mutations are too wild to prove much", accepted, count)
	}
}

func checkPlace(t *testing.T, text string, d Diag) {
	t.Helper()
	if d.Pos < 0 || d.Pos > d.End || d.End > len(text) || d.Line < 1 || d.Col < 1 || d.Code == "" || d.Msg == "" {
		t.Errorf("bad place or text in %+v of %q", d, text)
	}
	if d.Code == "E1099" {
		t.Errorf("internal error %v for %q", d, text)
	}
	if _, ok := problem.Find(d.Code); !ok {
		t.Errorf("%s is not in the catalogue of package problem", d.Code)
	}
	if d.Render(ast.NewSource("x", text)) == "" {
		t.Errorf("%v renders as nothing", d)
	}
}

// mutate deletes, doubles, replaces, inserts or swaps a few tokens.
func mutate(r *rand.Rand, text string) string {
	tokens, _ := lex.Scan(text)
	var words []string
	for _, t := range tokens {
		words = append(words, text[t.Pos:t.End])
	}
	for range 1 + r.IntN(2) {
		i, j := r.IntN(len(words)), r.IntN(len(words))
		switch r.IntN(5) {
		case 0:
			words = slices.Delete(words, i, i+1)
		case 1:
			words = slices.Insert(words, i, words[i])
		case 2:
			words[i] = extra[r.IntN(len(extra))]
		case 3:
			words = slices.Insert(words, i, extra[r.IntN(len(extra))])
		case 4:
			words[i], words[j] = words[j], words[i]
		}
		if len(words) == 0 {
			return ""
		}
	}
	return strings.Join(words, " ")
}

var extra = strings.Fields(`( ) , . ; * + - / = < > || :: [ ] 'x' "y" 1 a NOT NULL AND OR IS IN LIKE BETWEEN CASE WHEN END SELECT FROM WHERE
	GROUP ORDER BY LIMIT UNION EXCEPT INTO JOIN LEFT ON USING AS WITH OVER FILTER VALUES EXISTS ANY CAST INTERVAL DATE ROW ARRAY LATERAL
	EXTRACT TRIM POSITION ROWS DISTINCT ALL => $1 \'`)
