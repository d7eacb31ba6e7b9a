package figure

import (
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TooLong is the reason of a text or JSON that would have more than 16 MiB.
const TooLong = "the result has more than 16 MiB"

// maxResult is how many bytes a text or JSON made of rows may have.
const maxResult = 16 << 20

// List is values one after another: texts with what stands between them, or with JSON set a JSON array. It is used for
// one result after another.
type List struct {
	Between string
	JSON    bool
	text    []byte
	n       int
}

// Add adds a value some times. False: the list is too large.
func (l *List) Add(v Value, times batch.Weight) bool {
	for range times {
		switch l.n++; {
		case l.JSON && l.n == 1:
			l.text = append(l.text, '[')
		case l.JSON:
			l.text = append(l.text, ',')
		case l.n > 1:
			l.text = append(l.text, l.Between...)
		}
		if l.JSON {
			l.text = batch.AppendJSON(l.text, v.Col, v.Row)
		} else {
			l.text = append(l.text, v.Col.View(v.Row)...)
		}
		if len(l.text) >= maxResult || l.n >= maxResult {
			return false
		}
	}
	return true
}

// Append appends the list, NULL if nothing was added, and begins another one. With a nil out it only does that.
func (l *List) Append(out *batch.Vector) {
	switch {
	case out == nil:
	case l.n == 0:
		out.AppendNull()
	default:
		if l.JSON {
			l.text = append(l.text, ']')
		}
		out.AppendBytes(l.text)
	}
	l.text, l.n = l.text[:0], 0
}

// Object is a JSON object. Its names come in order, and of equal ones the last value counts. It is used for one result after
// another.
type Object struct {
	text []byte
	last [2]Value // name and value, not in the text yet
}

// Add adds a name and its value. False: the object is too large.
func (o *Object) Add(name, value Value) bool {
	if old := o.last[0]; old.Col != nil && string(old.Col.View(old.Row)) != string(name.Col.View(name.Row)) && !o.put() {
		return false
	}
	o.last = [2]Value{name, value}
	return true
}

func (o *Object) put() bool {
	between := byte(',')
	if len(o.text) == 0 {
		between = '{'
	}
	name, value := o.last[0], o.last[1]
	o.text = batch.AppendJSON(append(o.text, between), name.Col, name.Row)
	o.text = batch.AppendJSON(append(o.text, ':'), value.Col, value.Row)
	return len(o.text) < maxResult
}

// Append appends the object, NULL if nothing was added, and begins another one. With a nil out it only does that. False: it
// is too large, and nothing was appended.
func (o *Object) Append(out *batch.Vector) bool {
	fits := true
	switch {
	case out == nil:
	case o.last[0].Col == nil:
		out.AppendNull()
	default:
		if fits = o.put(); fits {
			out.AppendBytes(append(o.text, '}'))
		}
	}
	o.text, o.last = o.text[:0], [2]Value{}
	return fits
}
