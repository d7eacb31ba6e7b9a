package live

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSame proves I8: the same input gives the same bytes, on any number of workers.
func TestSame(t *testing.T) {
	t.Parallel()
	first := map[string][]byte{}
	for i, workers := range []int{1, 1, 2, 4} {
		s := newSystem(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		run := func(args ...string) {
			t.Helper()
			if out, err := s.command(ctx, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", args, err, out)
			}
		}
		run("run", "app", "--once", "--workers", fmt.Sprint(workers))
		for _, name := range viewNames() {
			for _, format := range []string{"csv", "parquet"} {
				if format == "parquet" && workers == 1 && i == 1 {
					continue
				}
				path := filepath.Join(s.dir, name+"."+format)
				run("export", name, "-o", path)
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				key := name + "." + format
				if first[key] == nil {
					first[key] = got
				}
				if len(got) == 0 || !bytes.Equal(got, first[key]) {
					t.Errorf("%s of %d workers: %d bytes differ from the %d of the first run", key, workers, len(got), len(first[key]))
				}
			}
		}
	}
}
