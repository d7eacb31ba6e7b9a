WITH ranked AS (
  SELECT channel, {day} AS day, {minute} AS minute, bidder, auction,
    CASE WHEN price < 10000 THEN 1 ELSE 0 END AS r1,
    CASE WHEN price >= 10000 AND price < 1000000 THEN 1 ELSE 0 END AS r2,
    CASE WHEN price >= 1000000 THEN 1 ELSE 0 END AS r3
  FROM bid
), bids AS (
  SELECT channel, day, MAX(minute) AS minute, COUNT(*) AS n, SUM(r1) AS r1, SUM(r2) AS r2, SUM(r3) AS r3 FROM ranked GROUP BY 1, 2
), bidders AS ( -- how many there are, in all and with a bid of each rank
  SELECT channel, day, COUNT(*) AS n, SUM(r1) AS r1, SUM(r2) AS r2, SUM(r3) AS r3
  FROM (SELECT channel, day, bidder, MAX(r1) AS r1, MAX(r2) AS r2, MAX(r3) AS r3 FROM ranked GROUP BY 1, 2, 3) AS each_one
  GROUP BY 1, 2
), auctions AS ( -- how many there are, in all and with a bid of each rank
  SELECT channel, day, COUNT(*) AS n, SUM(r1) AS r1, SUM(r2) AS r2, SUM(r3) AS r3
  FROM (SELECT channel, day, auction, MAX(r1) AS r1, MAX(r2) AS r2, MAX(r3) AS r3 FROM ranked GROUP BY 1, 2, 3) AS each_one
  GROUP BY 1, 2
)
SELECT b.channel, b.day, b.minute, b.n, b.r1, b.r2, b.r3, p.n, p.r1, p.r2, p.r3, a.n, a.r1, a.r2, a.r3
FROM bids AS b
JOIN bidders AS p ON b.channel = p.channel AND b.day = p.day
JOIN auctions AS a ON b.channel = a.channel AND b.day = a.day
