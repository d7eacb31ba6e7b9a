package wasm

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// The errors of wasi_snapshot_preview1 that are used.
const (
	wasiOK         = 0
	wasiBadFile    = 8
	wasiFault      = 21
	wasiInvalid    = 28
	wasiNotGranted = 76
)

// wasiShapes has the parameters of each function of wasi_snapshot_preview1: i is an i32, I an i64. All
// but proc_exit return an i32.
const wasiShapes = `
args_get ii, args_sizes_get ii, environ_get ii, environ_sizes_get ii, clock_res_get ii, clock_time_get iIi,
fd_advise iIIi, fd_allocate iII, fd_close i, fd_datasync i, fd_fdstat_get ii, fd_fdstat_set_flags ii,
fd_fdstat_set_rights iII, fd_filestat_get ii, fd_filestat_set_size iI, fd_filestat_set_times iIIi,
fd_pread iiiIi, fd_prestat_get ii, fd_prestat_dir_name iii, fd_pwrite iiiIi, fd_read iiii, fd_readdir iiiIi,
fd_renumber ii, fd_seek iIii, fd_sync i, fd_tell ii, fd_write iiii,
path_create_directory iii, path_filestat_get iiiii, path_filestat_set_times iiiiIIi, path_link iiiiiii,
path_open iiiiiIIii, path_readlink iiiiii, path_remove_directory iii, path_rename iiiiii,
path_symlink iiiii, path_unlink_file iii,
poll_oneoff iiii, proc_exit i, proc_raise i, random_get ii, sched_yield,
sock_accept iii, sock_recv iiiiii, sock_send iiiii, sock_shutdown ii`

func eachShape(yield func(name, params string)) {
	for shape := range strings.SplitSeq(wasiShapes, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(shape), " ")
		yield(name, params)
	}
}

// granted reports whether a guest may import a function.
func granted(module, name string) (found bool) {
	if module == abi.ImportModule {
		eachShape(func(n, _ string) { found = found || n == name })
	}
	return found
}

// exit is what a guest ends with when it stops itself.
type exit struct{ reason string }

func (e exit) Error() string { return e.reason }

// answer is one function: it reads its parameters from the stack.
type answer func(inst *instance, mem api.Memory, stack []uint64) (errno uint64)

// answers are those that do more than refuse.
var answers = map[string]answer{
	"args_sizes_get":      noStrings,
	"environ_sizes_get":   noStrings,
	"args_get":            func(*instance, api.Memory, []uint64) uint64 { return wasiOK },
	"environ_get":         func(*instance, api.Memory, []uint64) uint64 { return wasiOK },
	"sched_yield":         func(*instance, api.Memory, []uint64) uint64 { return wasiOK },
	"fd_fdstat_set_flags": func(*instance, api.Memory, []uint64) uint64 { return wasiOK },
	"clock_res_get":       clockResolution,
	"clock_time_get":      clockTime,
	"random_get":          random,
	"fd_fdstat_get":       fdStat,
	"fd_write":            fdWrite,
	"poll_oneoff":         wait,
	"proc_raise":          func(*instance, api.Memory, []uint64) uint64 { panic(exit{"it raised a signal"}) },
}

// grant makes the functions available to guests of a runtime.
func grant(ctx context.Context, r wazero.Runtime) error {
	builder := r.NewHostModuleBuilder(abi.ImportModule)
	eachShape(func(name, params string) {
		types := make([]api.ValueType, len(params))
		for i, p := range params {
			types[i] = api.ValueTypeI32
			if p == 'I' {
				types[i] = api.ValueTypeI64
			}
		}
		results, call := []api.ValueType{api.ValueTypeI32}, answers[name]
		switch {
		case name == "proc_exit":
			results = nil
			call = func(inst *instance, _ api.Memory, stack []uint64) uint64 {
				panic(exit{inst.exitReason(uint32(stack[0]))})
			}
		case call == nil && strings.HasPrefix(name, "fd_"):
			call = func(*instance, api.Memory, []uint64) uint64 { return wasiBadFile }
		case call == nil:
			call = func(*instance, api.Memory, []uint64) uint64 { return wasiNotGranted }
		}
		builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, mod api.Module, stack []uint64) {
			inst := instanceOf(ctx)
			inst.spend(mod, hostCallCost)
			if errno := call(inst, mod.Memory(), stack); results != nil {
				stack[0] = errno
			}
		}), types, results).Export(name)
	})
	_, err := builder.Instantiate(ctx)
	return err
}

// hostCallCost is the fuel that a call of the host takes, beyond that of the loop it is in.
const hostCallCost = 100

func putWords(mem api.Memory, at uint64, words ...uint32) uint64 {
	for i, w := range words {
		if mem == nil || !mem.WriteUint32Le(uint32(at)+4*uint32(i), w) {
			return wasiFault
		}
	}
	return wasiOK
}

// noStrings says that there are no arguments and no variables.
func noStrings(_ *instance, mem api.Memory, stack []uint64) uint64 {
	return max(putWords(mem, stack[0], 0), putWords(mem, stack[1], 0))
}

func clockResolution(_ *instance, mem api.Memory, stack []uint64) uint64 {
	return putWords(mem, stack[1], 1000, 0)
}

// clockTime stands still: a guest that saw time pass could let it into a result. It is never 0, which
// Go's runtime takes for a broken clock.
func clockTime(inst *instance, mem api.Memory, stack []uint64) uint64 {
	now := uint64(1)
	if clock := inst.module.opts.Clock; !clock.IsZero() {
		now = uint64(clock.UnixNano())
	}
	return putWords(mem, stack[2], uint32(now), uint32(now>>32))
}

const maxRandom = 64 << 10

// random gives the same sequence to every instance.
func random(inst *instance, mem api.Memory, stack []uint64) uint64 {
	n := uint32(stack[1])
	if n > maxRandom || mem == nil {
		return wasiInvalid
	}
	dst, ok := mem.Read(uint32(stack[0]), n)
	if !ok {
		return wasiFault
	}
	var word [8]byte
	for len(dst) > 0 {
		inst.random += 0x9e3779b97f4a7c15 // splitmix64
		z := inst.random
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(word[:], z^z>>31)
		dst = dst[copy(dst, word[:]):]
	}
	return wasiOK
}

// fdStat says of the three standard files that they are terminals.
func fdStat(_ *instance, mem api.Memory, stack []uint64) uint64 {
	if uint32(stack[0]) > 2 {
		return wasiBadFile
	}
	return putWords(mem, stack[1], 2, 0, 0, 0, 0, 0)
}

const maxVectors = 64

// fdWrite keeps what is printed, up to a limit, and says that all of it was written.
func fdWrite(inst *instance, mem api.Memory, stack []uint64) uint64 {
	if fd := uint32(stack[0]); fd != 1 && fd != 2 {
		return wasiBadFile
	}
	at, count, total := uint32(stack[1]), uint32(stack[2]), uint32(0)
	if count > maxVectors || mem == nil {
		return wasiInvalid
	}
	for i := range count {
		from, ok1 := mem.ReadUint32Le(at + 8*i)
		n, ok2 := mem.ReadUint32Le(at + 8*i + 4)
		text, ok3 := mem.Read(from, n)
		if !ok1 || !ok2 || !ok3 {
			return wasiFault
		}
		inst.print(text)
		total += n
	}
	return putWords(mem, stack[3], total)
}

const maxWaits = 1000

// wait says that all times have come. Go's runtime naps now and then; a guest that waits for the clock,
// which stands still, would wait for ever.
func wait(inst *instance, mem api.Memory, stack []uint64) uint64 {
	if inst.waits++; inst.waits > maxWaits {
		panic(exit{"it waits for time to pass: a function must not sleep"})
	}
	in, out, count := uint32(stack[0]), uint32(stack[1]), uint32(stack[2])
	if count == 0 || count > maxVectors || mem == nil {
		return wasiInvalid
	}
	for i := range count {
		subscription, ok := mem.Read(in+48*i, 48)
		if !ok {
			return wasiFault
		}
		if subscription[8] != 0 { // not a clock
			return wasiNotGranted
		}
		event, ok := mem.Read(out+32*i, 32)
		if !ok {
			return wasiFault
		}
		user := [8]byte(subscription)
		clear(event)
		copy(event, user[:])
	}
	return putWords(mem, stack[3], count)
}
