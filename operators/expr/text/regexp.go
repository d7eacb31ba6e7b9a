package text

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/expr/regex"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// expressions are the functions of regular expressions. Their language is RE2's, which has no
// back-references and takes a time that grows with the text only; but \w and [[:alpha:]] are letters of all languages.
func expressions() []fn.Function {
	f := func(signature, help string, build func(*fn.Node)) fn.Function {
		return fn.Function{Signature: signature, Help: help, Build: build, Check: checkRegexp, Fallible: regexpFails}
	}
	sign := func(name, help string) fn.Function {
		g := f(name+"(text, text) bool", help, buildMatch)
		g.Name = name
		return g
	}
	null := func(g fn.Function) fn.Function {
		g.Nullable = fn.Always
		return g
	}
	return []fn.Function{
		sign("~", "Whether a regular expression matches somewhere in the text."),
		sign("~*", "Whether a regular expression matches, capitals and small letters being the same."),
		sign("!~", "Whether a regular expression matches nowhere in the text."),
		sign("!~*", "Whether a regular expression matches nowhere, capitals and small letters being the same."),
		f("similar_to(text, text[, text]) bool", "Whether the whole text matches an SQL pattern: % and _ as in LIKE, and | * + ? {n,m} ( ) [ ].", buildMatch),
		f("regexp_like(text, text[, text]) bool", "Whether a regular expression matches somewhere in the text; the flags i (case), n or s (. is any), m (^ and $ are of lines) follow.", buildMatch),
		f("regexp_replace(text, text, text[, text]) text", "The text with the first match, or with flag g every match, of a regular expression replaced; \\1 is a group, \\& the match.", buildRegexpReplace),
		null(f("regexp_extract(text, text[, int]) text", "The first match of a regular expression, or one of its groups; NULL if there is none.", buildRegexpExtract)),
		null(f("regexp_substr(text, text[, int[, int[, text[, int]]]]) text", "A match of a regular expression: from character n, the n-th match, flags, group; NULL if there is none.", buildRegexpSubstr)),
		null(f("regexp_match(text, text[, text]) json", "An array of the groups of the first match, or of the match if there are no groups; NULL if there is none.", buildRegexpMatch)),
		f("regexp_count(text, text[, int[, text]]) int", "How often a regular expression matches, from character n.", buildRegexpCount),
		f("regexp_instr(text, text[, int[, int]]) int", "Where, from character n, the n-th match of a regular expression begins, counted from 1 in characters; 0 if nowhere.", buildRegexpInstr),
	}
}

// maxPattern bounds the text of a regular expression.
const maxPattern = 10_000

// maxCompiled is how many expressions a call keeps that does not have a literal one.
const maxCompiled = 256

// regexps compiles the expressions of a call, each once as long as there are not too many.
type regexps struct {
	similar bool
	fold    bool
	known   map[string]compiled
}

type compiled struct {
	re  *regex.Regex
	err error
}

func newRegexps(n *fn.Node) *regexps {
	return &regexps{similar: n.Func == "similar_to", fold: strings.HasSuffix(n.Func, "*"), known: map[string]compiled{}}
}

// get returns an expression with its flags; of SIMILAR TO, the flags are the escape character.
func (r *regexps) get(text, flags string) (*regex.Regex, error) {
	key := flags + "\x00" + text
	if c, ok := r.known[key]; ok {
		return c.re, c.err
	}
	var c compiled
	if r.similar {
		c.re, c.err = compileSimilar(text, flags)
	} else {
		c.re, c.err = compileRegexp(text, flags, r.fold)
	}
	if len(r.known) >= maxCompiled {
		clear(r.known)
	}
	r.known[strings.Clone(key)] = c
	return c.re, c.err
}

func compileRegexp(text, flags string, fold bool) (*regex.Regex, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("the regular expression is longer than %d bytes", maxPattern)
	}
	var set []byte
	for _, f := range flags {
		switch f {
		case 'i':
			fold = true
		case 's', 'n':
			set = append(set, 's')
		case 'm':
			set = append(set, 'm')
		case 'c', 'g':
			fold = fold && f != 'c'
		default:
			return nil, fmt.Errorf("unknown flag %q: the flags are i, c, s, n, m and g", f)
		}
	}
	if fold {
		set = append(set, 'i')
	}
	if len(set) > 0 {
		text = "(?" + string(set) + ")" + text
	}
	return regex.Compile(widenClasses(text))
}

// compileSimilar writes an SQL pattern as a regular expression of the whole text.
func compileSimilar(text, escape string) (*regex.Regex, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	esc, size := utf8.DecodeRuneInString(escape)
	if size != len(escape) {
		return nil, errors.New("the escape character is not one character")
	}
	if escape == "" {
		esc = -1
	}
	var out strings.Builder
	out.WriteString(`(?s)^(?:`)
	escaped, inside := false, false
	class := 0 // where a class such as [:alpha:] ends
	for at, r := range text {
		switch {
		case at < class:
			out.WriteRune(r)
		case escaped:
			out.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == esc:
			escaped = true
		case inside && strings.HasPrefix(text[at:], "[:") && strings.Contains(text[at:], ":]"):
			class = at + strings.Index(text[at:], ":]") + 2
			out.WriteRune(r)
		case inside:
			inside = r != ']'
			if r == '\\' {
				out.WriteByte('\\')
			}
			out.WriteRune(r)
		case r == '[':
			inside = true
			out.WriteRune(r)
		case r == '%':
			out.WriteString(".*")
		case r == '_':
			out.WriteByte('.')
		case r == '(':
			out.WriteString("(?:")
		case strings.ContainsRune("|*+?{})", r):
			out.WriteRune(r)
		default:
			out.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if escaped {
		return nil, errors.New("the pattern ends with its escape character")
	}
	out.WriteString(`)$`)
	return regex.Compile(widenClasses(out.String()))
}

// flagsOf says which argument of a function holds the flags; 0: none.
func flagsOf(name string) int {
	switch name {
	case "similar_to", "regexp_like", "regexp_match":
		return 2
	case "regexp_replace", "regexp_count":
		return 3
	case "regexp_substr":
		return 4
	}
	return 0
}

// literalRegexp compiles the expression of a call whose pattern and flags are literals; nil: they are not.
func literalRegexp(n *fn.Node) (*regex.Regex, error) {
	at, flags := flagsOf(n.Func), ""
	if n.Func == "similar_to" {
		flags = `\`
	}
	if !n.Args[1].Literal || n.Args[1].Null {
		return nil, nil
	}
	if at > 0 && at < len(n.Args) {
		if !n.Args[at].Literal || n.Args[at].Null {
			return nil, nil
		}
		flags = n.Args[at].Value
	}
	return newRegexps(n).get(n.Args[1].Value, flags)
}

func checkRegexp(n *fn.Node) error {
	_, err := literalRegexp(n)
	return err
}

// regexpFails: a literal expression is known to be right, and matching makes no text longer.
func regexpFails(n *fn.Node) bool {
	re, err := literalRegexp(n)
	if re == nil || err != nil {
		return true
	}
	switch n.Func {
	case "regexp_replace", "regexp_substr", "regexp_instr":
		return true
	case "regexp_count":
		return len(n.Args) > 2
	case "regexp_extract":
		return len(n.Args) > 2 && !groupOf(n.Args[2], re)
	}
	return false
}

// groupOf reports whether an argument is the literal number of a group that each match of re has.
func groupOf(n *fn.Node, re *regex.Regex) bool {
	k, err := strconv.Atoi(n.Value)
	return n.Literal && (n.Null || err == nil && k >= 0 && k <= re.Groups())
}

// matcher gives the regular expression of a row.
type matcher struct {
	all   *regexps
	flags int
	// last saves the look-up of the expression that the row before had.
	text, set string
	re        *regex.Regex
	err       error
}

func newMatcher(n *fn.Node) *matcher {
	m := &matcher{all: newRegexps(n), flags: flagsOf(n.Func)}
	n.Why = func(n *fn.Node, row int) string {
		if _, err := m.at(columnsOf(n), row); err != nil {
			return err.Error()
		}
		if n.Func == "regexp_replace" {
			return fn.TooLong(n, row)
		}
		return "a position, an occurrence or a group is out of range"
	}
	return m
}

func columnsOf(n *fn.Node) []batch.Column {
	cols := make([]batch.Column, len(n.Args))
	for i, a := range n.Args {
		cols[i] = a.Col
	}
	return cols
}

func (m *matcher) at(args []batch.Column, i int) (*regex.Regex, error) {
	text, flags := args[1].Text(i), ""
	if m.flags > 0 && m.flags < len(args) {
		flags = args[m.flags].Text(i)
	} else if m.all.similar {
		flags = `\`
	}
	if m.re == nil && m.err == nil || text != m.text || flags != m.set {
		m.text, m.set = strings.Clone(text), strings.Clone(flags)
		m.re, m.err = m.all.get(m.text, m.set)
	}
	return m.re, m.err
}

func buildMatch(n *fn.Node) {
	m := newMatcher(n)
	not := strings.HasPrefix(n.Func, "!")
	fn.Test(func(args []batch.Column, i int) (bool, bool) {
		re, err := m.at(args, i)
		if err != nil {
			return false, false
		}
		return re.Match(args[0].Text(i)) != not, true
	})(n)
}

func buildRegexpReplace(n *fn.Node) {
	m := newMatcher(n)
	why := n.Why
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		re, err := m.at(args, i)
		if err != nil {
			return dst, false
		}
		all := len(args) > 3 && strings.Contains(args[3].Text(i), "g")
		return replaceMatches(dst, re, [2]string{args[0].Text(i), args[2].Text(i)}, all)
	})(n)
	n.Why = why
}

// replaceMatches replaces in the first of two texts by the second.
func replaceMatches(dst []byte, re *regex.Regex, texts [2]string, all bool) ([]byte, bool) {
	s, by := texts[0], texts[1]
	limit := 1
	if all {
		limit = -1
	}
	at, start := 0, len(dst)
	for _, found := range re.FindAll(s, limit) {
		dst = append(dst, s[at:found[0]]...)
		dst = expand(dst, by, s, found)
		if at = found[1]; len(dst)-start > fn.MaxText {
			return dst, false
		}
	}
	return append(dst, s[at:]...), true
}

// expand writes a replacement: \1 to \9 are groups, \& the match, \\ a backslash.
func expand(dst []byte, by, s string, found []int) []byte {
	for i := 0; i < len(by); i++ {
		if by[i] != '\\' || i+1 == len(by) {
			dst = append(dst, by[i])
			continue
		}
		i++
		group := -1
		switch c := by[i]; {
		case c == '&':
			group = 0
		case c >= '0' && c <= '9':
			group = int(c - '0')
		case c == '\\':
			dst = append(dst, c)
		default:
			dst = append(dst, '\\', c)
		}
		if group >= 0 && 2*group+1 < len(found) && found[2*group] >= 0 {
			dst = append(dst, s[found[2*group]:found[2*group+1]]...)
		}
	}
	return dst
}

// group appends a group of a match of s; a match that has no such group is a bad row.
func group(dst []byte, s string, found []int, k int64) ([]byte, fn.Outcome) {
	switch {
	case found == nil:
		return dst, fn.Null
	case k < 0 || k >= int64(len(found)/2):
		return dst, fn.Bad
	case found[2*k] < 0:
		return dst, fn.Null
	}
	return append(dst, s[found[2*k]:found[2*k+1]]...), fn.Made
}

func buildRegexpExtract(n *fn.Node) {
	m := newMatcher(n)
	why := n.Why
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		re, err := m.at(args, i)
		if err != nil {
			return dst, fn.Bad
		}
		k := int64(0)
		if len(args) > 2 {
			k = fn.Int(&args[2], i)
		}
		s := args[0].Text(i)
		return group(dst, s, re.Find(s), k)
	})(n)
	n.Why = why
}

// nth returns occurrence k, counted from 1, of a match at or after character from, counted from 1, and where
// in s the search began.
func nth(re *regex.Regex, s string, from, k int64) (found []int, ok bool) {
	if from < 1 || k < 1 {
		return nil, false
	}
	rest, skipped := fn.Runes(s, from-1)
	if k > int64(len(rest))+1 {
		return nil, true
	}
	all := re.FindAll(rest, int(k))
	if int64(len(all)) < k {
		return nil, true
	}
	found = all[k-1]
	for i := range found {
		if found[i] >= 0 {
			found[i] += len(skipped)
		}
	}
	return found, true
}

func optional(args []batch.Column, k, i int, otherwise int64) int64 {
	if k < len(args) {
		return fn.Int(&args[k], i)
	}
	return otherwise
}

func buildRegexpSubstr(n *fn.Node) {
	m := newMatcher(n)
	why := n.Why
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		re, err := m.at(args, i)
		if err != nil {
			return dst, fn.Bad
		}
		s := args[0].Text(i)
		found, ok := nth(re, s, optional(args, 2, i, 1), optional(args, 3, i, 1))
		if !ok {
			return dst, fn.Bad
		}
		return group(dst, s, found, optional(args, 5, i, 0))
	})(n)
	n.Why = why
}

func buildRegexpMatch(n *fn.Node) {
	m := newMatcher(n)
	why := n.Why
	fn.TextsOrNullWith(func(dst []byte, args []batch.Column, i int) ([]byte, fn.Outcome) {
		re, err := m.at(args, i)
		if err != nil {
			return dst, fn.Bad
		}
		s := args[0].Text(i)
		found := re.Find(s)
		if found == nil {
			return dst, fn.Null
		}
		if len(found) > 2 {
			found = found[2:]
		}
		dst = append(dst, '[')
		for k := 0; k < len(found); k += 2 {
			if k > 0 {
				dst = append(dst, ',')
			}
			if found[k] < 0 {
				dst = append(dst, "null"...)
			} else {
				dst = batch.AppendQuoted(dst, s[found[k]:found[k+1]])
			}
		}
		return append(dst, ']'), fn.Made
	})(n)
	n.Why = why
}

func buildRegexpCount(n *fn.Node) {
	m := newMatcher(n)
	fn.Ints(func(args []batch.Column, i int) (int64, fn.Outcome) {
		re, err := m.at(args, i)
		from := optional(args, 2, i, 1)
		if err != nil || from < 1 {
			return 0, fn.Bad
		}
		rest, _ := fn.Runes(args[0].Text(i), from-1)
		return int64(re.Count(rest)), fn.Made
	})(n)
}

func buildRegexpInstr(n *fn.Node) {
	m := newMatcher(n)
	fn.Ints(func(args []batch.Column, i int) (int64, fn.Outcome) {
		re, err := m.at(args, i)
		if err != nil {
			return 0, fn.Bad
		}
		s := args[0].Text(i)
		found, ok := nth(re, s, optional(args, 2, i, 1), optional(args, 3, i, 1))
		switch {
		case !ok:
			return 0, fn.Bad
		case found == nil:
			return 0, fn.Made
		}
		return int64(utf8.RuneCountInString(s[:found[0]])) + 1, fn.Made
	})(n)
}
