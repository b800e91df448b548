{% for one in provinces %}
SELECT '{{ one.list }}' AS list, '{{ one.code }}' AS code, '{{ one.name }}' AS name, '{{ one.now }}' AS code_now
{%- if not loop.last %} UNION ALL{% endif %}
{%- endfor %}
