package lib

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// build makes an expression from words: operands by number, operators by the name of their class.
func build(words string) *Expr {
	classes := map[string]Op{
		"or": Or, "and": And, "not": Not, "is": Is, "=": Compare, "like": Like, "escape": Escape,
		"in": In, "between": Between, "|": Other, "+": Add, "*": Mul, "^": Pow,
	}
	e := &Expr{}
	for w := range strings.FieldsSeq(words) {
		if op, ok := classes[w]; ok {
			e.Operator(op)
			continue
		}
		var n int
		fmt.Sscan(w, &n)
		e.Operand(n)
	}
	return e
}

func (t *Tree) String() string {
	if t.Leaf {
		return fmt.Sprint(t.Operand)
	}
	s := "(" + strings.Fields(written[t.Op])[0]
	for _, k := range t.Kids {
		s += " " + k.String()
	}
	return s + ")"
}

func TestGroup(t *testing.T) {
	for words, want := range map[string]string{
		"0":                        "0",
		"0 + 1 * 2":                "(+ 0 (* 1 2))",
		"0 * 1 + 2":                "(+ (* 0 1) 2)",
		"0 + 1 + 2":                "(+ (+ 0 1) 2)",
		"0 ^ 1 ^ 2":                "(^ (^ 0 1) 2)",
		"0 | 1 + 2 | 3":            "(| (| 0 (+ 1 2)) 3)",
		"0 or 1 and not 2 = 3":     "(or 0 (and 1 (not (= 2 3))))",
		"not 0 = 1 is and 2":       "(and (not (is (= 0 1))) 2)",
		"0 between 1 + 2 and 3":    "(between 0 (+ 1 2) 3)",
		"0 between 1 and 2 and 3":  "(and (between 0 1 2) 3)",
		"0 like 1 | 2 escape 3":    "(like 0 (| 1 2) 3)",
		"0 in 1 or 2":              "(or (in 0 1) 2)",
		"0 is is":                  "(is (is 0))",
		"10 + 11":                  "(+ 10 11)",
		"0 = 1 and 2 = 3 or 4 = 5": "(or (and (= 0 1) (= 2 3)) (= 4 5))",
	} {
		tree, err := build(words).Group()
		if err != nil {
			t.Errorf("%s: %v", words, err)
			continue
		}
		if got := tree.String(); got != want {
			t.Errorf("%s: got %s, want %s", words, got, want)
		}
		fields := strings.Fields(words)
		first, last := fields[0], fields[len(fields)-1]
		if n := fmt.Sprint(tree.First); n != first && first != "not" {
			t.Errorf("%s: first operand is %s", words, n)
		}
		if n := fmt.Sprint(tree.Last); n != last && last != "is" {
			t.Errorf("%s: last operand is %s", words, n)
		}
	}
}

// TestRejected checks that a rejection names the piece.
func TestRejected(t *testing.T) {
	for words, piece := range map[string]int{
		"0 = 1 = 2":             3,
		"0 is = 1":              2,
		"0 in 1 + 2":            3,
		"0 in 1 in 2":           3,
		"0 + not 1":             2,
		"0 = not 1":             2,
		"0 between 1":           3,
		"0 between 1 or 2":      3,
		"0 like 1 like 2":       3,
		"0 escape 1":            1,
		"12 + 345 = 6789 = 100": 5,
	} {
		_, err := build(words).Group()
		var r *Rejected
		if !errors.As(err, &r) {
			t.Errorf("%s: error %v", words, err)
			continue
		}
		if r.Piece != piece {
			t.Errorf("%s: rejected at piece %d, want %d", words, r.Piece, piece)
		}
	}
}

// TestAlphabet checks that the library gets to see nothing but numbered operands and the operators of this
// package.
func TestAlphabet(t *testing.T) {
	allowed := map[string]bool{"select": true, "(": true, ")": true, "is": true, "null": true}
	for _, w := range written {
		allowed[w] = true
	}
	e := build("not 0 or 1 and 2 is = 3 like 4 escape 5 in 6 between 7 | 8 + 9 * 10 ^ 11")
	for w := range strings.FieldsSeq(string(e.text)) {
		if !allowed[w] && strings.Trim(w, "_0123456789") != "" {
			t.Errorf("the library would see %q", w)
		}
	}
	if !strings.HasSuffix(string(e.text), " ") {
		t.Error("without a blank at the end, errors at the end have no place")
	}
}
