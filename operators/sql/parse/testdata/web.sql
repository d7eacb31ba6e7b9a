-- Statements over one wide table of page views, as people who analyse a web site write them.
SELECT COUNT(*) FROM views;
SELECT COUNT(*) AS paid FROM views WHERE campaign <> 0 AND cost > 0.0;
SELECT SUM(bytes), MIN(bytes), MAX(bytes), AVG(bytes) FROM views;
SELECT COUNT(DISTINCT visitor), COUNT(DISTINCT session) AS sessions FROM views;
SELECT COUNT(DISTINCT lang, country) FROM views WHERE lang IS NOT NULL;
SELECT MIN(day), MAX(day), MAX(day) - MIN(day) AS span FROM views;
SELECT country, COUNT(*) FROM views GROUP BY country ORDER BY COUNT(*) DESC;
SELECT country, city, COUNT(DISTINCT visitor) AS people FROM views GROUP BY country, city ORDER BY people DESC, city LIMIT 20;
SELECT browser, version, COUNT(*) AS n, SUM(ms) / COUNT(*) AS mean FROM views WHERE browser <> '' GROUP BY 1, 2 HAVING COUNT(*) > 1000 ORDER BY mean;
SELECT query, COUNT(*) AS n FROM views WHERE query NOT IN ('', '-', '(none)') GROUP BY query ORDER BY n DESC LIMIT 15 OFFSET 30;
SELECT visitor, EXTRACT(HOUR FROM at) AS h, page, COUNT(*) FROM views GROUP BY visitor, h, page ORDER BY COUNT(*) DESC LIMIT 5;
SELECT page FROM views WHERE visitor = 9007199254740993 AND at >= TIMESTAMP '2024-05-01 00:00:00';
SELECT COUNT(*) FROM views WHERE page LIKE '/shop/%' AND page NOT LIKE '%/admin/%' OR referrer ILIKE '%newsletter%';
SELECT query, MIN(page), MAX(title), COUNT(*) AS n FROM views WHERE title LIKE '%100\%%' ESCAPE '\' GROUP BY query;
SELECT * FROM views WHERE page = '/checkout' ORDER BY at DESC NULLS LAST, visitor LIMIT 50;
SELECT v.* FROM views v WHERE v.ms > (SELECT 3 * AVG(ms) FROM views) ORDER BY v.ms DESC LIMIT 10;
SELECT page, AVG(LENGTH(page)) AS l, COUNT(*) AS n FROM views GROUP BY page HAVING COUNT(*) BETWEEN 10 AND 99 AND AVG(ms) > 250.5 ORDER BY l DESC;
SELECT REGEXP_REPLACE(referrer, '^[a-z]+://([^/]+).*$', '\1') AS host, COUNT(*) AS n FROM views WHERE referrer <> '' GROUP BY host;
SELECT SUM(width), SUM(width + 1), SUM(width * 2 - 1), SUM(-width), SUM(width % 100), SUM(ABS(width - height)) FROM views;
SELECT 7, page, 'x' AS k, COUNT(*) AS n FROM views GROUP BY 1, page, k ORDER BY n DESC, 2 LIMIT 7;
SELECT ip, ip & 255, ip >> 8, (ip | 1) = ip AS odd, ~ip, ip # 5, COUNT(*) FROM views GROUP BY ip, ip & 255;
SELECT CASE WHEN source = 0 AND engine = 0 THEN referrer WHEN engine IN (1, 2, 3) THEN 'search' ELSE '' END AS origin, page AS target, COUNT(*) AS n
  FROM views WHERE site = 17 AND NOT refresh GROUP BY source, engine, origin, target ORDER BY n DESC LIMIT 10 OFFSET 500;
SELECT DATE_TRUNC('minute', at) AS minute, COUNT(*) FILTER (WHERE ms > 1000) AS slow, COUNT(*) AS n FROM views
  WHERE day BETWEEN DATE '2024-05-01' AND DATE '2024-05-31' GROUP BY DATE_TRUNC('minute', at) ORDER BY DATE_TRUNC('minute', at) LIMIT 60;
SELECT day, n, n - LAG(n) OVER (ORDER BY day) AS more, SUM(n) OVER (ORDER BY day ROWS 6 PRECEDING) AS week FROM (SELECT day, COUNT(*) AS n FROM views GROUP BY day) daily;
SELECT visitor, page, ROW_NUMBER() OVER (PARTITION BY visitor, session ORDER BY at) AS step FROM views QUALIFY step <= 3;
SELECT width || 'x' || height AS screen, ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 2) AS percent FROM views GROUP BY width, height;
SELECT tags->'a'->>'b' AS b, tags #>> '{x,y}' AS y, tags @> '{"k": 1}' AS has FROM views WHERE tags->>'kind' = 'event';
SELECT at AT TIME ZONE 'Europe/Paris' AS local, at::date AS day, (at + INTERVAL '90' MINUTE)::time, CAST(at AS DATE) = CURRENT_DATE FROM views;
SELECT COALESCE(NULLIF(TRIM(query), ''), '-') AS q, POSITION('=' IN query) AS p, SUBSTRING(query FROM 3 FOR 5), OVERLAY(query PLACING '*' FROM 1 FOR 2) FROM views;
SELECT a.visitor FROM views a WHERE NOT EXISTS (SELECT 1 FROM views b WHERE b.visitor = a.visitor AND b.at > a.at) AND a.page = ANY (SELECT page FROM exits);
SELECT visitor FROM views WHERE day = '2024-05-01' EXCEPT SELECT visitor FROM views WHERE day = '2024-05-02' INTERSECT ALL SELECT visitor FROM members;
