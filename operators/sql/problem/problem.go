// Package problem holds the catalogue of everything that can be wrong with a SQL script, and shows a mistake at
// its place in the text.
//
// Adding an error is one row here and one call where it is found. Codes are stable: E1xxx are mistakes of the
// grammar, E2xxx of names and types, E29xx what is valid SQL but not taken, E3xxx what planning finds, E4xxx what
// is wrong with a single row, W2xxx and W3xxx warnings.
package problem

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Entry is a row of the catalogue.
type Entry struct {
	Code string
	// Title is a few words, in lower case.
	Title string
	// Means tells what is wrong and why it is.
	Means string
	// Mend tells what to do.
	Mend string
	// Wrong is SQL that makes the mistake, Right the same without it; both over the tables customers and orders.
	// They are empty where a few lines cannot show it.
	Wrong, Right string
}

// Catalogue returns all entries, by code.
func Catalogue() []Entry {
	all := slices.Concat(lexical, grammar, names, types, shapes, refused, planning, rows, warnings)
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Find returns the entry of a code, in any case.
func Find(code string) (Entry, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	all := Catalogue()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Code == code })
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}

// IsCode reports whether a word has the form of a code, known or not: E2002, w2017.
func IsCode(word string) bool {
	if len(word) < 4 || len(word) > 6 || !strings.ContainsRune("EWew", rune(word[0])) {
		return false
	}
	return strings.Trim(word[1:], "0123456789") == ""
}

// Nearest returns up to three codes that may have been meant by one that is not known.
func Nearest(code string) []string {
	code = strings.ToUpper(strings.TrimSpace(code))
	var all, out []string
	for _, e := range Catalogue() {
		all = append(all, e.Code)
	}
	for len(out) < 3 {
		word := near.Word(code, all)
		if word == "" {
			break
		}
		out = append(out, word)
		all = slices.DeleteFunc(all, func(c string) bool { return c == word })
	}
	return out
}

// Text returns the entry as it is printed:
//
//	E2002: unknown column
//
//	What it means, and how to mend it.
//
//	wrong:
//	  SELECT nmae INTO v FROM customers;
//	right:
//	  SELECT name INTO v FROM customers;
func (e Entry) Text() string {
	var b strings.Builder
	b.WriteString(e.Code + ": " + e.Title + "\n\n" + fill(e.Means) + "\n" + fill(e.Mend))
	for _, sql := range []struct{ title, text string }{{"wrong", e.Wrong}, {"right", e.Right}} {
		if sql.text == "" {
			continue
		}
		b.WriteString("\n" + sql.title + ":\n")
		for line := range strings.Lines(strings.TrimSpace(sql.text) + "\n") {
			b.WriteString("  " + line)
		}
	}
	return b.String()
}

// width is how long the lines of an entry are.
const width = 96

// fill breaks a text into lines.
func fill(text string) string {
	var b strings.Builder
	at := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case at > 0 && at+1+len(word) > width:
			b.WriteString("\n")
			at = 0
		case at > 0:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String() + "\n"
}
