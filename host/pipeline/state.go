package pipeline

import (
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/sdk"
)

// State is how a pipeline stands: plain data for people.
type State struct {
	Name       string              `json:"name"`
	Phase      Phase               `json:"phase"`
	Why        string              `json:"why,omitempty"` // it failed, or what is tried again
	Epoch      sdk.Epoch           `json:"epoch"`
	Checkpoint sdk.Epoch           `json:"checkpoint"`
	Operators  []circuit.NodeStats `json:"operators"` // what they did, and keep
}

// State returns how the pipeline stands now.
func (p *Pipeline) State() State {
	s := State{Name: p.name}
	s.Phase, s.Why = p.Phase()
	p.mu.Lock()
	s.Epoch = p.published
	c := p.circuit
	p.mu.Unlock()
	p.metrics.mu.Lock()
	s.Checkpoint = p.metrics.checkpointed
	p.metrics.mu.Unlock()
	if c != nil {
		s.Operators = c.Stats().Nodes
	}
	return s
}
