package admin

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Latency counts durations so that quantiles can be told at any time, with an error of at most 1/32. The zero value
// is ready; all methods may be called concurrently.
type Latency struct {
	// Durations below 32 ns have a count of their own; above, each power of two is divided into 32 parts.
	counts [32 * 60]atomic.Int64
	most   atomic.Int64
	sum    atomic.Int64
}

// Observe adds a duration.
func (l *Latency) Observe(d time.Duration) {
	d = max(d, 0)
	l.counts[part(d)].Add(1)
	l.sum.Add(int64(d))
	for {
		most := l.most.Load()
		if int64(d) <= most || l.most.CompareAndSwap(most, int64(d)) {
			return
		}
	}
}

func part(d time.Duration) int {
	exponent := bits.Len64(uint64(d)) - 6 // of the 32 parts
	if exponent < 0 {
		return int(d)
	}
	return 32*exponent + int(uint64(d)>>exponent)
}

// top returns the largest duration of a part.
func top(part int) time.Duration {
	if part < 64 {
		return time.Duration(part)
	}
	exponent := part/32 - 1
	return time.Duration((uint64(part-32*exponent)+1)<<exponent - 1)
}

// Quantiles are the usual ones, in seconds.
type Quantiles struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

// Quantiles returns how long things took so far.
func (l *Latency) Quantiles() Quantiles {
	var counts [len(l.counts)]int64
	var q Quantiles
	for i := range l.counts {
		counts[i] = l.counts[i].Load()
		q.Count += counts[i]
	}
	if q.Count == 0 {
		return q
	}
	most := time.Duration(l.most.Load())
	at := func(share float64) float64 {
		rank := int64(math.Ceil(share * float64(q.Count)))
		for i, n := range counts {
			if rank -= n; rank <= 0 {
				return min(top(i), most).Seconds()
			}
		}
		return most.Seconds()
	}
	q.Mean = (time.Duration(l.sum.Load()) / time.Duration(q.Count)).Seconds()
	q.P50, q.P90, q.P99, q.P999, q.Max = at(0.5), at(0.9), at(0.99), at(0.999), most.Seconds()
	return q
}
