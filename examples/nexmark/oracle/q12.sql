SELECT bidder, COUNT(*) AS bid_count,
  dateTime - dateTime % 10000000 AS starttime, dateTime - dateTime % 10000000 + 10000000 AS endtime
FROM bid GROUP BY 1, 3, 4
