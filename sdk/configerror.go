package sdk

import (
	"errors"
	"fmt"
	"strings"
)

// ConfigError is a mistake in a configuration. It says where it is and how to mend it.
type ConfigError struct {
	Path string `json:"path"`          // "tables[0].config.path"
	Msg  string `json:"msg"`           // `unknown key "pth"`
	Fix  string `json:"fix,omitempty"` // `did you mean "path"?`
}

// Error returns the path, the mistake and the fix in one line.
func (e *ConfigError) Error() string {
	var s strings.Builder
	if e.Path != "" {
		s.WriteString(e.Path + ": ")
	}
	s.WriteString(e.Msg)
	if e.Fix != "" {
		s.WriteString("; " + e.Fix)
	}
	return s.String()
}

// ConfigErrors are all the mistakes of a configuration, in the order of its parameters.
type ConfigErrors []*ConfigError

// Error returns the mistakes, a line each.
func (e ConfigErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// add notes the mistakes of a check, whose paths are relative to path.
func (e *ConfigErrors) add(path string, err error) {
	var many ConfigErrors
	var one *ConfigError
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one):
		many = ConfigErrors{one}
	default:
		many = ConfigErrors{{Msg: err.Error()}}
	}
	for _, m := range many {
		*e = append(*e, &ConfigError{Path: join(path, m.Path), Msg: m.Msg, Fix: m.Fix})
	}
}

// join appends a key, or an index such as [0], to a path.
func join(path, key string) string {
	if path == "" || key == "" || key[0] == '[' {
		return path + key
	}
	return path + "." + key
}

// meant returns `did you mean "x"?` for the word that is closest to s, or names the words there are.
func meant(s string, words []string) string {
	best, least := "", len(s)/3+2
	for _, word := range words {
		if d := distance(strings.ToLower(s), strings.ToLower(word)); d < least {
			best, least = word, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(words) == 0:
		return ""
	}
	return "use " + strings.Join(words, ", ")
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between a and b.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
