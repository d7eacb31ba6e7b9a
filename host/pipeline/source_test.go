package pipeline

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/host/spool"
	"github.com/millrace-dev/millrace/sdk"
)

// TestAcknowledgeKeepsWhatWaits proves I1: a checkpoint trims the spool up to its cut. A frame behind the cut was
// accepted, but no epoch has it yet, so a crash would lose it.
func TestAcknowledgeKeepsWhatWaits(t *testing.T) {
	s, err := spool.Open(t.TempDir(), spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the test is over
	for _, frame := range []string{"a", "b", "c"} {
		if _, err := s.Append([]byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		cut  uint64
		left []string
	}{{1, []string{"b", "c"}}, {2, []string{"c"}}, {3, nil}} {
		p := &Pipeline{reading: []*feed{{connection: "shop", spool: s}}}
		cut := map[string]sdk.Position{splitKey("shop", spoolSplit): binary.BigEndian.AppendUint64(nil, c.cut)}
		if err := p.acknowledge(cut, nil); err != nil {
			t.Fatal(err)
		}
		var left []string
		if err := s.Read(c.cut+1, func(_ uint64, frame []byte) error { left = append(left, string(frame)); return nil }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(left, c.left) {
			t.Errorf("cut %d: %q is left, want %q", c.cut, left, c.left)
		}
	}
}
