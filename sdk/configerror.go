package sdk

import (
	"errors"
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
