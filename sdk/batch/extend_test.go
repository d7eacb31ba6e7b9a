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

func TestBack(t *testing.T) {
	data, ends := Alloc(8), make([]int32, 3)
	v := NewVector(T(Utf8))
	v.Back(data, ends)
	v.AppendString("abc")
	v.AppendString("de")
	if string(data[:5]) != "abcde" || ends[2] != 5 {
		t.Errorf("not in the given memory: %q, %v", data, ends)
	}
	v.AppendString("fghij")
	col := v.Peek()
	for i, want := range []string{"abc", "de", "fghij"} {
		if got := col.Text(i); got != want {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
	w := NewVector(T(Int32))
	w.Back(Alloc(8), nil)
	Append(w, int32(1), 2, 3)
	ints := w.Peek()
	if got := Values[int32](&ints); len(got) != 3 || got[2] != 3 {
		t.Errorf("grown past the memory: %v", got)
	}
}
