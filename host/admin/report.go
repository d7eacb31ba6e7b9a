package admin

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Report is what a run did, written as JSON at its end.
type Report struct {
	App        string    `json:"app"`
	Version    string    `json:"version"`
	Started    time.Time `json:"started"`
	Seconds    float64   `json:"seconds"`
	CPUSeconds float64   `json:"cpu_seconds"` // of all processes
	Cores      int       `json:"cores"`
	Workers    int       `json:"workers"`

	Tables    []TableReport `json:"tables"`
	Views     []ViewReport  `json:"views"`
	Phases    []Phase       `json:"phases"`
	Processes []Usage       `json:"processes"`

	Epochs      int64 `json:"epochs"`
	Checkpoints int64 `json:"checkpoints"`
	DeadLetters int64 `json:"dead_letters"`
	LateRows    int64 `json:"late_rows"` // that a TTL dropped as they came
	StateBytes  int64 `json:"state_bytes"`

	// Latency by what was measured: "visible" is from a commit at the source until its rows are in every view.
	Latency map[string]Quantiles `json:"latency,omitempty"`
	// Error is why the run ended before it was done.
	Error string `json:"error,omitempty"`
}

// TableReport is what was read of a table from one connection.
type TableReport struct {
	Connection string  `json:"connection"`
	Table      string  `json:"table"`
	Rows       int64   `json:"rows"`
	Seconds    float64 `json:"seconds"` // until its first full read was complete
}

// ViewReport is what a view holds at the end.
type ViewReport struct {
	View  string `json:"view"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Epoch uint64 `json:"epoch"`
}

// Phase is a part of a run.
type Phase struct {
	Name       string  `json:"name"`
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"`
}

// Write writes the report to a file, whole or not at all; "-" is out.
func (r *Report) Write(path string, out io.Writer) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if path == "-" {
		_, err := out.Write(text)
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// Phases measures parts of a run that follow each other. Its methods may be called concurrently.
type Phases struct {
	cpu func() float64

	mu    sync.Mutex
	done  []Phase
	name  string
	since time.Time
	spent float64
}

// NewPhases returns a measurement that asks cpu for the CPU-seconds spent so far.
func NewPhases(cpu func() float64) *Phases { return &Phases{cpu: cpu} }

// Enter ends the phase before and begins the one called name; "" begins none. A phase may be entered again.
func (p *Phases) Enter(name string, now time.Time) {
	spent := p.cpu()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.name != "" {
		p.add(Phase{p.name, now.Sub(p.since).Seconds(), spent - p.spent})
	}
	p.name, p.since, p.spent = name, now, spent
}

func (p *Phases) add(more Phase) {
	for i := range p.done {
		if p.done[i].Name == more.Name {
			p.done[i].Seconds += more.Seconds
			p.done[i].CPUSeconds += more.CPUSeconds
			return
		}
	}
	p.done = append(p.done, more)
}

// All returns the phases that have ended.
func (p *Phases) All() []Phase {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Phase(nil), p.done...)
}
