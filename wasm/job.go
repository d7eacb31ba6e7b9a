package wasm

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// job is one call of a function over a batch. It works through the rows from the first to the last, in
// parts as large as the guest can take, and gathers what they give.
type job struct {
	function *Function
	op       abi.Op
	frame    abi.Frame // all rows; of an Add, the states after the parts so far
	errs     *batch.RowErrors

	whole *batch.Column // the result of a part that was all of the rows
	parts *batch.Vector // otherwise
}

// errTimeout is the cause of a call that took too long.
var errTimeout = errors.New("timeout")

func (j *job) run(ctx context.Context) error {
	f := j.function
	opts := &f.module.opts
	err := j.check()
	if err == nil {
		limited, cancel := context.WithTimeoutCause(ctx, opts.Timeout, errTimeout)
		defer cancel()
		err = j.rows(limited, 0, j.frame.Rows)
	}
	if errors.Is(err, errTimeout) {
		err = fmt.Errorf("%d rows took longer than %v; raise timeout, lower fuel or make it cheaper", j.frame.Rows, opts.Timeout)
	}
	if err != nil {
		return fmt.Errorf("wasm module %q: %s: %w", opts.Name, f.Name, err)
	}
	return nil
}

// rows computes rows i to k. On a fault it goes on with fewer: with those before the row in work, if the
// guest said which it was, otherwise with half of them.
func (j *job) rows(ctx context.Context, i, k int) error {
	for i < k {
		end := min(k, i+j.most(i, k))
		fault, err := j.cross(ctx, i, end, false)
		switch {
		case err != nil:
			return err
		case fault == nil:
			i = end
			continue
		}
		suspect, known := i+int(fault.row), int64(fault.row) < int64(end-i)
		switch {
		case end-i == 1, known && suspect == i:
			err = j.judge(ctx, i)
			i++
		case known:
			if err = j.rows(ctx, i, suspect); err == nil && !fault.spent {
				err = j.judge(ctx, suspect)
				suspect++
			}
			i = suspect
		default:
			half := i + (end-i)/2
			err = j.rows(ctx, i, half)
			i = half
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// most is how many of the rows i to k go into one call: what fits well into the guest's memory, and
// into the fuel that a call has.
func (j *job) most(i, k int) int {
	n := k - i
	limit := int(j.function.module.opts.MaxPages) << 16 / 4
	for n > 1 && j.bytes(i, i+n) > limit {
		n /= 2
	}
	if per := j.function.perRow.Load(); per > 0 {
		n = min(n, max(1, int(j.function.module.opts.Fuel/4/per)))
	}
	return n
}

// bytes is how much memory the arguments of rows i to k take, about.
func (j *job) bytes(i, k int) int {
	n := 0
	column := func(c *batch.Column, i, k int) {
		n += (k - i) * (c.Type.Width() + 1)
		if c.Type.Variable() {
			n += int(c.Offsets[k]-c.Offsets[i]) + 4*(k-i)
		}
	}
	for a := range j.frame.Args {
		column(&j.frame.Args[a], i, k)
	}
	switch j.op {
	case abi.Add:
		column(&j.frame.State, 0, j.frame.Groups)
		n += 12 * (k - i)
	case abi.Result:
		column(&j.frame.State, i, k)
	}
	return n
}

// judge finds out about a row that was at work when something went wrong: alone, in a fresh instance,
// with all of the fuel. What happens there does not depend on the rows around it.
func (j *job) judge(ctx context.Context, i int) error {
	fault, err := j.cross(ctx, i, i+1, true)
	if err != nil || fault == nil {
		return err
	}
	j.errs.Add(i, fault.reason)
	if j.op != abi.Add {
		j.vector().AppendNull()
	}
	return nil
}

// part returns the frame of rows i to k.
func (j *job) part(i, k int) *abi.Frame {
	all := &j.frame
	if i == 0 && k == all.Rows {
		part := *all
		part.Run = j.function.entry.Run(part.Rows, part.Args)
		return &part
	}
	part := &abi.Frame{Rows: k - i, Groups: all.Groups, State: all.State}
	for a := range all.Args {
		part.Args = append(part.Args, all.Args[a].Slice(i, k))
	}
	switch j.op {
	case abi.Add:
		part.Group = all.Group[i:k]
		if all.Weights != nil {
			part.Weights = all.Weights[i:k]
		}
	case abi.Result:
		part.Groups, part.State = k-i, all.State.Slice(i, k)
	}
	part.Run = j.function.entry.Run(part.Rows, part.Args)
	return part
}

// cross computes rows i to k in one crossing and takes over what comes back. A fault leaves the job
// as it was.
func (j *job) cross(ctx context.Context, i, k int, fresh bool) (*fault, error) {
	f, m := j.function, j.function.module
	part := j.part(i, k)
	part.Result.Type = f.Result
	if j.op == abi.Add {
		part.Result.Type = stateType
	}
	if part.Run != nil && part.Run.Count(part.Rows) == 0 {
		j.skip(part.Rows)
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	get, fuel := m.get, m.opts.Fuel/2
	if fresh {
		get, fuel = m.start, m.opts.Fuel
	}
	inst, err := get(ctx)
	if err != nil {
		return nil, err
	}
	out, err := f.cross(ctx, inst, part, j.op, fuel)
	var wrong *fault
	switch {
	case err == nil:
		j.take(i, part, out)
		m.stats.Rows.Add(int64(part.Rows - part.Errors.Len()))
	case !errors.As(err, &wrong):
		inst.drop()
		return nil, err
	}
	if wrong != nil && !errors.Is(wrong.cause, errFailed) {
		inst.drop()
	} else {
		m.put(inst)
	}
	return wrong, nil
}

// errFailed marks a fault that the guest reported itself and has survived.
var errFailed = errors.New("the call failed")

// cross is one crossing: the frame goes in, the result comes out.
func (f *Function) cross(ctx context.Context, inst *instance, frame *abi.Frame, op abi.Op, fuel uint64) (batch.Column, error) {
	var out batch.Column
	var count layout
	count.frame(frame, op)
	if err := inst.reserve(ctx, count.size, fuel); err != nil {
		return out, err
	}
	place := layout{mem: inst.memory()[inst.room:][:count.size], base: inst.room}
	place.frame(frame, op)
	status, err := inst.invoke(ctx, inst.call, fuel, uint64(f.index), uint64(op), uint64(inst.room))
	mem := inst.memory()
	if wrong, ok := errors.AsType[*fault](err); ok {
		wrong.row = word(mem[inst.room:], abi.OffsetRow)
		if wrong.spent && int64(wrong.row) < int64(frame.Rows) {
			f.perRow.Store(max(1, fuel/uint64(wrong.row+1)))
		}
	}
	if err != nil {
		return out, err
	}
	v := &view{mem: mem}
	switch abi.Status(status) {
	case abi.OK:
		if inst.fuel != nil {
			f.perRow.Store(max(1, uint64(int64(fuel)-inst.fuelLeft())/uint64(frame.Rows)))
		}
		return f.read(v, frame, op, inst.room)
	case abi.Failed:
		return out, f.failed(v, inst.room)
	case abi.Unknown:
		return out, &fault{reason: fmt.Sprintf("it broke the ABI: it does not know its function %d", f.index), row: abi.NoRow}
	}
	return out, &fault{reason: fmt.Sprintf("it broke the ABI: status %d", status), row: abi.NoRow}
}

// failed reads the reason of a call that failed as a whole.
func (f *Function) failed(v *view, room uint32) error {
	head := v.bytes("frame", room, abi.OffsetColumns)
	one := &abi.Frame{Rows: 1}
	f.readErrors(v, one, head[abi.OffsetFailed:])
	if err := v.fault(); err != nil {
		return err
	}
	reason := "no reason given"
	if one.Errors.Len() > 0 {
		reason = one.Errors.Reasons[0]
	}
	return &fault{reason: reason, row: word(head, abi.OffsetRow), cause: errFailed}
}

// take keeps the result of rows that begin at row i of the batch.
func (j *job) take(i int, part *abi.Frame, out batch.Column) {
	for n, row := range part.Errors.Rows {
		j.errs.Add(i+int(row), part.Errors.Reasons[n])
	}
	switch {
	case j.op == abi.Add:
		j.frame.State = out
	case part.Rows == j.frame.Rows:
		j.whole = &out
	default:
		j.vector().AppendColumn(&out, 0, part.Rows)
	}
}

// skip takes rows that have a null argument: they give null, or nothing to add.
func (j *job) skip(rows int) {
	if j.op == abi.Add {
		return
	}
	for range rows {
		j.vector().AppendNull()
	}
}

func (j *job) vector() *batch.Vector {
	if j.parts == nil {
		j.parts = batch.NewVector(j.function.Result)
	}
	return j.parts
}

// column returns the result of all rows.
func (j *job) column() batch.Column {
	if j.whole != nil {
		return *j.whole
	}
	return j.vector().Take()
}
