package pipeline

import (
	"testing"

	"github.com/millrace-dev/millrace/host/view"
)

// TestNumbers sees no number of an epoch given twice: what a crash may have lost is left out, what an orderly end has
// kept is not.
func TestNumbers(t *testing.T) {
	s, err := view.Open(t.TempDir(), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		want    uint64
		orderly bool
	}{{1, true}, {1, false}, {reserveEpochs + 2, false}, {2*reserveEpochs + 3, true}, {1, true}} {
		p := &Pipeline{name: "p", db: s, store: s.Pipeline("p")}
		if err := p.leaveOut(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // nothing was committed in between
			if e, err := p.next(); err != nil || uint64(e) != c.want {
				t.Errorf("epoch %d, want %d: %v", e, c.want, err)
			}
		}
		if !c.orderly {
			continue
		}
		if err := p.unreserve(); err != nil {
			t.Fatal(err)
		}
	}
}
