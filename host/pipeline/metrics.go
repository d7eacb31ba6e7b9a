package pipeline

import (
	"sync"
	"time"

	"github.com/millrace-dev/millrace/host/admin"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// metrics counts what a pipeline does, for Prometheus, for the progress that a run shows and for its report.
type metrics struct {
	name  string
	admin *admin.Metrics
	enter func(phase string) // of the run's report

	mu           sync.Mutex
	began        time.Time
	tables       map[[2]string]*tableCount
	views        map[string]int64
	epochs       int64
	checkpoints  int64
	letters      map[string]int64
	late         map[string]int64 // rows that a TTL dropped as they came, by its tables
	told         map[string]bool  // the user knows of them
	restarts     map[string]int64
	failures     map[string]string
	latency      *admin.Latency
	last         sdk.Epoch
	stateBytes   int64
	checkpointed sdk.Epoch
}

type tableCount struct {
	rows    int64
	live    bool
	seconds float64
}

func newMetrics(name string, m *admin.Metrics, enter func(string)) *metrics {
	return &metrics{
		name: name, admin: m, enter: enter, began: time.Now(), tables: map[[2]string]*tableCount{},
		views: map[string]int64{}, letters: map[string]int64{}, late: map[string]int64{}, told: map[string]bool{}, restarts: map[string]int64{},
		failures: map[string]string{}, latency: &admin.Latency{},
	}
}

// begin forgets what an attempt before counted of the tables.
func (m *metrics) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.began = time.Now()
	clear(m.tables)
}

func (m *metrics) table(connection, table string) *tableCount {
	key := [2]string{connection, table}
	c := m.tables[key]
	if c == nil {
		c = &tableCount{}
		m.tables[key] = c
	}
	return c
}

// read counts rows of a connection.
func (m *metrics) read(connection, table string, b *batch.Batch, mode sdk.Mode) {
	deletes := 0
	for _, w := range b.Weights {
		if w < 0 {
			deletes++
		}
	}
	inserts := b.Rows - deletes
	operation := admin.Insert
	if mode == sdk.Keyed {
		operation = admin.Update
	}
	if inserts > 0 {
		m.admin.SourceRows(connection, table, operation, inserts)
	}
	if deletes > 0 {
		m.admin.SourceRows(connection, table, admin.Delete, deletes)
	}
	m.mu.Lock()
	m.table(connection, table).rows += int64(b.Rows)
	m.mu.Unlock()
}

func (m *metrics) live(connection, table string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.table(connection, table); !c.live {
		c.live, c.seconds = true, time.Since(m.began).Seconds()
	}
}

// applied counts what an epoch did to a view.
func (m *metrics) applied(name string, n view.Counts) {
	for operation, rows := range map[string]int64{admin.Insert: n.Inserts, admin.Update: n.Updates, admin.Delete: n.Deletes} {
		if rows > 0 {
			m.admin.ViewRows(name, operation, false, int(rows))
			m.admin.SinkRows(name, operation, int(rows))
		}
	}
	m.mu.Lock()
	m.views[name] += n.Inserts - n.Deletes
	m.mu.Unlock()
}

func (m *metrics) loaded(name string, rows int64) {
	m.admin.ViewRows(name, admin.Insert, true, int(rows))
	m.admin.SinkRows(name, admin.Insert, int(rows))
	m.stored(name, rows)
}

// stored notes how many rows a view has.
func (m *metrics) stored(name string, rows int64) {
	m.mu.Lock()
	m.views[name] = rows
	m.mu.Unlock()
}

// visible notes that a transaction has been published.
func (m *metrics) visible(tx *transaction, now time.Time) {
	d := now.Sub(tx.arrived)
	m.latency.Observe(d)
	for _, p := range tx.parts {
		for _, o := range p.table.served {
			m.admin.DataLatency(o.name, d)
		}
	}
}

func (m *metrics) epoch(e sdk.Epoch, views []*output, took time.Duration) {
	for _, o := range views {
		m.admin.EpochLatency(o.name, took)
	}
	m.mu.Lock()
	m.epochs++
	m.last = e
	m.mu.Unlock()
}

func (m *metrics) checkpoint(e sdk.Epoch, c *circuit.Circuit) {
	m.mu.Lock()
	m.checkpoints++
	m.checkpointed = e
	if c != nil {
		m.stateBytes = 0
		for _, n := range c.Stats().Nodes {
			m.stateBytes += n.StateBytes
		}
	}
	m.mu.Unlock()
}

func (m *metrics) letter(operator string, w batch.Weight) {
	m.mu.Lock()
	m.letters[operator] += int64(w)
	m.mu.Unlock()
}

// tooLate counts rows that a TTL dropped as they came.
func (m *metrics) tooLate(tables string, rows int64) {
	m.mu.Lock()
	m.late[tables] += rows
	m.mu.Unlock()
}

// newlyLate returns the counts of tooLate that it has not returned before.
func (m *metrics) newlyLate() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]int64{}
	for tables, rows := range m.late {
		if !m.told[tables] {
			m.told[tables], out[tables] = true, rows
		}
	}
	return out
}

// deadLetters returns how many dead letters an operator or a table has.
func (m *metrics) deadLetters(operator string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.letters[operator]
}

func (m *metrics) restart(connection string, err error) {
	m.mu.Lock()
	m.restarts[connection]++
	m.failures[connection] = err.Error()
	m.mu.Unlock()
}

// phase begins a phase of the run's report.
func (m *metrics) phase(name string) {
	if m.enter != nil {
		m.enter(name)
	}
}
