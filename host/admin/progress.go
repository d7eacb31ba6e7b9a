package admin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Progress is how far a run has come.
type Progress struct {
	Phase   string // "snapshotting", "streaming"
	Sources []SourceProgress
	Views   []ViewProgress
	// Bytes is the memory of all processes; 0 if it is not known.
	Bytes int64
}

// SourceProgress is how far the table of a connection has been read.
type SourceProgress struct {
	Connection, Table string
	Rows              int64
	Total             int64 // of the first full read; -1 if it is not known
	Live              bool  // the first full read is complete
}

// ViewProgress is what a view holds.
type ViewProgress struct {
	View  string
	Rows  int64
	Epoch uint64
	Note  string // "snapshotting", "paused: ..."; may be empty
}

// Renderer shows progress: bars that move on a terminal, a line now and then otherwise. What others write to the
// same place must go through it. Its methods may be called concurrently.
type Renderer struct {
	out io.Writer
	// width is the number of columns of the terminal; 0 if there is none.
	width func() int

	mu     sync.Mutex
	shown  []byte // the bars that are on the screen
	lines  int
	begun  time.Time
	before map[string]sample
}

// sample is what a count was at a time, and how fast it grew.
type sample struct {
	rows int64
	at   time.Time
	rate float64 // rows a second, smoothed
	line string  // that was last written, without a terminal
}

// NewRenderer returns a renderer that writes to out, with bars if it is a terminal.
func NewRenderer(out io.Writer) *Renderer {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return newRenderer(out, func() int { return 0 })
	}
	return newRenderer(out, func() int {
		size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
		if err != nil {
			return 0
		}
		return max(int(size.Col), 40)
	})
}

// NewLineRenderer returns a renderer that writes lines, also to a terminal.
func NewLineRenderer(out io.Writer) *Renderer { return newRenderer(out, func() int { return 0 }) }

func newRenderer(out io.Writer, width func() int) *Renderer {
	return &Renderer{out: out, width: width, before: map[string]sample{}}
}

// Terminal reports whether the progress is shown as bars.
func (r *Renderer) Terminal() bool { return r.width() > 0 }

// Run shows what look returns until ctx ends: several times a second on a terminal, every few seconds otherwise.
func (r *Renderer) Run(ctx context.Context, look func() Progress) error {
	every := 5 * time.Second
	if r.Terminal() {
		every = 200 * time.Millisecond
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			r.Close()
			return nil
		case now := <-ticker.C:
			r.Render(now, look())
		}
	}
}

// Render shows the progress at a time.
func (r *Renderer) Render(now time.Time, p Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun.IsZero() {
		r.begun = now
	}
	if width := r.width(); width > 0 {
		r.draw(r.bars(now, p, width))
		return
	}
	for _, s := range p.Sources {
		r.line("source "+s.Table+" from "+s.Connection, sourceText(s, r.rate("s "+s.Connection+"/"+s.Table, s.Rows, now)))
	}
	for _, v := range p.Views {
		r.line("view "+v.View, viewText(v, r.rate("v "+v.View, v.Rows, now)))
	}
}

// Write writes text of others, above the bars.
func (r *Renderer) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	shown := r.shown
	r.draw(nil)
	n, err := r.out.Write(text)
	if err == nil && shown != nil && bytes.HasSuffix(text, []byte("\n")) {
		r.draw(shown)
	}
	return n, err
}

// Close leaves the bars as they are; what is written later comes below them.
func (r *Renderer) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown, r.lines = nil, 0
}

// rate returns how fast a count grows, smoothed over some seconds.
func (r *Renderer) rate(name string, rows int64, now time.Time) float64 {
	last, seen := r.before[name]
	passed := now.Sub(last.at).Seconds()
	switch {
	case !seen:
		r.before[name] = sample{rows: rows, at: now}
		return 0
	case passed <= 0:
		return last.rate
	}
	rate := float64(rows-last.rows) / passed
	if last.rate > 0 {
		weight := min(1, passed/2)
		rate = last.rate + (rate-last.rate)*weight
	}
	last.rows, last.at, last.rate = rows, now, max(rate, 0)
	r.before[name] = last
	return last.rate
}

// line writes a line unless it says what the last one said.
func (r *Renderer) line(name, text string) {
	last := r.before["l "+name]
	if last.line == text {
		return
	}
	last.line = text
	r.before["l "+name] = last
	fmt.Fprintf(r.out, "%s: %s\n", name, text)
}

// draw replaces the bars on the screen.
func (r *Renderer) draw(bars []byte) {
	var b bytes.Buffer
	if r.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", r.lines) // up, and clear to the end of the screen
	}
	b.Write(bars)
	r.shown, r.lines = bars, bytes.Count(bars, []byte("\n"))
	_, _ = r.out.Write(b.Bytes()) // a terminal that is gone is no reason to stop
}

// bars returns one line for each source and view, none longer than the terminal is wide.
func (r *Renderer) bars(now time.Time, p Progress, width int) []byte {
	names := 6
	for _, s := range p.Sources {
		names = max(names, len(s.Table))
	}
	for _, v := range p.Views {
		names = max(names, len(v.View))
	}
	names = min(names, width/3)
	var b bytes.Buffer
	add := func(format string, args ...any) {
		line := []rune(fmt.Sprintf(format, args...))
		b.WriteString(strings.TrimRight(string(line[:min(len(line), width-1)]), " ") + "\n")
	}
	head := p.Phase + "  " + now.Sub(r.begun).Round(time.Second).String()
	if p.Bytes > 0 {
		head += "  " + size(p.Bytes)
	}
	add("%s", head)
	for _, s := range p.Sources {
		rate := r.rate("s "+s.Connection+"/"+s.Table, s.Rows, now)
		add("source %-*s %s %s", names, clip(s.Table, names), bar(s, max(10, width-names-56)), sourceText(s, rate))
	}
	for _, v := range p.Views {
		add("view   %-*s %s", names, clip(v.View, names), viewText(v, r.rate("v "+v.View, v.Rows, now)))
	}
	return b.Bytes()
}

func clip(s string, width int) string {
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return s
}

func bar(s SourceProgress, width int) string {
	full := 0
	switch {
	case s.Live:
		full = width
	case s.Total > 0:
		full = int(min(float64(s.Rows)/float64(s.Total), 1) * float64(width))
	}
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

func sourceText(s SourceProgress, rate float64) string {
	text := count(s.Rows) + " rows"
	if !s.Live && s.Total > 0 {
		text = fmt.Sprintf("%d %% %s of %s rows", min(100, 100*s.Rows/s.Total), count(s.Rows), count(s.Total))
	}
	if rate >= 1 {
		text += ", " + count(int64(rate)) + "/s"
		if left := float64(s.Total-s.Rows) / rate; !s.Live && s.Total > s.Rows && left < 1e6 {
			text += ", " + (time.Duration(left+1) * time.Second).String() + " left"
		}
	}
	if s.Live {
		text += ", live"
	}
	return text
}

func viewText(v ViewProgress, rate float64) string {
	text := count(v.Rows) + " rows"
	if rate >= 1 {
		text += ", " + count(int64(rate)) + "/s"
	}
	if v.Epoch > 0 {
		text += fmt.Sprintf(", epoch %d", v.Epoch)
	}
	if v.Note != "" {
		text += ", " + v.Note
	}
	return text
}

// count writes a number so that it is quickly read.
func count(n int64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%.1f G", float64(n)/1e9)
	case n >= 10e6:
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	case n >= 10e3:
		return fmt.Sprintf("%.1f k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}
