package kernel

import "github.com/millrace-dev/millrace/sdk/batch"

// Gather appends the rows sel of src to dst, in that order.
func Gather(dst *batch.Vector, src *batch.Column, sel []int32) {
	base := dst.Rows()
	switch {
	case src.Type.Variable():
		gatherBytes(dst, src, sel)
	case src.Type.Kind == batch.Bool:
		gatherBools(dst, src, sel)
		return
	default:
		gatherFixed(dst, src, sel)
	}
	if src.Valid != nil {
		for k, i := range sel {
			if !src.Valid.Has(int(i)) {
				dst.SetNull(base + k)
			}
		}
	}
}

// GatherOuter is Gather in which a negative row number stands for a row of nulls.
func GatherOuter(dst *batch.Vector, src *batch.Column, sel []int32) {
	for len(sel) > 0 {
		n := 0
		for n < len(sel) && sel[n] >= 0 {
			n++
		}
		Gather(dst, src, sel[:n])
		sel = sel[n:]
		for len(sel) > 0 && sel[0] < 0 {
			dst.AppendNull()
			sel = sel[1:]
		}
	}
}

// GatherRows appends the rows sel of src, with their weights, to dst.
func GatherRows(dst *batch.Builder, src *batch.Batch, sel []int32) {
	for c, v := range dst.Cols {
		Gather(v, &src.Cols[c], sel)
	}
	if src.Weights == nil {
		dst.EndRows(len(sel), 1)
		return
	}
	for _, i := range sel {
		dst.End(src.Weights[i])
	}
}

func gatherFixed(dst *batch.Vector, src *batch.Column, sel []int32) {
	switch src.Type.Width() {
	case 1:
		Take(batch.Extend[uint8](dst, len(sel)), values[uint8](src), sel)
	case 2:
		Take(batch.Extend[uint16](dst, len(sel)), values[uint16](src), sel)
	case 4:
		Take(batch.Extend[uint32](dst, len(sel)), values[uint32](src), sel)
	case 8:
		Take(batch.Extend[uint64](dst, len(sel)), values[uint64](src), sel)
	default:
		Take(batch.Extend[[2]uint64](dst, len(sel)), values[[2]uint64](src), sel)
	}
}

// Take sets dst[k] to src[sel[k]].
func Take[T any](dst, src []T, sel []int32) {
	dst = dst[:len(sel)]
	for k, i := range sel {
		dst[k] = src[i]
	}
}

func gatherBytes(dst *batch.Vector, src *batch.Column, sel []int32) {
	size := 0
	for _, i := range sel {
		size += int(src.Offsets[i+1] - src.Offsets[i])
	}
	start, ends, data := dst.ExtendBytes(len(sel), size)
	at := 0
	for k, i := range sel {
		at += copy(data[at:], src.Data[src.Offsets[i]:src.Offsets[i+1]])
		ends[k] = start + int32(at)
	}
}

func gatherBools(dst *batch.Vector, src *batch.Column, sel []int32) {
	for _, i := range sel {
		if src.Null(int(i)) {
			dst.AppendNull()
		} else {
			dst.AppendBool(src.Bool(int(i)))
		}
	}
}

// Choose sets dst[i] to from[pick[i]][i].
func Choose[T any](dst []T, pick []uint16, from [][]T) {
	pick = pick[:len(dst)]
	for i, p := range pick {
		dst[i] = from[p][i]
	}
}
