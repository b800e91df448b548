SELECT
  t.subject AS id, t.state, t.title,
  CASE WHEN {{ write.json("t.details", "held", "occurred_on") }} IS NOT NULL
    THEN {{ write.json("t.details", "held", "kind") }}
    ELSE {{ write.json("t.details", "planned", "kind") }} END AS kind,
  t.list, t.province, was.name AS province_name, t.province_now, now.name AS province_now_name,
  t.commune, t.as_written,
  {{ write.reported_day("occurred", "t.day") }},
  {# Delegates of what was held, as figures count them. #}
  d.value AS delegates_value, d.low AS delegates_low, d.high AS delegates_high, d.certain AS delegates_certain
FROM trainings t
JOIN ishc_provinces was ON was.list = t.list AND was.code = t.province
JOIN ishc_provinces now ON now.list = '2025-07' AND now.code = t.province_now
LEFT JOIN (
  SELECT subject, CAST(SUM(value) AS bigint) AS value, CAST(SUM(low) AS bigint) AS low,
    CASE WHEN SUM(unbounded) = 0 THEN CAST(SUM(high) AS bigint) END AS high, CAST(SUM(certain) AS bigint) AS certain
  FROM effects WHERE indicator = 'delegates' GROUP BY subject
) d ON d.subject = t.subject
WHERE t.known_until IS NULL
