SELECT
  c.subject AS id, c.name, c.state, c.scheme,
  c.list, c.province, was.name AS province_name, c.province_now, now.name AS province_now_name,
  c.commune, c.commune_now, c.province_63, c.how AS place_found, c.village, c.as_written,
  {{ write.reported_day("founded", "c.founded") }},
  {{ write.reported_day("launched", "c.launched") }},
  {{ write.reported_day("ended", "c.ended") }},
  c."into" AS merged_into,
  CAST({{ write.json("c.members", "value") }} AS bigint) AS members_value,
  CAST({{ write.json("c.members", "low") }} AS bigint) AS members_low,
  CAST({{ write.json("c.members", "high") }} AS bigint) AS members_high,
  {{ write.reported_day("members_counted", "c.members_on") }},
  COALESCE(m.meetings, 0) AS meetings, {{ write.day("m.last_day") }} AS last_meeting_on
FROM clubs c
JOIN ishc_provinces was ON was.list = c.list AND was.code = c.province
JOIN ishc_provinces now ON now.list = '2025-07' AND now.code = c.province_now
{#- Days a withdrawn report once told of are left out. #}
LEFT JOIN (
  SELECT subject, CAST(SUM(held) AS bigint) AS meetings, MAX(last_day) AS last_day
  FROM (SELECT subject, last_day, SUM(value) AS held FROM effects WHERE indicator = 'meetings'
        GROUP BY subject, last_day HAVING SUM(value) > 0) AS days
  GROUP BY subject
) m ON m.subject = c.subject
WHERE c.known_until IS NULL AND c.state <> 'proposed'
