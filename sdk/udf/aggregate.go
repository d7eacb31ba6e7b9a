package udf

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/udf/abi"
)

// State is what a pointer to an aggregate's state must have unless the state is a bool, a number, a
// string or a []byte. The zero value is the state of a group without rows. Equal states must append
// equal bytes, and after everything that was added has been taken back a state must be equal to the
// zero value again.
type State interface {
	AppendBinary(dst []byte) ([]byte, error)
	UnmarshalBinary(data []byte) error
}

// Aggregate makes an aggregate function. add takes a row that comes (weight > 0) or leaves (weight <
// 0) that many times; result reads the state and leaves it as it is.
func Aggregate[S, A, R any](name string, add func(state *S, a A, weight int64), result func(*S) R) Function {
	a := argument[A](name, 1)
	return aggregate(name, result, func(f *abi.Frame) func(i int, s *S, weight int64) {
		as := a.load(&f.Args[0], f.Rows)
		return func(i int, s *S, weight int64) { add(s, as[i], weight) }
	}, a.typ())
}

// Aggregate2 makes an aggregate function of two arguments.
func Aggregate2[S, A, B, R any](name string, add func(state *S, a A, b B, weight int64), result func(*S) R) Function {
	a, b := argument[A](name, 1), argument[B](name, 2)
	return aggregate(name, result, func(f *abi.Frame) func(i int, s *S, weight int64) {
		as, bs := a.load(&f.Args[0], f.Rows), b.load(&f.Args[1], f.Rows)
		return func(i int, s *S, weight int64) { add(s, as[i], bs[i], weight) }
	}, a.typ(), b.typ())
}

// Aggregate3 makes an aggregate function of three arguments.
func Aggregate3[S, A, B, C, R any](name string, add func(state *S, a A, b B, c C, weight int64), result func(*S) R) Function {
	a, b, c := argument[A](name, 1), argument[B](name, 2), argument[C](name, 3)
	return aggregate(name, result, func(f *abi.Frame) func(i int, s *S, weight int64) {
		as, bs, cs := a.load(&f.Args[0], f.Rows), b.load(&f.Args[1], f.Rows), c.load(&f.Args[2], f.Rows)
		return func(i int, s *S, weight int64) { add(s, as[i], bs[i], cs[i], weight) }
	}, a.typ(), b.typ(), c.typ())
}

// aggregate makes a function of a result and of a load, which reads a frame's arguments and returns
// what adds one of its rows.
func aggregate[S, R any](name string, result func(*S) R, load func(*abi.Frame) func(int, *S, int64), args ...abi.Type) Function {
	r, states := resultOf[R](name), newStates[S](name)
	return Function{
		Function: abi.Function{Name: name, Kind: abi.Aggregate, Args: args, Result: r.typ()},
		call: func(op abi.Op, f *abi.Frame) error {
			switch op {
			case abi.Add:
				return states.add(f, load(f))
			case abi.Result:
				if err := states.load(f); err != nil {
					return err
				}
				out := r.begin(&f.Result, f.Rows)
				guard(f, func(from int) {
					for i := from; i < f.Rows; i++ {
						if next(f, i) {
							out[i] = result(&states.values[i])
						}
					}
				})
				r.end(out, &f.Result)
				return nil
			}
			return unknownOp{}
		},
	}
}

// states holds the states of a call's groups.
type states[S any] struct {
	values []S
	zero   []byte // how the zero value is written
	text   []byte
	out    ranges
}

func newStates[S any](name string) *states[S] {
	s := &states[S]{}
	zero, err := appendState(nil, any(new(S)))
	if err != nil {
		panic("udf: " + name + ": " + err.Error())
	}
	s.zero = zero
	return s
}

func (s *states[S]) load(f *abi.Frame) error {
	s.values = resize(s.values, f.Groups)
	for g := range s.values {
		if data := f.State.View(g); len(data) > 0 {
			if err := readState(data, any(&s.values[g])); err != nil {
				return err
			}
		}
	}
	return nil
}

// add fails as a whole when a row panics: its group's state can no longer be trusted, and the host
// has them all as they were.
func (s *states[S]) add(f *abi.Frame, row func(i int, s *S, weight int64)) (err error) {
	if err := s.load(f); err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil {
			err = errors.New("panic: " + panicText(v))
		}
	}()
	for i := range f.Rows {
		if !next(f, i) {
			continue
		}
		weight := int64(1)
		if f.Weights != nil {
			weight = int64(f.Weights[i])
		}
		row(i, &s.values[f.Group[i]], weight)
	}
	return s.store(&f.Result)
}

func (s *states[S]) store(out *batch.Column) (err error) {
	s.out.reset()
	for g := range s.values {
		if s.text, err = appendState(s.text[:0], any(&s.values[g])); err != nil {
			return err
		}
		if string(s.text) != string(s.zero) {
			s.out.data = append(s.out.data, s.text...)
		}
		s.out.mark()
	}
	s.out.put(out)
	return nil
}

// appendState writes the state to which p points.
func appendState(dst []byte, p any) ([]byte, error) { //nolint:gocyclo // a switch over the types
	var bits uint64
	switch p := p.(type) {
	case State:
		return p.AppendBinary(dst)
	case *string:
		return append(dst, *p...), nil
	case *[]byte:
		return append(dst, *p...), nil
	case *bool:
		if *p {
			bits = 1
		}
	case *int:
		bits = uint64(*p)
	case *int8:
		bits = uint64(*p)
	case *int16:
		bits = uint64(*p)
	case *int32:
		bits = uint64(*p)
	case *int64:
		bits = uint64(*p)
	case *uint:
		bits = uint64(*p)
	case *uint8:
		bits = uint64(*p)
	case *uint16:
		bits = uint64(*p)
	case *uint32:
		bits = uint64(*p)
	case *uint64:
		bits = *p
	case *float32:
		bits = math.Float64bits(float64(*p))
	case *float64:
		bits = math.Float64bits(*p)
	default:
		return nil, errors.New("the state is not a bool, number, string or []byte, and its pointer has no AppendBinary and UnmarshalBinary")
	}
	return binary.LittleEndian.AppendUint64(dst, bits), nil
}

// readState reads what appendState wrote. A State reads itself; it gets a copy that it may keep.
func readState(data []byte, p any) error { //nolint:gocyclo // a switch over the types
	switch p := p.(type) {
	case State:
		return p.UnmarshalBinary(append([]byte(nil), data...))
	case *string:
		*p = string(data)
		return nil
	case *[]byte:
		*p = append([]byte(nil), data...)
		return nil
	}
	if len(data) != 8 {
		return errors.New("a stored state is not of this function")
	}
	bits := binary.LittleEndian.Uint64(data)
	switch p := p.(type) {
	case *bool:
		*p = bits != 0
	case *int:
		*p = int(bits)
	case *int8:
		*p = int8(bits)
	case *int16:
		*p = int16(bits)
	case *int32:
		*p = int32(bits)
	case *int64:
		*p = int64(bits)
	case *uint:
		*p = uint(bits)
	case *uint8:
		*p = uint8(bits)
	case *uint16:
		*p = uint16(bits)
	case *uint32:
		*p = uint32(bits)
	case *uint64:
		*p = bits
	case *float32:
		*p = float32(math.Float64frombits(bits))
	case *float64:
		*p = math.Float64frombits(bits)
	}
	return nil
}
