package view

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options says how a store works. The zero value is ready to use.
type Options struct {
	// CacheBytes bounds the cache of decompressed blocks. Zero means 128 MiB.
	CacheBytes int64
	// MemTableBytes bounds a table of changes in memory; up to three exist. Zero means 32 MiB.
	MemTableBytes int
	// LoadBytes bounds the rows that a LoadWriter holds in memory. Zero means 64 MiB.
	LoadBytes int
	// Parallel is how many goroutines Load.Finish uses. Zero means one a CPU.
	Parallel int
	// ReadOnly opens the store for readers only.
	ReadOnly bool
	// FS is the file system. Nil means the operating system's.
	FS vfs.FS
	// Log receives what the database itself reports. Nil means nothing is logged.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	o.CacheBytes = cmp.Or(o.CacheBytes, 128<<20)
	o.MemTableBytes = cmp.Or(o.MemTableBytes, 32<<20)
	o.LoadBytes = cmp.Or(o.LoadBytes, 64<<20)
	o.Parallel = cmp.Or(o.Parallel, runtime.NumCPU())
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) validate() error {
	var errs []error
	if o.CacheBytes < 1<<20 {
		errs = append(errs, fmt.Errorf("a cache of %d bytes is below 1 MiB", o.CacheBytes))
	}
	if o.MemTableBytes < 1<<18 || o.MemTableBytes > 2<<30 {
		errs = append(errs, fmt.Errorf("a memory table of %d bytes is not in 256 KiB..2 GiB", o.MemTableBytes))
	}
	if o.LoadBytes < 1<<12 || o.LoadBytes > 2<<30 {
		errs = append(errs, fmt.Errorf("%d bytes for loading are not in 4 KiB..2 GiB", o.LoadBytes))
	}
	if o.Parallel < 1 {
		errs = append(errs, fmt.Errorf("%d goroutines are below 1", o.Parallel))
	}
	return errors.Join(errs...)
}

// pebble returns the database's options. BenchmarkTables, CPU time and disk a small row: row blocks of 16 KiB with
// Snappy 0.12 us and 27 bytes, without compression 0.09 us and 43 bytes, with Zstandard 0.19 us and 20 bytes;
// columnar blocks with Snappy 0.16 us and 31 bytes. Filters stand on the upper levels only: on the last one, which
// holds nearly every key that is asked for, they cost 0.02 us and a byte a row for nothing.
func (o Options) pebble() *pebble.Options {
	p := &pebble.Options{
		CacheSize:                   o.CacheBytes,
		MemTableSize:                uint64(o.MemTableBytes),
		MemTableStopWritesThreshold: 3,
		L0CompactionThreshold:       2,
		L0StopWritesThreshold:       1000,
		LBaseMaxBytes:               64 << 20,
		MaxOpenFiles:                4096,
		FormatMajorVersion:          pebble.FormatWALSyncChunks,
		FS:                          o.FS,
		ReadOnly:                    o.ReadOnly,
		Logger:                      logger{o.Log},
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		BytesPerSync:                1 << 20,
		WALBytesPerSync:             1 << 20,
	}
	p.Experimental.EnableColumnarBlocks = func() bool { return false }
	for i := range p.Levels {
		l := &p.Levels[i]
		l.BlockSize = 16 << 10
		l.IndexBlockSize = 64 << 10
		l.Compression = func() *block.CompressionProfile { return sstable.SnappyCompression }
		l.FilterType = pebble.TableFilter
		l.FilterPolicy = bloom.FilterPolicy(10)
		if i == len(p.Levels)-1 {
			l.FilterPolicy = pebble.NoFilterPolicy
		}
	}
	p.TargetFileSizes[0] = 16 << 20
	p.EnsureDefaults()
	return p
}

type logger struct{ log *slog.Logger }

func (l logger) Infof(format string, args ...any)  { l.log.Debug(fmt.Sprintf(format, args...)) }
func (l logger) Errorf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }

// Fatalf is called on damage after which the database cannot go on.
func (l logger) Fatalf(format string, args ...any) { panic("view: " + fmt.Sprintf(format, args...)) }
