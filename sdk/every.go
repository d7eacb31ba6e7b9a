package sdk

import (
	"context"
	"iter"
	"time"
)

// Every yields the time once every interval, until ctx ends.
func Every(ctx context.Context, interval time.Duration) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case at := <-ticker.C:
				if ctx.Err() != nil || !yield(at) {
					return
				}
			}
		}
	}
}
