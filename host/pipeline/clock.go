package pipeline

import (
	"time"

	"github.com/millrace-dev/millrace/operators"
)

// tickEvery is how far apart epochs are that end only because time goes on.
const tickEvery = 100 * time.Millisecond

// tick returns the time of an epoch that begins now. It is recorded with the epoch, so that a recovery computes what
// was computed (promise I2), and never goes back: while the machine's clock is behind, time stands still.
func (p *Pipeline) tick() time.Time {
	now := p.clock()
	if p.circuit != nil && p.circuit.Timed() {
		p.watch(now)
	}
	now = now.Truncate(time.Microsecond)
	if now.Before(p.ticked) {
		return p.ticked
	}
	p.ticked = now
	return now
}

// watch tells the user when the machine's clock was set back or ahead.
func (p *Pipeline) watch(now time.Time) {
	late := p.ticked.Sub(now)
	if late > time.Minute && !p.behind {
		p.log.Warn("the machine's clock was set back: the time of NOW() and TTL stands still until it has caught up",
			"pipeline", p.name, "behind", late.Round(time.Second))
	}
	p.behind = late > time.Minute
	if last := p.looked; !last.IsZero() {
		if ahead := now.Round(0).Sub(last.Round(0)) - now.Sub(last); ahead > time.Minute {
			p.log.Warn("the machine's clock was set ahead, or the machine slept: NOW() and TTL go on from there, and never back",
				"pipeline", p.name, "ahead", ahead.Round(time.Second))
		}
	}
	p.looked = now
}

// untilDue returns how long it is until an epoch has to end although nothing was committed: rows then appear or
// disappear because of the time. Where no operator looks at the clock that is never.
func (p *Pipeline) untilDue() time.Duration {
	const never = 1 << 62
	if p.circuit == nil {
		return never
	}
	at := p.circuit.Due()
	if at == operators.Never {
		return never
	}
	due := time.UnixMicro(at)
	if next := p.ticked.Add(tickEvery); due.Before(next) {
		due = next
	}
	return max(0, due.Sub(p.clock()))
}
