SELECT
  indicator, kind, period, period_first,
  CAST(SUM(value) AS bigint) AS value, CAST(SUM(low) AS bigint) AS low,
  CASE WHEN COUNT(*) = COUNT(high) THEN CAST(SUM(high) AS bigint) END AS high, CAST(SUM(certain) AS bigint) AS certain
FROM ishc_figures_monthly
GROUP BY indicator, kind, period, period_first
