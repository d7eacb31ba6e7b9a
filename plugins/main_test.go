package plugins_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/plugins"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/serve"
)

// modeVar makes the test program a plugin of a certain behaviour.
const modeVar = "TEST_PLUGIN"

func TestMain(m *testing.M) {
	switch os.Getenv(modeVar) {
	case "":
		os.Exit(m.Run())
	case "crash":
		fmt.Fprintln(os.Stderr, "the flux capacitor is missing")
		os.Exit(7)
	case "stdout":
		fmt.Println("Welcome to my connector!")
	case "exit":
		os.Exit(0)
	case "other":
		fmt.Fprintln(os.Stderr, "This binary is a plugin. These are not meant to be executed directly.")
		os.Exit(1)
	case "version":
		fmt.Println("1|99|unix|/nowhere|grpc|")
		time.Sleep(time.Minute)
	case "sleep":
		time.Sleep(time.Minute)
	case "host":
		beHost()
	}
	serve.Connector(testConnector)
}

// beHost opens a plugin, tells its process id, and waits to be killed.
func beHost() {
	p, err := plugins.Open(context.Background(), os.Args[0], plugins.Options{
		Env: []string{modeVar + "=good"}, SocketDir: os.Getenv("TEST_SOCKETS"),
	})
	fmt.Println(p.PID(), err)
	select {}
}

type testConfig struct {
	Mode  string `cfg:"mode"`
	Rows  int    `cfg:"rows" default:"1000" min:"0"`
	Width int    `cfg:"width" default:"10"`
	Split int    `cfg:"splits" default:"1"`
	File  string `cfg:"file"`
}

type testRow struct {
	N int64   `col:"n,key"`
	S string  `col:"s"`
	D *string `col:"d"`
}

var (
	testTable     = sdk.NewTable[testRow]("rows", sdk.Replayable, sdk.Finite, sdk.Upserts)
	testConnector = sdk.Connector{
		Name: "test", Version: "1.2.3", Tables: sdk.Tables(testTable), Source: sdk.OpenSource(openTest),
	}
)

type testSource struct {
	config testConfig
	mu     sync.Mutex
	acked  map[string]sdk.Position
}

func openTest(_ context.Context, c testConfig) (*testSource, error) {
	switch c.Mode {
	case "refuse":
		return nil, errors.New("the database is asleep")
	case "panic at open":
		panic("open went wrong")
	case "environment":
		return nil, errors.New(strings.Join(os.Environ(), "\n"))
	case "child":
		// A process of the plugin's own: it must not outlive the plugin.
		cmd := exec.Command("sleep", "300")
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%d", cmd.Process.Pid)
	}
	return &testSource{config: c}, nil
}

func (s *testSource) Ack(_ context.Context, p map[string]sdk.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked = p
	return nil
}

func (s *testSource) Close() error { return nil }

func (s *testSource) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	switch s.config.Mode {
	case "die":
		defer os.Exit(3)
	case "panic":
		defer func() { panic("row 500 is cursed") }()
	case "hang":
		<-make(chan int)
	case "print":
		fmt.Println("a line that does not belong here")
		fmt.Fprintln(os.Stderr, "a complaint")
	case "acked":
		s.mu.Lock()
		defer s.mu.Unlock()
		return fmt.Errorf("acked %s", s.acked["x"])
	case "await":
		return awaiting(out)
	case "bulk":
		return s.bulk(out)
	case "stream":
		if err := out.Live("rows"); err != nil {
			return err
		}
	case "fail":
		return errors.New("the table was dropped")
	case "mistake":
		return sdk.ConfigErrors{{Path: "rows", Msg: "too many", Fix: "take fewer"}}
	}
	var splits sync.WaitGroup
	errs := make([]error, s.config.Split)
	for i := range s.config.Split {
		splits.Go(func() { errs[i] = s.split(out.Split(fmt.Sprint("split", i))) })
	}
	splits.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if s.config.Mode == "print" || s.config.Mode == "die" {
		time.Sleep(50 * time.Millisecond)
	}
	if err := out.Live("rows"); err != nil {
		return err
	}
	if s.config.Mode == "stream" {
		testTable.Insert(out, testRow{N: -1})
		if err := out.Commit(sdk.Position("last")); err != nil {
			return err
		}
	}
	if !req.Bounded {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (s *testSource) split(out *sdk.Writer) error {
	n, _ := binary.Uvarint(out.From())
	text := strings.Repeat("x", s.config.Width)
	for ; n < uint64(s.config.Rows); n++ {
		if n%100 == 0 && n > 0 {
			if err := out.Commit(binary.AppendUvarint(nil, n)); err != nil {
				return err
			}
		}
		testTable.Insert(out, testRow{N: int64(n), S: text})
	}
	return out.Commit(binary.AppendUvarint(nil, n))
}

// bulk writes the same batch over and over, as fast as it is taken.
func (s *testSource) bulk(out *sdk.Writer) error {
	b := batch.NewBuilder(testTable.Schema.Types())
	text := strings.Repeat("x", s.config.Width)
	for n := range int64(4096) {
		batch.Append(b.Cols[0], n)
		b.Cols[1].AppendString(text)
		b.Cols[2].AppendNull()
		b.End(1)
	}
	for n := range s.config.Rows / 4096 {
		if err := out.Write("rows", b.Peek()); err != nil {
			return err
		}
		if err := out.Commit(binary.AppendUvarint(nil, uint64(n))); err != nil {
			return err
		}
	}
	return out.Live("rows")
}

func awaiting(out *sdk.Writer) error {
	s := "gone"
	testTable.Upsert(out, testRow{N: 1, S: "one", D: &s})
	testTable.DeleteKey(out, testRow{N: 2})
	if err := out.Commit(sdk.Position("p")); err != nil {
		return err
	}
	epoch, err := out.Await(sdk.Position("p"), sdk.Visible)
	if err != nil || epoch != 42 {
		return fmt.Errorf("awaited epoch %d: %w", epoch, err)
	}
	if _, err := out.Await(sdk.Position("wrong"), sdk.Durable); err == nil || err.Error() != "no such position" {
		return fmt.Errorf("a wrong position gave %w", err)
	}
	return nil
}

// memory is an output that keeps what was committed.
type memory struct {
	mu        sync.Mutex
	open      map[string][]string // rows of open transactions, by split
	rows      map[string]int      // committed rows and their weights
	positions map[string]sdk.Position
	live      []string
	bytes     int
	slow      time.Duration
	slowLive  time.Duration
	refuse    error
	committed func()
}

func newMemory() *memory {
	return &memory{open: map[string][]string{}, rows: map[string]int{}, positions: map[string]sdk.Position{}}
}

func (m *memory) Write(split, table string, mode sdk.Mode, b *batch.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes += b.Bytes()
	for i := range b.Rows {
		text := fmt.Sprint(b.Row(i)...)
		if len(text) > 200 {
			text = fmt.Sprint(len(text), text[:20])
		}
		m.open[split] = append(m.open[split], fmt.Sprintf("%s %d %d %s", table, mode, b.Weight(i), text))
	}
	return nil
}

func (m *memory) Commit(split string, p sdk.Position) error {
	time.Sleep(m.slow)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	for _, row := range m.open[split] {
		m.rows[split+" "+row]++
	}
	delete(m.open, split)
	m.positions[split] = append(sdk.Position{}, p...)
	if m.committed != nil {
		m.committed()
	}
	return nil
}

func (m *memory) Await(_ string, p sdk.Position, until sdk.Stage) (sdk.Epoch, error) {
	if string(p) != "p" || until != sdk.Visible {
		return 0, errors.New("no such position")
	}
	return 42, nil
}

func (m *memory) Live(table string) error {
	time.Sleep(m.slowLive)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live = append(m.live, fmt.Sprint(table, " after ", len(m.rows)))
	return nil
}

func request(bounded bool) sdk.Request {
	return sdk.Request{
		Bounded: bounded, Parallel: 1,
		Tables: []sdk.TableRequest{{Name: "rows", Schema: testTable.Schema}},
	}
}

// noLeaks fails the test when it leaves goroutines behind.
func noLeaks(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines instead of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
	})
}
