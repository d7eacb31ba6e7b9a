package view

import (
	"context"
	"fmt"
	"math/rand"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// benchBatches makes batches like those of order_items, of the grouped customer orders or of products.
func benchBatches(kind string, rows int) (batch.Schema, []*batch.Batch) {
	fields := map[string][]batch.Kind{
		"items":  {batch.Int32, batch.Int32, batch.Int32, batch.Int32, batch.Float64},
		"groups": {batch.Int32, batch.Utf8, batch.Utf8, batch.Int32, batch.Timestamp, batch.Float64, batch.Int64},
		"wide": {
			batch.Int32, batch.Utf8, batch.Utf8, batch.Float64, batch.Timestamp, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8,
			batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8, batch.Utf8,
		},
	}[kind]
	s := batch.Schema{Key: []int{0}}
	for i, k := range fields {
		s.Fields = append(s.Fields, batch.Field{Name: fmt.Sprint("c", i), Type: batch.T(k)})
	}
	r := rand.New(rand.NewSource(7))
	ids := make([]int32, rows)
	for i := range ids {
		ids[i] = int32(i)
	}
	if kind == "groups" {
		s.Key = []int{3}
		r.Shuffle(rows, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	text := make([]byte, 32)
	var out []*batch.Batch
	b := batch.NewBuilder(s.Types())
	for _, id := range ids {
		for i, k := range fields {
			switch {
			case i == s.Key[0]:
				batch.Append(b.Cols[i], id)
			case k == batch.Int32:
				batch.Append(b.Cols[i], r.Int31n(11_000_000))
			case k == batch.Utf8:
				for j := range text {
					text[j] = 'a' + byte(r.Uint32()&31)%26
				}
				n := 32
				if kind == "groups" {
					n = 16
				}
				b.Cols[i].AppendBytes(text[:n])
			case k == batch.Float64:
				batch.Append(b.Cols[i], float64(r.Int31n(100000))/100)
			default:
				batch.Append(b.Cols[i], r.Int63n(1e15))
			}
		}
		if b.End(1); b.Rows() == 4096 {
			out = append(out, b.Take())
		}
	}
	return s, append(out, b.Take())
}

// BenchmarkLoad measures a whole bulk load: rows in key order (items, wide) and in random order (groups).
func BenchmarkLoad(b *testing.B) {
	for kind, rows := range map[string]int{"items": 1 << 20, "groups": 1 << 21, "wide": 1 << 17} {
		b.Run(kind, func(b *testing.B) {
			schema, batches := benchBatches(kind, rows)
			size := 0
			for _, x := range batches {
				size += x.Bytes()
			}
			s, err := Open(b.TempDir(), Options{LoadBytes: 32 << 20})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			p := s.Pipeline("main")
			v := define(b, p, "items", schema)
			cpu := 0.0
			var bytes int64
			for b.Loop() {
				start := cpuSeconds()
				l, err := p.Load(v, 1)
				if err != nil {
					b.Fatal(err)
				}
				w := l.Writer()
				for _, x := range batches {
					if err := w.Add(x); err != nil {
						b.Fatal(err)
					}
				}
				loaded, err := l.Finish(context.Background(), nil)
				if err != nil || loaded.Rows != int64(rows) {
					b.Fatal(loaded, err)
				}
				cpu += cpuSeconds() - start
				bytes = loaded.Bytes
			}
			n := float64(b.N) * float64(rows)
			b.ReportMetric(n/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(cpu/n*1e6, "cpu-us/row")
			b.ReportMetric(float64(b.N)*float64(size)/cpu/1e6, "MB/cpu-s")
			b.ReportMetric(float64(bytes)/float64(rows), "B/row")
		})
	}
}

// BenchmarkEncode measures what a delta or a load costs before anything is sorted or written.
func BenchmarkEncode(b *testing.B) {
	for _, kind := range []string{"items", "wide"} {
		b.Run(kind, func(b *testing.B) {
			schema, batches := benchBatches(kind, 4096)
			rows := newRows(newCodec(schema), rowPrefix(1), []byte{1, 2, 3, 4})
			for b.Loop() {
				rows.reset()
				rows.add(batches[0])
			}
			b.ReportMetric(float64(b.N)*4096/b.Elapsed().Seconds(), "rows/s")
			b.ReportAllocs()
		})
	}
}

// BenchmarkEpoch measures an epoch of one changed row, from Begin to Publish, without fsync.
func BenchmarkEpoch(b *testing.B) {
	schema, batches := benchBatches("groups", 4096)
	s := openMem(b, vfs.NewMem(), Options{})
	defer s.Close()
	p := s.Pipeline("main")
	v := define(b, p, "items", schema)
	d := v.NewDelta()
	i := 0
	for b.Loop() {
		tx := p.Begin(p.Committed() + 1)
		i = (i + 1) % 4095
		if err := d.Add(batches[0].Slice(i, i+1)); err != nil {
			b.Fatal(err)
		}
		if _, err := tx.Apply(v, d); err != nil {
			b.Fatal(err)
		}
		epoch := tx.epoch
		if err := tx.Commit(false); err != nil {
			b.Fatal(err)
		}
		if err := p.Publish(epoch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
}

// BenchmarkRead measures a get by key and a page of 50 rows from a million.
func BenchmarkRead(b *testing.B) {
	schema, batches := benchBatches("groups", 1<<20)
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	p := s.Pipeline("main")
	v := define(b, p, "items", schema)
	l, err := p.Load(v, 1)
	if err != nil {
		b.Fatal(err)
	}
	w := l.Writer()
	for _, x := range batches {
		if err := w.Add(x); err != nil {
			b.Fatal(err)
		}
	}
	loaded, err := l.Finish(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	tx := p.Begin(1)
	tx.Flip(loaded)
	if err := tx.Commit(false); err != nil {
		b.Fatal(err)
	}
	if err := p.Publish(1); err != nil {
		b.Fatal(err)
	}
	r := p.Reader()
	defer r.Close()
	random := rand.New(rand.NewSource(8))
	b.Run("get", func(b *testing.B) {
		key := batch.NewBuilder([]batch.Type{batch.T(batch.Int32)})
		for b.Loop() {
			key.Reset()
			batch.Append(key.Cols[0], random.Int31n(1<<20))
			key.End(1)
			if _, ok, err := r.Get(v, key.Peek()); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
		b.ReportAllocs()
	})
	b.Run("page", func(b *testing.B) {
		out := batch.NewBuilder(schema.Types())
		cols := []int{0, 1, 2, 3, 4, 5, 6}
		for b.Loop() {
			scan, err := r.Scan(v, KeyRange{})
			if err != nil {
				b.Fatal(err)
			}
			out.Reset()
			for out.Rows() < 50 && scan.Next() {
				scan.AppendTo(out, cols)
				out.End(1)
			}
			if err := scan.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
	})
}

// BenchmarkTables measures what writing sorted small rows costs with each kind of table, block size and
// compression: the choice in Options.pebble.
func BenchmarkTables(b *testing.B) {
	schema, batches := benchBatches("items", 1<<17)
	in := newRows(newCodec(schema), rowPrefix(1), []byte{0, 0, 0, 0})
	for _, x := range batches {
		in.add(x)
	}
	for _, c := range []struct {
		name     string
		format   sstable.TableFormat
		block    int
		compress *sstable.CompressionProfile
		filter   bool
	}{
		{"rows-16K-snappy", sstable.TableFormatPebblev4, 16 << 10, sstable.SnappyCompression, false},
		{"rows-16K-snappy-bloom", sstable.TableFormatPebblev4, 16 << 10, sstable.SnappyCompression, true},
		{"rows-4K-snappy", sstable.TableFormatPebblev4, 4 << 10, sstable.SnappyCompression, false},
		{"rows-16K-none", sstable.TableFormatPebblev4, 16 << 10, sstable.NoCompression, false},
		{"rows-16K-zstd", sstable.TableFormatPebblev4, 16 << 10, sstable.ZstdCompression, false},
		{"columns-16K-snappy", sstable.TableFormatPebblev5, 16 << 10, sstable.SnappyCompression, false},
		{"columns-16K-minlz", sstable.TableFormatPebblev6, 16 << 10, sstable.MinLZCompression, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			options := Options{}.withDefaults().pebble().MakeWriterOptions(6, c.format)
			options.BlockSize, options.Compression = c.block, c.compress
			if c.filter {
				options.FilterPolicy = bloom.FilterPolicy(10)
			}
			path := b.TempDir() + "/table"
			cpu, size := 0.0, uint64(0)
			for b.Loop() {
				start := cpuSeconds()
				file, err := vfs.Default.Create(path, "bench")
				if err != nil {
					b.Fatal(err)
				}
				w := sstable.NewWriter(objstorageprovider.NewFileWritable(file), options)
				for i := range in.entries {
					if err := w.Set(in.key(&in.entries[i]), in.val(&in.entries[i])); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
				cpu += cpuSeconds() - start
				meta, err := w.Metadata()
				if err != nil {
					b.Fatal(err)
				}
				size = meta.Size
			}
			b.ReportMetric(cpu/float64(b.N)/float64(in.len())*1e6, "cpu-us/row")
			b.ReportMetric(float64(size)/float64(in.len()), "B/row")
		})
	}
}
