package slt_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators/script/slt"
)

var probe = flag.String("probe", "", "files")
var sample = flag.Int("sample", 1, "")
var show = flag.Int("show", 5, "")

func TestProbe(t *testing.T) {
	for _, file := range strings.Fields(*probe) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := slt.Read(file, string(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
		r, err := f.Run(ctx, slt.Options{Sample: *sample})
		cancel()
		fmt.Println(file, "passed", r.Passed, "skipped", r.Skipped, "failed", len(r.Failures), err, time.Since(start).Round(time.Millisecond))
		kinds := map[string]int{}
		for _, x := range r.Failures {
			first := strings.SplitN(strings.TrimSpace(x.Text), "\n", 2)[0]
			if i := strings.Index(first, " E"); i > 0 { first = first[i:] }
			k := string(x.Cause)
			if x.Cause == slt.Refused {
			  k += " " + first
			}
			kinds[k]++
			if kinds[k] <= *show {
				fmt.Println(x.String())
			}
		}
		var keys []string
		for k, n := range kinds { keys = append(keys, fmt.Sprintf("%6d %s", n, k)) }
		sort.Sort(sort.Reverse(sort.StringSlice(keys)))
		fmt.Println(strings.Join(keys, "\n"))
	}
}
