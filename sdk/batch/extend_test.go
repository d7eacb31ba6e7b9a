package batch

import "testing"

func TestExtend(t *testing.T) {
	v := NewVector(T(Int32))
	Append(v, int32(1))
	copy(Extend[int32](v, 3), []int32{2, 3, 4})
	v.SetNull(2)
	v.SetNull(2)
	Append(v, int32(5))
	Extend[int32](v, 0)
	want := []any{int64(1), int64(2), nil, int64(4), int64(5)}
	col := v.Peek()
	if v.Rows() != len(want) || v.nulls != 1 {
		t.Fatalf("%d rows, %d nulls", v.Rows(), v.nulls)
	}
	for i := range want {
		if got := col.Value(i); got != want[i] {
			t.Errorf("row %d: %v, want %v", i, got, want[i])
		}
	}
}

func TestExtendBytes(t *testing.T) {
	v := NewVector(T(Utf8))
	v.AppendString("a")
	v.AppendNull()
	start, ends, data := v.ExtendBytes(2, 5)
	copy(data, "bcdef")
	ends[0], ends[1] = start+2, start+5
	v.AppendString("g")
	col := v.Peek()
	for i, want := range []any{"a", nil, "bc", "def", "g"} {
		if got := col.Value(i); got != want {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
}
