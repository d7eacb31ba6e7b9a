// Package regex finds regular expressions in texts. It gives the answers of package regexp, and looks first for a text
// that every match contains: most rows of a filter have none, and in others it says where a match may begin.
package regex

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Regex is a regular expression in the language of RE2. It may be used by several goroutines.
type Regex struct {
	re *regexp.Regexp
	// every match contains need, unless that is empty.
	need string
	// later finds, as its first group, the first match behind the first character of a text; nil unless matches begin near
	// need: at most before characters in front of it.
	later  *regexp.Regexp
	before int
}

// Compile returns the expression that a text means.
func Compile(text string) (*Regex, error) {
	re, err := regexp.Compile(text)
	if e, ok := errors.AsType[*syntax.Error](err); ok {
		return nil, fmt.Errorf("the regular expression has a mistake: %s: %s", e.Code, strconv.Quote(e.Expr))
	}
	if err != nil {
		return nil, err
	}
	p := &Regex{re: re}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return p, nil //nolint:nilerr // it has been compiled: it is only not looked into
	}
	n := needed(tree)
	if prefix, _ := re.LiteralPrefix(); strings.Contains(prefix, n.text) {
		return p, nil // package regexp looks for it
	}
	p.need, p.before = n.text, n.before
	// A \Q may go on to the end of the text.
	if n.before >= 0 && !anchored(tree) && !strings.Contains(text, `\Q`) {
		if later, err := regexp.Compile(`\A(?s:.)(?s:.*?)(` + text + `)`); err == nil {
			p.later = later
		}
	}
	return p, nil
}

// Match reports whether there is a match in s.
func (p *Regex) Match(s string) bool {
	from, ok := p.from(s)
	switch {
	case !ok:
		return false
	case from >= 0:
		return p.later.MatchString(s[from:])
	}
	return p.re.MatchString(s)
}

// Find returns the places of the first match in s and of its groups, as regexp's FindStringSubmatchIndex does; nil:
// there is none.
func (p *Regex) Find(s string) []int {
	from, ok := p.from(s)
	switch {
	case !ok:
		return nil
	case from < 0:
		return p.re.FindStringSubmatchIndex(s)
	}
	found := p.later.FindStringSubmatchIndex(s[from:])
	if found == nil {
		return nil
	}
	found = found[2:] // the first group is the whole match
	for i := range found {
		if found[i] >= 0 {
			found[i] += from
		}
	}
	return found
}

// FindAll returns the first n matches in s, or all if n is negative, as regexp's FindAllStringSubmatchIndex does.
func (p *Regex) FindAll(s string, n int) [][]int {
	if !strings.Contains(s, p.need) {
		return nil
	}
	return p.re.FindAllStringSubmatchIndex(s, n)
}

// Count returns how many matches FindAll finds.
func (p *Regex) Count(s string) int {
	if !strings.Contains(s, p.need) {
		return 0
	}
	return len(p.re.FindAllStringIndex(s, -1))
}

// Groups returns how many groups a match has.
func (p *Regex) Groups() int { return p.re.NumSubexp() }

// from returns the place of a character in s behind which the first match begins, or -1 if it may begin anywhere; ok is
// false if there is no match.
func (p *Regex) from(s string) (at int, ok bool) {
	if p.need == "" {
		return -1, true
	}
	at = strings.Index(s, p.need)
	if at < 0 || p.later == nil {
		return -1, at >= 0
	}
	for range p.before + 1 { // one more: what a match may look back at
		if at == 0 {
			return -1, true
		}
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return at, true
}
