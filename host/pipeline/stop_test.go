package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// TestStopped sees a signal, which ends a context with a cause of its own, taken for an end and not for a failure:
// only then is a checkpoint left behind.
func TestStopped(t *testing.T) {
	signal := errors.New("terminated")
	ctx, cancel := context.WithCancelCause(context.Background())
	if stopped(ctx, context.Canceled) {
		t.Error("stopped before the end")
	}
	cancel(signal)
	for err, want := range map[error]bool{
		signal: true, fmt.Errorf("split: %w", signal): true, context.Canceled: true,
		errors.New("disk full"): false,
	} {
		if got := stopped(ctx, err); got != want {
			t.Errorf("%v: stopped %v, want %v", err, got, want)
		}
	}
}
