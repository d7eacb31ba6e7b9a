package pipeline

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
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
	defer s.Close()
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

// TestSpoolOfOthers refuses to build views without the rows that a spool has given away, when a connection comes to
// a pipeline of another name.
func TestSpoolOfOthers(t *testing.T) {
	push := newSystem("push", intTable("a", "k")).spooled()
	push.add("s", step{parts: []change{ints("a", sdk.Changes, []int64{1, 1})}})
	w := &world{t: t, dir: t.TempDir(), workers: 1, systems: []*system{push}, served: []Served{{"as", "a"}}}
	w.start()
	w.shows("as", map[string]int64{"1": 1})
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.shows("as", map[string]int64{"1": 1})
	for !w.p.streaming() {
		time.Sleep(time.Millisecond)
	}
	var progress admin.Progress
	if w.p.Progress(&progress); progress.Views[0].Rows != 1 {
		t.Errorf("after a restart it tells of %d rows", progress.Views[0].Rows)
	}
	if err := w.end(true); err != nil {
		t.Fatal(err)
	}
	w.name = "other"
	w.once = true
	w.start()
	if err := w.end(false); err == nil || !strings.Contains(err.Error(), "cannot be read again") {
		t.Errorf("it ended with %v", err)
	}
}
