// Package example holds examples of the built-in functions: expressions in SQL with what they give. A test of the
// planner evaluates them all.
package example

// Of returns the examples of a function by its name: "upper('abc') -> ABC". A call that cannot be computed gives
// "error".
func Of(name string) []string {
	for _, m := range []map[string][]string{examples, textExamples, timeExamples} {
		if e := m[name]; e != nil {
			return e
		}
	}
	return nil
}

// examples are those of all other functions.
var examples = map[string][]string{
	// operators
	"+":    {"1 + 2 -> 3", "DATE '2024-02-28' + 2 -> 2024-03-01", "TIMESTAMP '2024-01-31 10:00:00' + INTERVAL '1' MONTH -> 2024-02-29T10:00:00Z"},
	"-":    {"1.5 - 2 -> -0.5", "DATE '2024-03-01' - DATE '2024-02-01' -> 29", "TIMESTAMP '2024-01-02 12:00:00' - DATE '2024-01-01' -> 36h0m0s"},
	"*":    {"1.25 * 1.5 -> 1.875", "3 * INTERVAL '30' SECOND -> 1m30s"},
	"/":    {"7 / 2 -> 3", "7.0 / 2 -> 3.5000000", "1 / 0 -> error"},
	"div":  {"7.5 div 2 -> 3"},
	"%":    {"-7 % 3 -> -1"},
	"&":    {"91 & 15 -> 11"},
	"|":    {"32 | 3 -> 35"},
	"#":    {"17 # 5 -> 20"},
	"<<":   {"1 << 4 -> 16", "1 << 64 -> error"},
	">>":   {"8 >> 2 -> 2", "-8 >> 1 -> -4"},
	"mod":  {"mod(9, 4) -> 1"},
	"^":    {"2 ^ 10 -> 1024"},
	"=":    {"1 = 1.0 -> true", "NULL = NULL -> NULL"},
	"<>":   {"'a' <> 'b' -> true"},
	"<":    {"2 < 10 -> true", "'2' < '10' -> false"},
	"<=":   {"DATE '2024-01-01' <= TIMESTAMP '2024-01-01 00:00:00' -> true"},
	">":    {"INTERVAL '1' DAY > INTERVAL '23' HOUR -> true"},
	">=":   {"1.0 >= 1 -> true"},
	"in":   {"3 IN (1, 2, 3) -> true", "3 IN (1, NULL) -> NULL"},
	"and":  {"TRUE AND NULL -> NULL", "FALSE AND NULL -> false"},
	"or":   {"TRUE OR NULL -> true"},
	"not":  {"NOT FALSE -> true"},
	"like": {"'abc' LIKE 'a%' -> true", "'100%' LIKE '100!%' ESCAPE '!' -> true"},
	"||":   {"'Mill' || 'race' -> Millrace", "'n = ' || 5 -> n = 5", "'a' || NULL -> NULL"},
	"~":    {"'thomas' ~ 't.*ma' -> true"},
	"~*":   {"'thomas' ~* 'T.*ma' -> true"},
	"!~":   {"'thomas' !~ 't.*max' -> true"},
	"!~*":  {"'thomas' !~* 'T.*ma' -> false"},

	"ilike":                {"'ABC' ILIKE 'a_c' -> true"},
	"is distinct from":     {"1 IS DISTINCT FROM NULL -> true"},
	"is not distinct from": {"NULL IS NOT DISTINCT FROM NULL -> true"},
	"is null":              {"NULL IS NULL -> true"},
	"is not null":          {"1 IS NOT NULL -> true"},
	"is true":              {"(1 = 1) IS TRUE -> true"},
	"is not true":          {"NULL IS NOT TRUE -> true"},
	"is false":             {"(1 = 2) IS FALSE -> true"},
	"is not false":         {"NULL IS NOT FALSE -> true"},

	// conditions
	"case":     {"CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END -> b", "CASE 3 WHEN 1 THEN 'one' WHEN 3 THEN 'three' END -> three"},
	"coalesce": {"coalesce(NULL, 2, 3) -> 2", "coalesce(NULL, 1, 2.5) -> 1.0"},
	"nullif":   {"nullif(1, 1) -> NULL", "nullif(1, 2) -> 1"},
	"greatest": {"greatest(1, NULL, 3) -> 3"},
	"least":    {"least('b', 'a') -> a"},
	"if":       {"if(1 < 2, 'yes', 'no') -> yes"},
	"nvl2":     {"nvl2(NULL, 1, 2) -> 2"},
	"isnull":   {"isnull(NULL) -> true", "isnull(NULL, 5) -> 5"},

	// casts
	"cast":     {"CAST('12' AS INT) -> 12", "CAST(2.9 AS INT) -> 2", "CAST('x' AS INT) -> error", "'1 day 02:03:04'::INTERVAL -> 26h3m4s", "CAST('abcdef' AS VARCHAR(3)) -> abc", `CAST('"2024-02-29"'::json AS DATE) -> 2024-02-29`},
	"try":      {"TRY(1 / 0) -> NULL", "TRY(9223372036854775807 + 1) -> NULL", "TRY(6 / 3) -> 2"},
	"try_cast": {"TRY_CAST('x' AS INT) -> NULL", "TRY_CAST('2024-02-30' AS DATE) -> NULL"},

	// numbers
	"abs":          {"abs(-17.4) -> 17.4"},
	"sign":         {"sign(-8.4) -> -1"},
	"round":        {"round(42.4382, 2) -> 42.44", "round(1234.56, -1) -> 1230", "round(-2.5) -> -3", "round(1.005e0, 2) -> 1.01"},
	"trunc":        {"trunc(42.4382, 2) -> 42.43", "trunc(-42.8) -> -42"},
	"ceil":         {"ceil(-42.8) -> -42", "ceil(TIMESTAMP '2024-01-01 10:20:30' TO HOUR) -> 2024-01-01T11:00:00Z"},
	"floor":        {"floor(-42.8) -> -43", "floor(TIMESTAMP '2024-01-01 10:20:30' TO HOUR) -> 2024-01-01T10:00:00Z"},
	"sqrt":         {"sqrt(2) -> 1.4142135623730951", "sqrt(-1) -> error"},
	"cbrt":         {"cbrt(27) -> 3"},
	"exp":          {"exp(1) -> 2.718281828459045"},
	"ln":           {"ln(2) -> 0.6931471805599453"},
	"log":          {"log(100) -> 2", "log(2, 64) -> 6"},
	"log10":        {"log10(1000) -> 3"},
	"log2":         {"log2(8) -> 3"},
	"power":        {"power(9, 3) -> 729"},
	"pi":           {"pi() -> 3.141592653589793"},
	"sin":          {"sin(0) -> 0"},
	"cos":          {"cos(0) -> 1"},
	"tan":          {"tan(0) -> 0"},
	"cot":          {"cot(0.5) -> 1.830487721712452"},
	"asin":         {"asin(1) -> 1.5707963267948966"},
	"acos":         {"acos(1) -> 0"},
	"atan":         {"atan(1) -> 0.7853981633974483"},
	"atan2":        {"atan2(1, 0) -> 1.5707963267948966"},
	"sinh":         {"sinh(1) -> 1.1752011936438014"},
	"cosh":         {"cosh(0) -> 1"},
	"tanh":         {"tanh(1) -> 0.7615941559557649"},
	"asinh":        {"asinh(1) -> 0.881373587019543"},
	"acosh":        {"acosh(1) -> 0"},
	"atanh":        {"atanh(0.5) -> 0.5493061443340548"},
	"degrees":      {"degrees(0.5) -> 28.64788975654116"},
	"radians":      {"radians(45) -> 0.7853981633974483"},
	"isnan":        {"isnan(CAST('NaN' AS FLOAT)) -> true"},
	"isinf":        {"isinf(CAST('-Infinity' AS FLOAT)) -> true"},
	"gcd":          {"gcd(1071, 462) -> 21"},
	"lcm":          {"lcm(1071, 462) -> 23562"},
	"factorial":    {"factorial(5) -> 120", "factorial(21) -> error"},
	"width_bucket": {"width_bucket(5.35, 0.024, 10.06, 5) -> 3"},
	"bit_count":    {"bit_count(7) -> 3"},

	// points
	"point":    {"point(3.775, 43.437) -> POINT(3.775, 43.437)"},
	"distance": {"round(distance(point(2.3522, 48.8566), point(13.405, 52.52), 'HAVERSINE')) -> 877465"},
	"x":        {"x(point(1, 2)) -> 1"},
	"y":        {"y(point(1, 2)) -> 2"},

	// json
	"json_value":             {`json_value('{"a": {"b": [1, 2]}}', '$.a.b[1]') -> 2`, `json_value('{"a": [1]}', '$.a') -> NULL`},
	"json_query":             {`json_query('{"a": {"b": [1, 2]}}', '$.a') -> {"b": [1, 2]}`, `json_query('[{"p": 5, "n": "x"}, {"p": 9, "n": "y"}]', '$[?(@.p > 3)].n') -> ["x","y"]`},
	"json_extract":           {`json_extract('{"id": 14, "name": "Aztalan"}', '$.name') -> "Aztalan"`, `json_extract('[1, [2, 3]]', '$[1][0]') -> 2`},
	"json_text":              {`json_text('{"a": "x"}', '$.a') -> x`},
	"->":                     {`'{"a": {"b": "foo"}}'::json -> 'a' -> {"b": "foo"}`, `'[10, 20]'::json -> -1 -> 20`},
	"->>":                    {`'{"a": 1, "b": "x"}'::json ->> 'b' -> x`, `'[null]'::json ->> 0 -> NULL`},
	"#>":                     {`'{"a": {"b": ["foo", "bar"]}}'::json #> '{a,b,1}' -> "bar"`},
	"#>>":                    {`'{"a": {"b": ["foo", "bar"]}}'::json #>> '{a,b,1}' -> bar`},
	"json_extract_path":      {`json_extract_path('{"f2": {"f3": 1}, "f4": {"f5": 99, "f6": "foo"}}', 'f4', 'f6') -> "foo"`},
	"json_extract_path_text": {`json_extract_path_text('{"f4": [5, 6]}', 'f4', 1) -> 6`},
	"json_keys":              {`json_keys('{"a": 1, "b": {"c": 30}}') -> ["a","b"]`, `json_keys('{"b": {"c": 30}}', '$.b') -> ["c"]`},
	"json_array_length":      {`json_array_length('[1, 2, 3, {"f1": 1}, 4]') -> 5`, `json_array_length('{}') -> error`},
	"json_length":            {`json_length('{"a": 1, "b": {"c": 30}}') -> 2`},
	"json_typeof":            {`json_typeof('-123.4') -> number`, `json_typeof('null') -> null`},
	"json_exists":            {`json_exists('{"a": [1]}', '$.a[0]') -> true`},
	"json_unquote":           {`json_unquote('"a\u00e4"') -> aä`},
	"json_valid":             {`json_valid('{"a": 1}') -> true`, `json_valid('{a}') -> false`},
	"json_object":            {`json_object('id', 87, 'name', 'carrot', 'x', NULL) -> {"id":87,"name":"carrot","x":null}`},
	"json_array":             {`json_array(1, 'abc', NULL, TRUE) -> [1,"abc",null,true]`},
	"to_json":                {`to_json('Fred said "Hi."') -> "Fred said \"Hi.\""`},
}
