package files

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// sampleRows is how many rows of a file types are inferred from.
const sampleRows = 10_000

// inferred are the types that a column may be found to have, narrowest first.
var inferred = [...]batch.Kind{batch.Int64, batch.Float64, batch.Bool, batch.Date, batch.Timestamp}

// infer sets the types of the columns that have none to the narrowest that holds the first values. A
// column without values keeps the type Invalid: other files may know.
func (c csvFormat) infer(s *batch.Schema, r *csv.Reader) error {
	guesses := make([]guess, len(s.Fields))
	for range sampleRows {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return csvError(err)
		}
		for i, cell := range record {
			if i < len(guesses) && s.Fields[i].Type.Kind == batch.Invalid && strings.TrimSpace(cell) != c.null {
				guesses[i].see(strings.TrimSpace(cell))
			}
		}
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Type.Kind == batch.Invalid {
			f.Type = guesses[i].kind()
		}
	}
	return nil
}

// guess is what is still possible for a column.
type guess struct {
	seen  bool
	wrong [len(inferred)]bool
}

func (g *guess) see(cell string) {
	g.seen = true
	for i, kind := range inferred {
		g.wrong[i] = g.wrong[i] || !looksLike(cell, kind)
	}
}

func (g *guess) kind() batch.Type {
	if !g.seen {
		return batch.Type{}
	}
	for i, kind := range inferred {
		if !g.wrong[i] {
			return batch.T(kind)
		}
	}
	return batch.T(batch.Utf8)
}

// looksLike reports whether a person would take cell for a value of the kind. A number with a
// leading zero is rather a code, such as a postcode.
func looksLike(cell string, kind batch.Kind) bool {
	digits := strings.TrimLeft(cell, "+-")
	switch kind {
	case batch.Bool:
		return strings.EqualFold(cell, "true") || strings.EqualFold(cell, "false")
	case batch.Int64, batch.Float64:
		if digits == "" || (digits[0] < '0' || digits[0] > '9') && digits[0] != '.' || len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
			return false
		}
	}
	return batch.NewVector(batch.T(kind)).AppendText(cell) == nil
}

// merge demands the same columns, and widens inferred types until they hold what all files have.
func (c csvFormat) merge(schema *batch.Schema, first, next *fileInfo) error {
	for i := range schema.Fields {
		field := &schema.Fields[i]
		j := next.schema.Index(field.Name)
		if j < 0 {
			return differ(first, next, field.Name, "there", "missing")
		}
		if c.declared.Index(field.Name) < 0 {
			field.Type = wider(field.Type, next.schema.Fields[j].Type)
		}
	}
	for _, field := range next.schema.Fields {
		if schema.Index(field.Name) < 0 {
			return differ(first, next, field.Name, "missing", "there")
		}
	}
	return nil
}

func wider(a, b batch.Type) batch.Type {
	pair := func(x, y batch.Kind) bool { return a.Kind == x && b.Kind == y || a.Kind == y && b.Kind == x }
	switch {
	case a == b || b.Kind == batch.Invalid:
		return a
	case a.Kind == batch.Invalid:
		return b
	case pair(batch.Int64, batch.Float64):
		return batch.T(batch.Float64)
	case pair(batch.Date, batch.Timestamp):
		return batch.T(batch.Timestamp)
	}
	return batch.T(batch.Utf8)
}
