// Package near finds the word that was probably meant.
package near

import (
	"fmt"
	"slices"
	"strings"
)

// Fix returns `did you mean "x"?` for the word closest to s, or else names the words there are.
func Fix(s string, words []string) string {
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
		return "there is none"
	case len(words) > 12:
		return fmt.Sprintf("there are %s and %d more", strings.Join(words[:12], ", "), len(words)-12)
	}
	return "there is " + strings.Join(words, ", ")
}

// distance counts the insertions, deletions and replacements between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
		}
	}
	return row[len(b)]
}
