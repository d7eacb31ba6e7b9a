package pipeline

import (
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/view"
)

// Phase returns what the pipeline is doing, and why if something is wrong.
func (p *Pipeline) Phase() (phase Phase, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase, p.why
}

// Published reports whether an epoch has been published: views can be read.
func (p *Pipeline) Published() bool { return p.store.Published() > 0 }

// Name returns the pipeline's name.
func (p *Pipeline) Name() string { return p.name }

// View returns one of the pipeline's views, or nil.
func (p *Pipeline) View(name string) *view.View {
	for _, o := range p.outputs {
		if o.name == name {
			return o.view
		}
	}
	return nil
}

// Progress adds how far the pipeline has come.
func (p *Pipeline) Progress(out *admin.Progress) {
	phase, why := p.Phase()
	out.Phase = strings.ToLower(string(phase))
	p.mu.Lock()
	live := map[[2]string]bool{}
	for key := range p.edge.live {
		live[[2]string{key.connection, key.table.Name}] = true
	}
	epoch := p.published
	p.mu.Unlock()
	m := p.metrics
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range p.sources {
		for _, r := range c.tables {
			s := admin.SourceProgress{Connection: c.name, Table: r.Name, Rows: m.table(c.name, r.Name).rows, Total: -1}
			for _, to := range c.routes[r.Name] {
				s.Live = s.Live || live[[2]string{c.name, to.table.Name}]
				for i := range to.table.Feeders {
					if f := &to.table.Feeders[i]; f.Connection == c.name && f.Table.Name == r.Name {
						s.Total = f.Table.Rows
					}
				}
			}
			out.Sources = append(out.Sources, s)
		}
	}
	for _, o := range p.outputs {
		v := admin.ViewProgress{View: o.name, Rows: m.views[o.name], Epoch: uint64(epoch), Note: why}
		if phase != Streaming && why == "" {
			v.Note = strings.ToLower(string(phase))
		}
		out.Views = append(out.Views, v)
	}
}

// Report adds what the pipeline has done. It is called after Run.
func (p *Pipeline) Report(out *admin.Report) {
	m := p.metrics
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range p.sources {
		for _, r := range c.tables {
			t := m.table(c.name, r.Name)
			out.Tables = append(out.Tables, admin.TableReport{Connection: c.name, Table: r.Name, Rows: t.rows, Seconds: t.seconds})
		}
	}
	reader := p.store.Reader()
	defer reader.Close()
	for _, o := range p.outputs {
		out.Views = append(out.Views, admin.ViewReport{View: o.name, Rows: reader.Rows(o.view), Epoch: uint64(reader.Epoch())})
	}
	out.Epochs += m.epochs
	out.Checkpoints += m.checkpoints
	for _, n := range m.letters {
		out.DeadLetters += n
	}
	for _, n := range m.late {
		out.LateRows += n
	}
	out.StateBytes += m.stateBytes
	if q := m.latency.Quantiles(); q.Count > 0 {
		out.Latency["visible"] = q
	}
	if p.why != "" && out.Error == "" {
		out.Error = p.why
	}
}

// Scrape tells the gauges of the pipeline.
func (p *Pipeline) Scrape(g admin.Gauges) {
	p.mu.Lock()
	epoch, waiting, oldest := p.published, p.edge.bytes, time.Time{}
	if len(p.edge.waiting) > 0 {
		oldest = p.edge.waiting[0].arrived
	}
	c := p.circuit
	p.mu.Unlock()
	g(admin.Epoch, float64(epoch), p.name)
	g(admin.QueuedBytes, float64(waiting), p.name)
	lag := 0.0
	if !oldest.IsZero() {
		lag = time.Since(oldest).Seconds()
	}
	m := p.metrics
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.tables {
		g(admin.SourceLag, lag, key[0], key[1])
	}
	for name, rows := range m.views {
		g(admin.ViewRowsStored, float64(rows), name)
	}
	for operator, n := range m.letters {
		g(admin.DeadLetters, float64(n), p.name, operator)
	}
	for tables, n := range m.late {
		g(admin.LateRows, float64(n), p.name, tables)
	}
	for connection, n := range m.restarts {
		g(admin.PluginRestarts, float64(n), connection)
	}
	g(admin.Checkpoints, float64(m.checkpoints), p.name)
	if c == nil {
		return
	}
	for i, n := range c.Stats().Nodes {
		if n.StateBytes > 0 {
			name := strconv.Itoa(i) + " " + n.Name
			g(admin.StateBytes, float64(n.StateBytes), p.name, name)
			g(admin.StateRows, float64(n.StateRows), p.name, name)
		}
	}
}
