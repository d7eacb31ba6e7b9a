package expr

import (
	"testing"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func FuzzInterval(f *testing.F) {
	f.Add("1 day 2 hours", "")
	f.Add("1.5", "HOUR")
	f.Fuzz(func(t *testing.T, text, unit string) {
		e, err := Interval(text, unit, "")
		if err == nil && (e.Op != LiteralOp || e.Type != tDur) && !e.IsCall("months") {
			t.Errorf("INTERVAL %q %q is %v", text, unit, e)
		}
	})
}

func FuzzCastText(f *testing.F) {
	f.Add("1.5")
	f.Add("2024-01-01T00:00:00Z")
	f.Add(`{"a": [1]}`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		for _, typ := range []string{"int8", "uint64", "float32", "decimal(38,3)", "int128", "bool", "date", "timestamp", "duration", "json", "uuid", "point", "binary"} {
			typ, err := batch.ParseType(typ)
			if err != nil {
				t.Fatal(err)
			}
			e, err := Cast(Text(s), typ, true)
			if err != nil {
				t.Fatalf("%q as %v: %v", s, typ, err)
			}
			if e.Null {
				continue
			}
			if back, err := Cast(Text(e.Value), typ, false); err != nil || back.Value != e.Value {
				t.Errorf("%q as %v is %q, which reads as %q, %v", s, typ, e.Value, back.Value, err)
			}
		}
	})
}
