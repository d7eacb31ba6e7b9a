package circuit

import (
	"sync"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// message is what reaches a worker from outside: rows for a port, or the news that one of the
// senders has no more of them, or the end of the epoch, or a task.
type message struct {
	to   NodeID
	port int
	rows *batch.Builder // recycled by the receiver; nil: done
	size int            // bytes of rows
	end  bool           // the epoch's input is complete
	task func(w *worker)
}

// inbox is an unbounded queue with many senders and one receiver.
type inbox struct {
	mu    sync.Mutex
	queue []message
	wake  chan struct{} // has a token when the queue may have become non-empty
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

func (b *inbox) post(m message) {
	b.mu.Lock()
	b.queue = append(b.queue, m)
	first := len(b.queue) == 1
	b.mu.Unlock()
	if first {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// take returns everything queued and gives spare for the next messages.
func (b *inbox) take(spare []message) []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return nil
	}
	q := b.queue
	b.queue = spare[:0]
	return q
}
