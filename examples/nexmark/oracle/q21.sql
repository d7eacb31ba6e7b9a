-- The id is all that follows: no URL has another parameter after it.
SELECT auction, bidder, price, channel,
  CASE channel
    WHEN 'Apple' THEN '0'
    WHEN 'Google' THEN '1'
    WHEN 'Facebook' THEN '2'
    WHEN 'Baidu' THEN '3'
    ELSE SUBSTR(url, INSTR(url, '&channel_id=') + 12)
  END AS channel_id
FROM bid
WHERE INSTR(url, '&channel_id=') > 0 OR channel IN ('Apple', 'Google', 'Facebook', 'Baidu')
