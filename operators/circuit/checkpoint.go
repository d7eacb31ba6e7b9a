package circuit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/exchange"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// manifest is a checkpoint: the state of each node that keeps any.
type manifest struct {
	Workers int            `json:"workers"`
	Clock   *int64         `json:"clock,omitempty"` // nil: it was never set
	Files   []int          `json:"files"`           // how many files each worker has named
	Nodes   []nodeManifest `json:"nodes"`
}

// nodeManifest is the state of a node: for each worker, that of each arrangement.
type nodeManifest struct {
	Name    string               `json:"name"`
	Workers [][]arrange.Manifest `json:"workers"`
}

// Checkpoint writes the state that was not written before and returns the manifest, which names the
// files of all of it. It is called between epochs, while Run is running. Files that neither this
// manifest nor one that may still be restored names can be deleted.
func (c *Circuit) Checkpoint(ctx context.Context, disk arrange.Disk) ([]byte, error) {
	m := manifest{Workers: c.workers, Clock: c.clock, Files: make([]int, c.workers)}
	at := map[int]int{} // node to place in m.Nodes
	for i, s := range c.all[0].nodes {
		if s.keeper != nil {
			at[i] = len(m.Nodes)
			m.Nodes = append(m.Nodes, nodeManifest{Name: s.node.Name, Workers: make([][]arrange.Manifest, c.workers)})
		}
	}
	err := c.onWorkers(ctx, func(w *worker) error {
		for i, s := range w.nodes {
			if s.keeper == nil {
				continue
			}
			for _, a := range s.keeper.Arrangements() {
				part, err := a.Checkpoint(disk, w.fileName)
				if err != nil {
					return fmt.Errorf("state of %q: %w", s.node.Name, err)
				}
				m.Nodes[at[i]].Workers[w.id] = append(m.Nodes[at[i]].Workers[w.id], part)
			}
		}
		m.Files[w.id] = w.files
		return nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// fileName returns the next name of a segment's file.
func (w *worker) fileName() string {
	w.files++
	return fmt.Sprintf("w%03d-%08d.seg", w.id, w.files)
}

// SegmentFiles returns the names of the files that a manifest needs.
func SegmentFiles(text []byte) ([]string, error) {
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("manifest of a checkpoint: %w", err)
	}
	var names []string
	for _, n := range m.Nodes {
		for _, arrangements := range n.Workers {
			for _, a := range arrangements {
				for _, run := range a.Runs {
					names = append(names, run...)
				}
			}
		}
	}
	return names, nil
}

// Restore fills the state from a checkpoint. It is called before Run, on a circuit of the same graph;
// with another number of workers the rows move to their new owners.
func (c *Circuit) Restore(text []byte, disk arrange.Disk) error {
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("manifest of a checkpoint: %w", err)
	}
	keepers := 0
	for i, s := range c.all[0].nodes {
		if s.keeper == nil {
			continue
		}
		if keepers >= len(m.Nodes) || m.Nodes[keepers].Name != s.node.Name {
			return fmt.Errorf("the checkpoint has no state of %q: it was written by another plan; rebuild the view", s.node.Name)
		}
		if err := c.restoreNode(i, m.Nodes[keepers], disk); err != nil {
			return fmt.Errorf("state of %q: %w", s.node.Name, err)
		}
		keepers++
	}
	if keepers != len(m.Nodes) {
		return fmt.Errorf("the checkpoint has state of %q, which the plan does not know; rebuild the view", m.Nodes[keepers].Name)
	}
	if m.Clock != nil {
		c.SetClock(*m.Clock)
	}
	for _, w := range c.all { // no worker may use a name that any has used before
		w.files = slices.Max(append(m.Files, 0))
	}
	return nil
}

// restoreNode fills the state of one node, on all workers at the same time.
func (c *Circuit) restoreNode(node int, m nodeManifest, disk arrange.Disk) error {
	for _, arrangements := range m.Workers {
		if len(arrangements) != len(c.all[0].nodes[node].keeper.Arrangements()) {
			return fmt.Errorf("it has %d arrangements, the plan %d; rebuild the view", len(arrangements), len(c.all[0].nodes[node].keeper.Arrangements()))
		}
	}
	if len(m.Workers) != c.workers {
		return c.recut(node, m, disk)
	}
	errs := make([]error, c.workers)
	var group sync.WaitGroup
	for id, w := range c.all {
		group.Go(func() {
			for i, a := range w.nodes[node].keeper.Arrangements() {
				if errs[id] = a.Restore(disk, m.Workers[id][i]); errs[id] != nil {
					return
				}
			}
			w.measure(w.nodes[node])
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// recut reads the state of one node from all old workers and gives each row to its new owner.
func (c *Circuit) recut(node int, m nodeManifest, disk arrange.Disk) error {
	for i, a := range c.all[0].nodes[node].keeper.Arrangements() {
		spec := a.Spec()
		builders := make([]*arrange.Builder, c.workers)
		for id := range builders {
			builders[id] = arrange.NewBuilder(spec)
		}
		owner := spec.Owners()
		if c.all[0].nodes[node].node.single {
			owner = nil
		}
		pool := exchange.NewPool(spec.Types)
		router := exchange.NewRouter(owner, c.workers, pool, func(to int, rows *batch.Builder) {
			builders[to].Append(rows.Peek(), nil)
			pool.Recycle(rows)
		})
		for _, old := range m.Workers {
			if err := routeAll(spec, old[i], disk, router); err != nil {
				return err
			}
		}
		router.Flush()
		for id, b := range builders {
			run, done := b.Seal(b.Rows() + 1)
			for !done {
				run, done = b.Seal(b.Rows() + 1)
			}
			c.all[id].nodes[node].keeper.Arrangements()[i].Add(run)
		}
	}
	for _, w := range c.all {
		w.measure(w.nodes[node])
	}
	return nil
}

// routeAll sends the rows of a written arrangement to their owners.
func routeAll(spec arrange.Spec, m arrange.Manifest, disk arrange.Disk, router *exchange.Router) error {
	a := arrange.New(spec)
	defer a.Release()
	if err := a.Restore(disk, m); err != nil {
		return err
	}
	r := a.Reader()
	defer r.Close()
	return r.All(func(b *batch.Batch) error {
		router.Route(b)
		return nil
	})
}
