package lib

import (
	"fmt"
	"strconv"

	"github.com/xwb1989/sqlparser"
)

// tree copies what the library made into a Tree.
func tree(e sqlparser.Expr) (*Tree, error) {
	switch e := e.(type) {
	case *sqlparser.ColName:
		return leaf(e)
	case *sqlparser.OrExpr:
		return join(Or, e.Left, e.Right)
	case *sqlparser.AndExpr:
		return join(And, e.Left, e.Right)
	case *sqlparser.NotExpr:
		return join(Not, e.Expr)
	case *sqlparser.IsExpr:
		return join(Is, e.Expr)
	case *sqlparser.RangeCond:
		return join(Between, e.Left, e.From, e.To)
	case *sqlparser.ComparisonExpr:
		return comparison(e)
	case *sqlparser.BinaryExpr:
		return binary(e)
	}
	return nil, fmt.Errorf("parser library: unexpected %T", e)
}

func leaf(e *sqlparser.ColName) (*Tree, error) {
	name := e.Name.String()
	if len(name) < 2 || name[0] != '_' || !e.Qualifier.IsEmpty() {
		return nil, fmt.Errorf("parser library: unexpected operand %q", name)
	}
	n, err := strconv.Atoi(name[1:])
	if err != nil {
		return nil, fmt.Errorf("parser library: unexpected operand %q: %w", name, err)
	}
	return &Tree{Leaf: true, Operand: n, First: n, Last: n}, nil
}

func join(op Op, operands ...sqlparser.Expr) (*Tree, error) {
	t := &Tree{Op: op, Kids: make([]*Tree, len(operands))}
	for i, e := range operands {
		var err error
		if t.Kids[i], err = tree(e); err != nil {
			return nil, err
		}
	}
	t.First, t.Last = t.Kids[0].First, t.Kids[len(t.Kids)-1].Last
	return t, nil
}

// comparison copies = and like; the library cannot tell whether a NOT stands before the latter, as it never sees it.
func comparison(e *sqlparser.ComparisonExpr) (*Tree, error) {
	switch e.Operator {
	case sqlparser.EqualStr:
		return join(Compare, e.Left, e.Right)
	case sqlparser.LikeStr:
		if e.Escape != nil {
			return join(Like, e.Left, e.Right, e.Escape)
		}
		return join(Like, e.Left, e.Right)
	case sqlparser.InStr:
		if list, ok := e.Right.(sqlparser.ValTuple); ok && len(list) == 1 {
			return join(In, e.Left, list[0])
		}
	}
	return nil, fmt.Errorf("parser library: unexpected comparison %q", e.Operator)
}

func binary(e *sqlparser.BinaryExpr) (*Tree, error) {
	op, ok := map[string]Op{
		sqlparser.BitOrStr: Other, sqlparser.PlusStr: Add, sqlparser.MultStr: Mul, sqlparser.BitXorStr: Pow,
	}[e.Operator]
	if !ok {
		return nil, fmt.Errorf("parser library: unexpected operator %q", e.Operator)
	}
	return join(op, e.Left, e.Right)
}
