// Command distance is a module of two SQL functions, built for WebAssembly:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o geo.wasm
package main

import (
	"fmt"
	"math"

	"github.com/millrace-dev/millrace/sdk/udf"
)

var _ = udf.Module(
	udf.Scalar4("distance_km", distanceKM),
	udf.Aggregate("checksum", addHash, func(sum *int64) int64 { return *sum }),
)

// distanceKM returns the length of the great circle between two points given in degrees.
func distanceKM(lat1, lon1, lat2, lon2 float64) (float64, error) {
	if max(math.Abs(lat1), math.Abs(lat2)) > 90 {
		return 0, fmt.Errorf("latitude out of range: %v, %v", lat1, lat2) // this row's error, not a trap
	}
	const rad, earthKM = math.Pi / 180, 6371.0088
	sinLat, sinLon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * earthKM * math.Asin(math.Sqrt(min(h, 1))), nil
}

// addHash adds a row and takes one back alike: a row that leaves has a negative weight.
func addHash(sum *int64, x, weight int64) {
	h := uint64(x) * 0x9e3779b97f4a7c15
	*sum += weight * int64(h^h>>32)
}

func main() {} // a library: the host calls its functions
