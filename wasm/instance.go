package wasm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/millrace-dev/millrace/sdk/udf/abi"
	"github.com/millrace-dev/millrace/wasm/meter"
)

// instance is one live copy of a module with its memory. One goroutine uses it at a time.
type instance struct {
	module *Module
	guest  api.Module
	alloc  api.Function
	call   api.Function
	fuel   api.MutableGlobal // nil in an instance that is not metered
	stack  [3]uint64
	room   uint32 // where the host's room begins, and its size
	size   int
	random uint64
	log    []byte // what was printed since the call began
	waits  int    // how often it waited since then
}

type instanceKey struct{}

func instanceOf(ctx context.Context) *instance { return ctx.Value(instanceKey{}).(*instance) }

// fault is what went wrong in a guest. It belongs to the rows of the call, unlike an error, which
// belongs to the host.
type fault struct {
	reason string
	row    uint32 // the row in work, abi.NoRow if the guest did not say
	spent  bool   // the fuel was spent
	cause  error  // errFailed if the guest reported it
}

func (f *fault) Error() string { return f.reason }

// start makes a fresh instance.
func (m *Module) start(ctx context.Context) (*instance, error) {
	m.starting.Lock()
	defer m.starting.Unlock()
	m.stats.Started.Add(1)
	inst := &instance{module: m, random: m.opts.Seed}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	guest, err := m.runtime.InstantiateModule(context.WithValue(ctx, instanceKey{}, inst), m.compiled, config)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("it does not start: its start function trapped or spent its fuel: %s", inst.explain(err).reason)
	}
	inst.guest = guest
	inst.alloc, inst.call = guest.ExportedFunction(abi.ExportAlloc), guest.ExportedFunction(abi.ExportCall)
	if !m.opts.unmetered {
		inst.fuel = guest.ExportedGlobal(meter.GlobalFuel).(api.MutableGlobal)
	}
	if initialize := guest.ExportedFunction(abi.ExportInitialize); initialize != nil {
		if _, err := inst.invoke(ctx, initialize, startFuel); err != nil {
			inst.drop()
			return nil, fmt.Errorf("it does not start: %w", err)
		}
	}
	return inst, nil
}

// get returns an idle instance or a fresh one.
func (m *Module) get(ctx context.Context) (*instance, error) {
	m.mu.Lock()
	if n := len(m.idle); n > 0 {
		inst := m.idle[n-1]
		m.idle = m.idle[:n-1]
		m.mu.Unlock()
		return inst, nil
	}
	m.mu.Unlock()
	return m.start(ctx)
}

// put gives an instance back. One whose memory has grown far is not kept: a guest that leaks would
// otherwise sooner or later fail rows that have nothing to do with it.
func (m *Module) put(inst *instance) {
	if limit := uint64(m.opts.MaxPages) << 16; uint64(inst.guest.Memory().Size()) > limit/4*3 {
		inst.drop()
		return
	}
	m.mu.Lock()
	m.idle = append(m.idle, inst)
	m.mu.Unlock()
}

func (inst *instance) drop() {
	// The memory goes; there is nothing that closing could fail at.
	_ = inst.guest.Close(context.Background())
}

// invoke runs one of the guest's functions within the given fuel and returns its result.
func (inst *instance) invoke(ctx context.Context, fn api.Function, fuel uint64, params ...uint64) (uint32, error) {
	inst.log, inst.waits = inst.log[:0], 0
	if inst.fuel != nil {
		inst.fuel.Set(fuel)
	}
	copy(inst.stack[:], params)
	err := fn.CallWithStack(context.WithValue(ctx, instanceKey{}, inst), inst.stack[:max(1, len(params))])
	stats := &inst.module.stats
	stats.Calls.Add(1)
	stats.Fuel.Add(int64(fuel) - inst.fuelLeft())
	if err == nil {
		return uint32(inst.stack[0]), nil
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	stats.Faults.Add(1)
	f := inst.explain(err)
	if inst.fuelLeft() < 0 {
		f = &fault{reason: fmt.Sprintf("it spent its fuel of %d; raise fuel or make it cheaper", fuel), row: abi.NoRow, spent: true}
	}
	return 0, f
}

func (inst *instance) fuelLeft() int64 {
	if inst.fuel == nil {
		return 0
	}
	return int64(inst.fuel.Get())
}

// spend takes fuel for work that the host does in the guest's name.
func (inst *instance) spend(guest api.Module, n int64) {
	fuel := inst.fuel
	if fuel == nil { // while it starts
		fuel, _ = guest.ExportedGlobal(meter.GlobalFuel).(api.MutableGlobal)
	}
	if fuel != nil {
		fuel.Set(uint64(int64(fuel.Get()) - n))
	}
}

// describe returns the bytes of the description.
func (inst *instance) describe(ctx context.Context) ([]byte, error) {
	at, err := inst.invoke(ctx, inst.guest.ExportedFunction(abi.ExportDescribe), startFuel)
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	mem := inst.guest.Memory()
	header, ok := mem.Read(at, 16)
	if !ok {
		return nil, fmt.Errorf("describe: address %#x lies outside of its memory of %d bytes", at, mem.Size())
	}
	size, err := abi.DescriptionSize(header)
	if err != nil {
		return nil, err
	}
	data, ok := mem.Read(at, uint32(size))
	if !ok {
		return nil, fmt.Errorf("describe: %d bytes at %#x reach outside of its memory of %d bytes", size, at, mem.Size())
	}
	return append([]byte(nil), data...), nil
}

// reserve makes sure that the room has n bytes.
func (inst *instance) reserve(ctx context.Context, n int, fuel uint64) error {
	if n <= inst.size {
		return nil
	}
	n = (n + n/4 + 0xfff) &^ 0xfff // so that batches of about the same size find room
	limit := int64(inst.module.opts.MaxPages) << 16
	if int64(n) > limit {
		return &fault{reason: fmt.Sprintf("its arguments take %d bytes of guest memory, it may have %d; raise max_pages", n, limit), row: abi.NoRow}
	}
	inst.size = 0
	at, err := inst.invoke(ctx, inst.alloc, fuel, uint64(n))
	if err != nil {
		return err
	}
	switch end := uint64(at) + uint64(n); {
	case at == 0:
		return &fault{reason: fmt.Sprintf("alloc has no room for %d bytes", n), row: abi.NoRow}
	case at%abi.Align != 0 || end > uint64(inst.guest.Memory().Size()):
		return &fault{reason: fmt.Sprintf("it broke the ABI: alloc gave %d bytes at %#x in a memory of %d", n, at, inst.guest.Memory().Size()), row: abi.NoRow}
	}
	inst.room, inst.size = at, n
	return nil
}

// memory returns the guest's memory as it is now; a call may move it.
func (inst *instance) memory() []byte {
	mem := inst.guest.Memory()
	view, _ := mem.Read(0, mem.Size())
	return view
}

const (
	maxLog    = 4 << 10
	maxReason = 1 << 10
)

// print keeps the beginning of what a guest prints: the first line of a crash says most.
func (inst *instance) print(text []byte) {
	inst.log = append(inst.log, text[:min(len(text), maxLog-len(inst.log))]...)
}

// firstLine returns the first line that was printed, cut to a fair length.
func (inst *instance) firstLine() string {
	line, _, _ := strings.Cut(strings.TrimLeft(string(inst.log), "\r\n \t"), "\n")
	return strings.ToValidUTF8(line[:min(len(line), maxReason)], "\uFFFD")
}

func (inst *instance) exitReason(code uint32) string {
	if line := inst.firstLine(); line != "" {
		return fmt.Sprintf("it stopped with code %d: %s", code, line)
	}
	return fmt.Sprintf("it stopped with code %d", code)
}

// explain turns the engine's error into a reason without stack traces, which would differ between
// machines.
func (inst *instance) explain(err error) *fault {
	if stopped, ok := errors.AsType[exit](err); ok {
		return &fault{reason: stopped.reason, row: abi.NoRow}
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	if _, cause, found := strings.Cut(line, "wasm error: "); found {
		line = cause
	}
	line = strings.TrimSuffix(line, " (recovered by wazero)")
	if printed := inst.firstLine(); printed != "" {
		line += ": " + printed
	}
	return &fault{reason: "it trapped: " + line, row: abi.NoRow}
}
