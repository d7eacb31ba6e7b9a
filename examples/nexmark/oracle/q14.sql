-- times of a day in microseconds; 0.908 * price in thousandths
SELECT auction, bidder, 908 * price AS price,
  CASE
    WHEN dateTime % 86400000000 >= 28800000000 AND dateTime % 86400000000 < 68400000000 THEN 'dayTime'
    WHEN dateTime % 86400000000 < 25200000000 OR dateTime % 86400000000 >= 72000000000 THEN 'nightTime'
    ELSE 'otherTime'
  END AS bidTimeType,
  dateTime, extra, LENGTH(extra) - LENGTH(REPLACE(extra, 'c', '')) AS c_counts
FROM bid
WHERE 908 * price > 1000000000 AND 908 * price < 50000000000
