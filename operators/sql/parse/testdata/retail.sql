-- Statements over the star of a chain of shops: sales and their dimensions, with all that reports need.
WITH taken_back AS (SELECT r.buyer, r.shop, SUM(r.value) AS total FROM refunds r JOIN days d ON r.day = d.day WHERE d.fiscal_year = 2024 GROUP BY r.buyer, r.shop)
SELECT b.buyer_no FROM taken_back t, shops s, buyers b
WHERE t.total > (SELECT 1.25 * AVG(o.total) FROM taken_back o WHERE o.shop = t.shop) AND s.shop = t.shop AND s.region = 'north' AND b.buyer = t.buyer
ORDER BY b.buyer_no LIMIT 50;
WITH everywhere AS (SELECT day, price, 'till' AS way FROM till_sales UNION ALL SELECT day, price, 'web' FROM web_sales UNION ALL SELECT day, price * 1.0, 'phone' FROM phone_sales),
  weeks (week, sundays, mondays) AS (SELECT d.week, SUM(CASE d.name WHEN 'Sunday' THEN e.price END), SUM(CASE d.name WHEN 'Monday' THEN e.price ELSE 0 END)
    FROM everywhere e JOIN days d USING (day) GROUP BY d.week)
SELECT x.week, ROUND(y.sundays / NULLIF(x.sundays, 0), 2) AS sunday_growth, y.mondays - x.mondays FROM weeks x, weeks y WHERE y.week = x.week + 52;
SELECT d.year, p.brand, SUM(s.price * s.quantity) AS turnover FROM days d, till_sales s, products p
WHERE d.day = s.day AND s.product = p.product AND p.maker IN (SELECT maker FROM makers WHERE country LIKE 'S%') AND d.month BETWEEN 10 AND 12
GROUP BY d.year, p.brand ORDER BY d.year, turnover DESC, p.brand LIMIT 100;
SELECT way, place, SUM(turnover) AS turnover, SUM(profit) AS profit FROM (
  SELECT 'till' AS way, 'shop ' || shop AS place, turnover, profit - losses AS profit FROM till_totals
  UNION ALL SELECT 'web', 'site ' || site, turnover, (profit - losses) FROM web_totals) all_ways GROUP BY ROLLUP (way, place) ORDER BY 1, 2;
SELECT region, category, GROUPING(region, category) AS level, COUNT(*) FROM sales GROUP BY GROUPING SETS ((region, category), (region), (category), ()), CUBE (year, quarter);
SELECT r.region, COUNT(*) AS buyers FROM regions r JOIN buyers b ON b.region = r.region AND b.since >= DATE '2020-01-01'
WHERE EXISTS (SELECT * FROM till_sales s WHERE s.buyer = b.buyer AND s.price > 2 * (SELECT AVG(price) FROM till_sales t WHERE t.product = s.product))
  AND (EXISTS (SELECT 1 FROM web_sales w WHERE w.buyer = b.buyer) OR b.buyer NOT IN (SELECT buyer FROM refunds WHERE buyer IS NOT NULL))
GROUP BY r.region HAVING COUNT(*) > 9;
SELECT CASE WHEN (SELECT COUNT(*) FROM till_sales WHERE quantity < 10) > 5000 THEN (SELECT AVG(rebate) FROM till_sales WHERE quantity < 10)
  ELSE (SELECT MAX(paid) FROM till_sales) END AS few FROM one_row;
SELECT p.category, p.product, SUM(s.price) AS turnover, SUM(s.price) * 100 / SUM(SUM(s.price)) OVER (PARTITION BY p.category) AS share,
  RANK() OVER (PARTITION BY p.category ORDER BY SUM(s.price) DESC) AS place FROM web_sales s JOIN products p ON p.product = s.product GROUP BY p.category, p.product;
SELECT product FROM till_sales INTERSECT SELECT product FROM web_sales EXCEPT ALL (SELECT product FROM recalls UNION SELECT product FROM phone_sales);
SELECT COUNT(DISTINCT s.ticket) AS "number of tickets", SUM(s.freight) AS "all freight" FROM web_sales s, shippers h
WHERE s.sent BETWEEN '2024-03-01' AND (CAST('2024-03-01' AS DATE) + INTERVAL '2' MONTH) AND s.shipper = h.shipper
  AND EXISTS (SELECT * FROM web_sales o WHERE o.ticket = s.ticket AND o.store <> s.store) AND NOT EXISTS (SELECT * FROM refunds f WHERE f.ticket = s.ticket);
WITH monthly AS (SELECT p.brand, d.year, d.month, SUM(s.price) AS turnover, AVG(SUM(s.price)) OVER (PARTITION BY p.brand, d.year) AS mean,
    RANK() OVER (PARTITION BY p.brand ORDER BY d.year, d.month) AS n FROM products p, till_sales s, days d GROUP BY p.brand, d.year, d.month)
SELECT m.brand, m.turnover, before.turnover AS was, after.turnover AS became FROM monthly m, monthly before, monthly after
WHERE m.n = before.n + 1 AND m.n = after.n - 1 AND CASE WHEN m.mean > 0 THEN ABS(m.turnover - m.mean) / m.mean END > 0.15;
SELECT product, ratio, DENSE_RANK() OVER w AS place, FIRST_VALUE(product) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
FROM (SELECT s.product, CAST(SUM(COALESCE(f.quantity, 0)) AS DECIMAL(15, 4)) / CAST(SUM(s.quantity) AS DECIMAL(15, 4)) AS ratio
  FROM web_sales s LEFT OUTER JOIN refunds f ON (s.ticket = f.ticket AND s.product = f.product) GROUP BY s.product) x WINDOW w AS (ORDER BY ratio DESC NULLS LAST);
SELECT product, day, SUM(sold) OVER (PARTITION BY product ORDER BY day RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW) AS week FROM till_days FULL OUTER JOIN web_days USING (product, day);
SELECT SUBSTR(r.reason, 1, 20), STDDEV_SAMP(s.quantity) / AVG(s.quantity) AS spread FROM refunds r NATURAL JOIN web_sales s
WHERE ((r.kind = 'late' AND s.price BETWEEN 10.00 AND 20.00) OR (r.kind = 'broken' AND NOT s.price BETWEEN 50.00 AND 60.00)) GROUP BY SUBSTR(r.reason, 1, 20);
SELECT COUNT(*) FROM ((SELECT DISTINCT name, day FROM a) EXCEPT (SELECT DISTINCT name, day FROM b) EXCEPT (SELECT DISTINCT name, day FROM c)) often;
SELECT s.shop, t.best FROM shops s CROSS JOIN LATERAL (SELECT MAX(price) AS best FROM till_sales WHERE shop = s.shop ORDER BY best FETCH FIRST 3 ROWS ONLY) t;
SELECT LISTAGG(name, ', ') WITHIN GROUP (ORDER BY name DESC), PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY price), ARRAY_AGG(DISTINCT brand ORDER BY brand) FROM products;
