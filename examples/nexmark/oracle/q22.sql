WITH paths AS ( -- what follows https://www.nexmark.com/
  SELECT auction, bidder, price, channel, SUBSTR(url, 25) AS path1 FROM bid
), more AS (
  SELECT *, SUBSTR(path1, INSTR(path1, '/') + 1) AS path2 FROM paths
), all_paths AS (
  SELECT *, SUBSTR(path2, INSTR(path2, '/') + 1) AS path3 FROM more
)
SELECT auction, bidder, price, channel,
  SUBSTR(path1, 1, INSTR(path1, '/') - 1) AS dir1,
  SUBSTR(path2, 1, INSTR(path2, '/') - 1) AS dir2,
  SUBSTR(path3, 1, INSTR(path3, '/') - 1) AS dir3
FROM all_paths
