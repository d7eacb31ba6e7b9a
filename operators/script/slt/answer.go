package slt

import (
	"crypto/md5" // the format asks for it
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Answer is the result of a query, in its order.
type Answer struct {
	Rows *batch.Batch
	// Width is how many of the columns are the result's.
	Width int
	// Ordered says that the query asks for an order.
	Ordered bool
	order   []int // rows, each as often as its weight says
}

// grid holds an answer as texts: rows of cells.
type grid [][]string

// texts returns the cells, under the letters or, without any, in their natural form.
func (a *Answer) texts(letters string) grid {
	out := make(grid, len(a.order))
	for i, row := range a.order {
		out[i] = make([]string, a.Width)
		for c := range out[i] {
			if letters == "" {
				out[i][c] = natural(&a.Rows.Cols[c], row)
			} else {
				out[i][c] = cellText(&a.Rows.Cols[c], row, letters[c])
			}
		}
	}
	return out
}

// sorted returns the rows by their texts.
func (g grid) sorted() grid {
	g = slices.Clone(g)
	slices.SortFunc(g, slices.Compare[[]string])
	return g
}

// values returns the cells in the order in which they are compared.
func (g grid) values(s Sort) []string {
	if s == RowSort {
		g = g.sorted()
	}
	var out []string
	for _, row := range g {
		out = append(out, row...)
	}
	if s == ValueSort {
		slices.Sort(out)
	}
	return out
}

// hash returns the MD5 of values, a line each.
func hash(values []string) string {
	sum := md5.New()
	for _, v := range values {
		sum.Write([]byte(v))
		sum.Write([]byte{'\n'})
	}
	return hex.EncodeToString(sum.Sum(nil))
}

var hashed = regexp.MustCompile(`^(\d+) values? hashing to ([0-9a-fA-F]{32})$`)

// differences compares an answer with what a record says, and returns both as lines where they differ.
func (rec *Record) differences(a *Answer) (got, want []string) {
	if rec.Types != "" && len(rec.Types) != a.Width {
		return []string{fmt.Sprintf("%d columns", a.Width)}, []string{fmt.Sprintf("%d columns: %s", len(rec.Types), rec.Types)}
	}
	if len(rec.Answer) == 1 {
		if m := hashed.FindStringSubmatch(strings.TrimSpace(rec.Answer[0])); m != nil {
			return rec.hashDifference(a, m)
		}
	}
	first := a.texts(rec.Types)
	if rec.same(first, a) || rec.Types != "" && rec.same(a.texts(""), a) {
		return nil, nil
	}
	if !a.Ordered && rec.Sort == NoSort {
		// Which row comes first is not said: the file has the order of the engine that wrote it.
		sorted := *rec
		sorted.Sort = RowSort
		return sorted.differences(a)
	}
	rowwise := rec.rowwise(a.Width, len(first))
	return rec.lines(first, rowwise), rec.expected(a.Width, rowwise)
}

func (rec *Record) hashDifference(a *Answer, m []string) (got, want []string) {
	for _, letters := range []string{rec.Types, ""} {
		values := a.texts(letters).values(rec.Sort)
		if strconv.Itoa(len(values)) == m[1] && hash(values) == strings.ToLower(m[2]) {
			return nil, nil
		}
	}
	values := a.texts(rec.Types).values(rec.Sort)
	got = []string{fmt.Sprintf("%d values hashing to %s", len(values), hash(values))}
	if len(values) <= 20 {
		got = append(got, values...)
	}
	return got, rec.Answer
}

// rowwise reports whether the answer of a record has a row a line.
func (rec *Record) rowwise(width, rows int) bool {
	n := len(rec.Answer)
	if width == 1 || n == width*rows && (n != rows || n == 0) {
		return false
	}
	return n == rows || n%width != 0 || strings.Contains(strings.Join(rec.Answer, ""), "\t")
}

// expected returns the answer of a record in the order in which it is compared.
func (rec *Record) expected(width int, rowwise bool) []string {
	out := slices.Clone(rec.Answer)
	switch {
	case rec.Sort == NoSort:
	case rowwise || width == 1 || rec.Sort == ValueSort:
		slices.Sort(out)
	case len(out)%width == 0:
		var g grid
		for row := range slices.Chunk(out, width) {
			g = append(g, row)
		}
		return g.values(RowSort)
	}
	return out
}

// lines returns an answer as it would stand in the file.
func (rec *Record) lines(g grid, rowwise bool) []string {
	if !rowwise {
		return g.values(rec.Sort)
	}
	var out []string
	for _, row := range g {
		out = append(out, strings.Join(row, "\t"))
	}
	if rec.Sort != NoSort {
		slices.Sort(out)
	}
	return out
}

// same reports whether an answer is what the record says.
func (rec *Record) same(g grid, a *Answer) bool {
	rowwise := rec.rowwise(a.Width, len(g))
	got, want := rec.lines(g, rowwise), rec.expected(a.Width, rowwise)
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if rowwise {
			if !sameRow(got[i], want[i]) {
				return false
			}
		} else if !sameValue(got[i], want[i]) {
			return false
		}
	}
	return true
}

// sameRow compares rows whose values stand between tabs or, in the file, also blanks.
func sameRow(got, want string) bool {
	cells, wanted := strings.Split(got, "\t"), strings.Split(want, "\t")
	if len(wanted) != len(cells) {
		wanted = strings.Fields(want)
	}
	if len(wanted) != len(cells) {
		return slices.Equal(strings.Fields(got), strings.Fields(want))
	}
	for i := range cells {
		if !sameValue(cells[i], wanted[i]) {
			return false
		}
	}
	return true
}

// sameValue reports whether a value is as expected: the same text, number or time, or a match of a pattern.
func sameValue(got, want string) bool {
	if got == want || strings.TrimSpace(got) == strings.TrimSpace(want) {
		return true
	}
	if text, ok := strings.CutPrefix(want, "<REGEX>:"); ok {
		re, err := regexp.Compile(text)
		return err == nil && re.MatchString(got)
	}
	if text, ok := strings.CutPrefix(want, "<!REGEX>:"); ok {
		re, err := regexp.Compile(text)
		return err == nil && !re.MatchString(got)
	}
	if x, y := moment.FindStringSubmatch(got), moment.FindStringSubmatch(want); x != nil && y != nil {
		return slices.Equal(x[1:], y[1:])
	}
	return sameNumber(got, want)
}

// moment is a timestamp in UTC: the date, the time of the day, and the fraction of a second.
var moment = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d*[1-9])?\.?0*(?:Z|\+00(?::00)?)?$`)

// sameNumber reports whether two numbers are equal, of which at least one has a point or an exponent: the digits of
// an integer all count. A number with more digits is rounded to those that are expected.
func sameNumber(got, want string) bool {
	const marks = ".eEnN"
	if !strings.ContainsAny(got, marks) && !strings.ContainsAny(want, marks) {
		return false
	}
	x, err1 := strconv.ParseFloat(got, 64)
	y, err2 := strconv.ParseFloat(want, 64)
	if err1 != nil || err2 != nil {
		return false
	}
	_, fraction, _ := strings.Cut(want, ".")
	return x == y || len(fraction) > 2 && strconv.FormatFloat(x, 'f', len(fraction), 64) == want
}
