package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pusher pushes random changes of its share of the keys, one after the other, until something goes wrong, and
// remembers what was acknowledged.
type pusher struct {
	changes *changes
	acked   []*change
	unsure  *change // was sent and never acknowledged: it may have been taken
	epoch   uint64  // the last of an answer that waited until it was visible
	err     error
}

func (p *pusher) run(s *system, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		c, visible := p.changes.next(), p.changes.IntN(2) == 0
		p.unsure = c
		epoch, err := s.push(c, visible)
		if errors.Is(err, syscall.ECONNREFUSED) { // it is not taken
			p.unsure = nil
			time.Sleep(2 * time.Millisecond)
			continue
		}
		if err != nil {
			p.err = err
			return
		}
		p.acked, p.unsure = append(p.acked, c), nil
		if visible {
			p.epoch = epoch
		}
	}
}

// pushers push until stop is called.
type pushers struct {
	all  []*pusher
	done chan struct{}
	wait sync.WaitGroup
}

func (s *system) pushers(t testing.TB, r *rand.Rand, o *oracle, n int) *pushers {
	t.Helper()
	ps := &pushers{done: make(chan struct{})}
	for i := range n {
		p := &pusher{changes: newChanges(t, r, o, i, n)}
		ps.all = append(ps.all, p)
		ps.wait.Go(func() { p.run(s, ps.done) })
	}
	return ps
}

// stop ends the pushers. The system may have been killed.
func (ps *pushers) stop(t testing.TB) {
	t.Helper()
	close(ps.done)
	ps.wait.Wait()
	for _, p := range ps.all {
		if errors.Is(p.err, errRefused) {
			t.Error(p.err)
		}
	}
}

// settle waits until everything that was taken is visible, and proves I2: what was acknowledged is there, once, what
// was not is there as a whole or not at all, and every view equals the oracle.
func (s *system) settle(t testing.TB, o *oracle, ps *pushers) {
	t.Helper()
	epoch, err := s.persist(marker)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if ps != nil {
		for _, p := range ps.all {
			n += len(p.acked)
			if epoch <= p.epoch {
				t.Errorf("epoch %d was answered before the crash, and now there is a new epoch %d", p.epoch, epoch)
			}
			for _, c := range p.acked {
				o.apply(t, c)
			}
			if p.unsure != nil {
				s.decide(t, o, p.unsure, epoch)
			}
		}
	}
	t.Logf("epoch %d, %d changes acknowledged", epoch, n)
	s.mustEqual(t, o, epoch)
}

// decide applies a change to the oracle if the system has it, which its rows tell.
func (s *system) decide(t testing.TB, o *oracle, c *change, epoch uint64) {
	t.Helper()
	has := c.of(s.view(t, c.table, epoch))
	if slices.Equal(has, c.of(o.view(t, c.table))) {
		return
	}
	o.apply(t, c)
	if want := c.of(o.view(t, c.table)); !slices.Equal(has, want) {
		t.Errorf("table %s is neither with nor without what was not acknowledged, %v:\n%s\nwould be with it\n%s", c.table, c, strings.Join(has, "\n"), strings.Join(want, "\n"))
	}
}

// of returns those of a table's rows whose keys the change has.
func (c *change) of(rows []string) (out []string) {
	keys := map[string]bool{}
	for _, row := range c.rows {
		keys[rowText(row[:1])] = true
	}
	for _, row := range rows {
		if key, _, _ := strings.Cut(row, " | "); keys[key] {
			out = append(out, row)
		}
	}
	return out
}

func pause(r *rand.Rand, most time.Duration) {
	time.Sleep(time.Duration(r.Int64N(int64(most))))
}

// TestKill proves I1 and I2: the program is killed at any moment and started again.
func TestKill(t *testing.T) {
	t.Parallel()
	s, o, r := newSystem(t), newOracle(t), random(t)
	step := func(name string, do func(t testing.TB)) {
		t.Helper()
		start := time.Now()
		do(t)
		t.Logf("%s: %.1f s", name, time.Since(start).Seconds())
	}
	for range rounds(1) {
		var early *pushers
		for i, end := range []func(testing.TB){s.kill, s.stop, s.kill} {
			step("during the first read", func(t testing.TB) {
				s.start(t)
				if !eventually(30*time.Second, s.listens) { // before that, a signal is not expected
					t.Fatal("it does not listen")
				}
				if i == 2 { // what is acknowledged before anything is published counts, too
					early = s.pushers(t, r, o, 3)
				}
				pause(r, 200*time.Millisecond)
				end(t)
			})
		}
		step("right after the first publication", func(t testing.TB) {
			s.start(t)
			s.ready(t)
			s.kill(t)
			early.stop(t)
			s.start(t)
			s.ready(t)
			s.settle(t, o, early)
		})
		for i := range 3 {
			step("while clients push", func(t testing.TB) {
				ps := s.pushers(t, r, o, 3)
				pause(r, time.Second)
				s.kill(t)
				ps.stop(t)
				if i == 1 {
					s.tear(t, r)
				}
				if i == 2 {
					s.start(t)
					pause(r, 600*time.Millisecond)
					s.kill(t)
				}
				s.start(t)
				s.ready(t)
				s.settle(t, o, ps)
			})
		}
		step("while it ends", func(t testing.TB) {
			ps := s.pushers(t, r, o, 3)
			pause(r, 500*time.Millisecond)
			_ = s.cmd.Process.Signal(os.Interrupt)
			pause(r, 50*time.Millisecond)
			s.kill(t)
			ps.stop(t)
			s.start(t)
			s.ready(t)
			s.settle(t, o, ps)
		})
		s.stop(t)
		if read, _ := s.readOf(t, "lake"); read != 0 {
			t.Errorf("%d rows of the files were read again after a crash that came behind a checkpoint", read)
		}
		if err := os.RemoveAll(filepath.Join(s.dir, "home")); err != nil {
			t.Fatal(err)
		}
		s.published, o = false, newOracle(t)
	}
}

// tear leaves behind the spool what a crash in the middle of a write does: a part of a frame.
func (s *system) tear(t testing.TB, r *rand.Rand) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(s.dir, "home", "spool", "shop", "*.spool"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no spool: %v", err)
	}
	f, err := os.OpenFile(slices.Max(segments), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	frame := binary.LittleEndian.AppendUint32(nil, 1000)
	frame = append(frame, bytes.Repeat([]byte{7}, r.IntN(900))...)
	if _, err := f.Write(frame); err != nil {
		t.Fatal(err)
	}
}

// TestStop proves I1 and I2 for an end by SIGTERM: the next run, whatever its number of workers, serves at once and
// reads nothing again, and what is stored for a crash is dropped.
func TestStop(t *testing.T) {
	t.Parallel()
	s, o, r := newSystem(t), newOracle(t), random(t)
	s.start(t)
	s.ready(t)
	for i := range rounds(3) {
		ps := s.pushers(t, r, o, 3)
		pause(r, time.Second)
		s.stop(t)
		ps.stop(t)
		s.args = []string{"--workers", []string{"4", "1", "3"}[i%3]}
		s.start(t)
		s.ready(t)
		s.settle(t, o, ps)
		s.stop(t)
		read, dead := s.readOf(t, "lake")
		if read != 0 {
			t.Errorf("%d rows of the files were read again", read)
		}
		if dead < 1 { // the marker is one (promise I5)
			t.Errorf("%d dead letters, and a row was deleted that is not there", dead)
		}
		if spooled := size(t, filepath.Join(s.dir, "home", "spool")); spooled > 100 {
			t.Errorf("%d bytes are spooled after a checkpoint that has everything", spooled)
		}
		s.start(t)
		s.ready(t)
	}
	s.stop(t)
	if log, err := os.ReadFile(s.log()); err != nil || strings.Contains(string(log), "level=ERROR") {
		t.Errorf("an end by SIGTERM is no error:\n%s%v", log, err)
	}
}

// size returns how many bytes the files of a folder have.
func size(t testing.TB, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// TestKillPlugin proves I6 for crashes: a plugin that is killed is started again, and nothing is lost or there twice.
func TestKillPlugin(t *testing.T) {
	t.Parallel()
	s, o, r := newSystem(t), newOracle(t), random(t)
	s.start(t)
	listens := func() bool {
		resp, err := s.client.Get(s.api + "/health")
		return err == nil && resp.Body.Close() == nil
	}
	if !eventually(30*time.Second, listens) {
		t.Fatal("it does not listen")
	}
	if len(children(s.cmd.Process.Pid)) == 0 {
		t.Skip("no plugins are seen on this system")
	}
	pause(r, 20*time.Millisecond)
	s.killPlugin(t, "files") // in the first read, or close to it
	s.ready(t)
	g := newChanges(t, r, o, 0, 1)
	for i := range min(2*rounds(1), 6) { // the pause before a plugin is started again doubles each time
		var pushing sync.WaitGroup
		pushing.Go(func() {
			for range 40 {
				c := g.next()
				if _, err := s.persist(c); err != nil {
					t.Error(err)
					return
				}
				o.apply(t, c)
			}
		})
		pause(r, 300*time.Millisecond)
		s.killPlugin(t, []string{"push", "files"}[i%2])
		pushing.Wait()
		if t.Failed() {
			t.FailNow()
		}
		s.settle(t, o, nil)
	}
	s.stop(t)
}

// persist sends a change until it is acknowledged: the port may not be open yet. The table has a key, so once more does no harm.
func (s *system) persist(c *change) (epoch uint64, err error) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		epoch, err := s.push(c, true)
		if err == nil || errors.Is(err, errRefused) {
			return epoch, err
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("not taken for 20 s: %w", err)
		}
	}
}

func (s *system) killPlugin(t testing.TB, connector string) {
	t.Helper()
	for _, p := range children(s.cmd.Process.Pid) {
		if strings.HasSuffix(p.name, "-"+connector) {
			p.kill()
			return
		}
	}
	t.Errorf("there is no plugin %s among %v", connector, children(s.cmd.Process.Pid))
}
