// Package jsonpath finds parts of JSON texts by a path such as $.items[0].name. What it finds are pieces of
// the text itself: nothing is decoded and written again.
package jsonpath

import (
	"encoding/json"
	"strings"
)

// skipBlank returns where the next value begins.
func skipBlank(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the end of the string that begins at i, or -1.
func skipString(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// skipValue returns the end of the value that begins at i, or -1 where the text is broken.
func skipValue(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			if i = skipString(s, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue
		default:
			start := i
			for i < len(s) && !strings.ContainsRune("{}[],: \t\n\r\"", rune(s[i])) {
				i++
			}
			if i == start {
				return -1
			}
		}
		if depth <= 0 {
			return i
		}
	}
	return -1
}

// members calls each for the members of an object, or the elements of an array, until it returns false.
// A key is given as it is written, quotes included, and is "" in an array.
func members(s string, each func(key, value string) bool) {
	if s == "" || s[0] != '{' && s[0] != '[' {
		return
	}
	object := s[0] == '{'
	i := 1
	for {
		i = skipBlank(s, i)
		if i < len(s) && s[i] == ',' {
			i = skipBlank(s, i+1)
		}
		if i >= len(s) || s[i] == '}' || s[i] == ']' {
			return
		}
		key := ""
		if object {
			end := -1
			if s[i] == '"' {
				end = skipString(s, i)
			}
			if end < 0 {
				return
			}
			key = s[i:end]
			i = skipBlank(s, end)
			if i >= len(s) || s[i] != ':' {
				return
			}
			i = skipBlank(s, i+1)
		}
		end := skipValue(s, i)
		if end < 0 || !each(key, s[i:end]) {
			return
		}
		i = end
	}
}

// Text returns what a JSON string says; other values come back as they are written.
func Text(value string) string {
	if value == "" || value[0] != '"' {
		return value
	}
	if !strings.Contains(value, `\`) && len(value) >= 2 {
		return value[1 : len(value)-1]
	}
	var text string
	if json.Unmarshal([]byte(value), &text) != nil {
		return value
	}
	return text
}

// Scalar reports whether a value is neither an object nor an array.
func Scalar(value string) bool { return value != "" && value[0] != '{' && value[0] != '[' }

// Value returns the text of a document without blanks around it; "" if there is none.
func Value(text string) string {
	i := skipBlank(text, 0)
	end := skipValue(text, i)
	if end < 0 {
		return ""
	}
	return text[i:end]
}

// Member returns the member of an object by its key; "" if there is none.
func Member(value, key string) string {
	found := ""
	if value == "" || value[0] != '{' {
		return ""
	}
	members(value, func(k, v string) bool {
		if Text(k) == key {
			found = v
			return false
		}
		return true
	})
	return found
}

// Element returns an element of an array, counted from 0, or from -1 backwards; "" if there is none.
func Element(value string, i int64) string {
	if value == "" || value[0] != '[' {
		return ""
	}
	if i < 0 {
		if i += int64(Len(value)); i < 0 {
			return ""
		}
	}
	found := ""
	members(value, func(_, v string) bool {
		if i == 0 {
			found = v
		}
		i--
		return i >= 0
	})
	return found
}

// Len counts the members of an object or the elements of an array.
func Len(value string) int {
	n := 0
	members(value, func(_, _ string) bool {
		n++
		return true
	})
	return n
}

// Keys calls each for the keys of an object as they are written, quotes included.
func Keys(value string, each func(key string)) {
	members(value, func(key, _ string) bool {
		each(key)
		return true
	})
}
