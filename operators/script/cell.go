package script

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// cell is a word of a line. In double quotes it may hold anything, and is never NULL.
type cell struct {
	text   string
	quoted bool
}

// split returns the words of a line. A # that begins a word begins a comment.
func split(line string) ([]cell, error) {
	var cells []cell
	for {
		line = strings.TrimLeft(line, " \t")
		switch {
		case line == "" || line[0] == '#':
			return cells, nil
		case line[0] == '"':
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("%s: a word in double quotes does not end", line)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", quoted, err)
			}
			cells = append(cells, cell{text, true})
			line = line[len(quoted):]
		default:
			end := strings.IndexAny(line, " \t")
			if end < 0 {
				end = len(line)
			}
			cells = append(cells, cell{line[:end], false})
			line = line[end:]
		}
	}
}

// value returns the value of a type that a cell stands for, in wide form.
func (c cell) value(t batch.Type) (any, error) {
	if c.text == "NULL" && !c.quoted {
		return nil, nil
	}
	v := batch.NewVector(t)
	if err := v.AppendText(c.text); err != nil {
		return nil, err
	}
	col := v.Take()
	return col.Value(0), nil
}

// appendCell appends row i of a column as a cell.
func appendCell(dst []byte, c *batch.Column, i int) []byte {
	if c.Null(i) {
		return append(dst, "NULL"...)
	}
	return appendWord(dst, string(batch.AppendText(nil, c, i)))
}

// appendWord appends a text, in quotes where it needs them.
func appendWord(dst []byte, text string) []byte {
	plain := text != "" && text != "NULL" && text[0] != '#'
	for _, r := range text {
		if r <= ' ' || r == '"' || r == '\\' || !strconv.IsPrint(r) {
			plain = false
		}
	}
	if plain {
		return append(dst, text...)
	}
	return strconv.AppendQuote(dst, text)
}
