package regex

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxBefore bounds how far in front of its needed text the begin of a match is looked for.
const maxBefore = 64

// need is a text that every match contains, at most before characters behind the begin of the match; -1: somewhere.
type need struct {
	text   string
	before int
}

// better reports whether a text rules out more than another; it decides for the first of equal ones.
func (n need) better(than need) bool { return len(n.text) > len(than.text) }

// needed returns the longest text that every match of an expression contains, an empty one if none is known.
func needed(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		if exact(re) {
			return need{text: string(re.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0]) // the first time
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		var best need
		before := 0
		for _, sub := range re.Sub {
			if n := needed(sub); n.better(best) {
				n.before = sum(n.before, before)
				best = n
			}
			before = sum(before, longest(sub))
		}
		return best
	}
	return need{}
}

// exact reports whether a literal matches itself only: other cases of a letter may match it, and bytes that are no text
// match the character that stands for them.
func exact(re *syntax.Regexp) bool {
	return !slices.ContainsFunc(re.Rune, func(r rune) bool {
		return r == utf8.RuneError || re.Flags&syntax.FoldCase != 0 && unicode.SimpleFold(r) != r
	})
}

// longest returns how many characters an expression matches at most; -1: very many.
func longest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return sum(len(re.Rune), 0)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpQuest:
		return longest(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		switch one := longest(re.Sub[0]); {
		case one == 0:
			return 0
		case re.Op == syntax.OpRepeat && re.Max >= 0 && one > 0:
			return sum(one*re.Max, 0)
		}
		return -1
	case syntax.OpConcat:
		all := 0
		for _, sub := range re.Sub {
			all = sum(all, longest(sub))
		}
		return all
	case syntax.OpAlternate:
		most := 0
		for _, sub := range re.Sub {
			n := longest(sub)
			if n < 0 {
				return -1
			}
			most = max(most, n)
		}
		return most
	}
	return 0
}

// sum adds numbers of characters up to maxBefore.
func sum(a, b int) int {
	if a < 0 || b < 0 || a+b > maxBefore {
		return -1
	}
	return a + b
}

// anchored reports whether a match can only begin where the text does.
func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return anchored(re.Sub[0])
	case syntax.OpConcat:
		return anchored(re.Sub[0])
	}
	return false
}
