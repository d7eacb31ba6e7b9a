WITH counts AS (
  SELECT auction, dateTime - dateTime % 2000000 - back AS starttime, COUNT(*) AS num
  FROM bid CROSS JOIN (
    SELECT 0 AS back UNION ALL SELECT 2000000 UNION ALL SELECT 4000000 UNION ALL SELECT 6000000 UNION ALL SELECT 8000000
  ) AS windows
  GROUP BY 1, 2
)
SELECT auction, num
FROM counts AS c
JOIN (SELECT starttime, MAX(num) AS most FROM counts GROUP BY starttime) AS m ON c.starttime = m.starttime AND c.num = m.most
