package text

import "strings"

// letterClasses are the classes that mean letters and digits of all languages, as in PostgreSQL, MySQL and Python; RE2
// means those of ASCII. What stands for each is written inside brackets.
var letterClasses = map[string]string{
	`\w`: `\pL\p{Nd}_`, "[:alpha:]": `\pL`, "[:alnum:]": `\pL\p{Nd}`, "[:upper:]": `\p{Lu}`, "[:lower:]": `\p{Ll}`, "[:word:]": `\pL\p{Nd}_`,
}

// widenClasses writes a regular expression whose \w, \W and classes of letters are those of all languages.
func widenClasses(pattern string) string {
	if !strings.Contains(pattern, "[:") && !strings.Contains(pattern, `\w`) && !strings.Contains(pattern, `\W`) {
		return pattern
	}
	var out strings.Builder
	inside, first := false, false // brackets; at their first character
	for pattern != "" {
		size := 1
		switch c := pattern[0]; {
		case strings.HasPrefix(pattern, `\Q`) && !inside: // quoted text
			if size = strings.Index(pattern, `\E`); size < 0 {
				size = len(pattern)
			}
		case c == '\\' && len(pattern) > 1:
			size = 2
			if by := wordClass(pattern[1], inside); by != "" {
				out.WriteString(by)
				pattern, first = pattern[2:], false
				continue
			}
		case inside && strings.HasPrefix(pattern, "[:") && strings.Contains(pattern, ":]"):
			size = strings.Index(pattern, ":]") + 2
			if by, ok := letterClasses[pattern[:size]]; ok {
				out.WriteString(by)
				pattern, first = pattern[size:], false
				continue
			}
		case !inside && c == '[':
			inside, first = true, true
			out.WriteByte(c)
			if pattern = pattern[1:]; strings.HasPrefix(pattern, "^") {
				out.WriteByte('^')
				pattern = pattern[1:]
			}
			continue
		case inside && c == ']' && !first:
			inside = false
		}
		out.WriteString(pattern[:size])
		pattern, first = pattern[size:], false
	}
	return out.String()
}

// wordClass returns what \w or \W is written as; "" for other letters, and for \W inside brackets, which RE2 keeps.
func wordClass(c byte, inside bool) string {
	switch {
	case c == 'w' && inside:
		return letterClasses[`\w`]
	case c == 'w':
		return "[" + letterClasses[`\w`] + "]"
	case c == 'W' && !inside:
		return "[^" + letterClasses[`\w`] + "]"
	}
	return ""
}
