package ast

import "strings"

// reserved holds the words that end or join the parts of a query, so that they are names only in
// quotes or where nothing else can stand.
var reserved = words(`ALL AND ANY AS ASC BETWEEN BY CASE CROSS DESC DISTINCT ELSE END EXCEPT FALSE FETCH
	FOR FROM FULL GROUP HAVING IN INNER INTERSECT INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL OFFSET ON OR
	ORDER QUALIFY RIGHT SELECT SOME THEN TRUE UNION USING WHEN WHERE WINDOW WITH`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// Reserved says whether a word, in any case, is a name only in quotes or where nothing but a name
// can stand.
func Reserved(word string) bool { return reserved[strings.ToUpper(word)] }

// plain says whether a name can be written without quotes.
func plain(name string) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && !Reserved(name)
}
