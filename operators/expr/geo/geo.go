// Package geo has the functions of points on the Earth.
package geo

import (
	"math"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
)

// Functions returns the functions of points on the Earth.
func Functions() []fn.Function {
	return []fn.Function{
		{
			Signature: "point(float, float) point", Help: "The point of an x (longitude) and a y (latitude), in degrees.",
			Build: func(n *fn.Node) {
				fn.Map2(n, func(x, y float64) ([2]float64, bool) { return [2]float64{x, y}, true })
			},
		},
		{
			Signature: "distance(point, point[, text]) float", Help: "The metres between two points on the Earth: by 'GEODESIC' or 'VINCENTY' on the ellipsoid WGS 84, by 'HAVERSINE' on a sphere.",
			Build: buildDistance, Fallible: fn.Always,
		},
		{
			Signature: "x(point) float", Help: "The longitude of a point.",
			Build: func(n *fn.Node) {
				fn.Map1(n, func(p [2]float64) (float64, bool) { return p[0], true })
			},
		},
		{
			Signature: "y(point) float", Help: "The latitude of a point.",
			Build: func(n *fn.Node) {
				fn.Map1(n, func(p [2]float64) (float64, bool) { return p[1], true })
			},
		},
	}
}

func buildDistance(n *fn.Node) {
	n.Why = func(*fn.Node, int) string {
		return "the points are no longitude and latitude, or nearly opposite each other, or the method is unknown"
	}
	n.Run = func(f *fn.Frame, n *fn.Node) {
		a, b := fn.Values[[2]float64](n.Args[0], f.Rows), fn.Values[[2]float64](n.Args[1], f.Rows)
		dst := fn.Fixed[float64](n, f.Rows)
		for i := range dst {
			if n.Col.Valid != nil && !n.Col.Valid.Has(i) {
				continue
			}
			method := "GEODESIC"
			if len(n.Args) > 2 {
				method = strings.ToUpper(n.Args[2].Col.Text(i))
			}
			d, ok := distanceBetween(method, a[i], b[i])
			if dst[i] = d; !ok {
				n.Mark(f.Rows).Set(i)
			}
		}
	}
}

func distanceBetween(method string, a, b [2]float64) (float64, bool) {
	if !(math.Abs(a[1]) <= 90) || !(math.Abs(b[1]) <= 90) || !(math.Abs(a[0]) <= 540) || !(math.Abs(b[0]) <= 540) {
		return 0, false
	}
	switch method {
	case "GEODESIC", "VINCENTY":
		return vincenty(a, b)
	case "HAVERSINE":
		return haversine(a, b), true
	}
	return 0, false
}

const (
	degree       = math.Pi / 180
	earthMean    = 6371008.8 // metres, of the sphere
	earthEquator = 6378137.0 // of the ellipsoid WGS 84
	flattening   = 1 / 298.257223563
)

func haversine(a, b [2]float64) float64 {
	s := math.Sin((b[1] - a[1]) * degree / 2)
	t := math.Sin((b[0] - a[0]) * degree / 2)
	h := s*s + math.Cos(a[1]*degree)*math.Cos(b[1]*degree)*t*t
	return 2 * earthMean * math.Asin(math.Sqrt(min(h, 1)))
}

// vincenty is Vincenty's inverse formula: to half a millimetre, but without an answer for points that are
// nearly opposite each other. The names are those of the formula.
func vincenty(a, b [2]float64) (float64, bool) {
	polar := earthEquator * (1 - flattening)
	difference := (b[0] - a[0]) * degree
	sinU1, cosU1 := math.Sincos(math.Atan((1 - flattening) * math.Tan(a[1]*degree)))
	sinU2, cosU2 := math.Sincos(math.Atan((1 - flattening) * math.Tan(b[1]*degree)))
	lambda := difference
	for range 200 {
		sinLambda, cosLambda := math.Sincos(lambda)
		sinSigma := math.Hypot(cosU2*sinLambda, cosU1*sinU2-sinU1*cosU2*cosLambda)
		if sinSigma == 0 {
			return 0, true
		}
		cosSigma := sinU1*sinU2 + cosU1*cosU2*cosLambda
		sigma := math.Atan2(sinSigma, cosSigma)
		sinAlpha := cosU1 * cosU2 * sinLambda / sinSigma
		cos2Alpha := 1 - sinAlpha*sinAlpha
		cos2Middle := 0.0
		if cos2Alpha > 0 { // otherwise both lie on the equator
			cos2Middle = cosSigma - 2*sinU1*sinU2/cos2Alpha
		}
		c := flattening / 16 * cos2Alpha * (4 + flattening*(4-3*cos2Alpha))
		before := lambda
		lambda = difference + (1-c)*flattening*sinAlpha*(sigma+c*sinSigma*(cos2Middle+c*cosSigma*(2*cos2Middle*cos2Middle-1)))
		if math.Abs(lambda-before) > 1e-12 {
			continue
		}
		u2 := cos2Alpha * (earthEquator*earthEquator - polar*polar) / (polar * polar)
		bigA := 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2)))
		bigB := u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))
		delta := bigB * sinSigma * (cos2Middle + bigB/4*(cosSigma*(2*cos2Middle*cos2Middle-1)-
			bigB/6*cos2Middle*(4*sinSigma*sinSigma-3)*(4*cos2Middle*cos2Middle-3)))
		return polar * bigA * (sigma - delta), true
	}
	return 0, false
}
