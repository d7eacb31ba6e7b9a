-- Forms of the dialect that configs of the old system use.
SELECT c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount, COUNT(*)
  INTO customer_orders
  FROM customers c
  INNER JOIN orders o ON c.customer_id = o.customer_id
  JOIN order_items i ON o.order_id = i.order_id
  JOIN products p ON i.product_id = p.product_id
  GROUP BY c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount;
SELECT from, to INTO transfers FROM txs;
SELECT from, to, count(from) AS end INTO x FROM txs at WHERE from <> to AND order.x > 1 GROUP BY from, to;
SELECT "_id", COUNT(x), AVG(tips), 'AVG:', ROUND(SUM(ROUND(x, 2)), 2), SUM(a) / SUM(b) INTO named FROM t GROUP BY "_id";
WITH a AS (SELECT id, name FROM users), b AS (SELECT id FROM a UNION ALL SELECT id FROM guests)
  SELECT * INTO all_ids FROM b;
SELECT t.zone, x.* INTO derived FROM (SELECT zone FROM trips) t JOIN (SELECT * FROM zones) ON t.zone = zones.zone;
SELECT count(a, b) INTO pairs FROM t HAVING count(a, b) > 2;
SELECT window_start, window_end, COUNT(pickup) INTO pickups FROM TUMBLE(trips, pickup_time, '5 MINUTES') t
  WHERE t.zone > 0 GROUP BY window_start, window_end;
SELECT * INTO hops FROM HOP(trips, pickup_time, '2 MINUTES', "10 MINUTES") AS w;
SELECT * INTO kept FROM TTL(TUMBLE(trips, c, '2 MINUTES'), c, '5 MINUTES') all_trips
  JOIN TTL(zones, created, '1 DAY') ON all_trips.zone = z.zone;
SELECT TRIM(name), TRIM(BOTH 'x' FROM name), TRIM(LEADING FROM name), UCASE(name), LENGTH(name) INTO texts FROM t;
SELECT CAST(a AS UINT), CAST(a AS U128), CAST(a AS INT), CAST(a AS I128), CAST(a AS FLOAT), CAST(a AS BOOLEAN),
  CAST(a AS STRING), CAST(a AS TEXT), CAST(a AS VARCHAR(20)), CAST(a AS BINARY), CAST(a AS DECIMAL(10, 2)),
  CAST(a AS TIMESTAMP), CAST(a AS DATE), CAST(a AS JSON), CAST(a AS DOUBLE PRECISION), CAST(a AS CHARACTER VARYING(3)),
  CAST(a AS TIMESTAMP(3) WITH TIME ZONE), CAST(a AS INT[]) INTO casts FROM t;
SELECT EXTRACT(DOW FROM ts), EXTRACT(MILLISECONDS FROM ts), NOW(), TO_CHAR(ts, '%Y-%m-%d'), INTERVAL '1' SECOND,
  ts + INTERVAL '3' DAY INTO times FROM t;
SELECT CASE WHEN a > 1 THEN 'x' WHEN a < 0 THEN 'y' ELSE 'z' END, CASE a WHEN 1 THEN 2 END, COALESCE(a, b, 0), NULLIF(a, b) INTO cases FROM t;
SELECT name INTO likes FROM t WHERE name LIKE '%a\_b%' ESCAPE '\' AND NOT name NOT LIKE 'b_' OR id IN (1, 2, 3) AND id NOT IN (4);
SELECT POINT(x, y), DISTANCE(POINT(a, b), POINT(c, d), 'HAVERSINE'), JSON_VALUE(j, '$.a[0].b'), JSON_QUERY(j) INTO geo FROM t;
SELECT py_sum<float>(a, b), predict(a, b), fn_js(j) INTO functions FROM t;
SELECT MIN_VALUE(ts, price), MAX_APPEND_ONLY(ts), MIN_APPEND_ONLY(ts) INTO extremes FROM t;
SELECT a.id, b.id INTO outer_joins FROM a LEFT OUTER JOIN b ON a.id = b.id RIGHT JOIN c ON b.id = c.id AND b.x = c.x;
SELECT conn.t.a, -a, +b, NOT c, a % 2 != 0 INTO dotted FROM conn.t;
SELECT * INTO uni FROM (SELECT a FROM t UNION SELECT a FROM u);
SELECT a /* a /* nested */ comment */ INTO comments FROM t -- the rest
;
CREATE FUNCTIONS FROM 'geo.wasm';
CREATE FUNCTIONS FROM 'geo.wasm' WITH (memory = '64MB', fuel = 1000000, clock);
