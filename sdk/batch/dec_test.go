package batch

import (
	"math/rand/v2"
	"testing"
)

// TestShortDec: what shortDec reads is what parseDigits reads.
func TestShortDec(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	short := 0
	for range 200_000 {
		text := make([]byte, r.IntN(22))
		for i := range text {
			if text[i] = "0123456789"[r.IntN(10)]; r.IntN(12) == 0 {
				text[i] = "..-+e x"[r.IntN(7)]
			}
		}
		s, scale := string(text), r.IntN(20)
		n, neg, ok := shortDec(s, scale)
		if !ok {
			continue
		}
		short++
		wantNeg, size, err := parseDigits(s, scale, pow10(38))
		if err != nil || wantNeg != neg || size != (u128{lo: uint64(n)}) {
			t.Fatalf("%q at scale %d: %d, %t, want %v, %t, %v", s, scale, n, neg, size, wantNeg, err)
		}
	}
	if short < 10_000 {
		t.Errorf("only %d were short", short)
	}
}
