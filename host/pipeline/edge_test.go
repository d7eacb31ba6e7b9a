package pipeline

import (
	"testing"

	"github.com/millrace-dev/millrace/sdk"
)

// TestTakenIsNotVisible sees rows that an epoch has taken, and not published, not reported as visible.
func TestTakenIsNotVisible(t *testing.T) {
	p := &Pipeline{}
	p.edge.changed = make(chan struct{})
	f := &feed{p: p, connection: "shop"}
	at := sdk.Position{7}
	p.admit(&transaction{feed: f, split: "s", position: at})
	key := splitKey("shop", "s")
	if p.passed(key, at) {
		t.Error("visible while it waits")
	}
	if txs := p.take(); len(txs) != 1 || p.passed(key, at) {
		t.Errorf("%d transactions taken, visible %v", len(txs), p.passed(key, at))
	}
	p.inEpoch = nil // as publish does
	if !p.passed(key, at) {
		t.Error("not visible when it was published")
	}
}
