package udf

import "github.com/millrace-dev/millrace/sdk/udf/abi"

// scalar makes a function of its columns' types and its loop over a frame.
func scalar(name string, result abi.Type, loop func(f *abi.Frame), args ...abi.Type) Function {
	return Function{
		Function: abi.Function{Name: name, Kind: abi.Scalar, Args: args, Result: result},
		call: func(op abi.Op, f *abi.Frame) error {
			if op != abi.Compute {
				return unknownOp{}
			}
			loop(f)
			return nil
		},
	}
}

// next notes the row in work and reports whether it is to be computed.
func next(f *abi.Frame, i int) bool {
	*f.Row = uint32(i)
	return f.Run == nil || f.Run.Has(i)
}

// Scalar1 makes a scalar function of one argument.
func Scalar1[A, R any](name string, fn func(A) (R, error)) Function {
	r := resultOf[R](name)
	a := argument[A](name, 1)
	return scalar(name, r.typ(), func(in *abi.Frame) {
		out := r.begin(&in.Result, in.Rows)
		as := a.load(&in.Args[0], in.Rows)
		guard(in, func(from int) {
			for i := from; i < in.Rows; i++ {
				if !next(in, i) {
					continue
				}
				v, err := fn(as[i])
				if err != nil {
					in.Errors.Add(i, err.Error())
					continue
				}
				out[i] = v
			}
		})
		r.end(out, &in.Result)
	}, a.typ())
}

// Scalar2 makes a scalar function of two arguments.
func Scalar2[A, B, R any](name string, fn func(A, B) (R, error)) Function {
	r := resultOf[R](name)
	a := argument[A](name, 1)
	b := argument[B](name, 2)
	return scalar(name, r.typ(), func(in *abi.Frame) {
		out := r.begin(&in.Result, in.Rows)
		as := a.load(&in.Args[0], in.Rows)
		bs := b.load(&in.Args[1], in.Rows)
		guard(in, func(from int) {
			for i := from; i < in.Rows; i++ {
				if !next(in, i) {
					continue
				}
				v, err := fn(as[i], bs[i])
				if err != nil {
					in.Errors.Add(i, err.Error())
					continue
				}
				out[i] = v
			}
		})
		r.end(out, &in.Result)
	}, a.typ(), b.typ())
}

// Scalar3 makes a scalar function of three arguments.
func Scalar3[A, B, C, R any](name string, fn func(A, B, C) (R, error)) Function {
	r := resultOf[R](name)
	a := argument[A](name, 1)
	b := argument[B](name, 2)
	c := argument[C](name, 3)
	return scalar(name, r.typ(), func(in *abi.Frame) {
		out := r.begin(&in.Result, in.Rows)
		as := a.load(&in.Args[0], in.Rows)
		bs := b.load(&in.Args[1], in.Rows)
		cs := c.load(&in.Args[2], in.Rows)
		guard(in, func(from int) {
			for i := from; i < in.Rows; i++ {
				if !next(in, i) {
					continue
				}
				v, err := fn(as[i], bs[i], cs[i])
				if err != nil {
					in.Errors.Add(i, err.Error())
					continue
				}
				out[i] = v
			}
		})
		r.end(out, &in.Result)
	}, a.typ(), b.typ(), c.typ())
}

// Scalar4 makes a scalar function of four arguments.
func Scalar4[A, B, C, D, R any](name string, fn func(A, B, C, D) (R, error)) Function {
	r := resultOf[R](name)
	a := argument[A](name, 1)
	b := argument[B](name, 2)
	c := argument[C](name, 3)
	d := argument[D](name, 4)
	return scalar(name, r.typ(), func(in *abi.Frame) {
		out := r.begin(&in.Result, in.Rows)
		as := a.load(&in.Args[0], in.Rows)
		bs := b.load(&in.Args[1], in.Rows)
		cs := c.load(&in.Args[2], in.Rows)
		ds := d.load(&in.Args[3], in.Rows)
		guard(in, func(from int) {
			for i := from; i < in.Rows; i++ {
				if !next(in, i) {
					continue
				}
				v, err := fn(as[i], bs[i], cs[i], ds[i])
				if err != nil {
					in.Errors.Add(i, err.Error())
					continue
				}
				out[i] = v
			}
		})
		r.end(out, &in.Result)
	}, a.typ(), b.typ(), c.typ(), d.typ())
}

// Scalar5 makes a scalar function of five arguments.
func Scalar5[A, B, C, D, E, R any](name string, fn func(A, B, C, D, E) (R, error)) Function {
	r := resultOf[R](name)
	a := argument[A](name, 1)
	b := argument[B](name, 2)
	c := argument[C](name, 3)
	d := argument[D](name, 4)
	e := argument[E](name, 5)
	return scalar(name, r.typ(), func(in *abi.Frame) {
		out := r.begin(&in.Result, in.Rows)
		as := a.load(&in.Args[0], in.Rows)
		bs := b.load(&in.Args[1], in.Rows)
		cs := c.load(&in.Args[2], in.Rows)
		ds := d.load(&in.Args[3], in.Rows)
		es := e.load(&in.Args[4], in.Rows)
		guard(in, func(from int) {
			for i := from; i < in.Rows; i++ {
				if !next(in, i) {
					continue
				}
				v, err := fn(as[i], bs[i], cs[i], ds[i], es[i])
				if err != nil {
					in.Errors.Add(i, err.Error())
					continue
				}
				out[i] = v
			}
		})
		r.end(out, &in.Result)
	}, a.typ(), b.typ(), c.typ(), d.typ(), e.typ())
}

// Scalar6 makes a scalar function of six arguments.
func Scalar6[A, B, C, D, E, F, R any](name string, fn func(A, B, C, D, E, F) (R, error)) Function {
	r := resultOf[R](name)
	a := argument[A](name, 1)
	b := argument[B](name, 2)
	c := argument[C](name, 3)
	d := argument[D](name, 4)
	e := argument[E](name, 5)
	f := argument[F](name, 6)
	return scalar(name, r.typ(), func(in *abi.Frame) {
		out := r.begin(&in.Result, in.Rows)
		as := a.load(&in.Args[0], in.Rows)
		bs := b.load(&in.Args[1], in.Rows)
		cs := c.load(&in.Args[2], in.Rows)
		ds := d.load(&in.Args[3], in.Rows)
		es := e.load(&in.Args[4], in.Rows)
		fs := f.load(&in.Args[5], in.Rows)
		guard(in, func(from int) {
			for i := from; i < in.Rows; i++ {
				if !next(in, i) {
					continue
				}
				v, err := fn(as[i], bs[i], cs[i], ds[i], es[i], fs[i])
				if err != nil {
					in.Errors.Add(i, err.Error())
					continue
				}
				out[i] = v
			}
		})
		r.end(out, &in.Result)
	}, a.typ(), b.typ(), c.typ(), d.typ(), e.typ(), f.typ())
}
