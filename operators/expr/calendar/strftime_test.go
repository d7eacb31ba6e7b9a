package calendar

import (
	"testing"
	"time"
)

func FuzzStrftime(f *testing.F) {
	f.Add("%Y-%m-%d %H:%M:%S.%3f %p %-d %_H", int64(0))
	f.Fuzz(func(t *testing.T, p string, us int64) {
		out, ok := strftime(nil, time.UnixMicro(us).UTC(), p)
		again, ok2 := strftime(nil, time.UnixMicro(us).UTC(), p)
		if ok != ok2 || string(out) != string(again) || len(out) > 64*len(p)+1 {
			t.Errorf("%q gives %q, %v", p, out, ok)
		}
	})
}
