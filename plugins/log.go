package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// logWriter turns what a plugin prints into log lines.
type logWriter struct {
	log *slog.Logger
	// panicked says that what comes on standard error is the trace of a panic: its message is in the error that the
	// end of the process is told with, and the rest is for the plugin's author.
	panicked atomic.Bool
}

// line logs a line: one that slog wrote as JSON with its level and attributes, any other one as it is. A
// line of standard output is a warning, for nobody reads that.
func (w *logWriter) line(stream, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	level := slog.LevelInfo
	if stream == "stdout" {
		level = slog.LevelWarn
	}
	if stream == "stderr" && (w.panicked.Load() || isPanic(text)) {
		w.panicked.Store(true)
		level = slog.LevelDebug
	}
	var record map[string]any
	if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &record) == nil {
		if msg, ok := record["msg"].(string); ok {
			_ = level.UnmarshalText([]byte(toText(record["level"])))
			w.log.Log(context.Background(), level, msg, attrs(record)...)
			return
		}
	}
	w.log.Log(context.Background(), level, text, "stream", stream)
}

// isPanic reports whether a line is the first that a Go program writes when it dies of a mistake of its own.
func isPanic(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
}

func toText(v any) string {
	s, _ := v.(string)
	return s
}

func attrs(record map[string]any) []any {
	var keys []string
	for key := range record {
		if key != "msg" && key != "level" && key != "time" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var out []any
	for _, key := range keys {
		out = append(out, key, record[key])
	}
	return out
}

// stream returns a writer that cuts what it gets into lines.
func (w *logWriter) stream(name string, also func(line string)) io.Writer {
	return &lineWriter{each: func(line string) {
		if also != nil {
			also(line)
		}
		w.line(name, line)
	}}
}

// lineWriter calls each for every full line.
type lineWriter struct {
	mu   sync.Mutex
	rest []byte
	each func(line string)
}

const maxLine = 8 << 10

// Write takes more output; a line longer than maxLine is cut.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 && len(l.rest) < maxLine {
			return len(p), nil
		}
		if i < 0 {
			i = maxLine - 1
		}
		l.each(strings.TrimSuffix(string(l.rest[:i]), "\r"))
		l.rest = append(l.rest[:0], l.rest[i+1:]...)
	}
}
