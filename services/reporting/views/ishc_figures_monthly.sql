{#- Months are numbered from the year 0, so that one follows another by 1. -#}
{%- macro number(day) %}(CAST(substr({{ day }}, 1, 4) AS integer) * 12 + CAST(substr({{ day }}, 6, 2) AS integer) - 1){% endmacro -%}
{#- When each amount enters a stock, as figures.py has it: what leaves may be gone from its first day on. -#}
{%- set certainly = number("last_day") -%}
{%- set at_least = number("CASE WHEN leaves THEN first_day ELSE last_day END") -%}
{%- set at_most = number("CASE WHEN leaves THEN last_day ELSE first_day END") -%}
WITH RECURSIVE entries AS (
  SELECT indicator, province_now, {{ certainly }} AS month,
    value, 0 AS low, 0 AS high, 0 AS unbounded, certain FROM effects WHERE indicator IN ({{ stocks }})
  UNION ALL
  SELECT indicator, province_now, {{ at_least }} AS month,
    0, low, 0, 0, 0 FROM effects WHERE indicator IN ({{ stocks }})
  UNION ALL
  SELECT indicator, province_now, {{ at_most }} AS month,
    0, 0, high, unbounded, 0 FROM effects WHERE indicator IN ({{ stocks }})
), bounds AS (
  SELECT MIN({{ number("last_day") }}) AS first, (SELECT {{ number("MAX(recorded_at)") }} FROM heard) AS last FROM effects
), months(month) AS (
  SELECT first FROM bounds WHERE first <= last
  UNION ALL SELECT month + 1 FROM months, bounds WHERE month < last
), entered AS ( {#- What may have entered before the first month is there in the first. #}
  SELECT indicator, province_now, CASE WHEN month < first THEN first ELSE month END AS month,
    SUM(value) AS value, SUM(low) AS low, SUM(high) AS high, SUM(unbounded) AS unbounded, SUM(certain) AS certain
  FROM entries, bounds GROUP BY 1, 2, 3
), grid AS (
  SELECT places.indicator, places.province_now, months.month
  FROM (SELECT DISTINCT indicator, province_now FROM entered) AS places, months
), stocks AS (
  SELECT g.indicator, g.province_now,
    CAST(g.month / 12 AS text) || CASE WHEN g.month - g.month / 12 * 12 < 9 THEN '-0' ELSE '-' END
      || CAST(g.month - g.month / 12 * 12 + 1 AS text) AS period,
    SUM(COALESCE(e.value, 0)) OVER upto AS value, SUM(COALESCE(e.low, 0)) OVER upto AS low,
    SUM(COALESCE(e.high, 0)) OVER upto AS high, SUM(COALESCE(e.unbounded, 0)) OVER upto AS unbounded,
    SUM(COALESCE(e.certain, 0)) OVER upto AS certain
  FROM grid g
  LEFT JOIN entered e ON e.indicator = g.indicator AND e.province_now = g.province_now AND e.month = g.month
  WINDOW upto AS (PARTITION BY g.indicator, g.province_now ORDER BY g.month)
), flows AS (
  SELECT indicator, province_now,
    CASE WHEN substr(first_day, 1, 7) = substr(last_day, 1, 7) THEN substr(last_day, 1, 7) END AS period,
    SUM(value) AS value, SUM(low) AS low, SUM(high) AS high, SUM(unbounded) AS unbounded, SUM(certain) AS certain
  FROM effects WHERE indicator IN ({{ flows }}) GROUP BY 1, 2, 3
), all_of_them AS (
  SELECT 'stock' AS kind, stocks.* FROM stocks
  UNION ALL SELECT 'flow' AS kind, flows.* FROM flows
)
SELECT
  a.indicator, a.kind, a.period, {{ write.day("a.period || '-01'") }} AS period_first,
  a.province_now AS province, now.name AS province_name,
  CAST(a.value AS bigint) AS value, CAST(a.low AS bigint) AS low,
  CASE WHEN a.unbounded = 0 THEN CAST(a.high AS bigint) END AS high, CAST(a.certain AS bigint) AS certain
FROM all_of_them a
JOIN ishc_provinces now ON now.list = '2025-07' AND now.code = a.province_now
