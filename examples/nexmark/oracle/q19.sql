-- Equal prices are in the order of all columns.
SELECT *
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC, bidder, channel, url, dateTime, extra) AS rank_number
  FROM bid
) AS ranked
WHERE rank_number <= 10
