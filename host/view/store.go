package view

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Store is the one database of an app: the views of all pipelines, their epochs and the ledger's records.
type Store struct {
	dir     string
	opts    Options
	pebble  *pebble.Options
	db      *pebble.DB
	removal sync.WaitGroup // generations on their way out

	mu         sync.Mutex
	pipelines  map[string]*Pipeline
	generation uint32 // the last one given out
	gone       []uint32
	failed     error // of a removal, told by Close
}

// Locked says that another process has the store open.
type Locked struct{ Dir string }

// Error says who is in the way.
func (e *Locked) Error() string {
	return fmt.Sprintf("data in %s: another millrace process has it open; stop that one, or use `run api` beside it", e.Dir)
}

// Open opens the store in dir, which it makes if needed. Generations that no view names, and files of
// loads that never ended, are removed.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("data in %s: %w", dir, err)
	}
	s := &Store{dir: dir, opts: opts, pebble: opts.pebble(), pipelines: map[string]*Pipeline{}}
	if !opts.ReadOnly {
		if err := opts.FS.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("data in %s: %w", dir, err)
		}
	}
	db, err := pebble.Open(dir, s.pebble)
	if err != nil {
		if strings.Contains(err.Error(), "resource temporarily unavailable") || strings.Contains(err.Error(), "lock held") {
			return nil, &Locked{Dir: dir}
		}
		if pebble.IsCorruptionError(err) {
			return nil, fmt.Errorf("data in %s is damaged: %w; put back a copy of it, or remove it with millrace clean and read everything anew", dir, err)
		}
		return nil, fmt.Errorf("data in %s: %w", dir, err)
	}
	s.db = db
	live, err := s.readCatalog()
	if err == nil && !opts.ReadOnly {
		err = s.removeOrphans(live)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("data in %s: %w", dir, err), db.Close())
	}
	for _, p := range s.pipelines {
		p.open()
	}
	return s, nil
}

// Close closes the store. Every Reader, Tx and Load must have ended.
func (s *Store) Close() error {
	for _, p := range s.pipelines {
		p.close()
	}
	s.removal.Wait()
	return errors.Join(s.failed, s.db.Close())
}

// Sync returns when everything committed before is on disk. Callers at the same time share one fsync.
func (s *Store) Sync() error { return s.db.LogData(nil, pebble.Sync) }

// Flush writes what is in memory to tables, so that the next Open has no log to read.
func (s *Store) Flush() error { return s.db.Flush() }

// Bytes returns how much disk the store takes.
func (s *Store) Bytes() uint64 { return s.db.Metrics().DiskSpaceUsage() }

// MemoryBytes returns how much memory the cache and the tables of changes take.
func (s *Store) MemoryBytes() uint64 {
	m := s.db.Metrics()
	return uint64(m.BlockCache.Size) + m.MemTable.Size + m.MemTable.ZombieSize
}

// Pipeline returns the named pipeline, new or as it was stored.
func (s *Store) Pipeline(name string) *Pipeline {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pipelines[name]
	if p == nil {
		p = s.newPipeline(name)
		p.open()
	}
	return p
}

func (s *Store) newPipeline(name string) *Pipeline {
	p := &Pipeline{store: s, name: name, changed: make(chan struct{})}
	p.newest = &state{pipeline: p, refs: 1, views: map[*View]contents{}}
	s.pipelines[name] = p
	return p
}

// Pipelines returns the pipelines, those that are only stored included, ordered by name.
func (s *Store) Pipelines() []*Pipeline {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*Pipeline
	for _, p := range s.pipelines {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Pipeline) int { return strings.Compare(a.name, b.name) })
	return out
}

func catalogKey(kind byte, name string) []byte {
	return append([]byte{spaceCatalog, kind}, name...)
}

func viewKey(pipeline, view string) []byte { return catalogKey(catalogView, pipeline+"\x00"+view) }

func generationKey(id uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{spaceCatalog, catalogGeneration}, id)
}

// contentsValue is how a view's generation and row count are stored.
func contentsValue(c contents) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, c.generation.id), uint64(c.rows))
}

type storedField struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable,omitempty"`
}

type storedSchema struct {
	Fields []storedField `json:"fields"`
	Key    []int         `json:"key"` // null: none
}

func encodeSchema(s *batch.Schema) []byte {
	out := storedSchema{Key: s.Key}
	for _, f := range s.Fields {
		out.Fields = append(out.Fields, storedField{f.Name, f.Type.String(), f.Nullable})
	}
	data, err := json.Marshal(out)
	if err != nil {
		panic("view: a schema does not encode: " + err.Error())
	}
	return data
}

func decodeSchema(data []byte) (batch.Schema, error) {
	var in storedSchema
	if err := json.Unmarshal(data, &in); err != nil {
		return batch.Schema{}, err
	}
	out := batch.Schema{Key: in.Key}
	for _, f := range in.Fields {
		t, err := batch.ParseType(f.Type)
		if err != nil {
			return batch.Schema{}, err
		}
		out.Fields = append(out.Fields, batch.Field{Name: f.Name, Type: t, Nullable: f.Nullable})
	}
	d := Definition{Name: "stored", Schema: out}
	return out, d.validate()
}

// readCatalog makes the pipelines and views that are stored and returns the generations they name.
func (s *Store) readCatalog() (live []uint32, err error) {
	generations := map[uint32]*generation{}
	err = s.each([]byte{spaceCatalog}, func(key, value []byte) error {
		kind, name := key[1], string(key[2:])
		switch kind {
		case catalogGeneration:
			schema, err := decodeSchema(value)
			if err != nil || len(name) != 4 {
				return fmt.Errorf("catalog: generation %x: %w", name, err)
			}
			id := binary.BigEndian.Uint32([]byte(name))
			generations[id] = &generation{id: id, codec: newCodec(schema)}
		case catalogPipeline:
			if len(value) != 8 {
				return fmt.Errorf("catalog: pipeline %q has an epoch of %d bytes", name, len(value))
			}
			s.newPipeline(name).newest.epoch = sdk.Epoch(binary.BigEndian.Uint64(value))
		case catalogView:
			pipeline, view, _ := strings.Cut(name, "\x00")
			p := s.pipelines[pipeline]
			if len(value) != 12 || p == nil {
				return fmt.Errorf("catalog: view %q of pipeline %q is damaged", view, pipeline)
			}
			g := generations[binary.BigEndian.Uint32(value)]
			if g == nil {
				return fmt.Errorf("catalog: view %q has no generation %d", view, binary.BigEndian.Uint32(value))
			}
			g.refs++
			live = append(live, g.id)
			v := &View{pipeline: p, name: view, codec: g.codec}
			p.views = append(p.views, v)
			p.newest.views[v] = contents{g, int64(binary.BigEndian.Uint64(value[4:]))}
		}
		return nil
	})
	for id := range generations {
		s.generation = max(s.generation, id)
		if !slices.Contains(live, id) {
			s.gone = append(s.gone, id)
		}
	}
	return live, err
}

// removeOrphans removes the rows between the live generations: of loads that did not end and of
// generations whose removal did not, and the files of loads.
func (s *Store) removeOrphans(live []uint32) error {
	if err := s.opts.FS.RemoveAll(s.loadDir()); err != nil {
		return err
	}
	slices.Sort(live)
	start := []byte{spaceRows}
	for _, id := range append(live, 0) {
		end := rowPrefix(id)
		if id == 0 { // none has this number: the end of the list
			end = []byte{spaceRows + 1}
		}
		if err := s.excise(start, end); err != nil {
			return err
		}
		start = rowPrefix(id + 1)
	}
	b := s.db.NewBatch()
	for _, id := range s.gone {
		if err := b.Delete(generationKey(id), nil); err != nil {
			return err
		}
	}
	s.gone = nil
	return b.Commit(pebble.NoSync)
}

// excise removes everything in a range of keys, if there is anything.
func (s *Store) excise(start, end []byte) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return err
	}
	found := it.First()
	if err := it.Close(); err != nil || !found {
		return err
	}
	return s.db.Excise(context.Background(), pebble.KeyRange{Start: start, End: end})
}

// each calls fn with every entry of the database whose key begins with prefix.
func (s *Store) each(prefix []byte, fn func(key, value []byte) error) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: successor(prefix)})
	if err != nil {
		return err
	}
	for it.First(); it.Valid(); it.Next() {
		if err := fn(it.Key(), it.Value()); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return it.Close()
}

// newGeneration gives out a number that no stored row has.
func (s *Store) newGeneration(c *codec) *generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	return &generation{id: s.generation, codec: c}
}

func (s *Store) loadDir() string { return filepath.Join(s.dir, "load") }

// remove removes a generation that no state names any more, in the background.
func (s *Store) remove(g *generation) {
	s.removal.Go(func() {
		err := s.excise(rowPrefix(g.id), rowPrefix(g.id+1))
		if err == nil {
			err = s.db.Delete(generationKey(g.id), pebble.NoSync)
		}
		if err != nil {
			s.mu.Lock()
			s.failed = errors.Join(s.failed, fmt.Errorf("data in %s: removal of generation %d: %w", s.dir, g.id, err))
			s.mu.Unlock()
		}
	})
}
