SELECT
  e.position, e.indicator, e.subject,
  {{ write.day("e.first_day") }} AS first_day, {{ write.day("e.last_day") }} AS last_day, e.leaves,
  e.list, e.province, e.commune, e.province_now, now.name AS province_now_name, e.commune_now, e.province_63,
  e.value, e.low, e.high, e.unbounded, e.certain
FROM effects e
JOIN ishc_provinces now ON now.list = '2025-07' AND now.code = e.province_now
