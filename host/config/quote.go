package config

import (
	"bytes"
	"errors"
	"strings"

	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// Render returns the mistake with the line of the file and a mark below the place, perhaps in the colours of a
// terminal. The last line ends with a line feed.
func (e *Error) Render(colour bool) string {
	r := problem.Report{Msg: e.Msg, Fix: e.Fix, Width: e.Width, Warning: e.Warning, Place: e.Pos.String()}
	if e.Path != "" {
		r.Msg = e.Path + ": " + e.Msg
	}
	if e.quoted {
		r.Line, r.Col, r.Text = e.Pos.Line, max(1, e.Pos.Column), e.line
	}
	return r.Render(colour)
}

// Quote gives the mistakes in an error the lines of the configuration that they are about.
func (c *Config) Quote(err error) { showLines(c.sources, err) }

func showLines(sources []*source, err error) {
	all, ok := errors.AsType[Errors](err)
	if one, single := errors.AsType[*Error](err); !ok && single {
		all = Errors{one}
	}
	for _, e := range all {
		for _, s := range sources {
			if s.name == e.Pos.File && e.Pos.Line > 0 && !e.quoted {
				e.line, e.quoted = s.line(e.Pos.Line)
			}
		}
	}
}

// line returns a line of the file, counted from 1, without its end.
func (s *source) line(n int) (string, bool) {
	rest := s.text
	for ; n > 1; n-- {
		_, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return "", false
		}
		rest = after
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strings.TrimSuffix(string(line), "\r"), true
}
