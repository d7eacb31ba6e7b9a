package admin

import (
	"cmp"
	"context"
	"os"
	"slices"
	"sync"
	"time"
)

// Usage is what a process takes.
type Usage struct {
	Process    string  `json:"process"` // "host", or the name of a connection
	PID        int     `json:"pid"`
	Bytes      int64   `json:"bytes"`
	PeakBytes  int64   `json:"peak_bytes"`
	CPUSeconds float64 `json:"cpu_seconds"`
}

// Processes watches our own process and those of plugins. All methods may be called concurrently.
type Processes struct {
	mu  sync.Mutex
	all []watched
}

// watched is one process; a plugin that was started again is one more of the same name.
type watched struct {
	usage Usage
	ended bool
}

// NewProcesses returns a watch over our own process.
func NewProcesses() *Processes {
	p := &Processes{}
	p.Add("host", os.Getpid())
	return p
}

// Add watches one more process.
func (p *Processes) Add(name string, pid int) {
	p.mu.Lock()
	p.all = append(p.all, watched{usage: Usage{Process: name, PID: pid}})
	p.mu.Unlock()
	p.Sample()
}

// Sample reads how much the processes take now. What a process took before it ended is kept.
func (p *Processes) Sample() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.all {
		w := &p.all[i]
		if w.ended {
			continue
		}
		now, err := usage(w.usage.PID)
		// Less CPU time than before means that the number has gone to another process.
		if err != nil || now.CPUSeconds < w.usage.CPUSeconds {
			w.ended, w.usage.Bytes = true, 0
			continue
		}
		w.usage.Bytes, w.usage.CPUSeconds = now.Bytes, now.CPUSeconds
		w.usage.PeakBytes = max(w.usage.PeakBytes, now.PeakBytes, now.Bytes)
	}
}

// Run samples until ctx ends.
func (p *Processes) Run(ctx context.Context, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			p.Sample()
		}
	}
}

// Usage returns what the processes took, ours first; processes of one name are one line.
func (p *Processes) Usage() []Usage {
	p.Sample()
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Usage
	for _, w := range p.all {
		i := slices.IndexFunc(out, func(u Usage) bool { return u.Process == w.usage.Process })
		if i < 0 {
			out = append(out, w.usage)
			continue
		}
		out[i].PID = w.usage.PID
		out[i].Bytes += w.usage.Bytes
		out[i].PeakBytes = max(out[i].PeakBytes, w.usage.PeakBytes)
		out[i].CPUSeconds += w.usage.CPUSeconds
	}
	slices.SortStableFunc(out[1:], func(a, b Usage) int { return cmp.Compare(a.Process, b.Process) })
	return out
}

// CPUSeconds returns what all processes took together.
func (p *Processes) CPUSeconds() float64 {
	var sum float64
	for _, u := range p.Usage() {
		sum += u.CPUSeconds
	}
	return sum
}

// Scrape tells the metrics how much each process takes.
func (p *Processes) Scrape(g Gauges) {
	for _, u := range p.Usage() {
		g(processMemory, float64(u.Bytes), u.Process)
		g(processPeak, float64(u.PeakBytes), u.Process)
		g(processCPU, u.CPUSeconds, u.Process)
	}
}
