package script

import (
	"fmt"
	"slices"
	"strings"
)

// maxDiff is for how many lines a Diff looks for the fewest differences; longer texts are compared from their ends.
const maxDiff = 1000

// Diff compares lines of a file, of which the first has the given number, with what they should be now: a line that
// is missing begins with its number and -, one that is new with +. Equal lines stand only near differences.
func Diff(first int, want, got []string) string {
	head := 0
	for head < len(want) && head < len(got) && want[head] == got[head] {
		head++
	}
	if head == len(want) && head == len(got) {
		return ""
	}
	tail := 0
	for tail < len(want)-head && tail < len(got)-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	var out strings.Builder
	line := func(n int, mark, text string) {
		number := ""
		if n >= 0 {
			number = fmt.Sprint(first + n)
		}
		out.WriteString(strings.TrimRight(fmt.Sprintf("%6s %s %s", number, mark, text), " ") + "\n")
	}
	const near = 2
	for i := max(0, head-near); i < head; i++ {
		line(i, " ", want[i])
	}
	a, b := want[head:len(want)-tail], got[head:len(got)-tail]
	i, j := 0, 0
	for _, m := range append(common(a, b), [2]int{len(a), len(b)}) {
		for ; i < m[0]; i++ {
			line(head+i, "-", a[i])
		}
		for ; j < m[1]; j++ {
			line(-1, "+", b[j])
		}
		if i < len(a) {
			line(head+i, " ", a[i])
		}
		i, j = m[0]+1, m[1]+1
	}
	for i := len(want) - tail; i < min(len(want), len(want)-tail+near); i++ {
		line(i, " ", want[i])
	}
	return out.String()
}

// common returns pairs of equal lines, in order: as many as there are.
func common(a, b []string) [][2]int {
	if len(a) > maxDiff || len(b) > maxDiff {
		return nil
	}
	// longest[i][j] is how many lines a[i:] and b[j:] have in common, in order.
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
