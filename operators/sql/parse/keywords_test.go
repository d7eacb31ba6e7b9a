package parse

import (
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// keywords holds words that mean something to some SQL; all of them are likely names of columns or tables.
var keywords = strings.Fields(`ABS ACCESS ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND ANTI ANY ARRAY AS ASC ASOF AT AUTO_INCREMENT AVG
	BEGIN BETWEEN BIGINT BINARY BIT BLOB BOOL BOOLEAN BOTH BY BYTES CALL CASCADE CASE CAST CEIL CHANGE CHAR CHARACTER CHECK CLOSE CLUSTER
	COALESCE COLLATE COLUMN COMMENT COMMIT CONSTRAINT CONTINUE CONVERT COUNT CREATE CROSS CUBE CURRENT CURRENT_DATE CURRENT_TIME
	CURRENT_TIMESTAMP CURRENT_USER CURSOR CYCLE DATA DATABASE DATABASES DATE DATETIME DAY DAYS DEC DECIMAL DECLARE DEFAULT DELETE DESC
	DESCRIBE DESCRIPTOR DETERMINISTIC DISTINCT DIV DOMAIN DOUBLE DROP DUAL EACH ELSE EMIT END ENUM EPOCH ESCAPE EVERY EXCEPT EXCHANGE
	EXCLUDE EXEC EXISTS EXPLAIN EXPLODE EXTENDED EXTERNAL EXTRACT FALSE FETCH FIELDS FILTER FINAL FIRST FLOAT FLOOR FOLLOWING FOR FORCE
	FOREIGN FORMAT FROM FULL FULLTEXT FUNCTION FUNCTIONS GENERATED GLOBAL GRANT GROUP GROUPING GROUPS HAVING HOP HOUR HOURS ID IF IGNORE
	ILIKE IN INDEX INNER INPUT INSERT INT INTEGER INTERSECT INTERVAL INTO IS ISNULL JOIN JSON KEY KEYS KILL LANGUAGE LAST LATERAL LEADING
	LEFT LENGTH LEVEL LIKE LIMIT LINES LIST LOAD LOCAL LOCALTIME LOCALTIMESTAMP LOCATION LOCK LONG MAP MATCH MATERIALIZED MAX MERGE
	MICROSECOND MIN MINUTE MINUTES MOD MODE MODULE MONTH NAME NAMES NATIONAL NATURAL NEXT NO NONE NOT NOTHING NOTNULL NULL NULLS NUMBER
	NUMERIC OF OFFSET ON ONLY OPEN OPTIMIZE OPTION OPTIONS OR ORDER OUT OUTER OUTPUT OVER OVERLAY OWNER PARTITION PARTITIONS PASSWORD
	PATH PIVOT PLACING PLAN POINT POSITION PRECEDING PRECISION PRIMARY PRIVILEGES PROCEDURE PROCESSLIST QUALIFY QUARTER QUERY RANGE RANK
	READ REAL REBUILD RECURSIVE REFERENCES REGEXP RELEASE RENAME REPAIR REPEAT REPLACE RESPECT RESTRICT RETURN RETURNS REVOKE RIGHT RLIKE
	ROLE ROLLBACK ROLLUP ROW ROWS SAFE_CAST SAMPLE SCHEMA SCHEMAS SECOND SECONDS SELECT SEMI SEPARATOR SEQUENCE SESSION SET SETS SHARE SHOW
	SIGNED SIMILAR SINK SMALLINT SOME SOURCE SPATIAL SQL START STATE STATUS STORED STRAIGHT_JOIN STREAM STRING STRUCT SUBSTR SUBSTRING SUM
	SYMMETRIC SYSTEM_TIME TABLE TABLES TABLESAMPLE TEMP TEMPORARY TEXT THEN TIES TIME TIMESTAMP TIMESTAMPTZ TIMEZONE TINYINT TO TOP TRAILING
	TRANSACTION TRIGGER TRIM TRUE TRUNCATE TRY_CAST TTL TUMBLE TYPE UNBOUNDED UNION UNIQUE UNKNOWN UNNEST UNPIVOT UNSIGNED UPDATE USAGE USE
	USER USING UTC_DATE UUID VALUE VALUES VARBINARY VARCHAR VARYING VERSION VIEW VIEWS VIRTUAL WATERMARK WEEK WHEN WHERE WHILE WINDOW
	WINDOW_END WINDOW_START WITH WITHIN WITHOUT WORK WRITE YEAR ZONE`)

// TestKeywordMatrix puts every word into every place of a name. Reserved words are refused but where nothing
// but a name can stand; all others are taken as written, in any case.
func TestKeywordMatrix(t *testing.T) {
	if len(keywords) < 330 {
		t.Fatalf("only %d words", len(keywords))
	}
	// The words that start an operand of their own, so that they are no columns.
	literal := map[string]bool{
		"NULL": true, "TRUE": true, "FALSE": true, "CURRENT_DATE": true, "CURRENT_TIME": true,
		"CURRENT_TIMESTAMP": true, "CURRENT_USER": true, "LOCALTIME": true, "LOCALTIMESTAMP": true,
	}
	// The words that may stand behind SELECT or in front of any operand.
	quantity := map[string]bool{"NOT": true, "ALL": true, "DISTINCT": true}
	for _, word := range keywords {
		reserved := ast.Reserved(word)
		for _, w := range []string{word, strings.ToLower(word)} {
			name := w
			if reserved {
				name = `"` + w + `"`
			}
			places := []struct {
				text, want string
				ok         bool
			}{
				{"SELECT " + w + ", b FROM t", "SELECT " + name + ", b FROM t", !literal[word] && !quantity[word]},
				{"SELECT a FROM t WHERE 1 < " + w + " + 2", "SELECT a FROM t WHERE (1 < (" + name + " + 2))", !literal[word] && (!reserved || soft[word])},
				{"SELECT t." + w + " FROM t", "SELECT t." + name + " FROM t", true},
				{"SELECT " + w + ".a FROM t", "SELECT " + name + ".a FROM t", !quantity[word] && !literal[word] || strings.HasPrefix(word, "CURRENT") || strings.HasPrefix(word, "LOCAL")},
				{"SELECT a AS " + w + " FROM t", "SELECT a AS " + name + " FROM t", true},
				{"SELECT a " + w + " FROM t", "SELECT a AS " + name + " FROM t", !reserved},
				{"SELECT a FROM " + w, "SELECT a FROM " + name, !reserved},
				{"SELECT a FROM t AS " + w, "SELECT a FROM t AS " + name, true},
				{"SELECT a FROM t " + w, "SELECT a FROM t AS " + name, !reserved},
				{"SELECT f(x => 1, " + w + " => 2)", "SELECT f(x => 1, " + name + " => 2)", true},
				{"WITH " + w + " AS (SELECT 1) SELECT 2", "WITH " + name + " AS (SELECT 1) SELECT 2", !reserved && word != "RECURSIVE"},
				{"SELECT a INTO " + w + " FROM t", "SELECT a INTO " + name + " FROM t", !reserved},
				{`SELECT "` + w + `" FROM "` + w + `" "` + w + `"`, `SELECT "` + w + `" FROM "` + w + `" AS "` + w + `"`, true},
			}
			for _, p := range places {
				got := outcome(p.text)
				refused := strings.HasPrefix(got, "E1")
				if p.ok && got != p.want || !p.ok && !refused && !literal[word] {
					t.Errorf("%s\ngot  %s\nwant %s, accepted %v", p.text, got, p.want, p.ok)
				}
			}
		}
	}
}
