package main

import (
	"math"
	"testing"

	"github.com/millrace-dev/millrace/sdk/udftest"
)

func TestLaws(t *testing.T) { udftest.Module(t, ".") }

func TestDistanceKM(t *testing.T) {
	for _, c := range []struct {
		name                   string
		lat1, lon1, lat2, lon2 float64
		want                   float64
	}{
		{"here", 48.85, 2.35, 48.85, 2.35, 0},
		{"Paris to London", 48.8566, 2.3522, 51.5074, -0.1278, 343.6},
		{"a quarter of the equator", 0, 0, 0, 90, 10007.6},
		{"pole to pole", 90, 0, -90, 0, 20015.1},
		{"over the date line", 0, 179.5, 0, -179.5, 111.2},
	} {
		if got, err := distanceKM(c.lat1, c.lon1, c.lat2, c.lon2); err != nil || math.Abs(got-c.want) > 0.1 {
			t.Errorf("%s: got %v %v, want %v", c.name, got, err, c.want)
		}
	}
	if _, err := distanceKM(91, 0, 0, 0); err == nil {
		t.Error("latitude 91 was taken")
	}
}
