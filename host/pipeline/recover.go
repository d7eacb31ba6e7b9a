package pipeline

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/host/ledger"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// stored returns the last checkpoint, or nil if there is none that fits: then everything is read anew, and
// what was published before stays visible meanwhile.
func (p *Pipeline) stored() (*ledger.Manifest, error) {
	published := p.store.Committed()
	p.mu.Lock()
	p.published = published
	p.mu.Unlock()
	if err := p.leaveOut(); err != nil || published == 0 {
		return nil, err
	}
	m, err := p.ledger.Manifest()
	if err != nil || m == nil {
		return nil, err
	}
	var s state
	if err := json.Unmarshal(m.State, &s); err != nil {
		return nil, fmt.Errorf("the last checkpoint is damaged: %w: run millrace clean and start anew", err)
	}
	if s.Fingerprint == p.fingerprint {
		return m, nil
	}
	p.log.Info("the statements or tables have changed: everything is read anew", "pipeline", p.name)
	for _, c := range p.sources {
		if _, spooled := m.Positions[splitKey(c.name, spoolSplit)]; spooled {
			return nil, fmt.Errorf("connection %q: the statements or tables have changed, and rows that it delivered before cannot be read again: "+
				"run with the configuration as it was, or remove the data with millrace clean", c.name)
		}
	}
	return nil, nil
}

// restoreState fills the circuit, which does not run yet, with the state of a checkpoint.
func (p *Pipeline) restoreState(m *ledger.Manifest) error {
	if m == nil || p.circuit == nil {
		return nil
	}
	var s state
	err := json.Unmarshal(m.State, &s)
	if err == nil {
		err = p.circuit.Restore(s.Circuit, p.disk)
	}
	if err != nil {
		return fmt.Errorf("checkpoint %d: %w", m.Epoch, err)
	}
	return nil
}

// restore brings the circuit from the checkpoint to the last epoch by the recorded inputs of every epoch
// between. What that puts out is in the views already (promise I2).
func (p *Pipeline) restore(ctx context.Context, m *ledger.Manifest) error {
	if m == nil {
		return nil
	}
	p.replay = true
	err := p.ledger.Cuts(m.Epoch, func(cut ledger.Cut) error {
		if p.circuit == nil {
			return nil
		}
		parts, err := p.inputsOf(cut.Epoch)
		if err != nil {
			return err
		}
		return p.compute(ctx, cut.Epoch, time.UnixMicro(cut.Clock), parts)
	})
	if err != nil { // workers may be at it still
		return fmt.Errorf("recovery from checkpoint %d: %w", m.Epoch, err)
	}
	p.replay = false
	reader := p.store.Reader()
	defer reader.Close()
	for _, o := range p.outputs {
		o.gather(p.workers)
		p.metrics.stored(o.name, reader.Rows(o.view))
	}
	p.positions, p.checkpoint = p.ledger.Last().Positions, m.Epoch
	p.ticked = time.UnixMicro(p.ledger.Last().Clock)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.tables {
		for i := range t.Feeders {
			p.edge.live[liveKey{t.Feeders[i].Connection, t}] = true
		}
	}
	p.phase = Streaming
	p.wake()
	return nil
}

// inputKey is the key of the record that holds the inputs of an epoch.
func (p *Pipeline) inputKey(e sdk.Epoch) []byte {
	key := append([]byte("input\x00"), p.name...)
	return binary.BigEndian.AppendUint64(append(key, 0), uint64(e))
}

// recordInputs writes what enters the circuit in an epoch.
func (p *Pipeline) recordInputs(tx *view.Tx, e sdk.Epoch, parts []part) {
	if len(parts) == 0 {
		return
	}
	var record []byte
	for _, part := range parts {
		record = appendPart(record, part)
	}
	tx.Set(p.inputKey(e), record)
}

func (p *Pipeline) inputsOf(e sdk.Epoch) ([]part, error) {
	record, err := p.db.Record(p.inputKey(e))
	var parts []part
	for err == nil && len(record) > 0 {
		var next part
		if next, record, err = p.takePart(record); err == nil {
			parts = append(parts, next)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("inputs of epoch %d: %w", e, err)
	}
	return parts, nil
}

// putCut writes where an epoch ended.
func (p *Pipeline) putCut(tx *view.Tx, e sdk.Epoch) error {
	return p.ledger.PutCut(tx, ledger.Cut{Epoch: e, Clock: p.ticked.UnixMicro(), Positions: p.positions})
}

// putLetters writes the dead letters of an epoch: the edge's and the circuit's.
func (p *Pipeline) putLetters(tx *view.Tx, own []letter) error {
	var all []ledger.DeadLetter
	for _, list := range append(p.letters, own) {
		for _, l := range list {
			p.metrics.letter(l.operator, l.weight)
			all = append(all, ledger.DeadLetter{
				Operator: l.operator, Row: string(rowText(l.row)), Reason: l.reason, Weight: int64(l.weight),
			})
		}
	}
	for i := range p.letters {
		p.letters[i] = p.letters[i][:0]
	}
	p.warn(all)
	p.warnLate()
	return p.ledger.PutDeadLetters(tx, all)
}

// warn tells of dead letters: of the first ones of an operator or table, and whenever they have become twice as
// many, so that a row that cannot pass is noticed and a million of them do not fill the log.
func (p *Pipeline) warn(all []ledger.DeadLetter) {
	for _, l := range all {
		rows := p.metrics.deadLetters(l.Operator)
		if l.Weight <= 0 || rows < max(1, 2*p.warned[l.Operator]) {
			continue
		}
		p.warned[l.Operator] = rows
		p.log.Warn("rows became dead letters: they are in no view", "pipeline", p.name, "at", l.Operator, "rows", rows,
			"one", shortened(l.Row), "reason", l.Reason)
	}
}

// warnLate tells once for each TTL of rows that it dropped as they came.
func (p *Pipeline) warnLate() {
	for tables, rows := range p.metrics.newlyLate() {
		p.log.Warn("rows were older than their TTL when they came: they are in no view", "pipeline", p.name, "tables", tables, "rows", rows,
			"fix", "a TTL counts from the clock, not from the newest row: read a history without TTL, or with one that reaches back to it; "+
				"WHERE time > NOW() - INTERVAL ... says the same without this warning")
	}
}

// shortened returns text that fits into a line of the log.
func shortened(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// rowText returns a row as a JSON list.
func rowText(b *batch.Batch) []byte {
	dst := []byte{'['}
	for c := range b.Cols {
		if c > 0 {
			dst = append(dst, ',')
		}
		dst = batch.AppendJSON(dst, &b.Cols[c], 0)
	}
	return append(dst, ']')
}
