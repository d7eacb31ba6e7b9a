package calendar

import (
	"math"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// patterns are the functions that write and read times by a pattern.
func patterns() []fn.Function {
	const kinds = " The pattern is one of PostgreSQL (YYYY-MM-DD HH24:MI:SS), with a % in it one of strftime (%Y-%m-%d)"
	reads := func(signature, help string, compile func(string) (Pattern, error)) fn.Function {
		return fn.Function{
			Signature: signature, Help: help, Fallible: fn.Always, Check: checkPattern(compile, 1),
			Build: func(n *fn.Node) { buildRead(n, compile) },
		}
	}
	return []fn.Function{
		{
			Signature: "to_char(timestamp, text) text; to_char(date, text) text", Help: "The time as text." + kinds + ".",
			Build: buildToChar, Fallible: patternFails, Check: checkPattern(compileToChar, 1),
		},
		{
			Signature: "date_format(timestamp, text) text; date_format(date, text) text",
			Help:      "The time as text. The pattern is one of Java (yyyy-MM-dd HH:mm:ss), with a % in it one of MySQL (%Y-%m-%d %H:%i:%s).",
			Build:     func(n *fn.Node) { buildWrite(n, compileFormat) }, Fallible: formatFails, Check: checkPattern(compileFormat, 1),
		},
		reads("to_date(text, text) date", "The date that a text says."+kinds+", with MM and mm one of Java.", compile),
		reads("to_timestamp(text, text) timestamp; to_timestamp(float) timestamp", "The time that a text says, or so many seconds after 1970-01-01."+kinds+", with MM and mm one of Java.", compile),
		reads("str_to_date(text, text) timestamp", "The time that a text says by a pattern of MySQL.", compileFormat),
		{
			Signature: "from_unixtime(float) timestamp", Help: "The time so many seconds after 1970-01-01.",
			Build: buildSeconds, Fallible: fn.Always,
		},
		{
			Signature: "to_timestamp_ltz(int, int) timestamp", Help: "The time so many seconds (0) or milliseconds (3) after 1970-01-01.", Fallible: fn.Always,
			Build: func(n *fn.Node) {
				n.Why = func(*fn.Node, int) string { return "the precision is not 0 or 3, or the result does not fit" }
				fn.Map2(n, func(v, precision int64) (int64, bool) {
					unit := map[int64]int64{0: 1e6, 3: 1e3, 6: 1}[precision]
					return v * unit, unit > 0 && (v*unit)/unit == v
				})
			},
		},
		{
			Signature: "unix_timestamp(timestamp) int", Help: "The whole seconds from 1970-01-01 to the time.",
			Build: func(n *fn.Node) {
				fn.Map1(n, func(us int64) (int64, bool) { return FloorDiv(us, 1e6), true })
			},
		},
	}
}

// compileToChar knows strftime's patterns to be right or wrong: they are written without being compiled.
func compileToChar(text string) (Pattern, error) {
	if !strings.Contains(text, "%") {
		return compile(text)
	}
	if len(text) > maxPattern {
		return nil, errLong
	}
	if _, ok := strftime(nil, time.Time{}, text); !ok {
		return nil, errSequence
	}
	return nil, nil
}

// checkPattern checks the pattern that is argument at of a call, if it is a literal.
func checkPattern(compile func(string) (Pattern, error), at int) func(*fn.Node) error {
	return func(n *fn.Node) error {
		if at >= len(n.Args) || !n.Args[at].Literal || n.Args[at].Null {
			return nil
		}
		_, err := compile(n.Args[at].Value)
		return err
	}
}

// patternFails: a literal pattern is known to be right.
func patternFails(e *fn.Node) bool { return !e.Args[1].Literal }

func formatFails(e *fn.Node) bool { return !e.Args[1].Literal }

// timeAt returns a date or a timestamp.
func timeAt(c *batch.Column, i int) time.Time {
	if c.Type.Kind == batch.Date {
		return DayTime(batch.Values[int32](c)[i])
	}
	return time.UnixMicro(fn.Int(c, i)).UTC()
}

// compiler keeps the pattern that was compiled last: mostly it is a literal.
type compiler struct {
	compile func(string) (Pattern, error)
	text    string
	known   bool
	pattern Pattern
	err     error
}

func (c *compiler) get(text string) (Pattern, error) {
	if !c.known || c.text != text {
		c.known, c.text = true, strings.Clone(text)
		c.pattern, c.err = c.compile(c.text)
	}
	return c.pattern, c.err
}

func (c *compiler) why(pattern int) func(n *fn.Node, row int) string {
	return func(n *fn.Node, row int) string {
		if _, err := c.get(n.Args[pattern].Col.Text(row)); err != nil {
			return err.Error()
		}
		return "the time cannot be written"
	}
}

func buildToChar(n *fn.Node) {
	c := &compiler{compile: compileToChar}
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		text := args[1].Text(i)
		p, err := c.get(text)
		switch {
		case err != nil:
			return dst, false
		case p == nil && strings.Contains(text, "%"):
			return strftime(dst, timeAt(&args[0], i), text)
		}
		return p.write(dst, timeAt(&args[0], i)), true
	})(n)
	n.Why = c.why(1)
}

func buildWrite(n *fn.Node, compile func(string) (Pattern, error)) {
	c := &compiler{compile: compile}
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		p, err := c.get(args[1].Text(i))
		if err != nil {
			return dst, false
		}
		return p.write(dst, timeAt(&args[0], i)), true
	})(n)
	n.Why = c.why(1)
}

func buildRead(n *fn.Node, compile func(string) (Pattern, error)) {
	if n.Args[0].Type.Kind == batch.Float64 {
		buildSeconds(n)
		return
	}
	c := &compiler{compile: compile}
	read := func(i int) (int64, error) {
		p, err := c.get(n.Args[1].Col.Text(i))
		if err != nil {
			return 0, err
		}
		return p.read(n.Args[0].Col.Text(i))
	}
	n.Why = func(_ *fn.Node, row int) string {
		if _, err := read(row); err != nil {
			return err.Error()
		}
		return "the time is out of range"
	}
	date := n.Type.Kind == batch.Date
	n.Run = func(f *fn.Frame, n *fn.Node) {
		n.Bytes(f.Rows)
		clear(n.Col.Data)
		for i := range f.Rows {
			if n.Skips(i) {
				continue
			}
			us, err := read(i)
			switch {
			case err != nil:
				n.Mark(f.Rows).Set(i)
			case date:
				batch.Values[int32](&n.Col)[i] = int32(FloorDiv(us, DayMicros))
			default:
				batch.Values[int64](&n.Col)[i] = us
			}
		}
	}
}

func buildSeconds(n *fn.Node) {
	n.Why = fn.Unfit
	fn.Map1(n, func(s float64) (int64, bool) {
		us := math.Round(s * 1e6)
		return int64(us), us >= -1<<63 && us < 1<<63
	})
}
