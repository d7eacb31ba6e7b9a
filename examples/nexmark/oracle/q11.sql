WITH starts AS (
  SELECT bidder, dateTime,
    CASE WHEN dateTime - LAG(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime) < 10000000 THEN 0 ELSE 1 END AS first
  FROM bid
), sessions AS (
  SELECT bidder, dateTime, SUM(first) OVER (PARTITION BY bidder ORDER BY dateTime ROWS UNBOUNDED PRECEDING) AS number
  FROM starts
)
SELECT bidder, COUNT(*) AS bid_count, MIN(dateTime) AS starttime, MAX(dateTime) + 10000000 AS endtime
FROM sessions GROUP BY bidder, number
