package ast

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Source is the text of a script and finds lines and columns in it.
type Source struct {
	// Name is what errors call the script: a file, or the place of the SQL inside a config.
	Name string
	Text string

	starts []int // of lines
}

// NewSource prepares a script for looking up positions.
func NewSource(name, text string) *Source {
	s := &Source{Name: name, Text: text, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			s.starts = append(s.starts, i+1)
		}
	}
	return s
}

// Position returns the line and the column of a byte, both from 1. A column is a character: a tab
// and a letter of several bytes count once. Offsets past the end mean the end.
func (s *Source) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(s.Text)))
	line = sort.SearchInts(s.starts, offset+1)
	return line, utf8.RuneCountInString(s.Text[s.starts[line-1]:offset]) + 1
}

// Line returns the text of a line, counted from 1, without its end.
func (s *Source) Line(line int) string {
	if line < 1 || line > len(s.starts) {
		return ""
	}
	text, _, _ := strings.Cut(s.Text[s.starts[line-1]:], "\n")
	return strings.TrimSuffix(text, "\r")
}

// Slice returns the text of a span.
func (s *Source) Slice(at Span) string { return s.Text[at.Pos:at.End] }
