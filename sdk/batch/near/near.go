// Package near finds the word that was probably meant. Whoever reports an unknown name uses it, so that every
// "did you mean" of ours reads alike.
package near

import (
	"fmt"
	"strings"
)

// maxListed is how many known words are listed when none is near.
const maxListed = 16

// Fix returns the advice for an unknown word: the known one that was probably meant, or else those that there are.
// It is empty if there is nothing to advise.
func Fix(word string, known []string) string {
	if near := Word(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case len(known) == 0:
		return ""
	case len(known) > maxListed:
		return fmt.Sprintf("known here: %s and %d more", strings.Join(known[:maxListed], ", "), len(known)-maxListed)
	}
	return "known here: " + strings.Join(known, ", ")
}

// Word returns the known word that was probably meant, or "". Case, "_", "-" and spaces count for nothing, and of
// equally near words the first is taken.
func Word(word string, known []string) string {
	begin := flat(word)
	if begin == "" {
		return ""
	}
	best, least := "", len(begin)/3+2
	for _, k := range known {
		d := distance(begin, flat(k))
		if len(begin) >= 3 && strings.HasPrefix(flat(k), begin[:3]) {
			d-- // people get the beginning of a word right
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

func flat(s string) string { return strings.ToLower(separators.Replace(s)) }

// distance is the number of letters to add, drop, change or swap with their neighbour to get from a to b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
